#!/usr/bin/env python3
"""Stands in for systemctl and journalctl: units are files in ROOT/units, what runs of them is kept in ROOT/systemd.

Calls go to ROOT/systemctl-calls, a line each. A file ROOT/systemctl-fails names a verb that fails.
"""
import json
import os
import shlex
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VERB, WORDS = sys.argv[1], sys.argv[2:]
UNIT = WORDS[-1] if WORDS else ""


def at(*names):
    return os.path.join(ROOT, *names)


def read(path, default=""):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return default


def setting(text, name):
    lines = [line.partition("=")[2] for line in text.splitlines() if line.startswith(name + "=")]
    return [word.replace("%%", "%") for line in lines for word in shlex.split(line)]


def state():
    known = json.loads(read(at("systemd", UNIT), "{}"))
    if known and not known["ended"] and not os.path.exists("/proc/{}".format(known["keeper"])):
        known["ended"] = True
    return known


def start():
    text = read(at("units", UNIT))
    assert setting(text, "Type") == ["notify"] and setting(text, "Restart") == ["no"]
    env = dict(word.split("=", 1) for word in setting(text, "Environment"))
    for path in setting(text, "EnvironmentFile"):
        env.update(line.split("=", 1) for line in read(path.lstrip("-")).splitlines())
    words = []
    for word in setting(text, "ExecStart"):
        if word.startswith("$") and not word.startswith("$$"):
            words += env.get(word[1:], "").split()
        else:
            words.append(word.replace("$$", "$"))
    os.makedirs(at("systemd"), exist_ok=True)
    if os.fork():
        while not os.path.exists(at("systemd", UNIT)):
            time.sleep(0.01)
        return
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    with open(at("journal"), "ab") as journal:
        process = subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL, stdout=journal, stderr=journal)
    known = {"keeper": os.getpid(), "process": process.pid, "ended": False, "code": 0, "status": 0}
    save(known)
    code = process.wait()
    save(dict(known, ended=True, code=2 if code < 0 else 1, status=abs(code)))
    os._exit(0)


def save(known):
    with open(at("systemd", UNIT + ".new"), "w") as file:
        json.dump(known, file)
    os.replace(at("systemd", UNIT + ".new"), at("systemd", UNIT))


def send(number):
    known = state()
    if known and not known["ended"]:
        os.kill(known["process"], number)
    return known


def show():
    known = state()
    active = "active" if known and not known["ended"] else "failed" if known.get("status") else "inactive"
    print("ActiveState=" + active)
    print("MainPID={}".format(known["process"] if active == "active" else 0))
    print("ExecMainCode={}\nExecMainStatus={}".format(known.get("code", 0), known.get("status", 0)))


def stop():
    send(signal.SIGTERM)
    end = time.monotonic() + 5
    while "--no-block" not in WORDS and state() and not state()["ended"] and time.monotonic() < end:
        time.sleep(0.02)


def follow():
    place = 0
    while True:
        text = read(at("journal"))
        sys.stdout.write(text[place:])
        sys.stdout.flush()
        place = len(text)
        time.sleep(0.02)


def main():
    if os.path.basename(sys.argv[0]) == "journalctl":
        follow()
    if VERB != "show":
        with open(at("systemctl-calls"), "a") as file:
            file.write(" ".join(sys.argv[1:]) + "\n")
    if read(at("systemctl-fails")) == VERB:
        sys.exit("Failed to do it: no")
    if VERB == "show":
        show()
    elif UNIT.endswith(".timer"):
        pass
    elif VERB == "start":
        start()
    elif VERB == "stop":
        stop()
    elif VERB == "kill":
        send(signal.SIGKILL)


main()
