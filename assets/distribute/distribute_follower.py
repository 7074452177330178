"""What a supervisor does on every node: it keeps the broker of this node as the document says.

The broker is started and stopped by the main thread only, since it ends with the thread that started it.
"""
import collections
import json
import os
import random
import threading
import time

import distribute_queue
import distribute_state
from distribute_broker_files import broker_toml, fingerprint, r_json
from distribute_document import rank_of
from distribute_flux import replace_file
from distribute_lease import clock
from distribute_node import say
from distribute_settings import CERTIFICATE
from distribute_silence import Silence
from distribute_work import Once, Work

# Seconds: for a follower's broker to end, which would wait much longer for a lead that is gone; between two looks at
# whether the broker is up; and between two starts.
STOP_SECONDS, LOOK_SECONDS, FIRST_PAUSE, LONGEST_PAUSE = 5, 5, 1.0, 30.0
# A follower whose lead was shut down waits for the next generation before it comes back to the old one.
LEAD_LEFT_SECONDS = 5
# A broker that was up for so many seconds is started again without much ado.
LONG_LIFE = 60
# From then on a broker that is not up is not waited for.
LONGEST_START = 30
# Starts are spread over this many seconds, or a second for so many brokers if that is less.
MOST_JITTER, BROKERS_PER_SECOND = 10.0, 100
# Seconds between two tries to undrain.
UNDRAIN_AGAIN_SECONDS = 15
MARKER = "lead.json"
# The last generation in which this node was the lead, 0 if it never was; was it one of the cluster that has the Lease,
# or of an earlier one of this name, whose numbers say nothing here?
Own = collections.namedtuple("Own", "generation is_of_cluster")


