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
from distribute_remove import EVERYTHING, INSTALLATION, LOCK, RemoveError, remove
from distribute_settings import NODE_NAME, SettingsError, load

# Seconds for the pod of the DaemonSet to end, which may have been deleted just now.
LONGEST_WAIT = 120
WHAT = {INSTALLATION: "installation", EVERYTHING: "installation and state"}


def take_lock(settings):
    """A supervisor that lives would start its broker again, and so would one that starts meanwhile."""
    end, told = time.monotonic() + LONGEST_WAIT, False
    try:
        os.makedirs(settings.runDirectory, exist_ok=True)
        lock = os.open(settings.in_run(LOCK), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise RemoveError("{} can't be used ({})".format(settings.runDirectory, error.strerror))
    while not is_taken(lock):
        if time.monotonic() > end:
            raise RemoveError("the FluxDistribute {} still runs on this node: delete it first".format(settings.name))
        if not told:
            say("the FluxDistribute {} still runs on {}: waiting for its end".format(settings.name, NODE_NAME))
            told = True
        time.sleep(0.5)
    return lock


def is_taken(lock):
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False


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
        lock = take_lock(settings)
        done = remove(settings, what)
        os.close(lock)
    except (RemoveError, SettingsError) as problem:
        die("{}: {}".format(NODE_NAME, problem))
    for sentence in done:
        say("{}: {}".format(NODE_NAME, sentence))
    say("{}: {} of {} {}".format(NODE_NAME, WHAT[what], settings.name, "removed" if done else "already gone"))
    time.sleep(int(hold))


if __name__ == "__main__":
    main()
