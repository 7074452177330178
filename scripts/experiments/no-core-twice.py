#!/usr/bin/env python3
"""Does a MultiApplicationCluster ever give a core twice? Asks a cluster that runs, from its container `queue`:

    kubectl exec -i POD -c queue -- bash -c '. /mnt/flux/flux-view.sh && flux python - all' <no-core-twice.py

    spread  many short jobs of mixed sizes for all applications at once; each task writes down its CPU set again and
            again while it lives. No two jobs may have had one core of one host at the same time, no task a core that
            its job was not given, and all exit codes must be right.
    storm   the same, while runners and brokers of applications are killed and jobs are cancelled; exit codes are what
            they are then.
    chaos   a job is cancelled, one runs out of time, the runner of one is killed, the broker of an application is
            killed, on a follower and on the lead: each time all cores come back, and nothing of the job still runs.
    delay   jobs one after the other: how long from the start of the queue's job to that of the application's task.
    all     these four.

Needs a cluster that nobody else uses meanwhile, whose tasks are bound to cores: without CPU limits. The last line says how it went, and so does the exit code.
"""

import argparse
import functools
import json
import os
import random
import subprocess
import sys
import time

ROOT = os.environ.get("MINICLUSTER_ROOT", "/mnt/flux")
QUEUE = f"local://{ROOT}/config/run/flux/local-0"
# Each pod has one, in the folder that its containers share.
RECORDS = f"{ROOT}/no-core-twice"
# On a node that no job was on there are none.
READ_RECORDS = f"if [[ -e {RECORDS} ]]; then cat {RECORDS}; fi"
# What a task of an application does for $1 seconds: it writes down when it had which cores, also when nobody wants it
# any more. It ends with exit code $2.
TASK = (
    "exec 8<> <(:); read -r host </proc/sys/kernel/hostname; cpus=none; while read -r key value; do "
    "if [[ $key == Cpus_allowed_list: ]]; then cpus=$value; fi; done </proc/self/status; "
    f"end=$((${{EPOCHREALTIME/./}} + $1)); until ((${{EPOCHREALTIME/./}} > end)); do "
    f"echo $EPOCHREALTIME $MINICLUSTER_BROKER/$FLUX_JOB_ID $cpus >>{RECORDS}; read -rt 0.05 -u 8; done; "
    "echo TASK $host $cpus; exit $2"
)
# A process of a job has this in its environment; the brokers and this program have not.
FIND_JOBS = (
    "for p in /proc/[0-9]*; do [[ $p/ns/mnt -ef /proc/self/ns/mnt ]] || continue; "
    "if tr '\\0' '\\n' <$p/environ 2>/dev/null | grep -q '^FLUX_JOB_ID='; then tr '\\0' ' ' <$p/cmdline; echo; fi; done"
)

KILL_RUNNERS = (
    "for p in /proc/[0-9]*; do [[ $p/ns/mnt -ef /proc/self/ns/mnt ]] || continue; "
    "if [[ $(tr '\\0' ' ' <$p/cmdline) == '/bin/bash '*'/application-run.sh ' ]]; then kill -KILL ${p#/proc/}; fi; "
    "done 2>/dev/null"
)


def flux(*words, uri=QUEUE, check=True, limit=300):
    done = subprocess.run(
        ["flux", *words],
        env={**os.environ, "FLUX_URI": uri},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=limit,
    )
    if check and done.returncode != 0:
        raise RuntimeError(f"flux {' '.join(words)}: {done.stderr.strip() or done.returncode}")
    return done.stdout.strip()


