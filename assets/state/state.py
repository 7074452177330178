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
import fcntl
import os
import subprocess
import sys
import time

# The folder of the scripts can't be written in a pod, and has no use for it elsewhere.
sys.dont_write_bytecode = True

from state_archives import Unreadable, candidates, free_name, fresh, is_whole, live, need_decompressor, place
from state_lock import probe, take_lock
from state_pod import (
    ARCHIVE,
    FOLDER,
    RUN,
    SAVE,
    WRITE_ONCE,
    age,
    beside,
    die,
    in_run,
    note,
    read,
    remove,
    say,
    size,
    write,
)

EVERY = int(os.environ.get("MINICLUSTER_SAVE_EVERY", "600"))
VIEW = os.environ.get("MINICLUSTER_VIEW_FILE", "/mnt/flux/flux-view.sh")
SOCKET = "local:///mnt/flux/config/run/flux/local"

# Seconds: a dump of a running instance, and how long the end of the cluster waits for one that is under way.
LONGEST_DUMP, LONGEST_COMMIT = 600, 20
# Seconds between two looks at whether the pod still lives, and whether a save is due.
LOOK = 2


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


def prepare(path):
    """Flux writes into a file that is there, whose mode stays as it is."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640))
    except OSError as error:
        say("can't write {} ({}): nothing may be saved".format(path, error.strerror))


def in_charge():
    """Does an earlier call of this pod still hold the archive?"""
    keeper = read(in_run("keeper"))
    return keeper.isdigit() and is_alive(int(keeper))


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
    except (OSError, Unreadable) as error:
        cause = getattr(error, "strerror", error)
        say("the state could not be saved meanwhile ({}): {} is as it was".format(cause, ARCHIVE))
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
