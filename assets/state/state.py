#!/usr/bin/env python3
"""Guards the archive that holds the state of a Flux instance, on the pod of the lead broker.

  state.py begin        Takes the archive for this cluster, finds the newest whole one, and stays behind as a process
                        that keeps the lock, and saves every now and then if that is asked for. In the folder
                        $MINICLUSTER_STATE_RUN it leaves two files: `restore` with the path of the archive to restore
                        (empty where there is none), and `new` with the one that Flux is to write at its end.
  state.py commit FILE  Makes the archive that Flux has written to FILE the newest one, if it is whole.

An archive is replaced by a rename, so that whatever happens meanwhile the last good one stays. Where a volume can't
rename or lock files (MINICLUSTER_WRITE_ONCE) each save gets a name of its own, and the newest whole one counts.

MINICLUSTER_ARCHIVE     path of the archive; from the end of its name `flux dump` takes the format
MINICLUSTER_STATE_RUN   folder of this pod for what the calls tell one another
MINICLUSTER_SAVE        never, on-stop (default), or periodic
MINICLUSTER_SAVE_EVERY  seconds between two periodic saves (default 600)
MINICLUSTER_KEEP        how many archives of earlier clusters are kept (default 0)
MINICLUSTER_CLUSTER     what tells this cluster from earlier ones; without it each pod counts as one
MINICLUSTER_WRITE_ONCE  true for a volume without rename or locks
MINICLUSTER_LOCK_WAIT   seconds to wait for the cluster that had the archive before (default 60)
MINICLUSTER_VIEW_FILE   file that sets PATH and fluxsocket; where there is none flux is on PATH already
MINICLUSTER_OWNER       process with which the one that stays behind ends (default: the caller)
MINICLUSTER_QUIET       true to say only what went wrong

Needs Python 3.6 and its standard library; what it says is one sentence each, on standard error.
"""
import errno
import fcntl
import glob
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time

ARCHIVE = os.environ["MINICLUSTER_ARCHIVE"]
RUN = os.environ["MINICLUSTER_STATE_RUN"]
SAVE = os.environ.get("MINICLUSTER_SAVE", "on-stop")
EVERY = int(os.environ.get("MINICLUSTER_SAVE_EVERY", "600"))
KEEP = int(os.environ.get("MINICLUSTER_KEEP", "0"))
WRITE_ONCE = os.environ.get("MINICLUSTER_WRITE_ONCE") == "true"
CLUSTER = os.environ.get("MINICLUSTER_CLUSTER", "")
LOCK_WAIT = int(os.environ.get("MINICLUSTER_LOCK_WAIT", "60"))
VIEW = os.environ.get("MINICLUSTER_VIEW_FILE", "/mnt/flux/flux-view.sh")
SOCKET = "local:///mnt/flux/config/run/flux/local"

FOLDER, NAME = os.path.split(ARCHIVE)
STEM, SUFFIX = re.match(r"(.*?)((?:\.tar)?(?:\.[^.]*)?)\Z", NAME, re.DOTALL).groups()

# Seconds: a dump of a running instance, and how long the end of the cluster waits for one that is under way.
LONGEST_DUMP, LONGEST_COMMIT = 600, 20
# Seconds between two looks at whether the pod still lives, and whether a save is due.
LOOK = 2
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


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


class Unreadable(Exception):
    """A file of which nobody can say whether it is whole."""


def is_whole(path):
    """Can it be read to its end? Flux itself restores a part of an archive without a word."""
    for pause in (0.5, 2, None):
        try:
            return is_whole_now(path)
        except OSError as error:
            # What a server has trouble with for a moment is no broken archive.
            if pause is None or error.errno == errno.EACCES:
                raise Unreadable("can't read {}: {}{}".format(path, error.strerror, owner_of(path)))
        except MemoryError:
            raise Unreadable("can't read {}: the container has too little memory".format(path))
        time.sleep(pause)
    return False


def owner_of(path):
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return " (it belongs to {}:{}, mode {:o})".format(status.st_uid, status.st_gid, status.st_mode & 0o7777)


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


# --- names -----------------------------------------------------------------------------------------------------------


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


# --- begin -----------------------------------------------------------------------------------------------------------


def begin():
    if in_charge():
        # What the last broker of this pod may have left is older than the state that the next one goes on with.
        if SAVE != "never":
            prepare(fresh())
        return
    need_decompressor()
    os.makedirs(RUN, exist_ok=True)
    for name in ("ending", "rotated", "last"):
        remove(in_run(name))
    lock = None
    if SAVE != "never":
        try:
            os.makedirs(FOLDER, exist_ok=True)
        except OSError as error:
            die("can't make the folder of {}: {}".format(ARCHIVE, error.strerror))
        if not WRITE_ONCE:
            lock = take_lock()
            probe()
            finish_interrupted()
    chosen = choose()
    write(in_run("restore"), chosen)
    write(in_run("new"), fresh() if SAVE != "never" else "")
    if SAVE != "never":
        prepare(fresh())
        stay_behind(lock)


def need_decompressor():
    """Some Pythons lack a module, and would take every archive of that kind for a broken one."""
    module = {"gz": "zlib", "tgz": "zlib", "bz2": "bz2", "xz": "lzma"}.get(SUFFIX.split(".")[-1])
    if module and importlib.util.find_spec("_" + module if module != "zlib" else module) is None:
        die("the Python of this pod can't read {} (no module {}): call it .tar.gz or .tar".format(ARCHIVE, module))


