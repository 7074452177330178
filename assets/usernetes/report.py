#!/usr/bin/env python3
"""Tells AWS how far the boot of this node is, for as long as the node lives.

Tags of the instance say it at any time. A wait condition of CloudFormation is signalled once: each wait, of the first
nodes and of every later growth, has a URL of its own, which is the value of the parameter `signal`. In system mode the
lead stores the kubeconfig, too: only root of a node has the credentials of its role.

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
# How many nodes there are, for those who may not ask AWS.
NODES = os.path.join(boot_state.FOLDER, "nodes")
LONGEST_REASON = 900
# Of the time of a wait, before whose end what is missing is told. At least so many seconds: it may be seen late.
SPARE, LEAST_SPARE = 0.05, 150
# Seconds between two looks while something is to be told, two questions of a node that boots, and when all is told.
SOON = float(os.environ.get("FLUX_USERNETES_LOOK") or 10)
MEANWHILE = float(os.environ.get("FLUX_USERNETES_LATER") or 60)
LATER = 2 * MEANWHILE
# For one question to Flux or systemd.
LONGEST_ANSWER = 30
BOOT, KUBERNETES = "flux-usernetes-boot.service", "flux-usernetes-system.service"
KUBECONFIG = "/var/lib/flux-usernetes/system/kubeconfig"
# A parameter holds no more bytes.
LONGEST_KUBECONFIG = 8192
OWNER = ["runuser", "-u", "flux", "--"]
FLUX = OWNER + ["/usr/local/bin/flux"]


def say(text):
    print(text, flush=True)


class Report:
    def __init__(self, given):
        self.given = given
        self.tagged, self.told = None, None
        self.sent = read_sent()
        # When a wait was seen first, in seconds since the kernel started: nodes that it is about may still be booting.
        self.seen = {}
        # Waits for which the boot was begun again, and those for which Kubernetes was looked through again.
        self.again, self.renewed = set(), set()
        # What this node lacks of Kubernetes, and the kubeconfig that was stored last.
        self.lacks, self.published = "", None
        # When Kubernetes was looked through again, if it was: what it said before is no longer true.
        self.restarted = 0
        self.next_question = 0

    def look(self):
        """Seconds until the next one."""
        state = boot_state.read()
        if not state:
            return SOON
        self.tag(state)
        if state["state"] != "booting":
            self.lacks = self.lacking(state)
            return LATER if self.signal(state) else SOON
        # Boots take minutes, and many nodes ask at once.
        if time.monotonic() >= self.next_question:
            self.next_question = time.monotonic() + MEANWHILE
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
                # No wait yet, or the last one is over.
                return bool(self.seen or self.sent)
            self.complain(problem)
            return False
        seconds, url = value.split()
        known = hashlib.sha256(url.encode()).hexdigest()
        if known in self.sent:
            return True
        if self.see(known):
            self.lacks = self.lacking(state)
        is_due = self.is_due(known, int(seconds))
        if state["state"] == "booting" and not is_due:
            return False
        try:
            count = self.count()
        except (AwsError, ValueError) as problem:
            self.complain(problem)
            return False
        if state["rank"] is not None and state["rank"] >= count:
            # It is about to be taken away: nobody waits for it.
            return True
        if state["since"] <= self.seen[known] and not is_due and self.begins_again(state, known):
            return False
        verdict = self.verdict(state, is_due, count)
        return verdict is not None and self.send(known, url, state, *verdict)

    def see(self, known):
        """Is it a new one?"""
        if known in self.seen:
            return False
        if not self.sent and not self.seen:
            # The boot itself has just made what there is.
            self.renewed.add(known)
        self.seen[known] = seconds_since_start()
        # Its parameter may be another one by now.
        self.published = None
        return True

    def send(self, known, url, state, status, reason):
        document = {"Status": status, "UniqueId": state["host"], "Reason": reason, "Data": state["step"]}
        try:
            send_signal(url, document, tries=3)
            say("signalled {}: {}".format(status, reason))
        except AwsError as problem:
            if not problem.is_final:
                self.complain(problem)
                return False
            status = "EXPIRED"
            say("the wait takes no signal, so it is over ({}): {}".format(problem.code, reason))
        self.sent[known] = status
        boot_state.replace(SENT, json.dumps(self.sent) + "\n")
        return True

    def begins_again(self, state, known):
        """Is the node at what this wait is about? It was done, or has failed, before the wait began."""
        if state["state"] == "failed":
            # The cause may be mended.
            if known not in self.again:
                self.again.add(known)
                say("a new wait has begun: trying the boot again")
                systemctl("restart", "--no-block", BOOT)
            return True
        if self.given["mode"] != "system" or known in self.renewed:
            return False
        # The lead may be another one, with a control plane of its own, and nodes may have been taken away.
        self.renewed.add(known)
        say("a new wait has begun: looking through Kubernetes again")
        # Not a restart, during which it is still active for a moment.
        systemctl("stop", KUBERNETES)
        self.restarted = int(time.time()) + 1
        systemctl("start", "--no-block", KUBERNETES)
        return True

    def is_due(self, known, seconds):
        """Is it time to tell what is missing, before the wait is over?"""
        spare = max(seconds * SPARE, min(LEAST_SPARE, seconds / 2))
        return seconds_since_start() - self.seen[known] >= seconds - spare

    def verdict(self, state, is_due, count):
        """Status and reason, or None as long as it is not known."""
        where = "rank {} ({})".format("unknown" if state["rank"] is None else state["rank"], state["host"])
        at_step = "{}, step {}: ".format(where, state["step"])
        if state["state"] == "failed":
            return "FAILURE", (at_step + state["message"])[:LONGEST_REASON]
        if state["state"] == "booting":
            late = at_step + "is not done yet, and the wait is nearly over. " + self.cause(state, count)
            return ("FAILURE", late.strip()[:LONGEST_REASON]) if is_due else None
        lacks = self.lacks or (self.missing(count) if state["rank"] == 0 else "")
        if lacks:
            # What was stopped in the middle has failed, too, until it begins again.
            for_good = self.lacks and time.time() - self.restarted > MEANWHILE and unit_state() == "failed"
            return ("FAILURE", (at_step + lacks)[:LONGEST_REASON]) if is_due or for_good else None
        return "SUCCESS", where + " is ready"

    def cause(self, state, count):
        """Why a boot takes so long, as far as it is known: the lead waits for the others in its last step."""
        is_waiting = state["rank"] == 0 and state["step"] == "90-ready"
        return (self.missing(count) if is_waiting else "") or state["message"]

    def count(self):
        """How many nodes there are now, which is kept for those who may not ask."""
        found = int(Node(tries=2).parameter(self.given["parameters"] + "/nodes"))
        try:
            with open(NODES, encoding="utf-8") as file:
                is_kept = file.read().strip() == str(found)
        except OSError:
            is_kept = False
        if not is_kept:
            boot_state.replace(NODES, "{}\n".format(found))
        return found

    def lacking(self, state):
        """One sentence if this node is not in Kubernetes, or nobody is told where that is; empty otherwise."""
        if self.given["mode"] != "system" or state["state"] != "ready":
            return ""
        if unit_state() != "active":
            said = last_sentence(self.restarted)
            return said or "this node is not in Kubernetes: look at journalctl -u " + KUBERNETES
        return self.publish() if state["rank"] == 0 else ""

    def publish(self):
        """Stores the kubeconfig if it is another one. Its owner reads it: no link leads root elsewhere."""
        try:
            words = OWNER + ["head", "-c", str(LONGEST_KUBECONFIG + 1), KUBECONFIG]
            text = answer(words)
            digest = hashlib.sha256(text.encode()).hexdigest()
            if not 0 < len(text.encode()) <= LONGEST_KUBECONFIG:
                raise ValueError("it has {} bytes, and a parameter holds 1 to {}".format(len(text), LONGEST_KUBECONFIG))
            if digest != self.published:
                Node(tries=2).put_parameter(self.given["parameters"] + "/kubeconfig", text)
                say("the kubeconfig is stored as parameter {}/kubeconfig".format(self.given["parameters"]))
                self.published = digest
        except (AwsError, OSError, subprocess.SubprocessError, ValueError) as problem:
            sentence = "the kubeconfig can't be stored as parameter: {}".format(problem)
            self.complain(sentence)
            return sentence
        return ""

    def missing(self, count=None):
        """One sentence about nodes that Flux doesn't see, empty if it sees all."""
        cluster = self.given["cluster"]
        try:
            count = self.count() if count is None else count
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


