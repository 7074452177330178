"""Stands in for `flux`, for what the fluxion controller asks of it.

The broker of FLUX_URI=local://.../local-1 is the folder local-1 below $STAND_IN: it is there while the file
`alive` is, has alloc-bypass.so if the file `plugin` is there, and its jobs are folders below `jobs`. A job's
command says how it goes: `job SECONDS WAITSTATUS` ends by itself, `job forever` doesn't. What its tasks do is
written to $STAND_IN/cores. Ranks are listed in the files `avail` and `online`.

A file $STAND_IN/gate-NAME stops whoever comes to that point, who leaves at-NAME, until it is removed. Where a
file dies-NAME is, they get no further.
"""

import fcntl
import json
import os
import sys
import time

HOME = os.environ["STAND_IN"]
BROKER = os.path.join(HOME, os.path.basename(os.environ.get("FLUX_URI") or "local-0"))
ARGUMENTS = sys.argv[1:]


def gate(name):
    closed = os.path.join(HOME, "gate-" + name)
    if os.path.exists(closed):
        open(os.path.join(HOME, "at-" + name), "w").close()
    while os.path.exists(closed):
        time.sleep(0.01)
    if os.path.exists(os.path.join(HOME, "dies-" + name)):
        os._exit(9)


def has(name):
    return os.path.exists(os.path.join(BROKER, name))


def fail(message):
    sys.exit("flux-{}: ERROR: {}".format(ARGUMENTS[0], message))


def append(path, text):
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(text + "\n")


def folder(identifier):
    path = os.path.join(BROKER, "jobs", identifier)
    if not os.path.isdir(path):
        fail("No such file or directory")
    return path


def event(path, name, **context):
    entry = {"timestamp": time.time(), "name": name}
    append(os.path.join(path, "eventlog"), json.dumps(dict(entry, context=context) if context else entry))


def tell(path, what, jobspec):
    execution = jobspec["attributes"]["system"]["alloc-bypass"]["R"]["execution"]
    entry = {
        "what": what,
        "broker": os.path.basename(BROKER),
        "number": jobspec["attributes"]["user"]["fluxion"]["number"],
    }
    append(
        os.path.join(HOME, "cores"), json.dumps(dict(entry, R=execution["R_lite"], id=os.path.basename(path)))
    )


def submit():
    jobspec = json.load(sys.stdin)
    gate("before-submit")
    if has("refuse"):
        fail("Invalid argument")
    jobs = os.path.join(BROKER, "jobs")
    while True:
        path = os.path.join(jobs, "f{}".format(len(os.listdir(jobs)) + 1))
        try:
            os.mkdir(path)
            break
        except FileExistsError:
            pass
    with open(os.path.join(path, "jobspec.new"), "w") as file:
        json.dump(jobspec, file)
    event(path, "submit", userid=0, urgency=16, flags=4, version=1)
    os.rename(os.path.join(path, "jobspec.new"), os.path.join(path, "jobspec"))
    if os.fork() == 0:
        os.closerange(0, 100)
        os.setsid()
        try:
            run(path, jobspec)
        finally:
            os._exit(0)
    gate("after-submit")
    print(os.path.basename(path))


def run(path, jobspec):
    event(path, "alloc", **({} if has("bypass-ignored") else {"bypass": True}))
    tell(path, "start", jobspec)
    event(path, "start")
    words = jobspec["tasks"][0]["command"][1:]
    end = time.monotonic() + (1e9 if words[0] == "forever" else float(words[0]))
    while time.monotonic() < end and os.path.exists(BROKER):
        if os.path.exists(os.path.join(path, "cancel")):
            event(path, "exception", type="cancel", severity=0, note="", userid=0)
            event(path, "finish", status=15)
            break
        time.sleep(0.02)
    else:
        event(path, "finish", status=int(words[1]))
    # Tasks have ended, and Flux cleans up: cores that are given away before this are given away too early.
    time.sleep(0.05)
    tell(path, "end", jobspec)
    event(path, "clean")


def eventlog(identifier, follow):
    path = os.path.join(folder(identifier), "eventlog")
    with open(path) as file:
        while True:
            line = file.readline()
            if line:
                print(line, end="", flush=True)
            if not follow and not line:
                return
            if not has("alive"):
                fail("broker is gone")
            if '"name": "clean"' in line:
                return
            if not line:
                time.sleep(0.02)


def main():
    verb, rest = ARGUMENTS[0], ARGUMENTS[1:]
    append(os.path.join(HOME, "calls"), json.dumps([os.path.basename(BROKER)] + ARGUMENTS))
    if not has("alive"):
        fail("Unable to connect to Flux: broker socket was not found")
    if verb == "getattr":
        print(4)
    elif verb == "resource" and rest == ["R"]:
        print(open(os.path.join(HOME, "R")).read())
    elif verb == "resource" and rest[:2] == ["status", "-s"]:
        # Ranks that are down are avail too, unless online is asked for.
        known = [set(open(os.path.join(BROKER, state)).read().split(",")) for state in rest[2].split(",")]
        print("\n".join(sorted(set.intersection(*known))))
    elif verb == "jobtap":
        gate("plugin")
        if rest != ["query", "alloc-bypass.so"] or not has("plugin"):
            fail("{}: plugin not found".format(rest[1]))
    elif verb == "job" and rest == ["submit", "--flags=novalidate"]:
        submit()
    elif verb == "jobs":
        name = next(word[len("--name=") :] for word in rest if word.startswith("--name="))
        for identifier in os.listdir(os.path.join(BROKER, "jobs")):
            try:
                with open(os.path.join(folder(identifier), "jobspec")) as file:
                    if json.load(file)["attributes"]["system"]["job"]["name"] == name:
                        print(identifier)
            except FileNotFoundError:
                pass
    elif verb == "job" and rest[0] == "info":
        print(open(os.path.join(folder(rest[1]), rest[2])).read())
    elif verb == "job" and rest[0] == "eventlog":
        eventlog(rest[-1], "--follow" in rest)
    elif verb == "job" and rest[0] == "attach":
        print("output of {}".format(rest[-1]))
    elif verb == "cancel":
        path = folder(rest[0])
        gate("flux-cancel")
        open(os.path.join(path, "cancel"), "w").close()
    else:
        fail("the stand-in does not know {}".format(" ".join(ARGUMENTS)))


main()
