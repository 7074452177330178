"""A stand-in for flux on nodes that are folders of one machine: content-flux.py ROOT RANK ARGUMENTS...

All nodes have the same paths, ROOT/node/...; of the node with rank N that is ROOT/node-N/... in truth. `exec` starts
the program on each rank, with the paths in its packet turned into those of that node. What is asked is appended to
ROOT/calls. As with flux-core 0.88, what was shown by --mmap and removed spoils the same data when it is shown again,
until the cache of the content module is dropped. Files in ROOT say what goes wrong:
    down           the broker of the driver's node is not up
    hostlist       the names of the nodes
    starttime      when the brokers were started
    gone-N         rank N can't be reached
    cut-off        the driver's broker has lost the one above it
    silent-N       nothing is heard of rank N
    corrupt-N      so many pieces arrive wrong at rank N
    stuck-N        pieces never arrive at rank N
    full-N         rank N has no room for a piece
    node-N/machine the architecture of rank N, as uname has it
    after-ACTION   a program to run after this action of content_node.py, once
"""
import os
import sys
import time

ROOT, RANK, VERB = sys.argv[1], sys.argv[2], sys.argv[3]
ARGUMENTS = sys.argv[4:]
ARCHIVES = os.path.join(ROOT, "archives")


def record(*words):
    with open(os.path.join(ROOT, "calls"), "a") as file:
        file.write("\t".join([RANK, *words]) + "\n")


def place(name):
    return os.path.join(ROOT, name)


def fail(text, code=1):
    print(text, file=sys.stderr)
    sys.exit(code)


def option(name):
    for number, word in enumerate(ARGUMENTS):
        if word.startswith(name + "="):
            return word.partition("=")[2]
        if word == name:
            return ARGUMENTS[number + 1]
    return None


def ranks_of(text):
    found = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def packet_for(rank, data):
    """The packet as that rank gets it: with its own paths, and its own architecture."""
    away = place("node-{}".format(rank))
    import json
    import zlib

    content = json.loads(zlib.decompress(data).decode())
    request = json.dumps(content["request"]).replace(place("node") + "/", away + "/")
    content["request"] = json.loads(request)
    machine = os.path.join(away, "machine")
    if os.path.exists(machine):
        with open(machine) as file:
            like = 'import collections, os\nos.uname = lambda: collections.namedtuple("U", "machine")("{}")'
            content["modules"].insert(0, ["stand_in", like.format(file.read())])
    with open(place("requests"), "a") as file:
        file.write(json.dumps([rank, ARGUMENTS[-1], content["request"]]) + "\n")
    return zlib.compress(json.dumps(content).encode())


def start_on(rank, program, data):
    """`flux python -c PROGRAM ACTION` on a rank, as a fork: an interpreter of its own would take most of the time."""
    files = [os.memfd_create(name) for name in ("stdin", "stdout", "stderr")]
    os.write(files[0], packet_for(rank, data))
    os.lseek(files[0], 0, os.SEEK_SET)
    process = os.fork()
    if process > 0:
        return process, files[1:]
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, 1024)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    sys.argv = ["-c", ARGUMENTS[-1]]
    os.environ["RANK"] = str(rank)
    os.chdir(place("node-{}".format(rank)))
    exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})
    sys.exit()


def pass_on(rank, files):
    """What the program said, each line behind the number of its rank."""
    for file, stream in zip(files, (sys.stdout, sys.stderr)):
        os.lseek(file, 0, os.SEEK_SET)
        with os.fdopen(file) as said:
            for line in said.read().splitlines():
                text = line.replace(place("node-{}".format(rank)) + "/", place("node") + "/")
                emit(stream, "{}: {}".format(rank, text))


def emit(stream, line):
    stream.write(line + "\n")
    stream.flush()


def execute():
    ranks = ranks_of(option("--rank"))
    program, action = ARGUMENTS[ARGUMENTS.index("-c") + 1], ARGUMENTS[-1]
    # What the programs of the nodes import: done here, it is done once for all ranks.
    import glob, hashlib, json, shutil, subprocess, tarfile, threading, zlib  # noqa: E401, F401

    record("exec", ",".join(map(str, ranks)), action)
    data, running, codes, silent = sys.stdin.buffer.read(), {}, [0], False
    for rank in ranks:
        if os.path.exists(place("cut-off")):
            emit(sys.stderr, "flux-exec: Error: rank {}: flux: Upstream Flux broker is offline".format(rank))
            codes.append(68)
        elif os.path.exists(place("gone-{}".format(rank))):
            emit(sys.stderr, "flux-exec: Error: rank {}: flux: No route to host".format(rank))
            codes.append(68)
        elif os.path.exists(place("silent-{}".format(rank))):
            silent = True
        else:
            process, files = start_on(rank, program, data)
            running[process] = rank, files
    while running:
        process, status = os.wait()
        pass_on(*running.pop(process))
        codes.append(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
    if silent:
        time.sleep(60)
    after = place("after-" + action)
    if os.path.exists(after):
        os.rename(after, after + "-done")
        os.system("/bin/sh " + after + "-done")
    sys.exit(max(codes))


def archive():
    name = os.path.join(ARCHIVES, option("--name"))
    record("archive", *ARGUMENTS)
    os.makedirs(ARCHIVES, exist_ok=True)
    if ARGUMENTS[0] == "create":
        if os.path.exists(name):
            fail("flux-archive: archive.{}: key exists".format(option("--name")))
        os.mkdir(name)
        os.link(os.path.join(option("-C"), ARGUMENTS[-1]), os.path.join(name, ARGUMENTS[-1]))
    elif ARGUMENTS[0] == "remove":
        if os.path.isdir(name):
            open(place("stale"), "w").close()
        import shutil

        shutil.rmtree(name, ignore_errors=True)
    else:
        extract(name, option("-C"))


def extract(name, folder):
    if not os.path.isdir(name):
        fail("flux-archive: KVS lookup archive: No such file or directory")
    if os.path.exists(place("stale")):
        fail("flux-archive: piece: error loading offset=0: mapped file content has changed")
    if os.path.exists(place("full-" + RANK)):
        fail("flux-archive: piece: write: No space left on device")
    if os.path.exists(place("stuck-" + RANK)):
        time.sleep(60)
    for piece in os.listdir(name):
        with open(os.path.join(name, piece), "rb") as file:
            data = file.read()
        corrupt = place("corrupt-" + RANK)
        if os.path.exists(corrupt):
            with open(corrupt) as file:
                left = int(file.read())
            if left > 0:
                data = bytes([data[0] ^ 1]) + data[1:]
                with open(corrupt, "w") as file:
                    file.write(str(left - 1))
        with open(os.path.join(folder, piece), "wb") as file:
            file.write(data)


def attribute():
    if os.path.exists(place("down")):
        fail("flux-getattr: flux_open: No such file or directory")
    name = {"hostlist": "hostlist", "broker.starttime": "starttime"}[ARGUMENTS[0]]
    with open(place(name)) as file:
        print(file.read())


def content():
    record("content", *ARGUMENTS)
    if RANK == "0" and os.path.exists(place("stale")):
        os.remove(place("stale"))


{"exec": execute, "archive": archive, "getattr": attribute, "content": content}[VERB]()
