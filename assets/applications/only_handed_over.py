"""Ingest validator of the queue: what is in the queue of an application has to be handed over to it, as flux-app does."""

import errno
import os

from flux.job.validator import ValidatorPlugin

APPLICATIONS = os.environ.get("MINICLUSTER_BROKERS", "").split()[1:]
# What flux-app adds.
HANDED_OVER = "application-job"


class Validator(ValidatorPlugin):
    """Refuses jobs that would run in the queue's own container under the name of an application."""

    def validate(self, job):
        system = job.jobspec["attributes"]["system"]
        queue = system.get("queue")
        if queue in APPLICATIONS and HANDED_OVER not in system.get("files", {}):
            return (
                errno.EINVAL,
                f"jobs come to the queue of an application by flux-app: write flux-app submit --app {queue} ...",
            )
        return (0, None)