def seconds_since_start():
    """By the clock of boot_state.py."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def systemctl(*words):
    try:
        subprocess.run(["systemctl", *words], check=False, timeout=4 * LONGEST_ANSWER)
    except (OSError, subprocess.TimeoutExpired) as problem:
        say(problem)


def unit_state():
    """Of this node's part of Kubernetes. It begins again by itself when it has failed, so `failed` is for good."""
    words = ["systemctl", "is-active", KUBERNETES]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=LONGEST_ANSWER).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def last_sentence(since):
    """What it has said last of why it isn't there."""
    words = ["journalctl", "--unit", KUBERNETES, "--since", "@{}".format(since), "--output", "cat", "--lines", "50"]
    try:
        lines = answer(words + ["--no-pager"]).splitlines()
    except (OSError, subprocess.SubprocessError, ValueError):
        return ""
    return ([line for line in lines if line.startswith("usernetes: ")] or [""])[-1]


def answer(words):
    """What a program prints; ValueError with what it complains of."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=LONGEST_ANSWER, cwd="/")
    if done.returncode != 0:
        raise ValueError((done.stderr.strip().splitlines() or ["exit code {}".format(done.returncode)])[-1])
    return done.stdout


def ranks_online():
    online = set()
    for part in answer(FLUX + ["resource", "status", "-s", "online", "-no", "{ranks}"]).replace("\n", ",").split(","):
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
        time.sleep(pause * random.uniform(0.7, 1))


if __name__ == "__main__":
    main(sys.argv[1:])
