"""Programs that are run with an end in time, together with all that they start."""
import os
import signal
import subprocess
import time

from usernetes_problem import TimedOut, stop

# Seconds for a program to end by itself when it is asked to, and how often is looked for a signal.
GOODBYE, LOOK = 5, 0.2


class Done:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


def run(words, seconds, env=None, input=None, output=None, keep=(), goodbye=GOODBYE, umask=0o077):
    """Runs it to its end. `output` is a file that takes all it says; else it is returned.

    What takes longer than `seconds`, or runs when a signal asks for the end, is asked to end and then killed, with
    every process of its group; `keep` are open files that those processes inherit.
    """
    process = subprocess.Popen(
        words,
        env=env,
        cwd="/",
        stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
        stdout=subprocess.PIPE if output is None else output,
        stderr=subprocess.PIPE if output is None else subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        pass_fds=keep,
        umask=umask,
    )
    try:
        out, err = wait(process, seconds, input)
    finally:
        if process.poll() is None:
            end(process, goodbye)
    return Done(process.returncode, out or "", err or "")


def wait(process, seconds, input):
    last = time.monotonic() + max(seconds, 0)
    while True:
        stop.check()
        left = last - time.monotonic()
        if left <= 0:
            raise TimedOut("took longer than {:.0f} s".format(seconds))
        try:
            return process.communicate(input, timeout=min(LOOK, left))
        except subprocess.TimeoutExpired:
            # What has been read so far isn't lost; the input is given once.
            input = None


def end(process, goodbye):
    for number, seconds in ((signal.SIGTERM, goodbye), (signal.SIGKILL, GOODBYE)):
        signal_group(process.pid, number)
        try:
            process.communicate(timeout=seconds)
            break
        except (subprocess.TimeoutExpired, ValueError):
            pass
    # What it has left behind in its group.
    signal_group(process.pid, signal.SIGKILL)


def signal_group(group, number):
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass
