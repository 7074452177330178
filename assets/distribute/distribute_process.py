"""Runs the broker as a child of the supervisor: what it says is in the pod's log, and it ends with the pod."""
import os
import signal
import subprocess
import sys
import threading
import time

from distribute_node import on_node, say

# Carried by what a broker starts itself; its tasks carry FLUX_JOB_ID and FLUX_URI.
MARK = "FLUX_DISTRIBUTE_BROKER"
KEEPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "distribute_keeper.py")
# Seconds: for the keeper to have killed everything.
LONGEST_END = 12
LONGEST_SWEEP = 10
# Seconds for which a follower goes on while the supervisor gives no sign of life.
ALONE = 900


def keep(words, env=None, silence=None):
    """Starts a program on the node that ends with this process, in whatever way that ends, or when nothing was written
    to its input for so many seconds, if any are given."""
    options = [] if silence is None else ["--silence={}".format(silence)]
    words = [sys.executable, KEEPER] + options + on_node(words, env)
    return subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)


def end_kept(process):
    process.stdin.close()
    try:
        process.wait(LONGEST_END)
    except subprocess.TimeoutExpired:
        say("a process of the broker can't be killed: it waits for a disk or a file server")
        process.kill()
        process.wait()


class ProcessRunner:
    def __init__(self, settings):
        self.settings = settings
        self.process = None
        # A sign of life must not be written to what has taken the number of a pipe that is closed.
        self.lock = threading.Lock()

    def take_over(self, fingerprint, is_lead):
        """Nothing of this kind outlives a supervisor."""
        return False

    def make_room(self):
        self.end()

    def start(self, words, restore, env, fingerprint, is_lead):
        # A lead is gone before another node's may start.
        process = keep(words + restore, env, self.settings.leaseSeconds / 2 if is_lead else ALONE)
        os.set_blocking(process.stdin.fileno(), False)
        self.process = process

    def show_life(self):
        process = self.process
        with self.lock:
            if process is not None and not process.stdin.closed:
                try:
                    os.write(process.stdin.fileno(), b".")
                except OSError:
                    pass  # It has ended, or is frozen and has enough to read.

    def terminate(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def end(self):
        if self.process is not None:
            with self.lock:
                self.process.stdin.close()
            end_kept(self.process)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def exit_code(self):
        if self.process is None:
            return None
        code = self.process.poll()
        return 128 - code if code is not None and code < 0 else code


def end_leftovers(mark, uri):
    """Kills what brokers of this name have left on the node, told by their environment: tasks of jobs carry the number
    of their job and the broker's address, all else carries the mark."""
    end = time.monotonic() + LONGEST_SWEEP
    while time.monotonic() < end:
        found = [process for process in processes() if is_leftover(process, mark, uri)]
        if not found:
            return
        for process in found:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)


def processes():
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in (1, os.getpid())]


def is_leftover(process, mark, uri):
    try:
        with open("/proc/{}/environ".format(process), "rb") as file:
            variables = file.read().split(b"\0")
    except OSError:
        return False  # It has ended meanwhile.
    if os.fsencode("{}={}".format(MARK, mark)) in variables:
        return True
    is_task = any(variable.startswith(b"FLUX_JOB_ID=") for variable in variables)
    return is_task and b"FLUX_URI=" + os.fsencode(uri) in variables
