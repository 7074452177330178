"""Flux as the command needs it: jobs of the system instance, and programs on its nodes."""
import json
import os
import re

from usernetes_problem import Problem, TimedOut, one_line
from usernetes_process import run

LONGEST_ANSWER = 30
# The alphabet of job ids as Flux writes them (F58), after an f of one sort or another.
F58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Seconds for flux exec to end after the programs that it runs have had all their time.
MARGIN = 20


def decimal_id(id):
    """A job id in decimal, from any form that Flux gives in a variable, or a person types."""
    id = id.strip()
    if id.isdigit():
        return id
    digits = id[1:] if id[:1] in ("ƒ", "f") else ""
    if not digits or any(digit not in F58 for digit in digits):
        raise Problem("{!r} is no job id".format(id))
    value = 0
    for digit in digits:
        value = value * 58 + F58.index(digit)
    return str(value)


def f58_id(id):
    value, digits = int(id), ""
    while value or not digits:
        value, digit = divmod(value, 58)
        digits = F58[digit] + digits
    return "ƒ" + digits


def decode_ranks(text):
    """Of an idset: 0-2,5"""
    ranks = []
    for part in text.strip().strip("[]").split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            raise Problem("{!r} is no set of ranks".format(text))
        ranks.extend(range(int(first), int(last or first) + 1))
    return sorted(set(ranks))


def encode_ranks(ranks):
    parts, ranks = [], sorted(set(ranks))
    for rank in ranks:
        if parts and parts[-1][1] == rank - 1:
            parts[-1][1] = rank
        else:
            parts.append([rank, rank])
    return ",".join(str(a) if a == b else "{}-{}".format(a, b) for a, b in parts)


class Flux:
    def __init__(self, settings):
        self.settings = settings
        self.program = settings.flux()

    def environment(self, uri):
        env = self.settings.environment()
        env["PATH"] = os.path.dirname(self.program) + ":" + env["PATH"]
        env["FLUX_URI"] = uri
        return env

    def run(self, *words, seconds=LONGEST_ANSWER, input=None, uri=None):
        try:
            env = self.environment(uri or self.settings.uri)
            return run([self.program, *words], seconds, env=env, input=input)
        except TimedOut:
            raise TimedOut("flux {} took longer than {:.0f} s".format(words[0], seconds)) from None
        except OSError as error:
            raise Problem("flux can't be run: {}".format(error)) from None

    def out(self, *words, **options):
        done = self.run(*words, **options)
        if done.code != 0:
            raise Problem("flux {} failed: {}".format(" ".join(words[:2]), one_line(done.err)))
        return done.out

    def attribute(self, name, uri=None):
        return self.out("getattr", name, uri=uri).strip()

    def rank(self):
        return int(self.attribute("rank"))

    def user_attributes(self, id, uri=None):
        """Of a job: what was given by --setattr=attributes.user.NAME=VALUE."""
        jobspec = json.loads(self.out("job", "info", f58_id(id), "jobspec", uri=uri))
        user = (jobspec.get("attributes") or {}).get("user")
        return user if isinstance(user, dict) else {}

    def active_jobs(self):
        """Decimal ids of all jobs that haven't ended to the last: an epilog belongs to its job."""
        out = self.out("jobs", "-A", "-n", "-c", "1000000", "--filter=active", "-o", "{id.dec}")
        return set(out.split())

    def fail_job(self, id, text):
        self.out("job", "raise", "--severity=0", "--type=usernetes", f58_id(id), "--", text[:1000])

    def drain(self, rank, reason):
        self.out("resource", "drain", "--update", str(rank), reason[:200])

    def undrain(self, ranks):
        self.out("resource", "undrain", encode_ranks(ranks))

    def drained_ranks(self, beginning):
        """Those that were drained with a reason that begins so."""
        lines = self.out("resource", "drain", "-n", "-o", "{ranks} {reason}").splitlines()
        pairs = [line.strip().partition(" ") for line in lines]
        return {rank for ranks, _, reason in pairs if reason.startswith(beginning) for rank in decode_ranks(ranks)}

    def online_ranks(self):
        lines = self.out("resource", "status", "-s", "online", "-no", "{ranks}").split()
        return {rank for line in lines for rank in decode_ranks(line)}

    def on_ranks(self, ranks, words, seconds, input=None):
        """Runs our command on nodes, all at once: for each rank what it printed, or a Failed."""
        labels = ["exec", "-l", "-q", "-d", "/", "-r", encode_ranks(ranks)]
        labels += ["-n"] if input is None else []
        words = [self.settings.program, *words]
        try:
            done = self.run(*labels, *words, seconds=seconds + MARGIN, input=input)
        except TimedOut:
            why = "no answer within {:.0f} s".format(seconds + MARGIN)
            return {rank: Failed(why) for rank in ranks}
        out, err = by_rank(done.out), by_rank(done.err)
        return {rank: result_of(rank, out.get(rank, []), err.get(rank, []), done) for rank in ranks}

    def on_lead(self, words, seconds):
        """Runs our command on rank 0, and gives its end as it is."""
        return self.run("exec", "-n", "-q", "-d", "/", "-r", "0", self.settings.program, *words, seconds=seconds)


class Failed:
    """What became of a node that didn't do what it was told to do."""

    def __init__(self, why):
        self.why = why


# The last line of a node that has done what it was told to do.
FINE = "usernetes-fine"


def by_rank(text):
    lines = {}
    for line in text.splitlines():
        match = re.match(r"(\d+): (.*)", line)
        error = re.match(r"flux-exec: Error: rank (\d+): (.*)", line)
        if match:
            lines.setdefault(int(match[1]), []).append(match[2])
        elif error:
            lines.setdefault(int(error[1]), []).append(error[2])
    return lines


def result_of(rank, out, err, done):
    if out and out[-1] == FINE:
        return out[:-1]
    words = [line.partition("usernetes: ")[2] or line for line in err]
    return Failed("; ".join(words) or one_line(done.err) or "flux exec ended with {} and no word".format(done.code))
