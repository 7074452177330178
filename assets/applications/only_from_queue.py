"""Ingest validator of brokers that take no jobs from people, since another one decides who gets their cores."""

import errno
import os

from flux.job.validator import ValidatorPlugin

NAME = os.environ.get("MINICLUSTER_BROKER", "").partition("-")[2]
IS_QUEUE = os.environ.get("MINICLUSTER_BROKER", "").startswith("0-")


class Validator(ValidatorPlugin):
    """Refuses what doesn't come with cores from the queue, which hands its jobs over unvalidated."""

    def validate(self, job):
        application = "NAME" if IS_QUEUE else NAME
        return (
            errno.EPERM,
            f"this Flux instance takes no jobs directly: write flux-app submit --app {application} ...",
        )
