"""Targets of usernetes, with an end in time and a log."""
import os
import time

from usernetes_problem import Problem, TimedOut, one_line, stop
from usernetes_process import run

# Logs of so many clusters are kept on a node.
LOGS_KEPT = 100


class Deadline:
    def __init__(self, seconds):
        self.seconds = seconds
        self.end = time.monotonic() + seconds

    def left(self, at_most=None):
        left = max(0.0, self.end - time.monotonic())
        return left if at_most is None else min(left, at_most)

    def passed(self):
        return self.left() <= 0


class Make:
    """`make` in one workdir. `keep` are open files that all it starts inherits, such as a lock."""

    def __init__(self, workdir, deadline, keep=()):
        self.workdir = workdir
        self.settings = workdir.settings
        self.deadline = deadline
        self.keep = keep

    def target(self, name, at_most=None):
        """Runs it to success."""
        words = ["make", "--no-print-directory", "-C", self.workdir.path, name]
        with self.log(name) as log:
            start = os.fstat(log.fileno()).st_size
            seconds = self.deadline.left(at_most)
            try:
                done = run(words, seconds, env=self.settings.environment(), output=log, keep=self.keep)
            except TimedOut:
                raise Problem(self.failed(name, "took longer than {:.0f} s".format(seconds), start)) from None
            if done.code != 0:
                raise Problem(self.failed(name, "ended with {}".format(done.code), start))

    def failed(self, name, how, start):
        with open(self.log_path, errors="replace") as log:
            log.seek(start)
            said = one_line(log.read())
        return "make {} {}{} (log: {})".format(name, how, ": " + said if said else "", self.log_path)

    def ask(self, *verb, at_most=60):
        """What usernetes_inside.sh prints in the container."""
        seconds = self.deadline.left(at_most)
        done = self.try_to_ask(*verb, at_most=at_most)
        if done is None or done.code != 0:
            how = "took longer than {:.0f} s".format(seconds) if done is None else one_line(done.err) or "no word"
            raise Problem("{} in the container failed: {} (log: {})".format(" ".join(verb), how, self.log_path))
        return done.out

    def try_to_ask(self, *verb, at_most=60):
        """The same with its code; None if there was no answer in time."""
        words = ["make", "-s", "--no-print-directory", "-C", self.workdir.path]
        words += ["flux-usernetes-inside", "VERB=" + " ".join(verb)]
        try:
            done = run(words, self.deadline.left(at_most), env=self.settings.environment(), keep=self.keep)
        except TimedOut:
            return None
        if done.code != 0:
            with self.log(" ".join(verb)) as log:
                log.write(done.err)
        return done

    def until(self, holds, seconds=None, every=1.0):
        """Asks until it holds; False if it never does within that time."""
        deadline = Deadline(self.deadline.left(seconds))
        while not holds():
            stop.check()
            if deadline.passed():
                return False
            time.sleep(min(every, deadline.left()))
        return True

    @property
    def log_path(self):
        return self.settings.in_state("log", self.workdir.project + ".log")

    def log(self, doing):
        folder = self.settings.in_state("log")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        log = open(os.open(self.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w")
        log.write("--- {} {}\n".format(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), doing))
        log.flush()
        return log


def forget_old_logs(settings):
    folder = settings.in_state("log")
    try:
        logs = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".log")]
        logs.sort(key=os.path.getmtime)
        for path in logs[:-LOGS_KEPT]:
            os.remove(path)
    except FileNotFoundError:
        pass
