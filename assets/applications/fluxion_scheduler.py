"""Which job has which cores, and who is next: first come, first served.

Fluxion chooses the cores. Who holds them is known here, from the journal, and no choice of Fluxion's is taken that has
a core that is held: so nothing is given twice even if the service has been started anew and has forgotten all.
"""
import threading
import time
from collections import deque

from fluxion_flux import Flux, Lost
from fluxion_graph import encode_idset, graph, match_request, read_allocation, read_cores, write_cores
from fluxion_job import CANCELLED, ENDED, FAILED, RUNNING, STARTING, WAITING, Job, Outcome, Runner
from fluxion_journal import MOST_ENDED
from fluxion_pod import Failure, application, say
from fluxion_rebook import Rebooking
from fluxion_service import Unreachable

MOST_WAITING = 10000
# Seconds: between two looks when nothing happens, two questions whether the service is there, two tries to reach it;
# for which it is taken for known which hosts are up, or that a plugin is loaded; and for an application to come back.
TICK, HEARTBEAT, RETRY, FRESH, APPLICATION_SECONDS = 1, 20, 2, 3, 300


class Scheduler(threading.Thread):
    def __init__(self, machine, service, journal, lock_file):
        super().__init__(name="scheduler", daemon=True)
        self.machine = machine
        self.service = service
        self.journal = journal
        self.lock_file = lock_file
        self.lock = threading.Condition()
        self.stopping = threading.Event()
        self.jobs = {}
        self.keys = {}
        self.waiting = []
        self.held = {}
        self.outcomes = deque()
        self.to_free = []
        self.next = 1
        self.is_graph_lost = True
        self.is_doubted = False
        self.spoke_at = 0.0
        self.retry_at = 0.0
        self.trouble = ""
        self.fresh = {}
        self.missing = {}
        self.problem = None
        self.is_woken = False

    # What the journal tells.

    def restore(self):
        """Goes on where the controller before this one was stopped, or killed."""
        for entry in self.journal.load():
            self.replay(entry)
        self.compact()
        for job in self.jobs.values():
            if job.state == WAITING:
                self.waiting.append(job.number)
            elif job.state != ENDED:
                self.hold(job)

    def replay(self, entry):
        kind = entry.pop("do")
        if kind == "next":
            self.next = max(self.next, entry["number"])
        elif kind == "job":
            self.add(Job(**entry))
        elif kind == "forget":
            self.forget(entry["number"])
        elif entry["number"] in self.jobs:
            job = self.jobs[entry.pop("number")]
            if "cores" in entry:
                entry["cores"] = read_cores(entry["cores"])
            for name, value in entry.items():
                setattr(job, name, value)

    def add(self, job):
        self.jobs[job.number] = job
        self.keys[job.key] = job
        self.next = max(self.next, job.number + 1)

    def forget(self, number):
        job = self.jobs.pop(number, None)
        if job is not None:
            self.keys.pop(job.key, None)

    def compact(self):
        ended = [number for number, job in self.jobs.items() if job.state == ENDED]
        for number in ended[: max(0, len(ended) - MOST_ENDED)]:
            self.forget(number)
        entries = [{"do": "next", "number": self.next}]
        self.journal.rewrite(entries + [dict(job.kept(), do="job") for job in self.jobs.values()])

    def note(self, job, **fields):
        """Journal first: what isn't on disk has not happened."""
        written = dict(fields, cores=write_cores(fields["cores"])) if "cores" in fields else fields
        self.journal.append(do="set", number=job.number, **written)
        for name, value in fields.items():
            setattr(job, name, value)

    # What users ask.

    def accept(self, job):
        """Queues a job that can run here, and tells its number."""
        with self.lock:
            if job.key in self.keys:
                return self.keys[job.key]
        target = application(job.application)
        if not job.shape.fits([len(node.cores) for node in self.machine.nodes.values()]):
            words = "{} never fit: this cluster has {} hosts with {} cores, at most {} on a host"
            largest = max(len(node.cores) for node in self.machine.nodes.values())
            sizes = (job.shape.words(), len(self.machine.nodes), self.machine.cores, largest)
            raise Failure(words.format(*sizes), 409)
        self.cached("plugin", target, Flux(target.name, target.uri).need_bypass)
        with self.lock:
            if job.key in self.keys:
                return self.keys[job.key]
            if len(self.waiting) >= MOST_WAITING:
                raise Failure("{} jobs wait already".format(MOST_WAITING), 503)
            job.number = self.next
            job.accepted = time.time()
            self.journal.append(do="job", **job.kept())
            self.add(job)
            self.waiting.append(job.number)
            self.wake()
            return job

    def cancel(self, number):
        with self.lock:
            job = self.jobs.get(number)
            if job is None:
                raise Failure("there is no job {}".format(number), 404)
            if job.state == ENDED:
                raise Failure("job {} has ended: {}".format(number, job.result), 409)
            if job.state == WAITING:
                self.note(job, state=ENDED, cancelled=True, ended=time.time(), result=CANCELLED)
                self.waiting.remove(number)
                return job
            self.note(job, cancelled=True)
            identifier = job.flux
        if identifier is not None:
            target = application(job.application)
            Flux(target.name, target.uri).cancel(identifier)
        return job

    def listed(self):
        with self.lock:
            return [job.shown(self.machine) for job in self.jobs.values()]

    def shown(self, number):
        with self.lock:
            if number not in self.jobs:
                raise Failure("there is no job {}".format(number), 404)
            return self.jobs[number].shown(self.machine)

    # What the runners of jobs tell.

    def submitted(self, job, identifier):
        with self.lock:
            job.flux = identifier
            self.try_note(job, flux=identifier)

    def running(self, job):
        with self.lock:
            if job.state == STARTING:
                self.try_note(job, state=RUNNING)
                job.state = RUNNING

    def ended(self, job, outcome):
        with self.lock:
            self.outcomes.append((job, outcome))
            self.wake()

    def try_note(self, job, **fields):
        """For what a controller that is started anew would find out again."""
        try:
            self.note(job, **fields)
        except Failure as problem:
            say(problem)

    def wake(self):
        self.is_woken = True
        self.lock.notify_all()

    # The thread that gives cores out and takes them back.

    def run(self):
        try:
            with self.lock:
                for job in self.jobs.values():
                    if job.state in (STARTING, RUNNING):
                        Runner(self, job).start()
            while not self.stopping.is_set():
                self.turn()
        except Exception as error:  # Nothing can be trusted after that: a new controller begins with the journal.
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
            self.trouble = ""
        except Failure as problem:
            self.is_graph_lost = self.is_graph_lost or isinstance(problem, Unreachable)
            self.retry_at = time.monotonic() + RETRY
            if self.trouble != str(problem):
                say("{}: jobs that run go on, others wait".format(problem))
            self.trouble = str(problem)

    def reach_service(self):
        """Leaves a service in whose graph exactly the cores that are held are booked."""
        if self.service.changed.is_set():
            self.is_graph_lost = True
        if not self.is_graph_lost and time.monotonic() - self.spoke_at > HEARTBEAT:
            self.service.alive()
            self.spoke_at = time.monotonic()
        if self.is_graph_lost:
            self.to_free = []
            self.service.init(graph(self.machine))
            with self.lock:
                holders = [job for job in self.jobs.values() if job.state in (STARTING, RUNNING)]
            Rebooking(self.machine, self.service, holders).book()
            self.is_graph_lost = False
            self.spoke_at = time.monotonic()
        while self.to_free:
            if not self.service.cancel(self.to_free[0]):
                self.is_graph_lost = True
                raise Failure("Fluxion does not free cores: its graph is made anew", 503)
            self.to_free.pop(0)

    def start_waiting(self):
        for number in list(self.waiting):
            job = self.jobs[number]
            if self.stopping.is_set() or not job.shape.fits(self.free().values()):
                return
            try:
                available = self.available(job)
            except Lost as problem:
                self.miss(job, problem)
                continue
            self.missing.pop(number, None)
            if not job.shape.fits([count for rank, count in self.free().items() if rank in available]):
                down = sorted(set(self.machine.nodes) - available)
                job.note = "waits for hosts that are down or drained: {}".format(
                    ", ".join(self.machine.nodes[rank].host for rank in down)
                )
                return
            job.note = ""
            booking = self.match(job, available)
            if booking is None or not self.start(job, *booking):
                return

    def miss(self, job, problem):
        """An application that doesn't answer must not hold up the others; nor may its jobs wait for ever."""
        since = self.missing.setdefault(job.number, time.monotonic())
        job.note = str(problem)
        if time.monotonic() - since > APPLICATION_SECONDS:
            with self.lock:
                if job.state == WAITING:
                    self.note(job, state=ENDED, ended=time.time(), result=FAILED, note=str(problem))
                    self.waiting.remove(job.number)

    def match(self, job, available):
        """What Fluxion gives, if it may be taken."""
        constraint = None
        if available != set(self.machine.nodes):
            constraint = {"ranks": [encode_idset(available)]}
        found = self.service.match(match_request(job.shape, constraint))
        self.spoke_at = time.monotonic()
        if found is not None:
            identifier, cores = found[0], read_allocation(found[1])
            doubt = self.doubt(job, cores, available)
            if doubt is None:
                self.is_doubted = False
                return identifier, cores
            self.to_free.append(identifier)
        else:
            doubt = "finds no room for {} where there is some".format(job.shape.words())
        # Once, a graph made anew may help.
        if not self.is_doubted:
            self.is_doubted = self.is_graph_lost = True
            say("Fluxion {}: its graph is made anew".format(doubt))
            self.wake_later()
            return None
        raise Failure("Fluxion {}".format(doubt), 503)

    def wake_later(self):
        with self.lock:
            self.wake()

    def doubt(self, job, cores, available):
        """Why these cores can't be given to the job, if so."""
        shape = job.shape
        for rank, ids in cores.items():
            if rank not in available or not ids <= self.machine.nodes[rank].cores:
                return "gives cores that the cluster hasn't got"
            if ids & set(self.held.get(rank, ())):
                return "gives cores that are held"
            if len(ids) % shape.cores:
                return "splits the cores of a task"
        if sum(len(ids) for ids in cores.values()) != shape.slots() * shape.cores:
            return "gives another number of cores than it was asked for"
        if shape.nodes and len(cores) != shape.nodes:
            return "gives another number of hosts than it was asked for"
        return None

    def start(self, job, identifier, cores):
        with self.lock:
            if job.state != WAITING:
                self.to_free.append(identifier)
                self.wake()
                return True
            runner = Runner(self, job)
            try:
                self.note(job, state=STARTING, cores=cores, started=time.time())
            except Failure:
                self.to_free.append(identifier)
                raise
            job.booked = [identifier]
            self.hold(job)
            self.waiting.remove(job.number)
        runner.start()
        return True

    def hold(self, job):
        for rank, ids in job.cores.items():
            for core in ids:
                self.held.setdefault(rank, {})[core] = job.number

    def take_back(self, job, outcome):
        """Only for a job that is inactive in Flux."""
        fields = {"result": outcome.result, "code": outcome.code, "note": outcome.note}
        self.try_note(job, state=ENDED, ended=time.time(), **fields)
        for name, value in dict(fields, state=ENDED).items():
            setattr(job, name, value)
        for rank, ids in job.cores.items():
            for core in ids:
                if self.held.get(rank, {}).get(core) == job.number:
                    del self.held[rank][core]
        self.to_free += job.booked
        job.booked = []
        self.trim()

    def trim(self):
        ended = [number for number, job in self.jobs.items() if job.state == ENDED]
        for number in ended[: max(0, len(ended) - MOST_ENDED)]:
            self.forget(number)
        if self.journal.is_large():
            try:
                self.compact()
            except Failure as problem:
                say(problem)

    # What is known of the machine.

    def free(self):
        """The number of free cores of each host."""
        return {rank: len(node.cores) - len(self.held.get(rank, ())) for rank, node in self.machine.nodes.items()}

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
