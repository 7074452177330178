"""A stand-in for flux and flux-app as scripts/experiments/no-core-twice.py sees them.

The cluster has two hosts with four cores each. Each job gets the next core; what its tasks have written down is what
the test says. In $CLUSTER:

    records-<rank>  what the tasks of a host have written down; {0}, {1}, ... are the numbers of the jobs
    tasks-<n>       what the n-th job has written to its output; without it what a task on the right core writes
    code-<n>        its exit code; without it the one that it was asked for
    left-<broker>   processes of jobs that are left
    busy            a job of the queue that does not end
    late            seconds from the start of a job of the queue to that of the application's
"""

import json
import os
import sys

CLUSTER = os.environ["CLUSTER"]


def path(name):
    return os.path.join(CLUSTER, name)


def read(name, otherwise=""):
    if not os.path.exists(path(name)):
        return otherwise
    with open(path(name)) as file:
        return file.read()


def number(job):
    return int(job[len("job") :])


def place(at):
    return f"host-{at // 4 % 2}", at % 4


def submit(words):
    at = len(read("submitted").splitlines())
    with open(path("submitted"), "a") as file:
        file.write(json.dumps(words) + "\n")
    print(f"job{at}")


def attach(at):
    host, core = place(at)
    command = json.loads(read("submitted").splitlines()[at])
    if "EPOCHREALTIME" in command[-1]:
        print(100 + float(read("late", "0.1")))
        return 0
    print(read(f"tasks-{at}", f"TASK {host} {core}\n"), end="")
    return int(read(f"code-{at}", command[-1]))


def execute(words):
    rank = words[1]
    if "/no-core-twice" in words[-1]:
        print(read(f"records-{rank}").format(*(f"1-lammps/job{at}" for at in range(100))), end="")
    else:
        print(read(f"left-{os.environ['FLUX_URI'][-1]}"), end="")
    return 0


def main(verb, words):
    if verb == "submit":
        submit(words)
    elif verb == "resource":
        print("2 8" if "--states=up" in words else "8")
    elif verb == "exec":
        return execute(words)
    elif verb == "jobs":
        print(read("busy") if os.environ["FLUX_URI"].endswith("0") else "", end="")
    elif verb == "hostlist":
        print(words[-1])
    elif verb == "job" and words[0] == "info":
        host, core = place(number(words[1]))
        lite = [{"rank": host[-1], "children": {"core": str(core)}}]
        print(json.dumps({"execution": {"R_lite": lite, "nodelist": [host]}}))
    elif verb == "job" and words[0] == "attach":
        return attach(number(words[1]))
    elif verb == "job" and words[0] == "eventlog":
        print(json.dumps({"name": "alloc", "timestamp": 100.0}))
    return 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
