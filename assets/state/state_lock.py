"""The lock of the archive: one cluster at a time writes it."""
import errno
import fcntl
import os
import time

from state_pod import ARCHIVE, CLUSTER, FOLDER, beside, die, in_run, owner_of, read, remember, remove, say, utc, write

LOCK_WAIT = int(os.environ.get("MINICLUSTER_LOCK_WAIT", "60"))
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


def take_lock():
    """The kernel holds it until the last process of this pod that has it open is gone, however that ends."""
    path = ARCHIVE + ".lock"
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o660)
    except OSError as error:
        owner = owner_of(path) if error.errno == errno.EACCES else ""
        die("can't write to {}: {}{}".format(FOLDER, error.strerror, owner))
    deadline = time.monotonic() + LOCK_WAIT
    told = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if error.errno in NO_LOCKS:
                die("the volume of {} has no locks ({}): set archive.writeOnce".format(ARCHIVE, error.strerror))
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR):
                die("can't lock {}: {}".format(path, error.strerror))
        holder = read_lock(lock)[0] or "another cluster"
        if time.monotonic() > deadline:
            die(
                "{} is in use by {}, and {} s were too short for it to end: give each cluster an archive of its own".format(
                    ARCHIVE, holder, LOCK_WAIT
                )
            )
        if not told:
            say("{} is in use by {}: waiting up to {} s for it to end".format(ARCHIVE, holder, LOCK_WAIT))
            told = True
        time.sleep(0.2)
    _, writer, previous = read_lock(lock)
    own = "{} since {}".format(os.uname().nodename, utc())
    write(in_run("holder"), own)
    write(in_run("previous"), previous)
    if CLUSTER and writer == CLUSTER:
        remember("rotated", "")
    write_lock(lock, own, writer, CLUSTER)
    try:
        # Others of the group may take it after this cluster.
        os.fchmod(lock, 0o660)
    except OSError:
        pass
    return lock


def read_lock(lock):
    """Who has the archive, the cluster that has written it, and the cluster that has it."""
    lines = os.pread(lock, 1000, 0).decode(errors="replace").split("\n")
    return (lines + ["", "", ""])[:3]


def write_lock(lock, *lines):
    try:
        text = "\n".join(lines).rstrip("\n").encode()
        os.pwrite(lock, text, 0)
        os.ftruncate(lock, len(text))
    except OSError:
        pass  # A full disk: the lock holds all the same.


def name_writer(writer):
    """Leaves in the lock which cluster the newest archive is of."""
    try:
        lock = os.open(ARCHIVE + ".lock", os.O_RDWR)
    except OSError:
        return
    holder, _, cluster = read_lock(lock)
    write_lock(lock, holder, writer, cluster)
    os.close(lock)


def is_taken_over():
    """Has another cluster the archive by now, since a file server took this one for dead?"""
    try:
        lock = os.open(ARCHIVE + ".lock", os.O_RDONLY)
    except OSError:
        return False
    holder = read_lock(lock)[0]
    os.close(lock)
    return holder not in ("", read(in_run("holder")))


def probe():
    """Does a rename replace a file here?"""
    one, two = beside("probe-"), beside("probed-")
    try:
        for path in (one, two):
            open(path, "w").close()
        os.replace(one, two)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            say("the volume of {} is full: nothing can be saved there".format(ARCHIVE))
            return
        if error.errno in (errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV):
            die("the volume of {} can't rename files ({}): set archive.writeOnce".format(ARCHIVE, error.strerror))
        die("can't write to {}: {}".format(FOLDER, error.strerror))
    finally:
        for path in (one, two):
            try:
                remove(path)
            except OSError:
                pass
