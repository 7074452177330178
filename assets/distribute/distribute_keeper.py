#!/usr/bin/env python3
"""Keeps a program, and all that it starts, for as long as somebody wants it.

  distribute_keeper.py PROGRAM ARGUMENTS...

Its input is a pipe that the one who wants it holds open. When that is closed, in whatever way, the program is killed.
Whenever the program ends, so does what it has started, however deep and in whatever session: the tasks of a broker that
was killed would go on beside the jobs of the next one. Signals are handed on. It ends with the program's exit code, or
with 128 and the signal that ended it.
"""
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time

SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36
HANDED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
# Seconds: for what was killed to be gone, which only a disk or a file server can delay.
LONGEST_END = 10
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with(parent):
    """Runs in the program's process before it is the program."""
    LIBC.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    # The parent may have ended before it could be said that this is to end with it.
    if os.getppid() != parent:
        os._exit(1)


def parents():
    """The parent of each process that has not ended yet; of those that have, only our own children."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/{}/stat".format(name), "rb") as file:
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except OSError:
            continue  # It has ended meanwhile.
        if state not in (b"Z", b"X") or int(parent) == os.getpid():
            found[int(name)] = int(parent)
    return found


def below(process):
    """All that this process has started, and what these have started."""
    tree = parents()
    found, last = set(), {process}
    while last:
        last = {child for child, parent in tree.items() if parent in last and child not in found}
        found |= last
    return found


def collect():
    """Ends what has ended; the exit code of each."""
    codes = {}
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return codes
        if process == 0:
            return codes
        codes[process] = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def kill_all():
    """Kills everything below; they may start others meanwhile. What ended so, with its exit codes."""
    codes = {}
    end = time.monotonic() + LONGEST_END
    while time.monotonic() < end:
        left = below(os.getpid())
        if not left:
            break
        for process in left:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.02)
        codes.update(collect())
    return codes


def keep(words):
    LIBC.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in HANDED_ON + (signal.SIGCHLD,):
        signal.signal(number, lambda *_: None)
    parent = os.getpid()
    try:
        program = subprocess.Popen(words, stdin=subprocess.DEVNULL, preexec_fn=lambda: die_with(parent)).pid
    except OSError as error:
        print("flux-distribute: can't start {}: {}".format(words[0], error.strerror), file=sys.stderr)
        return 127
    events = selectors.DefaultSelector()
    events.register(0, selectors.EVENT_READ)
    events.register(woken, selectors.EVENT_READ)
    codes = {}
    while program not in codes:
        for key, _ in events.select():
            if key.fd == 0:
                if not os.read(0, 4096):
                    codes.update(kill_all())
                    return status_of(codes.get(program, -signal.SIGKILL))
                continue
            for number in os.read(woken, 4096):
                if number in HANDED_ON and program not in codes:
                    os.kill(program, number)
        # Also what it has left to this process, which would stay as a name in the list of processes.
        codes.update(collect())
    kill_all()
    return status_of(codes[program])


def status_of(code):
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print("flux-distribute: distribute_keeper.py takes a program and its arguments", file=sys.stderr)
        sys.exit(2)
    # The interpreter's own end would wait for what nobody may have waited for.
    os._exit(keep(sys.argv[1:]))
