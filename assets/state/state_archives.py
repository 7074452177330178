"""The files of the archive: which there are, which are whole, and how a new one becomes the newest."""
import errno
import glob
import importlib.util
import os
import re
import shutil
import tarfile
import time

from state_lock import is_taken_over, name_writer
from state_pod import (
    ARCHIVE,
    CLUSTER,
    FOLDER,
    KEEP,
    NAME,
    STEM,
    SUFFIX,
    WRITE_ONCE,
    beside,
    die,
    flush,
    in_run,
    note,
    owner_of,
    read,
    remember,
    remove,
    say,
    size,
)


class Unreadable(Exception):
    """A file of which nobody can say whether it is whole."""


def is_whole(path):
    """Can it be read to its end? Flux itself restores a part of an archive without a word."""
    pauses = [0.5, 2]
    while True:
        try:
            return is_whole_now(path)
        except OSError as error:
            # What a server has trouble with for a moment is no broken archive.
            if not pauses or error.errno == errno.EACCES:
                raise Unreadable("can't read {}: {}{}".format(path, error.strerror, owner_of(path)))
        except MemoryError:
            raise Unreadable("can't read {}: the container has too little memory".format(path))
        time.sleep(pauses.pop(0))


def is_whole_now(path):
    try:
        with tarfile.open(path) as archive:
            members = 0
            for _ in archive:
                members += 1
            # An archive that is cut off between two files looks whole but for the empty block at its end.
            archive.fileobj.seek(archive.offset)
            is_ended = archive.fileobj.read(512) == bytes(512)
            # The checksum of what is compressed comes last.
            while archive.fileobj.read(1 << 20):
                pass
            return members > 0 and is_ended
    except (EOFError, tarfile.TarError, ValueError):
        return False
    except OSError as error:
        # Without a number it is about what is in the file.
        if error.errno is None:
            return False
        raise
    except MemoryError:
        raise
    except Exception:  # zlib.error, lzma.LZMAError: modules that a Python may lack
        return False


def need_decompressor():
    """Some Pythons lack a module, and would take every archive of that kind for a broken one."""
    module = {"gz": "zlib", "tgz": "zlib", "bz2": "bz2", "xz": "lzma"}.get(SUFFIX.split(".")[-1])
    if module and importlib.util.find_spec("_" + module if module != "zlib" else module) is None:
        die("the Python of this pod can't read {} (no module {}): call it .tar.gz or .tar".format(ARCHIVE, module))


def older(number):
    return "{}.{}".format(ARCHIVE, number)


def write_once_archives():
    """Archives with names of their own, the newest first."""
    pattern = re.compile(re.escape(STEM) + r"-(\d{6,})-[^/]*" + re.escape(SUFFIX) + r"\Z", re.DOTALL)
    found = []
    for path in glob.glob(os.path.join(glob.escape(FOLDER), "*")):
        match = pattern.match(os.path.basename(path))
        if match:
            found.append((int(match.group(1)), path))
    return sorted(found, reverse=True)


def candidates():
    """What may be restored, the newest first."""
    if WRITE_ONCE:
        paths = [path for _, path in write_once_archives()] + [ARCHIVE]
    else:
        numbers = []
        for path in glob.glob(glob.escape(ARCHIVE) + ".*"):
            number = path[len(ARCHIVE) + 1 :]
            if number.isdigit():
                numbers.append(int(number))
        paths = [ARCHIVE] + [older(number) for number in sorted(numbers)]
    return [path for path in paths if size(path) > 0]


def fresh():
    """Where Flux writes an archive before it is the newest."""
    return in_run("new-" + NAME) if WRITE_ONCE else beside("new-")


def live():
    return in_run("live-" + NAME) if WRITE_ONCE else beside("live-")


def free_name(path):
    number, free = 1, path
    while os.path.exists(free):
        number += 1
        free = "{}.{}".format(path, number)
    return free


def place(path, writer=None):
    """Makes a whole archive the newest one: this cluster's, or that of the writer."""
    if WRITE_ONCE:
        return place_under_new_name(path)
    try:
        os.chmod(path, 0o640)
    except OSError:
        pass  # Some volumes know no modes.
    flush(path)
    if writer is None and is_taken_over():
        target = beside(os.uname().nodename + "-")
        os.replace(path, target)
        say("another cluster has {} by now, so it is not replaced".format(ARCHIVE))
        return target
    if KEEP > 0 and size(ARCHIVE) > 0 and not os.path.exists(in_run("rotated")):
        rotate()
    os.replace(path, ARCHIVE)
    flush(FOLDER)
    name_writer(CLUSTER if writer is None else writer)
    # Later saves of this cluster replace its own.
    if writer is None or (CLUSTER and writer == CLUSTER):
        remember("rotated", "")
    return ARCHIVE


def rotate():
    for number in range(KEEP, 1, -1):
        if os.path.exists(older(number - 1)):
            os.replace(older(number - 1), older(number))
    # A second name instead of a rename, so that there is no moment without the archive; not every volume has links.
    remove(older(1))
    try:
        os.link(ARCHIVE, older(1))
    except OSError:
        os.replace(ARCHIVE, older(1))


def place_under_new_name(path):
    others = write_once_archives()
    number = (others[0][0] if others else 0) + 1
    mark = os.urandom(3).hex() + (marks(read(in_run("restore")))[0] or "")
    name = "{}-{:06d}-{}-{}{}".format(STEM, number, os.uname().nodename, mark, SUFFIX)
    target = os.path.join(FOLDER, name)
    try:
        with open(path, "rb") as source, open(target, "xb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        if size(target) != size(path):
            raise OSError(errno.EIO, "the copy has another size")
    except OSError:
        drop(target)
        raise
    last = read(in_run("last"))
    remember("last", target)
    remove(path)
    if last:
        drop(last)
    drop_ancestors(others)
    return target


def marks(path):
    """The random part of a name: the mark of the archive, and that of the one that its state comes from."""
    match = re.search("-([0-9a-f]{6})([0-9a-f]{6})?" + re.escape(SUFFIX) + r"\Z", path)
    return match.groups() if match else (None, None)


def drop_ancestors(others):
    """Of the archives that this cluster's state comes from as many stay as are to be kept; those of others all stay."""
    by_mark = {marks(path)[0]: path for _, path in others}
    by_mark.pop(None, None)
    ancestors, path = [], read(in_run("restore"))
    while path in by_mark.values() and path not in ancestors:
        ancestors.append(path)
        path = by_mark.get(marks(path)[1])
    for path in ancestors[KEEP:]:
        drop(path)


def drop(path):
    """Some volumes let nobody delete."""
    try:
        remove(path)
    except OSError as error:
        note("can't remove the older {} ({})".format(path, error.strerror))
