"""Who is next, and with which cores: first come, first served.

Fluxion chooses the cores. Who holds them is known here, from the journal, and no choice of Fluxion's is taken
that has a core that is held: so none is given twice, even if the service was started anew and has lost all.
"""

import threading
import time
from collections import deque

from fluxion_flux import Flux, Lost
from fluxion_graph import encode_idset, graph, match_request, read_allocation
from fluxion_job import CANCELLED, ENDED, RUNNING, STARTING, WAITING, Runner
from fluxion_ledger import Ledger
from fluxion_pod import Failure, application, say
from fluxion_rebook import Rebooking
from fluxion_records import Records
from fluxion_service import Unreachable

# Seconds: between two looks when nothing happens, two questions whether the service is there, two tries to
# reach it; for which it is taken for known which hosts are up, or that a plugin is loaded; and for an
# application to come back.
TICK, HEARTBEAT, RETRY, FRESH, APPLICATION_SECONDS = 1, 20, 2, 3, 300


class Scheduler(threading.Thread):
    def __init__(self, machine, service, journal, lock_file):
        super().__init__(name="scheduler", daemon=True)
        self.machine = machine
        self.service = service
        self.lock_file = lock_file
        self.lock = threading.Condition()
        self.stopping = threading.Event()
        self.problem = None
        self.records = Records(journal)
        self.ledger = Ledger(machine)
        self.outcomes = deque()
        self.is_woken = False
        # Numbers of Fluxion's.
        self.to_free = []
        self.is_graph_lost = True
        # A graph that was just made anew is not doubted a second time.
        self.is_doubted = False
        self.spoke_at = self.retry_at = 0.0
        self.trouble = ""
        self.fresh = {}
        self.missing = {}

    def restore(self):
        self.records.restore()
        for job in self.holders():
            self.ledger.hold(job)

    def holders(self):
        return [job for job in self.records.jobs.values() if job.state in (STARTING, RUNNING)]

    # What users ask.

    def accept(self, job):
        """Queues a job that can run here."""
        with self.lock:
            if job.key in self.records.keys:
                return self.records.keys[job.key]
        target = application(job.application)
        if not job.shape.fits([len(node.cores) for node in self.machine.nodes.values()]):
            words = "a job with {} never fits: this cluster has {} hosts with {} cores, at most {} on a host"
            largest = max(len(node.cores) for node in self.machine.nodes.values())
            sizes = (job.shape.words(), len(self.machine.nodes), self.machine.cores, largest)
            raise Failure(words.format(*sizes), 409)
        self.cached("plugin", target, Flux(target.name, target.uri).need_bypass)
        with self.lock:
            # A client that asks again has the same key.
            if job.key not in self.records.keys:
                self.records.accept(job)
                self.wake()
            return self.records.keys[job.key]

    def cancel(self, number):
        with self.lock:
            job = self.records.get(number)
            # Asked again, since the controller was killed before it could answer.
            if job.state == ENDED and job.result == CANCELLED:
                return job
            if job.state == ENDED:
                raise Failure("job {} has ended: {}".format(number, job.result), 409)
            if job.state == WAITING:
                self.records.withdraw(job)
                return job
            self.records.note(job, cancelled=True)
            identifier = job.flux
        # One that is about to be submitted is cancelled by its runner.
        if identifier is not None:
            target = application(job.application)
            Flux(target.name, target.uri).cancel(identifier)
        return job

    def listed(self):
        with self.lock:
            return [job.shown(self.machine) for job in self.records.jobs.values()]

    def shown(self, number):
        with self.lock:
            return self.records.get(number).shown(self.machine)

    # What the runners of jobs tell.

    def submitted(self, job, identifier):
        with self.lock:
            self.records.note_anyway(job, flux=identifier)

    def running(self, job):
        with self.lock:
            if job.state == STARTING:
                self.records.note_anyway(job, state=RUNNING)

    def ended(self, job, outcome):
        with self.lock:
            self.outcomes.append((job, outcome))
            self.wake()

    def wake(self):
        self.is_woken = True
        self.lock.notify_all()

    # The thread that gives cores out and takes them back.

    def run(self):
        try:
            with self.lock:
                holders = self.holders()
            for job in holders:
                Runner(self, job).start()
            while not self.stopping.is_set():
                self.turn()
        except (
            Exception
        ) as error:  # Nothing can be trusted after that: a new controller begins with the journal.
            self.problem = "the scheduler has failed ({}: {})".format(type(error).__name__, error)
            self.stopping.set()

    def turn(self):
        with self.lock:
            if not self.is_woken:
                self.lock.wait(TICK)
            self.is_woken = False
            while self.outcomes:
                self.take_back(*self.outcomes.popleft())
        if time.monotonic() < self.retry_at:
            return
        try:
            self.reach_service()
            self.start_waiting()
            if self.trouble:
                say("jobs start again")
            self.trouble = ""
        except Failure as problem:
            self.is_graph_lost = self.is_graph_lost or isinstance(problem, Unreachable)
            self.retry_at = time.monotonic() + RETRY
            if self.trouble != str(problem):
                say("{}: jobs that run go on, others wait".format(problem))
            self.trouble = str(problem)

    def take_back(self, job, outcome):
        """Only for a job that is inactive in Flux, or was never there."""
        self.ledger.release(job)
        self.to_free += job.booked
        job.booked = []
        self.records.ended(job, outcome)

    def reach_service(self):
        """Leaves a service in whose graph exactly the cores that are held are booked."""
        if self.service.changed.is_set():
            self.is_graph_lost = True
        if not self.is_graph_lost and time.monotonic() - self.spoke_at > HEARTBEAT:
            self.service.alive()
            self.spoke_at = time.monotonic()
        if self.is_graph_lost:
            with self.lock:
                self.to_free = []
                holders = self.holders()
            self.service.init(graph(self.machine))
            Rebooking(self.machine, self.service, holders).book()
            self.is_graph_lost = False
            self.spoke_at = time.monotonic()
        while self.to_free:
            if not self.service.cancel(self.to_free[0]):
                self.is_graph_lost = True
                raise Failure("Fluxion does not free cores: its graph is made anew", 503)
            self.to_free.pop(0)

    def start_waiting(self):
        for number in list(self.records.waiting):
            job = self.records.jobs[number]
            if self.stopping.is_set() or not job.shape.fits(self.ledger.free()):
                return
            try:
                available = self.available(job)
            except Lost as problem:
                self.miss(job, problem)
                continue
            self.missing.pop(number, None)
            if not job.shape.fits(self.ledger.free(available)):
                down = [self.machine.nodes[rank].host for rank in sorted(set(self.machine.nodes) - available)]
                job.note = (
                    "waits for hosts that are down or drained: {}".format(", ".join(down)) if down else ""
                )
                return
            job.note = ""
            if not self.launch(job, available):
                return

    def miss(self, job, problem):
        """An application that doesn't answer must not hold up the others; nor may its jobs wait for ever."""
        since = self.missing.setdefault(job.number, time.monotonic())
        job.note = str(problem)
        if time.monotonic() - since > APPLICATION_SECONDS:
            with self.lock:
                self.records.give_up(job, problem)

    def launch(self, job, available):
        """Gives the job cores of Fluxion's choice, if they may be given."""
        is_everywhere = available == set(self.machine.nodes)
        found = self.service.match(
            match_request(job.shape, None if is_everywhere else {"ranks": [encode_idset(available)]})
        )
        self.spoke_at = time.monotonic()
        if found is None:
            return self.ask_anew("finds no room for {} where there is some".format(job.shape.words()))
        identifier, cores = found[0], read_allocation(found[1])
        doubt = self.ledger.doubt(job.shape, cores, available)
        if doubt is not None:
            self.to_free.append(identifier)
            return self.ask_anew(doubt)
        self.is_doubted = False
        with self.lock:
            if job.state != WAITING:  # Cancelled meanwhile.
                self.to_free.append(identifier)
                return True
            runner = Runner(self, job)
            try:
                self.records.note(job, state=STARTING, cores=cores, started=time.time())
            except Failure:
                self.to_free.append(identifier)
                raise
            job.booked = [identifier]
            self.ledger.hold(job)
            self.records.waiting.remove(job.number)
        runner.start()
        return True

    def ask_anew(self, doubt):
        """Fluxion and this book differ: a graph made anew may help, once."""
        if self.is_doubted:
            raise Failure("Fluxion {}".format(doubt), 503)
        say("Fluxion {}: its graph is made anew".format(doubt))
        self.is_doubted = self.is_graph_lost = True
        with self.lock:
            self.wake()
        return False

    # What is known of the machine.

    def available(self, job):
        """The hosts that are up for the queue and for the application."""
        target = application(job.application)
        ranks = self.cached("hosts", target, Flux(target.name, target.uri).available)
        try:
            ranks = ranks & self.cached("hosts", None, Flux("the queue").available)
        except Lost:
            pass  # Which ends the controller too, before long.
        return ranks & set(self.machine.nodes)

    def cached(self, kind, target, ask):
        """What was true a moment ago; errors are asked for again each time."""
        place = (kind, target.name if target else None)
        until, answer = self.fresh.get(place, (0.0, None))
        if time.monotonic() > until:
            answer = ask()
            self.fresh[place] = (time.monotonic() + FRESH, answer)
        return answer
