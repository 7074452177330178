"""Who is elected: a Lease that its holder renews, and that others take when it wasn't renewed for long enough.

All times are those of this node's own clock. The holder stops leading before anybody else may begin: it counts from
before its last successful renewal was sent, others from when they saw the Lease change.
"""
import json
import random
import threading
import time

from distribute_api import ApiError
from distribute_candidate import wait_for_better
from distribute_flux import replace_file
from distribute_node import say

# When this node took the Lease.
MEMORY = "lease-taken"
# The newest copy of the queue's state: where it is.
ANNOTATION = "flux-framework.org/state-copy"
# The supervisor of the holder ends, and its lead broker with it.
LEAVING = "flux-framework.org/lead-ends"
# Seconds before the end of the Lease within which the holder's broker must have stopped.
STOP_SECONDS = 20
LEAST_RENEWAL_SECONDS = 2.0
# A share of the pause between two looks at a Lease that is another's.
JITTER = 0.25
# The least of it that is left for a kill.
LAST_SECONDS = 1.5
# Candidates for the first lead of all come one after the other.
MOST_FIRST_SECONDS = 3.0
CONFLICT = 409


def clock():
    # Counts on while the machine is suspended.
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    def __init__(self, api, settings, describe, looks_rarely, wake):
        """`describe(copy)` makes this node's Candidate, `wake()` is called when something has changed.

        `looks_rarely()` says whether enough others look at the Lease all the time.
        """
        self.api, self.name, self.seconds = api, settings.node_name, settings.leaseSeconds
        self.memory = settings.in_state(MEMORY)
        self.describe, self.looks_rarely, self.wake = describe, looks_rarely, wake
        self.renewal = max(LEAST_RENEWAL_SECONDS, self.seconds / 12)
        self.hold_seconds = max(self.seconds - STOP_SECONDS, self.seconds / 2)
        self.lease = None
        self.copy = None  # the newest copy of the state, as the Lease has it
        self.seen, self.seen_at = None, None
        self.renewed_at, self.lost_at = None, 0.0  # None while this node isn't the holder
        self.first_wait = random.uniform(0, MOST_FIRST_SECONDS)
        # From when this supervisor is told to stop: what it holds it keeps until its broker has ended, no more.
        self.may_take, self.is_leaving = True, False
        self.problem, self.has_looked = "", False
        self.ended = threading.Event()
        self.due = threading.Event()

    def may_lead(self):
        """May this node's broker be the lead now?"""
        renewed_at = self.renewed_at
        return renewed_at is not None and clock() < renewed_at + self.hold_seconds

    def is_held(self):
        return self.renewed_at is not None

    def longest_pause(self):
        """Seconds between two looks at the Lease, at most."""
        return max(self.renewal, self.seconds / 2) * (1 + JITTER)

    def stop_seconds(self):
        """Within how many seconds the broker must have stopped once this node may no longer lead."""
        renewed_at = self.renewed_at
        if renewed_at is None:
            return min(self.seconds / 4, STOP_SECONDS / 2)
        return max(1.0, renewed_at + self.seconds - 1 - clock())

    def is_ending(self):
        """Is it high time that no lead runs here?"""
        renewed_at, now = self.renewed_at, clock()
        if renewed_at is None:
            return now > self.lost_at + self.seconds / 4
        return now > renewed_at + self.seconds - max(LAST_SECONDS, (self.seconds - self.hold_seconds) / 5)

    def uid(self):
        """Tells this cluster from an earlier one of the same name."""
        return ((self.lease or {}).get("metadata") or {}).get("uid")

    def newest(self):
        """The (generation, sequence) of the newest copy of the state; None if none is known."""
        copy = self.copy
        return None if copy is None else (copy["generation"], copy["sequence"])

    def announce(self, copy):
        """Tells the others where the newest copy of the state is."""
        self.copy = copy
        self.due.set()

    def leave(self):
        """Tells the others that the lead is about to end."""
        self.is_leaving = True
        self.due.set()

    def is_left(self):
        """Does the lead say that it is about to end? ApiError if that can't be found out."""
        return LEAVING in annotations_of(self.api.get_lease())

    def start(self):
        threading.Thread(target=self.run, daemon=True).start()

    def end(self):
        """Nothing is renewed or taken any more; the Lease is not given away, since this node may take it back."""
        self.ended.set()
        self.due.set()

    def run(self):
        started = clock()
        while not self.ended.is_set():
            pause = self.renewal
            try:
                pause = self.step()
                self.problem, self.has_looked = "", True
            except ApiError as error:
                self.report(error)
            except Exception as error:  # Whatever somebody wrote into the Lease: the election goes on.
                self.report(error)
            self.has_looked = self.has_looked or clock() > started + self.hold_seconds
            self.due.wait(pause)
            self.due.clear()

    def report(self, error):
        problem = "{}".format(getattr(error, "code", "")) or type(error).__name__
        if problem != self.problem:
            say("the Lease can't be read or renewed, which is tried again ({})".format(explain(error)))
        self.problem = problem

    def step(self):
        """Renews, or takes what may be taken; seconds until the next step."""
        if self.is_held():
            self.renew()
            return self.renewal
        self.observe(self.api.get_lease())
        if self.may_take and self.is_up_for_taking() and self.take():
            return self.renewal
        if self.is_own():
            # This node took over nothing yet, since something of it isn't ready.
            return LEAST_RENEWAL_SECONDS / 2
        pause = self.seconds / 2 if self.holder() and self.looks_rarely() else self.renewal
        return pause * random.uniform(1 - JITTER, 1 + JITTER)

    def holder(self):
        return holder_of(self.lease)

    def observe(self, lease):
        self.lease = lease
        spec = lease.get("spec") or {}
        seen = [spec.get(key) for key in ("holderIdentity", "renewTime", "leaseTransitions")]
        if seen != self.seen:
            self.seen, self.seen_at = seen, clock()
        # Of a Lease that somebody has emptied or made anew it is known from before.
        self.copy = read_copy(lease) or self.copy

    def is_up_for_taking(self):
        """Others than the best candidate leave it some time to come first."""
        wait = 0.0
        if self.holder() and not self.is_own():
            given = (self.lease.get("spec") or {}).get("leaseDurationSeconds")
            wait = max(self.seconds, given if isinstance(given, int) else 0)
        if clock() < self.seen_at + wait:
            return False
        candidate = self.describe(self.copy)
        if not candidate.may_be_elected or self.is_own():
            return candidate.may_be_elected
        if self.holder() == self.name:
            return True
        if not self.holder():
            if candidate.is_lead:
                return True
            # A lead may run all the same: somebody has emptied the Lease, or made it anew.
            wait = self.seconds if candidate.has_document else self.first_wait
        wait += wait_for_better(candidate, self.copy, self.seconds)
        if self.lost_at and clock() < self.lost_at + 3 * self.seconds:
            # Somebody may have given it to another node, which comes first.
            wait += self.seconds / 2
        return clock() >= self.seen_at + wait

    def is_own(self):
        """Did this node take the Lease itself, before its supervisor was started anew?

        If somebody else has written this node's name into it, the holder before may not know that yet.
        """
        spec = self.lease.get("spec") or {}
        return self.holder() == self.name and spec.get("acquireTime") == self.remembered()

    def remembered(self):
        try:
            with open(self.memory, encoding="utf-8") as file:
                return file.read().strip()
        except OSError:
            return None

    def remember(self):
        try:
            replace_file(self.memory, self.lease["spec"].get("acquireTime") or "")
        except OSError as error:
            words = "can't write {} ({}): a supervisor that is started anew waits for the Lease to end"
            say(words.format(self.memory, error.strerror))

    def take(self):
        """False if somebody else was faster."""
        before, is_own, holder = clock(), self.is_own(), self.holder()
        try:
            self.put(before, is_new=not is_own)
        except ApiError as error:
            if error.code == CONFLICT:
                return False
            raise
        self.remember()
        if is_own:
            say("this node still holds the Lease: it runs the lead broker")
        else:
            after = ", after " + holder if holder else ""
            say("this node holds the Lease now: it runs the lead broker" + after)
        self.wake()
        return True

    def renew(self):
        before = clock()
        try:
            self.put(before, is_new=False)
        except ApiError as error:
            if error.code != CONFLICT:
                raise
            lease = self.api.get_lease()
            # Somebody has changed something else of it, or an earlier answer was lost.
            if holder_of(lease) == self.name:
                self.lease = lease
                self.put(before, is_new=False)
                return
            if not holder_of(lease) and self.may_lead():
                self.lease = lease
                self.put(before, is_new=True)
                self.remember()
                say("somebody has emptied the Lease: this node, which leads, has written itself into it again")
                return
            self.renewed_at, self.lost_at = None, clock()
            self.observe(lease)
            say("this node has lost the Lease to {}".format(self.holder() or "nobody"))
            self.wake()

    def put(self, before, is_new):
        lease = json.loads(json.dumps(self.lease))
        spec = lease.get("spec") or {}
        now = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime()) + "{:06d}Z".format(time.time_ns() // 1000 % 1000000)
        spec.update(holderIdentity=self.name, renewTime=now, leaseDurationSeconds=self.seconds)
        if is_new:
            spec.update(acquireTime=now, leaseTransitions=(spec.get("leaseTransitions") or 0) + 1)
        lease["spec"] = spec
        annotations = dict(annotations_of(lease))
        annotations.pop(LEAVING, None)
        if self.copy:
            annotations[ANNOTATION] = json.dumps(self.copy)
        if self.is_leaving:
            annotations[LEAVING] = now
        lease["metadata"]["annotations"] = annotations
        self.lease = self.api.put_lease(lease)
        self.renewed_at = before


def holder_of(lease):
    return (lease.get("spec") or {}).get("holderIdentity") or ""


def annotations_of(lease):
    return (lease.get("metadata") or {}).get("annotations") or {}


def read_copy(lease):
    """Which copy of the state is the newest: {generation, sequence, nodes, made}; None if none is known."""
    text = annotations_of(lease).get(ANNOTATION)
    try:
        copy = json.loads(text or "null")
        return {**copy, "generation": int(copy["generation"]), "sequence": int(copy["sequence"])}
    except (ValueError, TypeError, KeyError):
        return None


def explain(error):
    if not isinstance(error, ApiError):
        return "{}: {}".format(type(error).__name__, error)
    if error.code == 0:
        return "the API server can't be reached: " + error.message
    if error.code == 403:
        return "the Role or its binding is missing: " + error.message
    if error.code == 404:
        return "it doesn't exist: apply the manifests of this FluxDistribute"
    return "HTTP {}: {}".format(error.code, error.message)