def submit(application, *words):
    done = subprocess.run(
        [f"{ROOT}/bin/flux-app", "submit", "--app", application, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        timeout=300,
    )
    if done.returncode != 0:
        raise RuntimeError(f"flux-app submit {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.split()


def task(seconds, code=0):
    return ["bash", "-c", TASK, "task", str(int(seconds * 1e6)), str(code)]


def members(text):
    """The numbers of a set like 0-3,6."""
    found = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        found.update(range(int(low), int(high or low) + 1))
    return found


def applications():
    markers = sorted(os.listdir(f"{ROOT}/config/etc/flux/meta"))
    found = {name: index for index, _, name in (marker.partition("-") for marker in markers)}
    del found["queue"]
    return found


def uri_of(application):
    return f"local://{ROOT}/config/run/flux/local-{applications()[application]}"


def given_cores(job):
    """The cores of the queue's job by host."""
    resources = json.loads(flux("job", "info", job, "R"))["execution"]
    hosts = flux("hostlist", "--expand", *resources["nodelist"]).split()
    ranks = [(rank, entry) for entry in resources["R_lite"] for rank in sorted(members(str(entry["rank"])))]
    return {host: members(entry["children"]["core"]) for host, (_, entry) in zip(hosts, ranks)}


class Failures(list):
    def tell(self, text):
        self.append(text)
        print(f"FAILED: {text}", file=sys.stderr)


def wait_idle(failures, what, limit=120):
    """Until no job is active, neither in the queue nor in an application, and all cores are free."""
    total = flux("resource", "list", "--no-header", "--states=all", "--format={ncores}").split("\n")[0]
    end = time.monotonic() + limit
    while True:
        busy = []
        try:
            if flux("jobs", "--no-header", "--format={id}"):
                busy.append("a job of the queue")
            for name in applications():
                if flux("jobs", "--no-header", "--format={id}", uri=uri_of(name)):
                    busy.append(f"a job of {name}")
            free = flux("resource", "list", "--no-header", "--states=free", "--format={ncores}").split("\n")[0]
            if free != total:
                busy.append(f"{free} of {total} cores free")
        except RuntimeError as error:
            busy.append(str(error))
        if not busy:
            return
        if time.monotonic() > end:
            failures.tell(f"{what}: after {limit} s still {', '.join(busy)}")
            return
        time.sleep(0.2)


def find_leftovers(failures, what):
    for name in applications():
        left = flux("exec", "-r", "all", "bash", "-c", FIND_JOBS, uri=uri_of(name))
        if left:
            failures.tell(f"{what}: in {name} there still runs {left}")


@functools.cache
def machine():
    """How many hosts and cores there are."""
    words = flux("resource", "list", "--no-header", "--states=up", "--format={nnodes} {ncores}").split()
    return int(words[0]), int(words[1])


def submit_many(rng, count):
    """Jobs of mixed sizes for all applications in turn, that start together: what each is to end with."""
    flux("queue", "stop", "--all", "--quiet")
    try:
        return dict(submit_one(rng, number) for number in range(count))
    finally:
        flux("queue", "start", "--all", "--quiet")


def submit_one(rng, number):
    hosts, cores = machine()
    names = list(applications())
    name, code = names[number % len(names)], rng.choice([0, 0, 0, 0, 7])
    per_task = rng.choice([1, 1, 2]) if cores // hosts > 1 else 1
    size = ["-n", str(rng.randint(1, max(1, cores // per_task // 2))), "-c", str(per_task)]
    if rng.random() < 0.1:
        size = ["-N", str(rng.randint(1, hosts))]
    [job] = submit(name, *size, *task(rng.uniform(0.1, 0.8), code))
    return job, (name, code)


def forget_records():
    flux("exec", "-r", "all", "rm", "-f", RECORDS)


def check_records(failures, what):
    """Did two jobs have one core at the same time?"""
    samples = twice = 0
    for rank in range(machine()[0]):
        spans = {}
        for line in flux("exec", "-r", str(rank), "bash", "-c", READ_RECORDS).splitlines():
            at, job, cpus = line.split()
            samples += 1
            for core in members(cpus):
                begin, end = spans.setdefault(core, {}).get(job, (float(at), float(at)))
                spans[core][job] = (min(begin, float(at)), max(end, float(at)))
        for core, jobs in spans.items():
            order = sorted((begin, end, job) for job, (begin, end) in jobs.items())
            latest = order[0]
            for span in order[1:]:
                if span[0] <= latest[1]:
                    twice += 1
                    failures.tell(f"{what}: core {core} of rank {rank} was held by {latest[2]} and {span[2]} at once")
                latest = max(latest, span, key=lambda one: one[1])
    if samples == 0:
        failures.tell(f"{what}: no task has written down its cores")
    print(f"{what}: {samples} samples of tasks with cores, {twice} times two jobs had one core")


def spread(failures, count, seed):
    forget_records()
    jobs = submit_many(random.Random(seed), count)
    wait_idle(failures, "spread", limit=60 + 5 * count)
    for job, (name, code) in jobs.items():
        given = given_cores(job)
        attached = subprocess.run(
            ["flux", "job", "attach", job],
            env={**os.environ, "FLUX_URI": QUEUE},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
        if attached.returncode != code:
            failures.tell(f"job {job} of {name} ended with {attached.returncode}, not {code}: {attached.stderr.strip()}")
        lines = [line.split()[1:] for line in attached.stdout.splitlines() if line.startswith("TASK ")]
        if {host for host, _ in lines} != set(given):
            failures.tell(f"job {job} ran on {sorted({host for host, _ in lines})}, not on {sorted(given)}")
        for host, cpus in lines:
            if not members(cpus) <= given.get(host, set()):
                failures.tell(f"a task of job {job} had the cores {cpus} of {host}, not of {sorted(given.get(host, []))}")
    check_records(failures, "spread")
    find_leftovers(failures, "spread")


def storm(failures, count, seed):
    forget_records()
    rng = random.Random(seed)
    hosts, _ = machine()
    names = list(applications())
    jobs = submit_many(rng, count)
    end = time.monotonic() + count / 2
    kills = 0
    while flux("jobs", "--no-header", "--format={id}") and time.monotonic() < end:
        rank, name = str(rng.randrange(hosts)), rng.choice(names)
        kind = rng.choice(["runner", "broker", "cancel", "cancel"])
        if kind == "runner":
            flux("exec", "-r", rank, "bash", "-c", KILL_RUNNERS, check=False)
        elif kind == "broker":
            flux("exec", "-r", rank, "bash", "-c", "kill -KILL $PPID", uri=uri_of(name), check=False)
        else:
            flux("cancel", rng.choice(list(jobs)), check=False)
        kills += 1
        time.sleep(rng.uniform(0.5, 3))
    wait_idle(failures, "storm", limit=120 + 5 * count)
    check_records(failures, "storm")
    find_leftovers(failures, "storm")
    print(f"storm: {count} jobs, {kills} kills and cancellations")


def expect_end(failures, what, job, limit=60):
    """The job ends, and not with success."""
    started = time.monotonic()
    status = subprocess.run(
        ["flux", "job", "status", job],
        env={**os.environ, "FLUX_URI": QUEUE},
        stderr=subprocess.DEVNULL,
        timeout=limit,
    ).returncode
    if status == 0:
        failures.tell(f"{what}: the job ended with success")
    wait_idle(failures, what)
    find_leftovers(failures, what)
    print(f"{what}: exit code {status}, all cores free after {time.monotonic() - started:.1f} s")


def started(name, *size):
    [job] = submit(name, *size, "sleep", "600")
    flux("job", "wait-event", "--timeout=30", job, "start")
    end = time.monotonic() + 30
    while not flux("jobs", "--no-header", "--filter=running", "--format={id}", uri=uri_of(name)):
        if time.monotonic() > end:
            raise RuntimeError(f"{name} has not started a job within 30 s")
        time.sleep(0.1)
    time.sleep(0.3)
    return job


def wait_queue(limit=60):
    """Until the queue's broker is there again, with all of its hosts."""
    hosts, _ = machine()
    end = time.monotonic() + limit
    up = ["resource", "list", "--no-header", "--states=up", "--format={nnodes}"]
    while flux(*up, check=False).split("\n")[0] != str(hosts):
        if time.monotonic() > end:
            raise RuntimeError(f"the queue was not back after {limit} s")
        time.sleep(0.5)


def chaos(failures):
    name = next(iter(applications()))
    hosts, _ = machine()
    every = ["-N", str(hosts), "-n", str(hosts)]

    job = started(name, *every)
    flux("cancel", job)
    expect_end(failures, "cancel", job)

    [job] = submit(name, *every, "-t", "2s", "sleep", "600")
    expect_end(failures, "time limit", job)

    [job] = submit(name, *every, "bash", "-c", "trap : TERM; while :; do sleep 0.1; done")
    flux("job", "wait-event", "--timeout=30", job, "start")
    time.sleep(1)
    flux("cancel", job)
    expect_end(failures, "cancel of one that does not heed", job)

    job = started(name, *every)
    flux("exec", "-r", "all", "bash", "-c", KILL_RUNNERS, check=False)
    expect_end(failures, "runner killed", job)

    job = started(name, *every)
    flux("exec", "-r", "0", "bash", "-c", "kill -KILL $PPID", check=False)
    wait_queue()
    wait_idle(failures, "broker of the queue on rank 0 killed")
    find_leftovers(failures, "broker of the queue on rank 0 killed")
    print("broker of the queue on rank 0 killed: all cores free, nothing left")

    for rank in (hosts - 1, 0):
        job = started(name, *every)
        flux("exec", "-r", str(rank), "bash", "-c", "kill -KILL $PPID", uri=uri_of(name), check=False)
        expect_end(failures, f"broker of {name} on rank {rank} killed", job)
        [job] = submit(name, *every, "true")
        flux("job", "attach", job)


def delay(failures, count=10):
    name = next(iter(applications()))
    delays = []
    for _ in range(count):
        [job] = submit(name, "bash", "-c", "echo $EPOCHREALTIME")
        begin = float(flux("job", "attach", job).split()[-1])
        [start] = [
            event["timestamp"]
            for event in map(json.loads, flux("job", "eventlog", "--format=json", job).splitlines())
            if event["name"] == "alloc"
        ]
        delays.append(begin - start)
    delays.sort()
    print(f"delay: median {delays[len(delays) // 2]:.2f} s, longest {delays[-1]:.2f} s, of {count} jobs")
    if delays[len(delays) // 2] > 0.5:
        failures.tell("an application starts more than 0.5 s after the queue's job")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment", choices=["spread", "storm", "chaos", "delay", "all"])
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if os.environ.get("MINICLUSTER_SHARING") != "queue":
        parser.error("this asks clusters whose queue shares the cores (MachineSharing.QUEUE)")
    if os.environ.get("MINICLUSTER_CORES"):
        parser.error(
            "tasks are not bound to cores where CPU limits or `cores` say what a pod has of its node,"
            " so they can't tell: ask a cluster without"
        )
    failures = Failures()
    if args.experiment in ("delay", "all"):
        delay(failures)
    if args.experiment in ("spread", "all"):
        spread(failures, args.jobs, args.seed)
    if args.experiment in ("storm", "all"):
        storm(failures, args.jobs, args.seed)
    if args.experiment in ("chaos", "all"):
        chaos(failures)
    print(f"{len(failures)} failures" if failures else "no core was given twice, and nothing was left")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