def prepare(path):
    """Flux writes into a file that is there, whose mode stays as it is."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640))
    except OSError as error:
        say("can't write {} ({}): nothing may be saved".format(path, error.strerror))


def in_charge():
    """Does an earlier call of this pod still hold the archive?"""
    try:
        with open(in_run("keeper")) as file:
            os.kill(int(file.read()), 0)
        return True
    except (OSError, ValueError):
        return False


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


def utc():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


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


def finish_interrupted():
    """A lead that was killed while it saved may have left a whole archive that has not got its name."""
    for path in sorted((fresh(), live()), key=age):
        if size(path) == 0:
            remove(path)
        elif age(path) < age(ARCHIVE):
            note("{} is older than {}: it is removed".format(path, ARCHIVE))
            remove(path)
        elif is_whole(path):
            note("{} is whole: the cluster that wrote it was killed before it was done".format(path))
            place(path, read(in_run("previous")))
        else:
            say("{} is not whole: the cluster that wrote it was killed meanwhile".format(path))
            remove(path)


def age(path):
    try:
        return os.path.getmtime(path)
    except FileNotFoundError:
        return 0


def choose():
    for path in candidates():
        if is_whole(path):
            return path
        if path == ARCHIVE and SAVE != "never" and not WRITE_ONCE:
            aside = free_name(beside("broken-"))
            os.replace(path, aside)
            say("{} is not whole: it is {} now".format(path, aside))
        else:
            say("{} is not whole: it is not restored".format(path))
    return ""


def free_name(path):
    number, free = 1, path
    while os.path.exists(free):
        number += 1
        free = "{}.{}".format(path, number)
    return free


def stay_behind(lock):
    """Leaves a process of its own session, which signals to the pod's other processes don't reach."""
    owner = os.getppid()
    if os.fork():
        return
    os.setsid()
    if lock is not None:
        os.set_inheritable(lock, False)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    os.chdir("/")
    write(in_run("keeper"), str(os.getpid()))
    due = time.monotonic() + EVERY
    while is_alive(int(os.environ.get("MINICLUSTER_OWNER", owner))):
        time.sleep(LOOK)
        if SAVE == "periodic" and time.monotonic() >= due:
            save_running()
            due = time.monotonic() + EVERY
    os._exit(0)


def is_alive(process):
    try:
        os.kill(process, 0)
        return True
    except PermissionError:
        return True
    except OSError:
        return False


# --- save ------------------------------------------------------------------------------------------------------------


def busy(seconds):
    """Only one save at a time; None if another takes too long."""
    lock = os.open(in_run("busy"), os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except OSError:
            if time.monotonic() > deadline:
                os.close(lock)
                return None
            time.sleep(0.05)


def save_running():
    lock = busy(0)
    if lock is None:
        return
    try:
        if os.path.exists(in_run("ending")):
            return
        prepare(live())
        problem = dump(live()) or (None if is_whole(live()) else "it is not whole")
        if os.path.exists(in_run("ending")):
            remove(live())
        elif problem:
            say("the state could not be saved meanwhile ({}): {} is as it was".format(problem, ARCHIVE))
            remove(live())
        else:
            place(live())
    except OSError as error:
        say("the state could not be saved meanwhile ({}): {} is as it was".format(error.strerror, ARCHIVE))
    except Unreadable as problem:
        say("the state could not be saved meanwhile ({}): {} is as it was".format(problem, ARCHIVE))
    finally:
        os.close(lock)


def dump(path):
    """Says what went wrong, or nothing."""
    script = '[ ! -e "$0" ] || . "$0"; FLUX_URI=${fluxsocket:-%s} exec flux dump --quiet "$1"' % SOCKET
    try:
        done = subprocess.run(
            ["/bin/bash", "-c", script, VIEW, path],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=LONGEST_DUMP,
        )
    except subprocess.TimeoutExpired:
        return "it took longer than {} s".format(LONGEST_DUMP)
    if done.returncode == 0:
        return None
    words = done.stderr.decode(errors="replace").strip().splitlines()
    return words[-1] if words else "exit code {}".format(done.returncode)


def commit(path):
    is_late = False
    try:
        write(in_run("ending"), "")
        is_late = busy(LONGEST_COMMIT) is None
    except OSError:
        pass  # The pod's own disk is full: the archive is elsewhere.
    if size(path) == 0:
        remove(path)
        die("Flux left no state to save: {} is as it was".format(ARCHIVE))
    if not is_whole(path):
        remove(path)
        die("the state that Flux left is not whole, perhaps for lack of room: {} is as it was".format(ARCHIVE))
    try:
        saved = place(path)
    except OSError as error:
        die("can't save the state in {} ({}): it is as it was".format(ARCHIVE, error.strerror))
    note("the state is saved in {}".format(saved))
    if is_late:
        say("a save that was under way did not end")


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


def main():
    if sys.argv[1:2] == ["commit"] and len(sys.argv) == 3:
        commit(sys.argv[2])
    elif sys.argv[1:] == ["begin"]:
        begin()
    else:
        die("state.py takes begin, or commit FILE")


if __name__ == "__main__":
    # Archives hold the environments of jobs: nothing for everybody.
    os.umask(0o027)
    try:
        main()
    except Unreadable as problem:
        die(str(problem))
    except OSError as problem:
        where = " at {}".format(problem.filename) if problem.filename else ""
        die("can't go on with the archive {} ({}{})".format(ARCHIVE, problem.strerror or problem, where))
