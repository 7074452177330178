#!/usr/bin/env python3
"""Cleans a node of a FluxDistribute that is gone. Runs as one pod of a Job on each node.

CLEAN_UP       installation, or everything, which takes the state of the queue too
CLEAN_UP_HOLD  seconds to stay once all is done, so that the Job's other pods land on other nodes (default 0)
POD_NAMESPACE  of this pod, in which the FluxDistribute was
"""
import fcntl
import os
import signal
import sys
import time

# The folder of the scripts can't be written in a pod.
sys.dont_write_bytecode = True

from distribute_node import die, say
from distribute_remove import EVERYTHING, INSTALLATION, RemoveError, remove
from distribute_settings import NODE_NAME, SettingsError, load

# Seconds for the pod of the DaemonSet to end, which may have been deleted just now.
LONGEST_WAIT = 120
WHAT = {INSTALLATION: "installation", EVERYTHING: "installation and state"}


def wait_for_supervisor(settings):
    """A supervisor that lives would start its broker again."""
    path = settings.in_run("lock")
    end, told = time.monotonic() + LONGEST_WAIT, False
    while is_held(path):
        if time.monotonic() > end:
            raise RemoveError("the FluxDistribute {} still runs on this node: delete it first".format(settings.name))
        if not told:
            say("the FluxDistribute {} still runs on {}: waiting for its end".format(settings.name, NODE_NAME))
            told = True
        time.sleep(0.5)


def is_held(path):
    try:
        lock = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(lock)


def main():
    # As process 1 of a container a signal without a handler would be ignored.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    what = os.environ.get("CLEAN_UP") or INSTALLATION
    if what not in WHAT:
        die("CLEAN_UP is {!r}: it may be {} or {}".format(what, INSTALLATION, EVERYTHING))
    hold = os.environ.get("CLEAN_UP_HOLD") or "0"
    if not hold.isdigit():
        die("CLEAN_UP_HOLD is {!r}: it has to be a number of seconds".format(hold))
    try:
        settings = load()
        settings.namespace = os.environ.get("POD_NAMESPACE") or settings.namespace
        wait_for_supervisor(settings)
        done = remove(settings, what)
    except (RemoveError, SettingsError) as problem:
        die("{}: {}".format(NODE_NAME, problem))
    for sentence in done:
        say("{}: {}".format(NODE_NAME, sentence))
    say("{}: {} of {} {}".format(NODE_NAME, WHAT[what], settings.name, "removed" if done else "already gone"))
    time.sleep(int(hold))


if __name__ == "__main__":
    main()
