"""How long changes of the cluster have stood, and so whether a new generation is due."""
import calendar
import time

from distribute_lease import clock
from distribute_members import AT_ONCE

# Seconds for which nothing may change before the first generation, whatever the settings say; and before a generation
# that changes nothing but resources.
LEAST_SETTLE, RESOURCES_SETTLE = 3, 5
# A cluster that never comes to rest gets a generation after so many times settleSeconds, with the nodes that stay.
MOST_SETTLES = 5


class Changes:
    def __init__(self, settings):
        self.settle, self.least_age = settings.settleSeconds, settings.minGenerationSeconds
        self.since = {}  # when each change was seen first
        self.generation, self.made_at = None, clock()

    def update(self, found, now):
        self.since = {change: self.since.get(change, now) for change in found}

    def forget(self):
        self.since = {}

    def has(self, kind):
        return any(change.kind == kind for change in self.since)

    def first_seen(self, kind):
        return min(since for change, since in self.since.items() if change.kind == kind)

    def are_at_once(self):
        return any(change.kind in AT_ONCE for change in self.since)

    def are_resources_only(self):
        return bool(self.since) and all(change.kind == "resources" for change in self.since)

    def have_settled(self, document, now):
        if self.are_resources_only():
            return now >= max(self.since.values()) + min(self.settle, RESOURCES_SETTLE)
        times = [since for change, since in self.since.items() if change.kind != "resources"]
        if not times or document and now < self.made(document, now) + self.least_age:
            return False
        settle = self.settle if document else max(self.settle, LEAST_SETTLE)
        return now >= max(times) + settle or now >= min(times) + MOST_SETTLES * settle

    def settled_newcomers(self, now):
        return [name for (kind, name), since in self.since.items() if kind == "joined" and now >= since + self.settle]

    def made(self, document, now):
        """When the document was made, by this node's clock."""
        if document.generation != self.generation:
            self.generation, self.made_at = document.generation, now - age_of(document.made)
        return self.made_at


def age_of(made):
    """Seconds since then; 0 if that is no time, or in the future."""
    try:
        then = calendar.timegm(time.strptime(made, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return 0.0
    return max(0.0, time.time() - then)
