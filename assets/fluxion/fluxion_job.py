"""One job of an application, from its acceptance to its end in the application's Flux instance."""

import json
import os
import threading
import time

from fluxion_flux import Flux, Lost
from fluxion_graph import Shape, encode_idset, make_R, read_cores, resources, write_cores
from fluxion_pod import Failure, application, say

WAITING, STARTING, RUNNING, ENDED = "waiting", "starting", "running", "ended"
COMPLETED, FAILED, CANCELLED, LOST = "completed", "failed", "cancelled", "lost"
# Seconds between two looks for a broker that doesn't answer, and for a broker to take a submission.
LOOK, SUBMISSION_SECONDS = 1, 120
# flux-shell's exit code for a job that was ended by an exception.
ENDED_BY_EXCEPTION = 143


class Job:
    """What the journal keeps."""

    KEPT = (
        "number key application command tasks cores_per_task nodes cwd environment accepted "
        "state cores flux cancelled started ended result code note"
    ).split()

    def __init__(self, **fields):
        for name in self.KEPT:
            setattr(self, name, fields.get(name))
        self.state = self.state or WAITING
        self.cores = read_cores(self.cores or {})
        self.note = self.note or ""
        # Fluxion's numbers for these cores: they change when its graph is made anew.
        self.booked = []
        self.follower = None

    @property
    def shape(self):
        return Shape(self.tasks, self.cores_per_task, self.nodes)

    @property
    def name(self):
        return "{}.{}".format(os.path.basename(self.command[0])[:60] or "job", self.number)

    def kept(self):
        fields = {name: getattr(self, name) for name in self.KEPT}
        fields["cores"] = write_cores(self.cores)
        return fields

    def shown(self, machine):
        """For users: neither environment nor key."""
        ranks = [rank for rank in sorted(self.cores) if rank in machine.nodes]
        fields = {
            name: getattr(self, name) for name in self.KEPT if name not in ("key", "environment", "cores")
        }
        fields["command"] = " ".join(self.command)[:200]
        fields["hosts"] = [machine.nodes[rank].host for rank in ranks]
        fields["ncores"] = (
            sum(len(ids) for ids in self.cores.values()) or self.shape.slots() * self.cores_per_task
        )
        fields["cores"] = write_cores(self.cores)
        return fields

    def jobspec(self, machine, target):
        environment = target.environment()
        environment.update(self.environment or {})
        system = {
            "duration": 0,
            "cwd": self.cwd or target.working_directory(),
            "environment": environment,
            "job": {"name": self.name},
            "alloc-bypass": {"R": make_R(machine, self.cores, self.started)},
        }
        return json.dumps(
            {
                "version": 1,
                "resources": resources(self.shape),
                "tasks": [{"command": self.command, "slot": "task", "count": self.count()}],
                "attributes": {
                    "system": system,
                    # By which a controller that was killed while it submitted finds the job again.
                    "user": {"fluxion": {"number": self.number, "key": self.key}},
                },
            }
        )

    def count(self):
        return {"per_slot": 1} if self.shape.slots() == self.tasks else {"total": self.tasks}


class Outcome:
    def __init__(self, result, code=None, note=""):
        self.result = result
        self.code = code
        self.note = note


