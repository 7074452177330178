"""Ends what jobs of the queue have left in the Flux instances of applications.

    application_end.py JOB BROKER  what this job has left. Succeeds when nothing of it runs any more on a node that the
                                   queue could give to another job, and fails where that can't be established in time
    application_end.py all         all jobs of all applications, before the queue's lead broker is started again: it may
                                   have forgotten the last ones, and those that it remembers have failed

A broker that hangs lets this hang: whoever runs it sets a limit.
"""

import functools
import json
import os
import sys
import time

import flux
import flux.job
from flux.idset import IDset

ROOT = os.environ.get("MINICLUSTER_ROOT", "/mnt/flux")
# Seconds for everything: brokers that were killed are started again, and jobs have their time to end.
LIMIT = float(os.environ.get("MINICLUSTER_END_LIMIT", "120"))
# Seconds in which a job may still appear whose submitter was killed.
LATE = 1.0


class NotYet(Exception):
    """Why it can't be said that all is over; asking again may help."""


def left_behind(handle, number=None):
    """The jobs of the application that are not over: those of one job of the queue, or all."""
    listed = flux.job.JobList(handle, attrs=["name"], filters=["active"], max_entries=0).jobs()
    return [job.id for job in listed if number is None or is_number(job.name, number)]


def is_number(name, number):
    try:
        return flux.job.JobID(name) == number
    except ValueError:
        return False


def cancel(application, jobs, cancelled):
    """Cancels them, each once; raises NotYet if there are any."""
    for job in set(jobs).difference(cancelled):
        try:
            flux.job.cancel(application, job, "the job of the queue has ended")
        except OSError:
            # It is over by now, or its broker is just being started again: the next look tells.
            continue
        cancelled.add(job)
    if jobs:
        raise NotYet(f"job {flux.job.JobID(jobs[0])} of the application is not over")


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


def end_one(queue, number, application, started, cancelled):
    """Raises NotYet until nothing of one job of the queue is left."""
    cancel(application, left_behind(application, number), cancelled)
    if time.monotonic() - started < LATE:
        raise NotYet("its job may not be listed yet")
    # A broker that was killed leaves tasks behind, which end before it is started again.
    away = ranks_of(queue, number).intersect(online(queue)).difference(online(application))
    if away.count() > 0:
        raise NotYet(f"its brokers on rank {away} are away")


def end_all(application, cancelled):
    """Raises NotYet until nothing of any job is left."""
    cancel(application, left_behind(application), cancelled)


def until_ended(broker, what, end):
    """Ends what a broker still runs; says why if that can't be established in time."""
    uri = f"local://{ROOT}/config/run/flux/local-{broker.partition('-')[0]}"
    started = time.monotonic()
    cancelled = set()
    while True:
        try:
            end(flux.Flux(uri), started, cancelled)
            return True
        except NotYet as error:
            why = str(error)
        except OSError as error:
            why = f"its broker does not answer ({error})"
        if time.monotonic() - started >= LIMIT:
            print(f"flux-app: {what} of {broker.partition('-')[2]} can't be ended: {why}", file=sys.stderr)
            return False
        time.sleep(0.3)


def main(words):
    if words == ["all"]:
        names = os.environ["MINICLUSTER_BROKERS"].split()
        brokers = [f"{index}-{name}" for index, name in enumerate(names) if index > 0]
        ended = [
            until_ended(broker, "the jobs", lambda application, _, cancelled: end_all(application, cancelled))
            for broker in brokers
        ]
        return 0 if all(ended) else 1
    number, broker = flux.job.JobID(words[0]), words[1]
    queue = flux.Flux()
    end = functools.partial(end_one, queue, number)
    return 0 if until_ended(broker, f"job {number}", end) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
