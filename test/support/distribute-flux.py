#!@PYTHON@
"""Stands in for flux on one of several "nodes" that are folders of this machine: ROOT/NODE/flux/bin/flux.

Brokers find one another by files in ROOT/fabric instead of by addresses: a follower is up while the lead is, and ends
with it when it is shut down. The state of the queue is a text, to which each lead adds a line. What happens is written
to ROOT/events, as "SECONDS NODE WHAT".
"""
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
NODE_FOLDER = os.path.dirname(os.path.dirname(HERE))
ROOT, NODE = os.path.split(NODE_FOLDER)
FABRIC = os.path.join(ROOT, "fabric")
RUN = os.path.join(NODE_FOLDER, "run")
sys.path.insert(0, os.path.join(ROOT, "scripts"))
sys.dont_write_bytecode = True
from distribute_hosts import decode_hosts, decode_ids  # noqa: E402


def note(what):
    with open(os.path.join(ROOT, "events"), "a") as file:
        file.write("{:.3f} {} {}\n".format(time.time(), NODE, what))


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def write(path, text):
    with open(path + ".new-" + NODE, "w") as file:
        file.write(text)
    os.replace(path + ".new-" + NODE, path)


def hosts():
    entries = re.findall(r'host = "([^"]*)"', read(os.path.join(RUN, "config", "broker.toml")))
    return [host for entry in entries for host in decode_hosts(entry)]


def broker(words):
    # Only here: supervisors call flux all the time, and most calls need none of these.
    import fcntl
    import signal
    import socket
    import tarfile

    options = dict(word.partition("=")[::2] for word in words if "=" in word)
    toml, lead_file = read(os.path.join(RUN, "config", "broker.toml")), os.path.join(FABRIC, "lead")
    assert oct(os.stat(os.path.join(RUN, "config", "curve.cert")).st_mode)[-3:] == "400"
    generation = re.search(r"generation (\d+)", toml).group(1)
    rank = hosts().index(options["-Shostname"])
    state = os.path.join(options["-Sstatedir"], "state")
    lock = None
    if rank == 0:
        lock = os.open(os.path.join(FABRIC, "lock"), os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            note("TWO-LEADS")
        if "-Scontent.restore" in options:
            with tarfile.open(options["-Scontent.restore"]) as archive:
                write(state, archive.extractfile("state").read().decode())
        write(state, read(state) + "{}@{}\n".format(NODE, generation))
    note("start generation={} rank={} size={}{}".format(generation, rank, len(hosts()), " restore" if "-Scontent.restore" in options else ""))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.join(RUN, "local"))
    is_told = []
    signal.signal(signal.SIGTERM, lambda number, _: is_told.append(number))
    fails = os.path.join(NODE_FOLDER, "broker-fails")
    if os.path.exists(fails):
        note("fail")
        sys.exit(1)
    write(os.path.join(NODE_FOLDER, "broker-pid"), str(os.getpid()))
    shutdowns = read(os.path.join(FABRIC, "shutdowns"))
    if rank == 0:
        write(lead_file, "{} {}".format(os.getpid(), generation))
    ready, met = os.path.join(NODE_FOLDER, "broker-is-up"), None
    stubborn = os.path.join(NODE_FOLDER, "hangs-after-drain")
    while os.path.exists(stubborn) or not is_told and not os.path.exists(os.path.join(RUN, "shut-down")):
        lead = read(lead_file)
        if rank == 0 or lead.endswith(" " + generation):
            if met is None:
                met = lead
                write(ready, generation)
                note("up generation={}".format(generation))
            if rank and lead != met:
                note("end lead-returned")
                sys.exit(1)
        if rank and met and read(os.path.join(FABRIC, "shutdowns")) != shutdowns:
            break
        time.sleep(0.05)
    remove(ready)
    if rank == 0:
        remove(os.path.join(RUN, "shut-down"))
        write(os.path.join(FABRIC, "shutdowns"), str(time.time()))
        write(lead_file, "")
    note("end")
    sys.exit(0)