class Runner(threading.Thread):
    """Brings a job to its end. Nobody gets its cores before that: not when Flux merely doesn't answer."""

    def __init__(self, scheduler, job):
        super().__init__(name="job-{}".format(job.number), daemon=True)
        self.scheduler = scheduler
        self.job = job
        # A controller that was started anew doesn't know whether the one before has submitted the job.
        self.may_be_submitted = job.state != WAITING
        self.flux = None
        self.was_lost = False
        self.deadline = time.monotonic() + SUBMISSION_SECONDS

    def run(self):
        outcome = None
        while outcome is None and not self.scheduler.stopping.is_set():
            try:
                outcome = self.live()
            except Failure as problem:
                self.lost(problem)
            except Exception as error:  # The cores stay held, and the thread goes on.
                self.lost("{}: {}".format(type(error).__name__, error))
        if outcome is not None:
            self.scheduler.ended(self.job, outcome)

    def lost(self, problem):
        if not self.was_lost:
            say("job {} of {} keeps its cores: {}".format(self.job.number, self.job.application, problem))
        self.was_lost = True
        self.pause()

    def pause(self):
        self.scheduler.stopping.wait(LOOK)

    def live(self):
        target = application(self.job.application)
        self.flux = Flux(target.name, target.uri)
        if self.job.flux is None:
            refused = self.submit(target)
            if self.job.flux is None:
                return refused
        elif self.job.cancelled and (self.may_be_submitted or self.was_lost):
            # The controller before this one may have been killed before it told Flux, or Flux was not there.
            self.may_be_submitted = False
            self.cancel()
        return self.follow()

    def submit(self, target):
        """Leaves the job submitted, or tells why it never will be."""
        while not self.scheduler.stopping.is_set():
            if self.may_be_submitted:
                identifier = self.find()
                if identifier is not None:
                    return self.submitted(identifier)
                self.may_be_submitted = False
            if self.job.cancelled:
                return Outcome(CANCELLED, None, "cancelled before it was submitted")
            try:
                self.flux.need_bypass()
                jobspec = self.job.jobspec(self.scheduler.machine, target)
            except Failure as problem:
                if problem.code == 409 or time.monotonic() > self.deadline:
                    return Outcome(FAILED, None, str(problem))
                self.lost(problem)
                continue
            # From here on it is to be looked for: the broker may be lost after it has taken the job.
            self.may_be_submitted = True
            try:
                return self.submitted(self.flux.submit(jobspec, self.scheduler.lock_file))
            except Lost:
                raise
            except Failure as problem:
                if self.find() is None:
                    return Outcome(FAILED, None, str(problem))
        return None

    def submitted(self, identifier):
        self.may_be_submitted = False
        self.scheduler.submitted(self.job, identifier)
        if self.job.cancelled:
            self.cancel()

    def cancel(self):
        try:
            self.flux.cancel(self.job.flux)
        except Failure as problem:
            say(problem)

    def find(self):
        """A submission that was under way when the controller was killed shows up late."""
        for last in (False, True):
            identifier = self.flux.find(self.job.name, self.job.key)
            if identifier is not None or last:
                return identifier
            self.pause()
        return None

    def follow(self):
        """Reads events until Flux says that the job is inactive, or doesn't know it."""
        story = Story()
        self.job.follower = follower = self.flux.follow(self.job.flux)
        try:
            for line in follower.stdout:
                story.add(json.loads(line.decode("utf-8", "replace")))
                if story.is_misplaced:
                    self.misplaced()
                if story.is_running:
                    self.scheduler.running(self.job)
            follower.wait()
        except ValueError:
            pass
        finally:
            self.job.follower = None
            if follower.poll() is None:
                follower.kill()
            follower.wait()
            follower.stdout.close()
        if self.scheduler.stopping.is_set():
            return None
        if story.is_inactive:
            if self.was_lost or story.exception is not None:
                self.wait_for_hosts()
            return story.outcome()
        if not self.flux.is_alive():
            raise self.flux.lost()
        # Asked again, since the broker may have come back between two questions.
        if self.flux.knows(self.job.flux) or not self.flux.is_alive():
            raise Failure("its events have stopped")
        self.wait_for_hosts()
        words = "the broker of {} was started anew and doesn't know the job any more"
        return Outcome(LOST, None, words.format(self.job.application))

    def misplaced(self):
        say("job {} of {} is not on its cores: it is cancelled".format(self.job.number, self.job.application))
        self.cancel()

    def wait_for_hosts(self):
        """A broker that was killed leaves tasks behind, which end before it is started again."""
        queue = Flux("the queue")
        while not self.scheduler.stopping.is_set():
            away = (set(self.job.cores) & queue.online()) - self.flux.online()
            if not away:
                return
            self.lost("the broker of {} on rank {} is away".format(self.flux.name, encode_idset(away)))


class Story:
    """What the events of a job (RFC 21) say."""

    def __init__(self):
        self.is_running = self.is_inactive = self.is_misplaced = False
        self.status = None
        self.exception = None

    def add(self, event):
        name, context = event.get("name"), event.get("context") or {}
        self.is_misplaced = name == "alloc" and not context.get("bypass")
        if name == "start":
            self.is_running = True
        elif name == "finish":
            self.status = context.get("status")
        elif name == "exception" and context.get("severity") == 0 and self.exception is None:
            self.exception = context
        elif name == "clean":
            self.is_inactive = True

    def outcome(self):
        code = None
        if self.status is not None:
            code = (
                os.WEXITSTATUS(self.status) if os.WIFEXITED(self.status) else 128 + os.WTERMSIG(self.status)
            )
        if self.exception is None:
            return Outcome(FAILED if code else COMPLETED, code)
        kind, note = self.exception.get("type", ""), self.exception.get("note", "")
        result = CANCELLED if kind == "cancel" else FAILED
        return Outcome(result, code or ENDED_BY_EXCEPTION, ": ".join(word for word in (kind, note) if word))


def stop(jobs):
    """Ends the followers of these jobs: the jobs go on."""
    for job in jobs:
        follower = job.follower
        if follower is not None:
            try:
                follower.kill()
            except OSError:
                pass
