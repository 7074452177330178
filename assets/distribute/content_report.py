"""What the log of a distribution says: how it goes on, and in the end what became of each node."""
import time

from distribute_node import say

PROGRESS_SECONDS = 5
# A node that failed gets another try in later rounds, less and less often.
FIRST_REST, LONGEST_REST = 60, 3600
DONE, ALREADY, FAILED = "done", "already there", "failed"


class Report:
    def __init__(self):
        self.results = {}
        self.failures = {}
        self.is_new = False
        self.last = 0.0

    def note(self, host, content, result, reason=""):
        """What has been sent is done, also when a later look finds it there."""
        before = self.results.get((host, content["name"]))
        if result == ALREADY and before and before[0] == DONE:
            return
        if before != (result, reason):
            self.is_new = True
        if result != FAILED:
            self.failures.pop((host, content["name"]), None)
        self.results[(host, content["name"])] = (result, reason)

    def failed(self, host, content, reason):
        """It was tried, and given up."""
        self.note(host, content, FAILED, reason)
        count = self.failures.get((host, content["name"]), (0, 0))[0]
        rest = min(LONGEST_REST, FIRST_REST * 2**count)
        self.failures[(host, content["name"])] = (count + 1, time.monotonic() + rest)

    def is_due(self, host, content):
        return time.monotonic() >= self.failures.get((host, content["name"]), (0, 0))[1]

    def begin_round(self):
        """Of nodes that left nothing is told any more, and what was sent in the round before is there."""
        self.results = {place: (ALREADY, "") if found[0] == DONE else found for place, found in self.results.items()}
        self.is_new = False

    def keep_only(self, hosts):
        self.results = {place: found for place, found in self.results.items() if place[0] in hosts}

    def progress(self, label, number, of, nodes, all_nodes, rate):
        """A line now and then, and one for the last piece."""
        now = time.monotonic()
        if number < of and now - self.last < PROGRESS_SECONDS:
            return
        self.last = now
        text = "{}: piece {} of {}, on {} of {} nodes, {:.1f} MB/s for each"
        say(text.format(label, number, of, nodes, all_nodes, rate / 1e6))

    def table(self):
        rows = [("NODE", "RESULT", "CONTENT", "")]
        for (host, name), (result, reason) in sorted(self.results.items()):
            rows.append((host, result, name, reason))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths)] + [row[3]]
            print("  ".join(cells).rstrip(), flush=True)

    def summary(self):
        counts = {result: 0 for result in (DONE, ALREADY, FAILED)}
        for result, _ in self.results.values():
            counts[result] += 1
        say(", ".join("{} {}".format(count, result) for result, count in counts.items()))
