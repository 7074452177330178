#!/usr/bin/env python3
"""Stands in for flux on the node ROOT/node-0, and through `flux exec` on the nodes beside it.

Calls go to ROOT/calls as JSON, a line each. Files in ROOT tell it what to do: `stubborn` (the broker ignores signals),
`goodbye` (it never gets further than that), `state` (what uptime says), `answers/VERB-NOUN` (text to print),
`fails/VERB`, `fails/VERB-NOUN` (text to complain with, or the broker's exit code), `down` (ranks that nobody reaches),
`damage` (a part of the path where archives arrive changed).
"""
import glob
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time

PREFIX = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(PREFIX)
WORDS = sys.argv[1:]


def at(*names):
    return os.path.join(ROOT, *names)


def read(name, default=""):
    try:
        with open(at(name)) as file:
            return file.read()
    except FileNotFoundError:
        return default


def write(name, text):
    """Whole or not at all, since a test may be reading."""
    new = at("{}.new-{}".format(name, os.getpid()))
    with open(new, "w") as file:
        file.write(text)
    os.replace(new, at(name))


def append(name, text):
    with open(at(name), "a") as file:
        file.write(text)


def broker():
    options = dict(word.partition("=")[::2] for word in WORDS if "=" in word)
    record = {"words": WORDS, "environment": dict(os.environ), "process": os.getpid()}
    write("broker-{}.json".format(len(glob.glob(at("broker-*.json"))) + 1), json.dumps(record))
    print("broker says hello", flush=True)
    if read("fails/broker"):
        sys.exit(int(read("fails/broker")))
    socket.socket(socket.AF_UNIX).bind(options["-Slocal-uri"].replace("local://", ""))
    open(os.path.join(options["-Srundir"], "in-use"), "w").close()
    # As a job's script is, which lies there.
    script = os.path.join(options["-Srundir"], "script")
    with open(os.open(script, os.O_WRONLY | os.O_CREAT, 0o755), "w") as file:
        file.write("#!/bin/sh\nexit 0\n")
    subprocess.run([script], check=True)
    task = {"FLUX_JOB_ID": "f1", "FLUX_URI": options["-Slocal-uri"], "PATH": os.environ["PATH"]}
    sleep = ["sleep", "3600.5"]
    subprocess.Popen(sleep + [read("task-mark") or "1"], env=task, start_new_session=True)
    # A task may start what carries nothing of its job, in a session of its own, and end.
    daemon = 'setsid env -i "$0" 3600.5 {} & '.format(read("daemon-mark") or "2")
    subprocess.run(["/bin/sh", "-c", daemon, shutil.which("sleep")], env=task)
    told = []
    for number in (signal.SIGTERM, signal.SIGUSR2):
        signal.signal(number, lambda number, _: told.append(number))
    write("state", "run")
    write("broker-process", str(os.getpid()))
    while True:
        time.sleep(0.02)
        if told and not os.path.exists(at("stubborn")):
            if not os.path.exists(at("goodbye")):
                break
            write("state", "goodbye")
    write("state", "")
    write("ended-by-itself", str(os.getpid()))
    sys.exit(0)


def dump():
    kind = read("dump-kind", "whole")
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name in ("job/1/eventlog", "job/2/eventlog"):
            member = tarfile.TarInfo(name)
            member.size = 2000
            archive.addfile(member, io.BytesIO(os.urandom(2000)))
    content = data.getvalue()
    # Cut off in a file, and behind the first one.
    content = content[: {"whole": len(content), "cut": 3000, "one": 512 + 2048}[kind]]
    with open(WORDS[-1], "wb") as file:
        file.write(content)


def archive():
    options = dict(word.partition("=")[::2] for word in WORDS if word.startswith("--"))
    path = at("archive-" + options["--name"])
    folder = WORDS[WORDS.index("-C") + 1] if "-C" in WORDS else ""
    if WORDS[1] == "remove":
        if os.path.exists(path):
            os.remove(path)
    elif WORDS[1] == "create":
        if os.path.exists(path):
            sys.exit("flux-archive: key exists")
        write(path, os.path.join(folder, WORDS[-1]))
    else:
        source = read(path)
        if not source:
            sys.exit("flux-archive: no such archive")
        time.sleep(float(read("archive-seconds", "0")))
        target = os.path.join(folder, os.path.basename(source))
        shutil.copy(source, target)
        if read("damage") and read("damage") in folder:
            with open(target, "r+b") as file:
                file.write(b"?")


def execute():
    rest = WORDS[[word.startswith("--") for word in WORDS[1:]].index(False) + 1 :]
    ranks = [int(rank) for word in WORDS if word.startswith("--rank=") for rank in word[7:].split(",")]
    program = sys.stdin.read() if "--noinput" not in WORDS else ""
    code = 0
    for rank in ranks:
        if str(rank) in read("down").split():
            print("flux-exec: Error: rank {}: {}: No route to host".format(rank, rest[0]), file=sys.stderr)
            code = 68
            continue
        words = [word.replace(at("node-0"), at("node-{}".format(rank))) for word in rest]
        done = subprocess.run(words, input=program, capture_output=True, text=True)
        for stream, text in ((sys.stdout, done.stdout), (sys.stderr, done.stderr)):
            for line in text.splitlines():
                print("{}: {}".format(rank, line), file=stream)
        code = max(code, done.returncode)
    sys.exit(code)


def main():
    verb = WORDS[0]
    if verb != "uptime":
        append("calls", json.dumps(WORDS) + "\n")
    failure = read("fails/" + verb) or read("fails/" + "-".join(WORDS[:2]))
    if failure and verb != "broker":
        sys.exit(failure)
    if verb == "broker":
        broker()
    elif verb == "uptime":
        if not read("state"):
            sys.exit("flux-uptime: no broker")
        print(" 19:08:15 {} 1.5s,  owner root,  depth 0,  size 1".format(read("state")))
    elif verb == "shutdown":
        os.kill(int(read("broker-process")), signal.SIGUSR2)
    elif verb == "dump":
        dump()
    elif verb == "archive":
        archive()
    elif verb == "exec":
        execute()
    elif verb == "python":
        os.execvp(sys.executable, [sys.executable, *WORDS[1:]])
    elif verb == "version":
        print("commands:\t0.88.0\nbuild-options:\t{}+hwloc==2.9.0".format(read("systemd-build")))
    else:
        print(read("answers/" + "-".join(WORDS[:2]).lstrip("-")), end="")


main()
