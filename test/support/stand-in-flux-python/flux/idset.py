"""Sets of numbers like 0-3,6."""

import re


class IDset:
    def __init__(self, text=""):
        self.members = set()
        text = text.strip("[]")
        if not text:
            return
        if not re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", text):
            raise ValueError(f"{text} is no set")
        for part in text.split(","):
            low, _, high = part.partition("-")
            self.members.update(range(int(low), int(high or low) + 1))

    @classmethod
    def of(cls, members):
        made = cls()
        made.members = set(members)
        return made

    def __iter__(self):
        return iter(sorted(self.members))

    def add(self, other):
        self.members |= IDset(other).members if isinstance(other, str) else other.members

    def intersect(self, other):
        return IDset.of(self.members & other.members)

    def difference(self, other):
        return IDset.of(self.members - other.members)

    def count(self):
        return len(self.members)

    def __str__(self):
        return ",".join(map(str, self))
