"""What ends a command with one sentence."""
import re
import signal
import sys


class Problem(Exception):
    """The sentence says which step, on which node, and what to do."""

    code = 1


class Later(Problem):
    """It isn't so far yet: the one who asks may ask again."""

    code = 75


class Stopped(Problem):
    """A signal asked for the end, such as that of a job that was canceled."""

    code = 143


class TimedOut(Problem):
    """A program took longer than it may."""


class Stop:
    """Whether a signal asked for the end. A program that is waited for is ended then; later ones still run."""

    def __init__(self):
        self.asked = False

    def listen(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.note)

    def note(self, _number, _frame):
        self.asked = True

    def check(self):
        if self.asked:
            # Once: what is taken down after it isn't stopped too.
            self.asked = False
            raise Stopped("stopped by a signal")


stop = Stop()


def say(text):
    print(text, flush=True)


def complain(text):
    print("usernetes: " + text, file=sys.stderr, flush=True)


# A token lets whoever has it join.
TOKEN = re.compile(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b")
# What make echoes, and what usernetes warns of before each step.
ECHOES = r"make(\[\d+\])?: |(docker|nerdctl) compose |podman-compose |# |\+ "
NOISE = re.compile(ECHOES + r"|\[(WARNING|INFO)\] |grep: /proc/")
COLORS = re.compile(r"\x1b\[[0-9;]*m|\\e\[[0-9;]*m")


def one_line(text, longest=400):
    """The last lines of what a program said, as part of a sentence that anybody may read."""
    text = TOKEN.sub("(token)", COLORS.sub("", text))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    lines = [line for line in lines if line and not NOISE.match(line)]
    words = "; ".join(lines[-3:])
    return words if len(words) <= longest else "... " + words[-longest:]
