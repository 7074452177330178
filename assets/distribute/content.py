#!/usr/bin/env python3
"""Brings container images and files to the nodes of a FluxDistribute: one pull from outside, then over Flux's tree.

Runs in the pod of a ContentDistribution, on any node of the FluxDistribute, and works through that node's broker. What
a node has already is not sent, so that it may be started again at any time: it goes on where it was. Ends with 0 if all
nodes that are wanted have all; with `keep` it doesn't end, and looks again and again. When it is told to end before all
is done, nodes keep nothing of what was on its way; when it is killed, the next run goes on with that.
"""
import signal
import sys
import time

sys.dont_write_bytecode = True

from content_flux import Fleet, LeadAway, Moved, TooLate
from content_items import SettingsError, gone_hosts, load
from content_report import FAILED, Report
from content_round import Round
from distribute_hosts import decode_hosts, decode_ids
from distribute_node import die, say

# Seconds for a broker that isn't up yet, and for wanted nodes that have not joined.
BROKER_SECONDS = ABSENT_SECONDS = 600
LOOK_SECONDS = 3
# For all that follows once it is told to end, of the 30 s that its pod has; what was being asked takes some of them.
END_SECONDS = 15


class Distribution:
    def __init__(self, settings):
        self.settings = settings
        self.report = Report()
        self.fleet = Fleet(settings)
        self.is_waiting = self.is_at_work = False
        self.settled = set()
        self.told_at = None

    def stop(self, *_):
        # A second one is to change nothing.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.told_at = time.monotonic()
        sys.exit(143)

    def wait_for_broker(self, end):
        """Until the broker of this node is up; told once."""
        while not self.fleet.learn():
            if not self.is_waiting:
                say("waiting for the broker of this node: {} must answer".format(self.settings.flux))
                self.is_waiting = True
            if time.monotonic() > end:
                raise TooLate()
            time.sleep(LOOK_SECONDS)
        self.is_waiting = False

    def wanted(self):
        """By the settings, or all that have not left the cluster."""
        if self.settings.nodes:
            return decode_hosts(self.settings.nodes)
        gone = gone_hosts(decode_hosts, decode_ids)
        return [host for host in self.fleet.hosts if host not in gone]

    def round(self):
        """Are all wanted nodes complete?"""
        self.fleet.end = time.monotonic() + self.settings.deadlineSeconds
        grace = time.monotonic() + (0 if self.settings.keep else ABSENT_SECONDS)
        self.report.begin_round()
        self.settled = set()
        self.is_at_work = True
        is_told, lead_end = False, None
        try:
            while True:
                self.wait_for_broker(min(self.fleet.end, time.monotonic() + BROKER_SECONDS))
                try:
                    away = self.look_once()
                except Moved:
                    say("the brokers were restarted meanwhile: going on with them")
                    continue
                except LeadAway as problem:
                    lead_end = lead_end or self.wait_for_lead(problem)
                    if time.monotonic() > lead_end:
                        self.note_away(dict.fromkeys(self.wanted(), str(problem)))
                        return False
                    time.sleep(LOOK_SECONDS)
                    continue
                lead_end = None
                if not away or time.monotonic() > grace:
                    break
                if not is_told:
                    say("waiting for {}".format(", ".join(sorted(away)[:10]) + (" ..." if len(away) > 10 else "")))
                    is_told = True
                time.sleep(LOOK_SECONDS)
        except TooLate:
            self.too_late()
            return False
        self.is_at_work = False
        return not any(result == FAILED for result, _ in self.report.results.values())

    def wait_for_lead(self, problem):
        """Until when; while a generation is made it is away for a moment."""
        say("waiting for the lead's node ({})".format(problem))
        return time.monotonic() + BROKER_SECONDS

    def look_once(self):
        """Brings what is missing to those that are there, and says which are not."""
        wanted = self.wanted()
        self.report.keep_only(wanted)
        known = set(self.fleet.hosts)
        away = {host: "it is no node of this Flux" for host in wanted if host not in known}
        hosts = [host for host in wanted if host in known and host not in self.settled]
        if hosts:
            unreachable = Round(self.settings, self.fleet, self.report).run(hosts)
            self.settled.update(host for host in hosts if host not in unreachable)
            away.update(unreachable)
        self.note_away(away)
        return away

    def note_away(self, away):
        for host, reason in away.items():
            for content in self.settings.contents:
                self.report.note(host, content, FAILED, reason)

    def too_late(self):
        if self.fleet.epoch is None:
            say("the broker of this node is not up: look at the log of the FluxDistribute's pod on this node")
            return
        say("{} s are over: what is there stays, and is not sent again".format(self.settings.deadlineSeconds))
        for host in self.wanted():
            for content in self.settings.contents:
                if (host, content["name"]) not in self.report.results:
                    self.report.note(host, content, FAILED, "no time was left")

    def give_up(self):
        """Leaves nothing on the nodes that answer of what was on its way."""
        if not self.is_at_work or not self.fleet.hosts:
            return
        say("is told to end: what was on its way is removed from the nodes")
        self.fleet.end = self.told_at + END_SECONDS
        try:
            request = Round(self.settings, self.fleet, self.report).request()
            answers = self.fleet.ask("clean", request, list(range(len(self.fleet.hosts))))
        except (LeadAway, Moved, TooLate):
            answers = {}
        cleaned = {self.fleet.hosts[rank] for rank, answer in answers.items() if "problem" not in answer}
        left = [host for host in self.wanted() if host not in cleaned]
        if left:
            names = ", ".join(left[:10]) + (" ..." if len(left) > 10 else "")
            say("pieces may be left on {}: another run of this name removes them".format(names))

    def run(self):
        while True:
            began = time.monotonic()
            is_complete = self.round()
            if self.report.is_new or not self.settings.keep:
                self.report.table()
                self.report.summary()
            if not self.settings.keep:
                return 0 if is_complete else 1
            time.sleep(max(1, self.settings.checkSeconds - (time.monotonic() - began)))


def main():
    # As process 1 of a container a signal without a handler would be ignored.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        distribution = Distribution(load())
        signal.signal(signal.SIGTERM, distribution.stop)
        try:
            sys.exit(distribution.run())
        finally:
            if distribution.told_at is not None:
                distribution.give_up()
    except SettingsError as error:
        die(error)


if __name__ == "__main__":
    main()
