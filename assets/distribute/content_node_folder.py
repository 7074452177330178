"""Folders as contents: sent as one tar, and compared by what a listing shows."""
import hashlib
import json
import os
import stat
import tarfile

from content_node_base import Failure, remove


def entries(folder):
    """Relative names of all that is below the folder, in an order that is the same everywhere."""
    for path, folders, files in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in sorted(files + folders):
            yield os.path.relpath(os.path.join(path, name), folder)


def refuse(error):
    raise error


def tree_identity(folder):
    digest = hashlib.sha256()
    for name in entries(folder):
        status = os.lstat(os.path.join(folder, name))
        line = [name, stat.S_IFMT(status.st_mode)]
        if stat.S_ISLNK(status.st_mode):
            line.append(os.readlink(os.path.join(folder, name)))
        else:
            line.append(stat.S_IMODE(status.st_mode))
        if stat.S_ISREG(status.st_mode):
            line += [status.st_size, int(status.st_mtime)]
        digest.update(json.dumps(line).encode())
    return digest.hexdigest()


def plain_time(member):
    """Whole seconds, as they are compared; owners by number, since names differ between nodes."""
    member.mtime = int(member.mtime)
    member.uname = member.gname = ""
    return member


def pack(folder, path):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(folder, arcname=".", recursive=False, filter=plain_time)
        for name in entries(folder):
            member = archive.gettarinfo(os.path.join(folder, name), arcname="./" + name)
            if member is None:
                raise Failure("{} in {} is no file, folder or link".format(name, folder), lasting=True)
            plain_time(member)
            if member.isreg():
                with open(os.path.join(folder, name), "rb") as file:
                    archive.addfile(member, file)
            else:
                archive.addfile(member)


def put_folder(tar, target, place):
    """Replaces the folder as a whole, so that nobody sees half of it; what was there before goes last."""
    fresh, old = place + ".new", place + ".old"
    if os.path.lexists(target) and not os.path.isdir(target):
        raise Failure("{} is no folder on this node: remove it, or choose another target".format(target), lasting=True)
    clear_beside(target, place)
    try:
        unpack(tar, fresh)
        if os.path.lexists(target):
            os.rename(target, old)
        os.rename(fresh, target)
    except BaseException:
        if os.path.lexists(old) and not os.path.lexists(target):
            os.rename(old, target)
        remove(fresh)
        raise
    remove(old)


def clear_beside(target, place):
    """Removes what was left beside a target when the work was cut off."""
    old = place + ".old"
    # A node that went down between the two renames has only the old one.
    if os.path.lexists(old) and not os.path.lexists(target):
        os.rename(old, target)
    for end in (".part", ".new", ".old"):
        remove(place + end)


def unpack(tar, folder):
    os.mkdir(folder)
    with tarfile.open(tar, "r:") as archive:
        if hasattr(tarfile, "fully_trusted_filter"):
            # It is our own, by its checksum, and its modes and owners are wanted.
            archive.extraction_filter = staticmethod(tarfile.fully_trusted_filter)
        archive.extractall(folder, numeric_owner=True)
