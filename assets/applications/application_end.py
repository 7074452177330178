"""Ends what a job of the queue has left in the Flux instance of an application: application_end.py JOB BROKER.

Succeeds when nothing of it runs any more on a node that the queue could give to another job. Where that can't be
established in time it fails, and Flux drains the nodes of the job, with the epilog as the reason.
"""

import json
import os
import sys
import time

import flux
import flux.job
from flux.idset import IDset

ROOT = os.environ.get("MINICLUSTER_ROOT", "/mnt/flux")
# Seconds for everything: brokers that were killed are started again, and jobs have their time to end.
LIMIT = 120
# Seconds in which a job may still appear whose submitter was killed.
LATE = 1.0


class NotYet(Exception):
    """Why it can't be said that all is over; asking again may help."""


def left_behind(handle, number):
    """The jobs of the application that the queue's job has handed over, and that are not over."""
    listed = flux.job.JobList(handle, attrs=["name"], filters=["active"], max_entries=0).jobs()
    found = []
    for job in listed:
        try:
            if flux.job.JobID(job.name) == number:
                found.append(job.id)
        except ValueError:
            # A job of somebody else's, whose name is no number.
            continue
    return found


def online(handle):
    """The ranks whose brokers are there."""
    return IDset(handle.rpc("resource.status", nodeid=0).get().get("online", ""))


def ranks_of(handle, number):
    request = {"id": int(number), "keys": ["R"], "flags": 0}
    resources = json.loads(handle.rpc("job-info.lookup", request).get()["R"])
    ranks = IDset()
    for entry in resources["execution"]["R_lite"]:
        ranks.add(str(entry["rank"]))
    return ranks


def finish(queue, uri, number, started, cancelled):
    """Cancels what is left, each once; raises NotYet until nothing is."""
    application = flux.Flux(uri)
    jobs = left_behind(application, number)
    for job in set(jobs).difference(cancelled):
        try:
            flux.job.cancel(application, job, "the job of the queue has ended")
        except OSError:
            # It is over by now, or its broker is just being started again: the next look tells.
            continue
        cancelled.add(job)
    if jobs:
        raise NotYet(f"job {flux.job.JobID(jobs[0])} of the application is not over")
    if time.monotonic() - started < LATE:
        raise NotYet("its job may not be listed yet")
    # A broker that was killed leaves tasks behind, which end before it is started again.
    away = ranks_of(queue, number).intersect(online(queue)).difference(online(application))
    if away.count() > 0:
        raise NotYet(f"its brokers on rank {away} are away")


def main(number, broker):
    index, _, name = broker.partition("-")
    uri = f"local://{ROOT}/config/run/flux/local-{index}"
    queue = flux.Flux()
    started = time.monotonic()
    cancelled = set()
    why = ""
    while time.monotonic() - started < LIMIT:
        try:
            finish(queue, uri, number, started, cancelled)
            return 0
        except NotYet as error:
            why = str(error)
        except OSError as error:
            why = f"its broker does not answer ({error})"
        time.sleep(0.3)
    print(f"flux-app: job {number} of {name} can't be ended: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(flux.job.JobID(sys.argv[1]), sys.argv[2]))
