"""Which job has which slot on which ranks: a file on rank 0, changed under a lock.

A slot gives a job its ports and its subnets. Jobs on different nodes may have the same one.
"""
import contextlib
import json
import os
import time

from usernetes_files import locked, read_json, replace_file
from usernetes_problem import Problem

LONGEST_WAIT = 60


class Slots:
    def __init__(self, settings):
        self.settings = settings
        self.path = settings.in_state("slots.json")

    @contextlib.contextmanager
    def changing(self):
        try:
            os.makedirs(self.settings.state, mode=0o700, exist_ok=True)
            with locked(self.settings.in_state("slots.lock"), LONGEST_WAIT, "slots"):
                book = self.read()
                before = json.dumps(book)
                yield book
                if json.dumps(book) != before:
                    replace_file(self.path, json.dumps(book, indent=1) + "\n")
        except OSError as error:
            why = error.strerror or error
            raise Problem("{} on rank 0 can't be changed: {}".format(self.path, why)) from None

    def read(self):
        book = read_json(self.path, {})
        return {"serial": book.get("serial", 0), "jobs": book.get("jobs", {})}

    def of(self, id):
        return self.read()["jobs"].get(id)

    def all(self):
        return self.read()["jobs"]

    def allocate(self, id, ranks, debug=False):
        """The entry of a job: the smallest slot that no other has on any of its ranks."""
        with self.changing() as book:
            jobs = book["jobs"]
            if id in jobs:
                return jobs[id]
            taken = {entry["slot"] for entry in jobs.values() if set(entry["ranks"]) & set(ranks)}
            free = [slot for slot in self.settings.job_slots if slot not in taken]
            if not free:
                text = "all {} slots are held on these nodes: see usernetes status, and remove what isn't needed"
                text += " by usernetes clean --job ID"
                raise Problem(text.format(len(self.settings.job_slots)))
            # It orders jobs by their beginning, on every node, even if this file was lost.
            book["serial"] = max(book["serial"] + 1, time.time_ns())
            entry = {"slot": free[0], "ranks": list(ranks), "lead": ranks[0], "serial": book["serial"]}
            entry.update(state="starting", debug=debug)
            jobs[id] = entry
            return entry

    def note(self, id, **facts):
        with self.changing() as book:
            if id in book["jobs"]:
                book["jobs"][id].update(facts)

    def release(self, id, ranks=None, reason=None):
        """Gives the slot back, on these ranks or all; what stays is held, with the reason."""
        with self.changing() as book:
            entry = book["jobs"].get(id)
            if entry is None:
                return
            left = [] if ranks is None else [rank for rank in entry["ranks"] if rank not in set(ranks)]
            if not left:
                del book["jobs"][id]
                return
            entry["ranks"] = left
            if reason is not None:
                entry.update(state="held", reason=reason)
