"""Jobs: their numbers, what is listed of them, how they are submitted and cancelled."""

import os
import re
import stat

from flux import record

DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class JobID(int):
    """A number, in decimal or in base 58 behind a letter (RFC 19)."""

    def __new__(cls, value):
        if isinstance(value, int):
            return super().__new__(cls, value)
        if value.isdigit():
            return super().__new__(cls, int(value))
        if not re.fullmatch(f"[ƒf][{DIGITS}]+", value):
            raise ValueError(f"{value} is not a valid Flux jobid")
        number = 0
        for digit in value[1:]:
            number = number * 58 + DIGITS.index(digit)
        return super().__new__(cls, number)

    @property
    def f58(self):
        number, text = int(self), ""
        while number or not text:
            number, digit = divmod(number, 58)
            text = DIGITS[digit] + text
        return "ƒ" + text

    def __str__(self):
        return self.f58


class Listed:
    def __init__(self, number, name):
        self.id, self.name = JobID(int(number)), name


class JobList:
    def __init__(self, handle, attrs=(), filters=(), max_entries=1000):
        if list(filters) != ["active"] or max_entries != 0 or "name" not in attrs:
            raise ValueError("some jobs, or their names, would not be listed")
        self.handle = handle

    def jobs(self):
        return [Listed(*line.split(" ", 1)) for line in self.handle.read("jobs").splitlines()]


def cancel(handle, number, reason=None):
    record("cancelled", {"uri": handle.uri, "id": int(number), "reason": reason})
    if os.path.exists(os.path.join(handle.folder, "heeds")):
        rest = [line for line in handle.read("jobs").splitlines() if line.split(" ")[0] != str(int(number))]
        with open(os.path.join(handle.folder, "jobs"), "w") as file:
            file.writelines(line + "\n" for line in rest)


class Submission:
    def __init__(self, number):
        self.number = number

    def get_id(self):
        return self.number

    def then(self, callback, *args):
        callback(self, *args)


class Jobspec:
    """A job as RFC 14 has it."""

    def __init__(self, resources, task, system):
        attributes = {"system": {"duration": 0, **system}}
        self.jobspec = {"resources": resources, "tasks": [task], "attributes": attributes, "version": 1}

    @property
    def system(self):
        return self.jobspec["attributes"]["system"]

    @property
    def environment(self):
        return self.system["environment"]

    def shell_option(self, name, value):
        place = self.system.setdefault("shell", {}).setdefault("options", {})
        *folders, last = name.split(".")
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value

    def add_file(self, name, data, perms=None, encoding=None):
        mode = (0o600 if perms is None else perms) | stat.S_IFREG
        if encoding is None:
            mode = os.stat(data).st_mode
            with open(data, encoding="utf-8") as file:
                data = file.read()
        self.system.setdefault("files", {})[name] = {"mode": mode, "data": data, "encoding": "utf-8"}


def submit(handle, jobspec, urgency, flags):
    """Takes any job, and gives it the next number."""
    path = os.path.join(os.environ["RECORD"], "submitted")
    earlier = 0
    if os.path.exists(path):
        with open(path) as file:
            earlier = len(file.readlines())
    number = JobID(1000 + earlier)
    job = {"id": str(number), "uri": handle.uri, "urgency": urgency, "flags": flags, "jobspec": jobspec.jobspec}
    record("submitted", job)
    return Submission(number)
