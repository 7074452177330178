"""Stands in for flux on nodes that are folders of this machine: BASE/node-RANK is the root of the one with that rank.

BASE/flux/jobs/ID has what a job is: {"user": attributes, "active": is it}. Nodes named in BASE/flux/down don't answer.
BASE/flux/said has a line for each exception that was raised and for each drain; BASE/flux/drained, for each node that is
drained. A URI of `job/ID/...` is an instance
inside of that job.
"""
import json
import os
import re
import subprocess
import sys
import threading

ROOT = os.environ["FLUX_USERNETES_ROOT"]
BASE, NODE = os.path.split(ROOT)
FLUX = os.path.join(BASE, "flux")
F58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
lock = threading.Lock()


def read(*names, otherwise=""):
    try:
        with open(os.path.join(FLUX, *names)) as file:
            return file.read()
    except OSError:
        return otherwise


def fail(text, code=1):
    sys.stderr.write(text + "\n")
    sys.exit(code)


def decimal(id):
    value = 0
    for digit in id[1:]:
        value = value * 58 + F58.index(digit)
    return str(value)


def job(id):
    text = read("jobs", decimal(id))
    return json.loads(text) if text else fail("flux-job: job {} not found".format(id))


def ranks_of(text):
    ranks = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        ranks.extend(range(int(first), int(last or first) + 1))
    return ranks


def pump(rank, stream, out, labels):
    for line in stream:
        with lock:
            out.write("{}: {}".format(rank, line) if labels else line)
            out.flush()


def execute(words):
    labels, ranks, has_input = False, [0], True
    while words[0].startswith("-"):
        word = words.pop(0)
        labels = labels or word == "-l"
        has_input = has_input and word != "-n"
        if word == "-r":
            ranks = ranks_of(words.pop(0))
        elif word == "-d":
            words.pop(0)
    given = sys.stdin.read() if has_input else ""
    down, codes, threads, running = read("down").split(), [0], [], []
    for rank in ranks:
        if str(rank) in down:
            sys.stderr.write("flux-exec: Error: rank {}: {}: No route to host\n".format(rank, words[0]))
            codes.append(68)
            continue
        root = os.path.join(BASE, "node-{}".format(rank))
        env = {**os.environ, "FLUX_USERNETES_ROOT": root}
        pipe = subprocess.PIPE
        # The same path there.
        there = [root + word[len(ROOT):] if word.startswith(ROOT + "/") else word for word in words]
        process = subprocess.Popen(there, env=env, cwd="/", stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        process.stdin.write(given)
        process.stdin.close()
        for stream, out in ((process.stdout, sys.stdout), (process.stderr, sys.stderr)):
            threads.append(threading.Thread(target=pump, args=(rank, stream, out, labels)))
            threads[-1].start()
        running.append(process)
    import signal

    # As flux exec does: to all of them.
    signal.signal(signal.SIGTERM, lambda number, _: [process.send_signal(number) for process in running])
    codes += [process.wait() for process in running]
    for thread in threads:
        thread.join()
    sys.exit(max(codes))


def main(words):
    text = " ".join(words)
    if words[0] == "exec":
        execute(words[1:])
    elif words[0] == "getattr":
        inner = re.fullmatch(r"(.*)/job/([^/]+)", os.environ.get("FLUX_URI", ""))
        level = os.environ.get("FLUX_URI", "").count("/job/")
        values = {"rank": NODE.partition("-")[2], "instance-level": str(level)}
        if inner:
            values.update({"jobid": inner[2], "parent-uri": inner[1]})
        print(values[words[1]]) if words[1] in values else fail("flux-getattr: {}: No such file".format(words[1]))
    elif words[:2] == ["job", "info"]:
        print(json.dumps({"attributes": {"system": {}, "user": job(words[2])["user"]}}))
    elif words[0] == "jobs":
        ids = sorted(os.listdir(os.path.join(FLUX, "jobs")))
        print("\n".join(id for id in ids if json.loads(read("jobs", id))["active"]))
    elif text == "resource drain -n -o {ranks} {reason}":
        print(read("drained"), end="")
    elif text == "resource status -s online -no {ranks}":
        nodes = [name.partition("-")[2] for name in os.listdir(BASE) if name.startswith("node-")]
        print(",".join(sorted(set(nodes) - set(read("down").split()), key=int)))
    elif words[:2] == ["resource", "undrain"]:
        gone = [str(rank) for rank in ranks_of(words[2])]
        lines = [line for line in read("drained").splitlines(True) if line.split(" ")[0] not in gone]
        with open(os.path.join(FLUX, "drained"), "w") as file:
            file.write("".join(lines))
    elif words[:2] in (["job", "raise"], ["resource", "drain"]):
        if words[0] == "resource":
            with open(os.path.join(FLUX, "drained"), "a") as file:
                file.write(" ".join(words[3:]) + "\n")
        with open(os.path.join(FLUX, "said"), "a") as file:
            file.write(text + "\n")
    else:
        fail("flux: no such thing: " + text)


main(sys.argv[1:])