class Follower:
    def __init__(self, settings, membership, lease, installer, broker, wake):
        self.settings, self.membership, self.lease = settings, membership, lease
        self.installer, self.broker, self.once = installer, broker, Once()
        self.runs_for = None  # the document that the broker was started for
        self.was_running = self.is_swept = False
        self.started_at = self.start_at = self.look_at = 0.0
        self.pause = FIRST_PAUSE
        self.up_since = None
        self.silence, self.undrain_at = Silence(), None
        self.looking, self.undraining = Work(wake), Work(wake)

    def guard(self):
        """Sees to it, in a thread of its own, that no lead outlives the Lease while something holds up the main one."""
        threading.Thread(target=self.keep_guard, daemon=True).start()

    def keep_guard(self):
        while True:
            time.sleep(0.5)
            if self.lease.is_ending() and self.broker.is_lead and self.broker.is_running():
                say("the Lease ends: the lead broker is killed")
                self.broker.end()

    def leads(self):
        """Is this node's broker the lead, and up?"""
        return self.up_since is not None and self.broker.is_lead

    def is_starting(self):
        """Has the broker been started just now, so that it may be up in a moment?"""
        return self.was_running and self.up_since is None and clock() < self.started_at + LONGEST_START

    def step(self):
        self.notice_end()
        document = self.membership.document
        rank = rank_of(document, self.settings.node_name)
        if document is None:
            if self.membership.seen_at is not None:
                self.once.say("member", "no generation was made yet: the broker starts with the first one")
            self.sweep()
        elif rank is None:
            words = "this node is not among the hosts of generation {}: the broker waits for the next one"
            self.once.say("member", words.format(document.generation))
            self.stop("it has no rank")
        elif rank == 0 and not self.lease.may_lead():
            if self.lease.has_looked:
                self.once.say("member", "this node doesn't hold the Lease: the lead broker must not run here")
            self.stop("the Lease is not held", self.lease.stop_seconds())
        else:
            self.once.forget("member")
            self.keep(document, rank)
        self.look()

    def keep(self, document, rank):
        if self.was_running and not is_same(document, self.runs_for):
            self.stop("generation {} follows".format(document.generation))
        if self.was_running:
            return
        if not is_same(document, self.runs_for):
            self.start_at = clock() + jitter(rank, len(document.hosts))
            self.runs_for, self.pause = document, FIRST_PAUSE
        if clock() < self.start_at:
            return
        certificate = self.certificate(document.certificate)
        prefix = self.installer.prefix(document.environment)
        if certificate is None:
            words = "waits for the certificate {} of generation {}, which the kubelet hasn't brought yet"
            self.once.say("wait", words.format(document.certificate, document.generation))
        elif prefix is None:
            self.once.say("wait", "waits until {} is installed".format(document.environment))
        else:
            self.once.forget("wait")
            self.start(document, rank, certificate, prefix)

    def start(self, document, rank, certificate, prefix):
        settings = self.settings
        self.broker.configure(broker_toml(document, rank, settings), r_json(document), certificate, prefix)
        restore = self.copy_to_restore(document) if rank == 0 else None
        words = "starts the broker of rank {} of {} in generation {}"
        say(words.format(rank, len(document.hosts), document.generation) + (", the lead" if rank == 0 else ""))
        try:
            self.broker.start(rank == 0, restore)
        except OSError:
            self.put_off()
            raise
        self.was_running, self.is_swept, self.started_at, self.look_at = True, True, clock(), 0.0
        self.silence.begin()
        if rank == 0 and restore is None:
            self.mark_own_state()

    def put_off(self, least=0.0):
        """The next start is later each time; in how many seconds it is."""
        pause = max(least, self.pause * random.uniform(0.75, 1.25))
        self.pause = min(LONGEST_PAUSE, 2 * self.pause)
        self.start_at = clock() + pause
        return pause

    def stop(self, why, seconds=STOP_SECONDS):
        if self.was_running:
            say("stops the broker: " + why)
            self.broker.stop(0, seconds)
            self.was_running = False
            self.set_up(False)
        self.sweep()

    def sweep(self):
        """Ends what an earlier supervisor may have left, unless this node may be about to take its Lease back."""
        if not self.is_swept and self.lease.has_looked:
            self.is_swept = True
            self.broker.stop(0, STOP_SECONDS)

    def stop_now(self, drain_seconds, seconds):
        """For the end of this supervisor, or a new generation."""
        self.was_running, self.runs_for = False, None
        self.set_up(False)
        return self.broker.stop(drain_seconds, seconds)

    def notice_end(self):
        """A broker that has ended by itself is started again, after a while."""
        if not self.was_running or self.broker.is_running():
            return
        self.was_running = False
        was_up = self.up_since is not None
        if was_up and clock() > self.up_since + LONG_LIFE:
            self.pause = FIRST_PAUSE
        code = self.broker.exit_code()
        is_left = code == 0 and not self.broker.is_lead
        pause = self.put_off(LEAD_LEFT_SECONDS * random.uniform(1, 2) if is_left else 0)
        self.set_up(False)
        say("the broker has ended with exit code {}: it is started again in {:.0f} s".format(code, max(1, pause)))
        # A watch may be late: starting with a list of hosts that no longer holds would disturb the others.
        self.membership.refresh()

    def look(self):
        """Looks every now and then whether the broker is up, which takes long where its lead is gone."""
        done = self.looking.take()
        if done and self.was_running and done[0] == self.started_at:
            is_up, answers = done[1] or (False, False)
            self.set_up(is_up)
            if self.silence.is_too_long(answers, is_up):
                self.replace()
        if self.was_running and clock() >= self.look_at and not self.looking.is_running():
            self.look_at = clock() + (LOOK_SECONDS if self.up_since is not None else 1)
            self.looking.start(self.started_at, self.ask)
        self.undrain()

    def ask(self):
        """Is the broker up, and does it answer at all? It does also where its lead is gone."""
        is_up = self.broker.is_up()
        return is_up, is_up or self.broker.answers()

    def replace(self):
        """Ends a broker that hangs; another one is started after a while."""
        self.broker.end()
        self.was_running = False
        self.set_up(False)
        self.put_off()

    def undrain(self):
        """Undoes the drain of a supervisor before, as soon as somebody can say whether there is one."""
        done = self.undraining.take()
        if done and done[1] is None:
            self.undrain_at = clock() + UNDRAIN_AGAIN_SECONDS
        is_due = self.undrain_at is not None and clock() >= self.undrain_at
        if is_due and self.up_since is not None and not self.undraining.is_running():
            self.undrain_at = None
            self.undraining.start("undrain", distribute_queue.undrain_own, self.settings, self.settings.node_name)

    def set_up(self, is_up):
        ready = self.settings.in_run("ready")
        if not is_up:
            self.up_since = self.undrain_at = None
            remove(ready)
            return
        if self.up_since is None:
            self.up_since = clock()
            say("the broker is up")
            self.undrain_at = self.up_since
            self.undrain()
        if self.broker.is_lead:
            self.mark_own_state()
        touch(ready)

    def certificate(self, wanted):
        """The certificate with this fingerprint; None as long as this node doesn't have it."""
        for path in (CERTIFICATE, self.settings.in_run("config", "curve.cert")):
            content = read(path)
            if content and fingerprint(content) == wanted:
                return content
        return None

    def copy_to_restore(self, document):
        """The copy that a new lead begins with; None if the state on this node is the newest there is."""
        own = self.own_state()
        if own.is_of_cluster and own.generation >= document.lead_since:
            return None
        known = self.lease.newest()
        copy = distribute_state.newest_copy(self.settings, known)
        is_cluster_s = copy is not None and known is not None and copy[:2] <= known
        if copy and (copy[0] > own.generation or is_cluster_s and not own.is_of_cluster):
            say("restores the state of the queue: copy {} of generation {}".format(copy[1], copy[0]))
            return copy[2]
        if own.generation:
            words = "no copy is newer than this node's own state of generation {}: the queue goes on with that"
            say(words.format(own.generation))
        elif document.generation == 1:
            say("no state of an earlier cluster is on this node: the queue begins with nothing")
        else:
            say("there is no copy of the queue's state on this node: the queue is empty")
        return None

    def own_state(self):
        try:
            found = json.loads(read(self.settings.in_state(MARKER)) or b"null")
            uid = self.lease.uid()
            return Own(int(found["generation"]), found.get("lease", uid) == uid)
        except (ValueError, TypeError, KeyError):
            return Own(0, False)

    def mark_own_state(self):
        content = json.dumps({"generation": self.runs_for.generation, "lease": self.lease.uid()}) + "\n"
        path = self.settings.in_state(MARKER)
        try:
            replace_file(path, content)
            self.once.forget("marker")
        except OSError as error:
            words = "can't write {} ({}), which is tried again: until then another lead may begin with an older state"
            self.once.say("marker", words.format(path, error.strerror))


def jitter(rank, size):
    """Seconds that a broker waits, so that not all start at once."""
    return random.uniform(0, min(MOST_JITTER, size / BROKERS_PER_SECOND)) if rank else 0.0


def is_same(document, other):
    """Do brokers that run for one serve the other as well?"""
    if document is None or other is None:
        return document is other
    kept = {"reason": "", "made": "", "gone": frozenset()}
    return document._replace(**kept) == other._replace(**kept)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def touch(path):
    try:
        with open(path, "w"):
            pass
        os.utime(path)
    except OSError as error:
        say("can't write {}: {}".format(path, error.strerror))


def remove(path):
    try:
        os.remove(path)
    except OSError:
        pass
