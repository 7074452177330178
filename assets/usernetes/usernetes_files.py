"""Files that are replaced as a whole, and locks that end with whoever holds them."""
import contextlib
import fcntl
import json
import os
import time

from usernetes_problem import Problem, stop

# Seconds between two looks at a lock: hundreds of nodes may wait for the same one on rank 0.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 0.5


def replace_file(path, text, mode=0o600):
    """Makes the file what it is to be, at once: nobody reads half of it, or reads it before it has its mode."""
    new = "{}.new-{}".format(path, os.getpid())
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.remove(new)
        raise


def read_file(path, otherwise=""):
    try:
        with open(path) as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return otherwise


def read_json(path, otherwise):
    text = read_file(path)
    try:
        return json.loads(text) if text.strip() else otherwise
    except ValueError as error:
        raise Problem("{} can't be read ({}): mend or remove it".format(path, error)) from None


@contextlib.contextmanager
def locked(path, seconds, doing):
    """Holds the lock, which the programs that are started meanwhile don't inherit."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        end, pause = time.monotonic() + seconds, SHORTEST_PAUSE
        while not try_lock(descriptor):
            stop.check()
            if time.monotonic() > end:
                raise Problem("{}: another usernetes has held {} for {:.0f} s".format(doing, path, seconds))
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
        yield descriptor
    finally:
        os.close(descriptor)


def try_lock(descriptor):
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
