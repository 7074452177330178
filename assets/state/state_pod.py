"""What the calls of state.py are told, what they say, and the files that they leave to one another in their pod."""
import errno
import os
import re
import sys
import time

ARCHIVE = os.environ["MINICLUSTER_ARCHIVE"]
RUN = os.environ["MINICLUSTER_STATE_RUN"]
SAVE = os.environ.get("MINICLUSTER_SAVE", "on-stop")
KEEP = int(os.environ.get("MINICLUSTER_KEEP", "0"))
WRITE_ONCE = os.environ.get("MINICLUSTER_WRITE_ONCE") == "true"
CLUSTER = os.environ.get("MINICLUSTER_CLUSTER", "")

FOLDER, NAME = os.path.split(ARCHIVE)
STEM, SUFFIX = re.match(r"(.*?)((?:\.tar)?(?:\.[^.]*)?)\Z", NAME, re.DOTALL).groups()


def say(text):
    # A path or an old lock file may hold line breaks: what is said is one line all the same.
    print("minicluster: " + " ".join(text.splitlines()), file=sys.stderr, flush=True)


def note(text):
    if os.environ.get("MINICLUSTER_QUIET") != "true":
        say(text)


def die(text):
    say(text)
    sys.exit(1)


def beside(prefix):
    """A file beside the archive; named in front, since the end of the name is the format."""
    return os.path.join(FOLDER, prefix + NAME)


def in_run(name):
    return os.path.join(RUN, name)


def write(path, text):
    # As paths are: an old Python may hold names that its locale has no letters for.
    with open(path + ".new", "wb") as file:
        file.write(os.fsencode(text))
    os.replace(path + ".new", path)


def read(path):
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read())
    except FileNotFoundError:
        return ""


def remember(name, text):
    """For the next call of this pod: no save fails for it."""
    try:
        write(in_run(name), text)
    except OSError:
        pass


def remove(path):
    try:
        os.remove(path)
    except FileNotFoundError:
        pass


def size(path):
    try:
        return os.path.getsize(path)
    except FileNotFoundError:
        return 0


def age(path):
    try:
        return os.path.getmtime(path)
    except FileNotFoundError:
        return 0


def flush(path):
    """Onto the disk: a rename that outlives what it names would be worse than none."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
    finally:
        os.close(handle)


def utc():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def owner_of(path):
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return " (it belongs to {}:{}, mode {:o})".format(status.st_uid, status.st_gid, status.st_mode & 0o7777)
