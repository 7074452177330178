"""Where a content belongs on a node: an image in containerd, a file or a folder at its path.

The identity of a content says what it is, whatever it is called: an image's digest, the checksum of a file, or for a
folder a checksum of its names, sizes, times and modes.
"""
import hashlib
import os
import stat

from content_node_base import (
    BESIDE,
    BLOCK,
    Failure,
    beside,
    blocks,
    explain,
    make_folder,
    read_json,
    remove,
    sha256_of,
    write_json,
)
from content_node_folder import put_folder, tree_identity


def identity(request, content):
    """Of what is there on this node; empty if it isn't there."""
    if content["kind"] == "image":
        return containerd(request).digest_of(content["names"][0])
    target = content["target"]
    if not os.path.lexists(target):
        return ""
    if content.get("mode") and not os.path.isdir(target):
        # The content is what counts; its mode is mended in passing.
        os.chmod(target, int(content["mode"], 8))
    return identity_of_path(request, target)


def containerd(request):
    from content_node_containerd import Containerd

    return Containerd(request["containerd"], request.get("proxy") or {})


def identity_of_path(request, path):
    try:
        if os.path.isdir(path):
            return "tree:" + tree_identity(path)
        return "sha256:" + checksum_of_file(request["folder"], path)
    except OSError as error:
        raise Failure("can't read {}: {}".format(error.filename or path, error.strerror), lasting=True)


def checksum_of_file(folder, path):
    """Read once, and then only again when the file has changed."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise Failure("{} is neither a file nor a folder".format(path), lasting=True)
    stamp = [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    record = record_of(folder, path)
    known = read_json(record)
    if known and known["stamp"] == stamp:
        return known["sha256"]
    checksum = sha256_of(path)
    try:
        os.makedirs(os.path.dirname(record), exist_ok=True)
        write_json(record, {"path": path, "stamp": stamp, "sha256": checksum})
    except OSError:
        pass  # It is read once more the next time.
    return checksum


def record_of(folder, path):
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return os.path.join(folder, "records", name + ".json")


def part_of(request, folder):
    """The file that the pieces go to. Beside its target, so that a rename puts it there."""
    content = request["content"]
    if content["kind"] == "image" or request["tree"]:
        return os.path.join(folder, "part")
    make_folder_for_all(os.path.dirname(content["target"]))
    return place_beside(request, folder) + ".part"


def place_beside(request, folder):
    """Where things may lie beside the target. It is noted first, so that they are found again, whatever happens."""
    target = request["content"]["target"]
    write_json(os.path.join(folder, BESIDE), {"target": target})
    return beside(target, request["key"])


def make_folder_for_all(path):
    """Folders above a target are there for those who use it."""
    old = os.umask(0o022)
    try:
        make_folder(path)
    finally:
        os.umask(old)


def put(request, folder, path):
    content = request["content"]
    if content["kind"] == "image":
        containerd(request).take_in(path, content, request["id"], request["seconds"])
    elif request["tree"]:
        make_folder_for_all(os.path.dirname(content["target"]))
        put_folder(path, content["target"], place_beside(request, folder))
    else:
        put_file(request, folder, path)


def put_file(request, folder, path):
    target = request["content"]["target"]
    if os.path.isdir(target) and not os.path.islink(target):
        raise Failure("{} is a folder on this node: remove it, or choose another target".format(target), lasting=True)
    if os.path.exists(target) and os.path.samefile(path, target):
        return
    part = path
    if request.get("source"):
        part = part_of(request, folder)
        copy(path, part, request["whole"])
    os.chmod(part, int(request["mode"], 8))
    try:
        os.replace(part, target)
    except OSError as error:
        remove(part)
        raise explain(error)
    checksum_of_file(request["folder"], target)


def copy(path, part, checksum):
    digest = hashlib.sha256()
    try:
        with open(path, "rb", BLOCK) as source, open(part, "wb") as copied:
            for data in blocks(source, os.fstat(source.fileno()).st_size):
                digest.update(data)
                copied.write(data)
            copied.flush()
            os.fsync(copied.fileno())
        if digest.hexdigest() != checksum:
            raise Failure("{} has changed meanwhile: what is sent must stay as it is".format(path))
    except (OSError, Failure):
        remove(part)
        raise
