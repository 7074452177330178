#!/usr/bin/env python3
"""Tells AWS how far the boot of this node is, for as long as the node lives.

Tags of the instance say it at any time. A wait condition of CloudFormation is signalled once: each wait, of the first
nodes and of every later growth, has a URL of its own, which is the value of the parameter `signal`.

    report.py            for ever
    report.py missing    one sentence that names the nodes that Flux doesn't see, none if there are none
"""
import hashlib
import json
import os
import random
import subprocess
import sys
import time

import boot_settings
import boot_state
from aws_api import AwsError, Node, send_signal

SENT = os.path.join(boot_state.FOLDER, "signalled.json")
LONGEST_REASON = 900
# Of the time of a wait, before whose end what is missing is told; at least so many seconds.
SPARE, LEAST_SPARE = 0.05, 90
# Seconds between two looks: while something is to be told, and after that.
SOON = float(os.environ.get("FLUX_USERNETES_LOOK") or 10)
LATER = float(os.environ.get("FLUX_USERNETES_LATER") or 60)
# For one question to Flux.
LONGEST_ANSWER = 30
FLUX = ["runuser", "-u", "flux", "--", "/usr/local/bin/flux"]


def say(text):
    print(text, flush=True)


class Report:
    def __init__(self, given):
        self.given = given
        self.tagged, self.told = None, None
        self.sent = read_sent()
        # When a wait was seen first: nodes that it is about may still be booting.
        self.seen = {}
        # Waits for which a boot that had failed was begun again, with when that was.
        self.again = {}
        self.next_question = 0

    def look(self):
        """Seconds until the next one."""
        state = boot_state.read()
        if not state:
            return SOON
        self.tag(state)
        if state["state"] != "booting":
            return LATER if self.signal(state) else SOON
        # Boots take minutes, and many nodes ask at once.
        if time.monotonic() >= self.next_question:
            self.next_question = time.monotonic() + LATER
            self.signal(state)
        return SOON

    def tag(self, state):
        tags = {"flux-usernetes:" + name: str(state[name]) for name in ("state", "step", "message")}
        if tags == self.tagged:
            return
        try:
            # The next look is the next try.
            Node(tries=2).tag(tags)
            self.tagged = tags
        except AwsError as problem:
            self.complain(problem)

    def signal(self, state):
        """Is there nothing left to be told?"""
        try:
            value = Node(tries=2).parameter(self.given["parameters"] + "/signal")
        except AwsError as problem:
            if problem.is_missing:
                return False
            self.complain(problem)
            return False
        seconds, url = value.split()
        known = hashlib.sha256(url.encode()).hexdigest()
        if known in self.sent:
            return True
        if known not in self.seen:
            self.seen[known] = time.monotonic()
            self.follow_count(state)
        if self.begins_again(state, known):
            return False
        verdict = self.verdict(state, self.is_due(known, int(seconds)))
        if verdict is None:
            return False
        status, reason = verdict
        document = {"Status": status, "UniqueId": state["host"], "Reason": reason, "Data": state["step"]}
        try:
            send_signal(url, document, tries=3)
        except AwsError as problem:
            self.complain(problem)
            return False
        say("signalled {}: {}".format(status, reason))
        self.sent[known] = status
        boot_state.replace(SENT, json.dumps(self.sent) + "\n")
        return True

    def follow_count(self, state):
        """A wait that isn't the first one may mean that nodes were taken away: the lead takes them out of Kubernetes."""
        if self.sent and state["state"] == "ready" and state["rank"] == 0 and self.given["mode"] == "system":
            restart("flux-usernetes-system.service")

    def begins_again(self, state, known):
        """A boot whose failure an earlier wait was told begins again for this one: the cause may be mended."""
        if state["state"] != "failed" or "FAILURE" not in self.sent.values():
            return False
        if known not in self.again:
            self.again[known] = state["since"]
            say("a new wait has begun: trying the boot again")
            restart("flux-usernetes-boot.service")
        return self.again[known] == state["since"]

    def is_due(self, known, seconds):
        """Is it time to tell what is missing, before the wait is over?"""
        return time.monotonic() - self.seen[known] >= seconds - max(seconds * SPARE, min(LEAST_SPARE, seconds / 2))

    def verdict(self, state, is_due):
        """Status and reason, or None as long as it is not known."""
        where = "rank {} ({})".format("unknown" if state["rank"] is None else state["rank"], state["host"])
        at_step = "{}, step {}: ".format(where, state["step"])
        if state["state"] == "failed":
            return "FAILURE", (at_step + state["message"])[:LONGEST_REASON]
        if state["state"] == "booting":
            late = at_step + "is not done yet, and the wait is nearly over. " + state["message"]
            return ("FAILURE", late.strip()[:LONGEST_REASON]) if is_due else None
        missing = self.missing() if state["rank"] == 0 else ""
        if missing:
            return ("FAILURE", (at_step + missing)[:LONGEST_REASON]) if is_due else None
        return "SUCCESS", where + " is ready"

    def missing(self):
        """One sentence about nodes that Flux doesn't see, empty if it sees all."""
        cluster = self.given["cluster"]
        try:
            count = int(Node(tries=2).parameter(self.given["parameters"] + "/nodes"))
        except (AwsError, ValueError) as problem:
            return "how many nodes there are can't be read: {}".format(problem)
        try:
            online = ranks_online()
        except (OSError, subprocess.SubprocessError, ValueError) as problem:
            return "Flux doesn't say which nodes it sees: {}".format(problem)
        absent = [rank for rank in range(count) if rank not in online]
        if not absent:
            return ""
        names = ", ".join("{} ({}-{})".format(rank, cluster, rank) for rank in absent[:20])
        more = " and {} more".format(len(absent) - 20) if len(absent) > 20 else ""
        one = len(absent) == 1
        return "rank{} {}{} {} not online in Flux: look at the tag flux-usernetes:message and the console of {}".format(
            "" if one else "s", names, more, "is" if one else "are", "that instance" if one else "these instances"
        )

    def complain(self, problem):
        # Once, whatever lasts.
        if str(problem) != self.told:
            say(problem)
            self.told = str(problem)


def restart(unit):
    subprocess.run(["systemctl", "restart", "--no-block", unit], check=False)


def ranks_online():
    words = FLUX + ["resource", "status", "-s", "online", "-no", "{ranks}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=LONGEST_ANSWER, cwd="/")
    if done.returncode != 0:
        raise ValueError((done.stderr.strip().splitlines() or ["exit code {}".format(done.returncode)])[-1])
    online = set()
    for part in done.stdout.replace("\n", ",").split(","):
        if part.strip():
            first, _, last = part.strip().partition("-")
            online.update(range(int(first), int(last or first) + 1))
    return online


def read_sent():
    try:
        with open(SENT, encoding="utf-8") as file:
            return dict(json.load(file))
    except (OSError, ValueError):
        return {}


def main(words):
    report = Report(boot_settings.read())
    if words == ["missing"]:
        print(report.missing())
        return
    while True:
        try:
            pause = report.look()
        except Exception as problem:  # Whatever it is, the next look may be better.
            report.complain("{}: {}".format(type(problem).__name__, problem))
            pause = SOON
        # Many nodes boot at once, and AWS counts requests.
        time.sleep(pause * random.uniform(0.8, 1.2))


if __name__ == "__main__":
    main(sys.argv[1:])
