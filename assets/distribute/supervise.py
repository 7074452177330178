#!/usr/bin/env python3
"""Keeps the Flux broker of one node, in a pod of flux-distribute on that node.

All supervisors follow one document in a ConfigMap, which says what brokers there are. One of them is elected by a
Lease: it watches the nodes, writes that document, and runs the lead broker on its own node.

Told by settings.json beside it and by its environment (distribute_settings.py, distribute_api.py, distribute_node.py).
Ends on SIGTERM, in an order that gives running jobs their time; the broker never outlives it. Needs Python 3.9 and its
standard library; what it says is one sentence each, on standard error.
"""
import fcntl
import os
import signal
import sys
import threading
import time

# The folder of the scripts can't be written in a pod.
sys.dont_write_bytecode = True

import distribute_state
import distribute_sysctls
from distribute_api import Api, ApiError
from distribute_broker import Broker
from distribute_candidate import Candidate, kind_of_state
from distribute_document import rank_of
from distribute_ending import end
from distribute_follower import Follower, touch
from distribute_installer import Installer
from distribute_lease import Lease, clock
from distribute_membership import Membership
from distribute_node import die, say
from distribute_nodes import node_of
from distribute_owner import OwnerError, claim
from distribute_planner import Planner
from distribute_settings import SettingsError, load

# Seconds between two looks at everything, if nothing happens meanwhile; and between two signs of life.
TICK_SECONDS, ALIVE_SECONDS = 1.0, 5
# A main loop that has not come round for so many seconds hangs. Stopping a broker and a write to the API take less.
LONGEST_STEP = 120
# So many ranks look at the Lease all the time; the others only now and then.
MOST_WATCHFUL = 16


class Supervisor:
    def __init__(self, settings):
        self.settings = settings
        self.event = threading.Event()
        self.is_told_to_stop, self.told_at = False, None
        self.alive_at, self.lived_at, self.problem = 0.0, clock(), ""
        wake = self.event.set
        self.api = Api(settings)
        self.membership = Membership(self.api, wake)
        self.lease = Lease(self.api, settings, self.candidate, self.looks_rarely, wake)
        self.installer = Installer(settings, self.membership, wake)
        self.follower = Follower(settings, self.membership, self.lease, self.installer, Broker(settings), wake)
        self.planner = Planner(
            settings, self.api, self.membership, self.lease, self.installer, self.follower, wake
        )

    def stop(self, *_):
        # Nothing else: the main thread may be anywhere, and looks every second.
        self.told_at = self.told_at or clock()
        self.is_told_to_stop = True
        self.lease.may_take = False

    def run(self):
        self.membership.start()
        self.lease.start()
        self.follower.guard()
        threading.Thread(target=self.keep_broker, daemon=True).start()
        while not self.is_told_to_stop:
            self.step()
            self.event.wait(TICK_SECONDS)
            self.event.clear()
        say("is told to stop")
        end(self)

    def step(self):
        self.show_life()
        try:
            self.planner.step()
            self.installer.step(self.planner.architectures())
            if not self.planner.is_writing():
                self.follower.step()
            self.problem = ""
        except Exception as error:  # A full disk, for one: a broker that runs goes on, and the next step may do.
            problem = "{}: {}".format(type(error).__name__, error)
            if problem != self.problem:
                say("something went wrong, which is tried again ({})".format(problem))
            self.problem = problem

    def keep_broker(self):
        """Lets the broker go on, which ends if this process is frozen, or its main loop hangs for long."""
        while True:
            if clock() < self.lived_at + LONGEST_STEP:
                self.follower.broker.show_life()
            time.sleep(1)

    def show_life(self):
        self.lived_at = clock()
        if clock() >= self.alive_at:
            self.alive_at = clock() + ALIVE_SECONDS
            touch(self.settings.in_run("alive"))

    def looks_rarely(self):
        rank = rank_of(self.membership.document, self.settings.node_name)
        return rank is None or rank >= MOST_WATCHFUL

    def candidate(self, copy):
        """This node, as one that may be elected."""
        document, name = self.membership.document, self.settings.node_name
        try:
            node = node_of(self.api.get_node(name), self.settings)
        except ApiError as error:
            if error.code != 404:
                raise
            return Candidate()
        is_member = document is None or name in document.hosts
        # Without Flux it would lead nobody.
        is_able = document is None or self.installer.prefix(document.environment) is not None
        # As long as it isn't known whether there is a document, there may be a lead.
        is_able = is_able and self.membership.seen_at is not None
        copies = distribute_state.all_copies(self.settings)
        return Candidate(
            may_be_elected=is_able and (node.may_stay if document and is_member else node.may_join),
            has_newest_copy=copy is None or self.has_copy(copy),
            is_preferred=node.is_preferred,
            is_member=is_member,
            has_document=document is not None,
            is_lead=document is not None and document.hosts[0] == name,
            state=kind_of_state(self.follower.own_state().generation, copies),
        )

    def has_copy(self, copy):
        """This very copy: one that is newer by its name may be that of an earlier cluster."""
        wanted = (copy["generation"], copy["sequence"])
        return any(found[:2] == wanted for found in distribute_state.all_copies(self.settings))


def take_lock(settings):
    """One supervisor for each node: that of the pod before may still be ending."""
    os.makedirs(settings.runDirectory, exist_ok=True)
    lock = os.open(settings.in_run("lock"), os.O_RDWR | os.O_CREAT, 0o600)
    has_said = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except OSError:
            if not has_said:
                say("another supervisor of {} runs on this node: waits for it to end".format(settings.name))
            has_said = True
            touch(settings.in_run("alive"))
            time.sleep(1)


def main():
    # As process 1 of a container a signal without a handler would be ignored.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        settings = load()
        for name in ("node_name", "node_address", "namespace"):
            if not getattr(settings, name):
                die("{} is not known: the pod lacks a variable or its service account".format(name))
        take_lock(settings)
        claim(settings)
    except (SettingsError, OwnerError) as problem:
        die(problem)
    except OSError as problem:
        die("the folders of the node can't be used ({}): mount them as hostPath".format(problem))
    distribute_sysctls.prepare(settings)
    supervisor = Supervisor(settings)
    signal.signal(signal.SIGTERM, supervisor.stop)
    signal.signal(signal.SIGINT, supervisor.stop)
    supervisor.run()


if __name__ == "__main__":
    main()
