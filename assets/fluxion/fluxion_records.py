"""All jobs that the controller knows, in the order of their numbers, and in the journal."""

import time

from fluxion_graph import read_cores, write_cores
from fluxion_job import CANCELLED, ENDED, FAILED, WAITING, Job
from fluxion_journal import MOST_ENDED
from fluxion_pod import Failure, say

MOST_WAITING = 10000


class Records:
    """Whoever calls holds the scheduler's lock."""

    def __init__(self, journal):
        self.journal = journal
        self.jobs = {}
        self.keys = {}
        self.waiting = []
        self.next = 1

    def restore(self):
        """Goes on where the controller before this one was stopped, or killed."""
        for entry in self.journal.load():
            self.replay(entry)
        self.compact()
        self.waiting = [job.number for job in self.jobs.values() if job.state == WAITING]

    def replay(self, entry):
        kind = entry.pop("do")
        if kind == "next":
            self.next = max(self.next, entry["number"])
        elif kind == "job":
            self.add(Job(**entry))
        elif entry["number"] in self.jobs:
            job = self.jobs[entry.pop("number")]
            if "cores" in entry:
                entry["cores"] = read_cores(entry["cores"])
            change(job, entry)

    def add(self, job):
        self.jobs[job.number] = job
        self.keys[job.key] = job
        self.next = max(self.next, job.number + 1)

    def compact(self):
        self.trim()
        entries = [{"do": "next", "number": self.next}]
        self.journal.rewrite(entries + [dict(job.kept(), do="job") for job in self.jobs.values()])

    def trim(self):
        ended = [number for number, job in self.jobs.items() if job.state == ENDED]
        for number in ended[: max(0, len(ended) - MOST_ENDED)]:
            del self.keys[self.jobs.pop(number).key]

    def note(self, job, **fields):
        """Journal first: what isn't on disk has not happened."""
        written = dict(fields, cores=write_cores(fields["cores"])) if "cores" in fields else fields
        self.journal.append(do="set", number=job.number, **written)
        change(job, fields)

    def note_anyway(self, job, **fields):
        """For what a controller that is started anew would find out again."""
        try:
            self.note(job, **fields)
        except Failure as problem:
            say(problem)
            change(job, fields)

    def accept(self, job):
        if len(self.waiting) >= MOST_WAITING:
            raise Failure("{} jobs wait already".format(MOST_WAITING), 503)
        job.number = self.next
        job.accepted = time.time()
        self.journal.append(do="job", **job.kept())
        self.add(job)
        self.waiting.append(job.number)

    def get(self, number):
        if number not in self.jobs:
            raise Failure("there is no job {}".format(number), 404)
        return self.jobs[number]

    def withdraw(self, job):
        self.note(job, state=ENDED, cancelled=True, ended=time.time(), result=CANCELLED)
        self.waiting.remove(job.number)

    def give_up(self, job, problem):
        if job.state == WAITING:
            self.note(job, state=ENDED, ended=time.time(), result=FAILED, note=str(problem))
            self.waiting.remove(job.number)

    def ended(self, job, outcome):
        fields = {"result": outcome.result, "code": outcome.code, "note": outcome.note}
        self.note_anyway(job, state=ENDED, ended=time.time(), **fields)
        self.trim()
        if self.journal.is_large():
            try:
                self.compact()
            except Failure as problem:
                say(problem)


def change(job, fields):
    for name, value in fields.items():
        setattr(job, name, value)