def remove(path):
    try:
        os.remove(path)
    except FileNotFoundError:
        pass


def dump(path):
    import tarfile

    with tarfile.open(path, "w") as archive:
        archive.add(os.path.join(NODE_FOLDER, "state", "state", "state"), "state")
    note("dump")


def execute(words):
    import json
    import shutil

    given = re.search(r"--rank=(\S+)", " ".join(words)).group(1)
    missing = False
    for rank in decode_ids(given):
        host = hosts()[rank]
        if not os.path.exists(os.path.join(ROOT, host, "broker-is-up")):
            print("{}: no such broker".format(rank), file=sys.stderr)
            missing = True
        elif "sh" in words:
            path = words[-1].split()[2].replace(NODE_FOLDER, os.path.join(ROOT, host))
            if not os.path.exists(path):
                sys.exit(1)
        elif "python" in words:
            folder, name, digest = words[words.index("python") + 4 :][:3]
            copies = os.path.join(ROOT, host, "state", "copies")
            os.makedirs(copies, exist_ok=True)
            shutil.copy(os.path.join(folder, name), os.path.join(copies, name))
            print("{}: has {}".format(rank, digest))
            note("copied {} to {}".format(name, host))
        else:
            cores = read(os.path.join(ROOT, host, "cores")) or "0-1"
            entry = {"rank": "0", "children": {"core": cores}}
            print("{}: {}".format(rank, json.dumps({"version": 1, "execution": {"R_lite": [entry], "nodelist": [host]}})))
    sys.exit(1 if missing else 0)


def is_frozen():
    """Was the broker stopped by a signal? Then nothing answers."""
    status = read("/proc/{}/status".format(read(os.path.join(NODE_FOLDER, "broker-pid")) or "none"))
    return "State:\tT" in status


def main():
    verb, words = sys.argv[1], sys.argv[2:]
    if verb == "broker":
        broker(words)
    if verb == "version":
        print("commands:    \t\t0.88.0\nlibflux-core:\t\t0.88.0\nbuild-options:\t\t+hwloc==2.9.0")
        return
    while verb not in ("version", "broker") and is_frozen():
        time.sleep(0.05)
    while verb in ("dump", "shutdown") and os.path.exists(os.path.join(NODE_FOLDER, "hangs-after-drain")):
        time.sleep(0.05)
    if verb == "getattr":
        sys.exit(0 if read(os.path.join(NODE_FOLDER, "broker-pid")) else 1)
    if verb != "uptime":
        note(" ".join([verb] + words[:4]))
    if not read(os.path.join(NODE_FOLDER, "broker-is-up")):
        sys.exit(1)
    if verb == "uptime":
        print(" 10:00:00 run 5.0s,  owner,  depth 0,  size {}".format(len(hosts())))
    elif verb == "shutdown":
        write(os.path.join(RUN, "shut-down"), "")
    elif verb == "dump":
        dump(words[-1])
    elif verb == "exec":
        execute(words)
    elif verb == "jobs":
        # One number a line of jobs that run; a folder of the test's.
        print(read(os.path.join(ROOT, "jobs")), end="")
    elif verb == "queue" and words[0] == "idle":
        seconds = float(re.search(r"--timeout=([0-9.]+)s", " ".join(words)).group(1))
        end = time.time() + seconds
        while read(os.path.join(ROOT, "jobs")):
            if time.time() > end:
                sys.exit(1)
            time.sleep(0.05)
    elif verb == "resource" and os.path.exists(os.path.join(NODE_FOLDER, "resource-fails")):
        sys.exit("flux-resource: ERROR: no answer")
    elif verb == "resource" and words[0] == "drain" and "--no-header" in words:
        print(read(os.path.join(FABRIC, "drained-" + NODE)), end="")
    elif verb == "resource" and words[0] == "drain":
        write(os.path.join(FABRIC, "drained-" + words[2]), " ".join(words[3:]))
    elif verb == "resource" and words[0] == "undrain":
        remove(os.path.join(FABRIC, "drained-" + words[1]))


main()
