"""Prolog and epilog of a job: one program on rank 0, which tells the nodes of the job what to do.

A job that asks for no Kubernetes isn't touched. All ends are bounded in time.
"""
import os

from usernetes_flux import Failed, Flux, decimal_id, decode_ranks, encode_ranks, f58_id
from usernetes_make import Deadline
from usernetes_problem import Problem, Stopped, complain, say, stop
from usernetes_slots import Slots

# Seconds: a take-down; that of a prolog which has failed, and of one that is stopped (if it takes longer than perilog's
# kill-timeout, 60 s unless configured, rank 0 is drained). What is left then is the epilog's.
TAKE_DOWN, FAILED, HURRIED = 150, 80, 25
YES = ("yes", "true", "1", "on")


class Job:
    def __init__(self, settings, id, ranks):
        self.settings = settings
        self.id = id
        self.ranks = ranks
        self.flux = Flux(settings)
        self.slots = Slots(settings)

    @property
    def name(self):
        return f58_id(self.id)

    def wants(self):
        """(Kubernetes, and to keep it for inspection) as the job's attributes have it."""
        user = self.flux.user_attributes(self.id)
        return is_yes(user.get("usernetes")), is_yes(user.get("usernetes_debug"))

    # --- prolog

    def start(self):
        wanted, debug = self.wants()
        if not wanted:
            return 0
        deadline = Deadline(self.settings.limits["job"])
        try:
            if len(self.ranks) > 256:
                raise Problem("{} nodes are too many: one Kubernetes has 256 at most".format(len(self.ranks)))
            entry = self.slots.allocate(self.id, self.ranks, debug)
            self.bring_up(entry, deadline)
            self.slots.note(self.id, state="up")
        except Stopped:
            complain("the prolog of {} was stopped".format(self.name))
            self.give_up(debug, HURRIED)
            return 143
        except Problem as problem:
            text = "usernetes: {}".format(problem)
            complain(str(problem))
            self.give_up(debug, FAILED)
            # The job's own exception: that of perilog would only say that the prolog ended with 1.
            self.tell_job(text)
            return 1
        words = "{}: Kubernetes is up on {} nodes after {:.0f} s (slot {}, lead {})"
        lead = self.settings.where(self.ranks[0])
        say(words.format(self.name, len(self.ranks), deadline.seconds - deadline.left(), entry["slot"], lead))
        return 0

    def bring_up(self, entry, deadline):
        lead, workers = self.ranks[0], self.ranks[1:]
        names = [self.settings.node(rank) for rank in self.ranks]
        stale = self.stale()
        keep = sorted(set(self.slots.all()) - stale)
        up = ["--serial", str(entry["serial"]), "--sweep", "--keep", ",".join(keep)]
        self.note_swept(self.on(self.ranks, "up", entry, deadline, *up), stale)
        command = "\n".join(self.on([lead], "init", entry, deadline, "--give")[lead]) + "\n"
        if workers:
            self.on(workers, "join", entry, deadline, input=command)
        self.on([lead], "sync", entry, deadline, "--flannel", "--nodes", ",".join(names))

    def on(self, ranks, operation, entry, deadline, *words, input=None):
        """The same on these nodes, at once; a Problem names the first that failed, with what it said."""
        if deadline.passed():
            raise Problem("step {}: the {:.0f} s for the prolog were over".format(operation, deadline.seconds))
        said = self.tell(ranks, operation, entry["slot"], deadline.left(), *words, input=input)
        failed = [rank for rank in ranks if isinstance(said[rank], Failed)]
        if failed:
            others = " (and {} more: ranks {})".format(len(failed) - 1, encode_ranks(failed[1:])) if failed[1:] else ""
            text = "{}{}, step {}: {}"
            raise Problem(text.format(self.settings.where(failed[0]), others, operation, said[failed[0]].why))
        return said

    def tell(self, ranks, operation, slot, seconds, *words, input=None):
        words = ["node", operation, "--id", self.id, "--slot", str(slot), "--limit", str(int(seconds)), *words]
        return self.flux.on_ranks(ranks, words, seconds, input=input)

    def stale(self):
        """Jobs that hold a slot and have ended without an epilog: Flux was shut down while they ran."""
        others = {id for id, entry in self.slots.all().items() if id != self.id and is_swept(entry)}
        try:
            return others - self.flux.active_jobs() if others else set()
        except Problem as problem:
            complain("whether jobs have left something can't be said now: {}".format(problem))
            return set()

    def note_swept(self, said, stale):
        gone = {}
        for rank, lines in said.items():
            for line in lines:
                word, _, rest = line.partition(" ")
                if word == "swept":
                    gone.setdefault(rest, []).append(rank)
                    say("{}: what job {} had left was removed".format(self.settings.where(rank), f58_id(rest)))
                elif word == "unswept":
                    complain("{}: {}".format(self.settings.where(rank), rest))
                elif line:
                    say("{}: {}".format(self.settings.where(rank), line))
        for id in stale:
            # Of those ranks too where there was nothing to remove.
            self.slots.release(id, [rank for rank in said if not left_on(said[rank], id)])

    def tell_job(self, text):
        try:
            self.flux.fail_job(self.id, text)
        except Problem as problem:
            complain(str(problem))

    def give_up(self, debug, seconds):
        if debug:
            # The epilog says how it is removed.
            return
        try:
            self.take_down(seconds, drain=False)
        except Stopped:
            complain("the rest is left to the epilog")
        except Problem as problem:
            complain(str(problem))

    # --- epilog

    def end(self):
        entry = self.slots.of(self.id)
        if entry is None:
            return 0
        if entry.get("debug"):
            self.slots.note(self.id, state="debug")
            words = "{}: left for inspection on ranks {} (usernetes_debug); remove it by: usernetes clean --job {}"
            say(words.format(self.name, encode_ranks(entry["ranks"]), self.name))
            return 0
        return 0 if self.take_down(TAKE_DOWN, drain=True) else 1

    def take_down(self, seconds, drain):
        """Removes it on every node; a node where that fails keeps the slot, and gets no more jobs."""
        entry = self.slots.of(self.id)
        if entry is None:
            return True
        said = self.tell(entry["ranks"], "down", entry["slot"], seconds)
        failed = {rank: result.why for rank, result in said.items() if isinstance(result, Failed)}
        clean = [rank for rank in entry["ranks"] if rank not in failed]
        for rank, why in failed.items():
            complain("{}, step down: {}".format(self.settings.where(rank), why))
        drained = self.drain(failed) if failed and drain else {}
        reason = "; ".join("rank {}: {}".format(rank, why) for rank, why in drained.items())[:500] or None
        if clean:
            self.slots.release(self.id, clean, reason)
        elif reason:
            self.slots.note(self.id, state="held", reason=reason)
        return not failed

    def drain(self, failed):
        """Those that get no more jobs. One that is gone gets none anyway, and is swept once it is back, or is new."""
        try:
            online = self.flux.online_ranks()
        except Problem:
            online = set(failed)
        drained = {rank: why for rank, why in failed.items() if rank in online}
        for rank, why in drained.items():
            try:
                self.flux.drain(rank, "{} since: {}".format(self.remedy, why))
            except Problem as problem:
                complain("{} can't be drained: {}".format(self.settings.where(rank), problem))
        return drained

    @property
    def remedy(self):
        """How the reason begins with which its nodes are drained."""
        return "run usernetes clean --job {},".format(self.name)

    def undrain(self):
        """Lets jobs onto the nodes again that were drained for it, and have nothing of it any more."""
        left = self.slots.of(self.id)
        ranks = self.flux.drained_ranks(self.remedy) - set(left["ranks"] if left else ())
        if ranks:
            self.flux.undrain(ranks)
            say("undrained: ranks {}".format(encode_ranks(ranks)))
        return ranks


def is_swept(entry):
    """Is it removed once its job has ended? What is kept for inspection, or held, is left to a person."""
    return not entry.get("debug") and entry["state"] != "held"


def left_on(lines, id):
    return any(line.startswith("unswept {}:".format(id)) for line in lines)


def is_yes(value):
    return value is True or str(value).lower() in YES


def of_environment(settings):
    """The job that perilog names; its program runs with a bare environment."""
    try:
        id, ranks = os.environ["FLUX_JOB_ID"], os.environ["FLUX_JOB_RANKS"]
    except KeyError as missing:
        raise Problem("{} isn't set: this is for prolog and epilog of Flux".format(missing)) from None
    stop.listen()
    return Job(settings, decimal_id(id), decode_ranks(ranks))


def prolog(settings):
    return of_environment(settings).start()


def epilog(settings):
    return of_environment(settings).end()
