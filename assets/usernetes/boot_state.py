#!/usr/bin/env python3
"""How far the boot of this node is: one file, which is replaced as a whole.

    boot_state.py STATE STEP MESSAGE    writes it; STATE is booting, ready or failed
"""
import json
import os
import socket
import sys
import time

FOLDER = "/var/lib/flux-usernetes-boot"
# The second one is in memory: a full disk is told, too.
PATHS = (os.path.join(FOLDER, "state.json"), "/run/flux-usernetes/state.json")


def read():
    """What was written since this node has started."""
    try:
        with open(PATHS[-1], encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def write(state, step, message):
    rank = rank_of_node()
    found = {"state": state, "step": step, "message": message, "rank": rank, "host": host_of_node(rank)}
    # Seconds since the kernel started: no clock that is set meanwhile changes them.
    found["since"] = round(time.clock_gettime(time.CLOCK_BOOTTIME), 3)
    for path in PATHS:
        try:
            replace(path, json.dumps(found) + "\n")
        except OSError as problem:
            print("can't write {} ({})".format(path, problem.strerror), file=sys.stderr)


def rank_of_node():
    """None as long as nothing has found it."""
    try:
        with open(os.path.join(FOLDER, "rank"), encoding="utf-8") as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def host_of_node(rank):
    """Its name in the cluster, also before it has it."""
    try:
        with open("/etc/flux-usernetes/cluster.json", encoding="utf-8") as file:
            return "{}-{}".format(json.load(file)["cluster"], int(rank))
    except (OSError, ValueError, TypeError, KeyError):
        return socket.gethostname()


def replace(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


if __name__ == "__main__":
    write(*sys.argv[1:4])
