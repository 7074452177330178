#!/usr/bin/env python3
"""Keeps a program, and all that it starts, for as long as somebody wants it.

  distribute_keeper.py [--silence=SECONDS] PROGRAM ARGUMENTS...

Its input is a pipe that the one who wants it holds open. When that is closed, in whatever way, the program is killed;
as well when nothing was written to it for so many seconds, if any are given: the one who wants it may be frozen.
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
SILENCE = "--silence="
# Seconds: for what was killed to be gone, which only a disk or a file server can delay.
LONGEST_END = 10
# Between two looks at the clock.
TICK = 0.5
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


def clock():
    # Counts on while the machine is suspended.
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def keep(words, silence):
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
    codes, heard_at = {}, clock()
    while program not in codes:
        is_over = False
        for key, _ in events.select(TICK if silence else None):
            if key.fd == 0:
                is_over = not os.read(0, 4096)
                heard_at = clock()
                continue
            for number in os.read(woken, 4096):
                if number in HANDED_ON and program not in codes:
                    os.kill(program, number)
        if silence and clock() > heard_at + silence:
            words = "flux-distribute: the supervisor gives no sign of life for {:.0f} s: the broker is killed"
            print(words.format(clock() - heard_at), file=sys.stderr, flush=True)
            is_over = True
        if is_over:
            codes.update(kill_all())
            return status_of(codes.get(program, -signal.SIGKILL))
        # Also what it has left to this process, which would stay as a name in the list of processes.
        codes.update(collect())
    kill_all()
    return status_of(codes[program])


def status_of(code):
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    words, silence = sys.argv[1:], 0.0
    if words and words[0].startswith(SILENCE):
        silence = float(words.pop(0)[len(SILENCE) :])
    if not words:
        print("flux-distribute: distribute_keeper.py takes a program and its arguments", file=sys.stderr)
        sys.exit(2)
    # The interpreter's own end would wait for what nobody may have waited for.
    os._exit(keep(words, silence))
