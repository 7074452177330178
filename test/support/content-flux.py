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
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import zlib

ROOT, RANK, VERB = sys.argv[1], sys.argv[2], sys.argv[3]
ARGUMENTS = sys.argv[4:]
ARCHIVES = os.path.join(ROOT, "archives")
lock = threading.Lock()


def record(*words):
    with open(os.path.join(ROOT, "calls"), "a") as file:
        file.write(json.dumps([RANK, *words]) + "\n")


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


def emit(stream, line):
    with lock:
        stream.write(line + "\n")
        stream.flush()


def on_rank(rank, words, packet, codes):
    away = place("node-{}".format(rank))
    content = json.loads(zlib.decompress(packet).decode())
    request = json.dumps(content["request"]).replace(place("node") + "/", away + "/")
    content["request"] = json.loads(request)
    machine = os.path.join(away, "machine")
    if os.path.exists(machine):
        with open(machine) as file:
            like = 'import collections, os\nos.uname = lambda: collections.namedtuple("U", "machine")("{}")'
            content["modules"].insert(0, ["stand_in", like.format(file.read())])
    with open(place("requests"), "a") as file:
        file.write(json.dumps([rank, words[-1], content["request"]]) + "\n")
    data = zlib.compress(json.dumps(content).encode())
    variables = dict(os.environ, RANK=str(rank))
    process = subprocess.Popen(
        words, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=away
    )
    said, problems = process.communicate(data)
    for stream, output in ((sys.stdout, said), (sys.stderr, problems)):
        for line in output.decode().splitlines():
            emit(stream, "{}: {}".format(rank, line.replace(away + "/", place("node") + "/")))
    codes.append(process.returncode)


def execute():
    ranks = ranks_of(option("--rank"))
    start = next(number for number, word in enumerate(ARGUMENTS) if not word.startswith("-"))
    words = [sys.executable, "-S", "-E"] + ARGUMENTS[start + 2 :]
    action = words[-1]
    record("exec", ranks, action)
    packet, codes, threads = sys.stdin.buffer.read(), [], []
    for rank in ranks:
        if os.path.exists(place("cut-off")):
            emit(sys.stderr, "flux-exec: Error: rank {}: {}: Upstream Flux broker is offline".format(rank, words[0]))
            codes.append(68)
        elif os.path.exists(place("gone-{}".format(rank))):
            emit(sys.stderr, "flux-exec: Error: rank {}: {}: No route to host".format(rank, ARGUMENTS[start]))
            codes.append(68)
        elif os.path.exists(place("silent-{}".format(rank))):
            threads.append(threading.Thread(target=time.sleep, args=(60,)))
        else:
            threads.append(threading.Thread(target=on_rank, args=(rank, words, packet, codes)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = place("after-" + action)
    if os.path.exists(after):
        os.rename(after, after + "-done")
        subprocess.call(["/bin/sh", after + "-done"])
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
