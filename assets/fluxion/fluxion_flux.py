"""Flux through its commands: the queue's broker, and those of the applications."""

import json
import os
import subprocess

from fluxion_graph import decode_idset
from fluxion_pod import Failure

# Seconds: a question, and a submission.
ASK_SECONDS, SUBMIT_SECONDS = 15, 30
PLUGIN = "alloc-bypass.so"
# Signals of shells and of Kubernetes to the controller are not for what it has started.
ENVIRONMENT = dict(os.environ, FLUX_F58_FORCE_ASCII="1")


class Lost(Failure):
    """The broker doesn't answer."""


class Flux:
    def __init__(self, name, uri=None):
        self.name = name
        self.environment = dict(ENVIRONMENT, FLUX_URI=uri) if uri else ENVIRONMENT

    def run(self, arguments, text=None, seconds=ASK_SECONDS, inherited=()):
        """Exit code, output, and the last line of the errors; without a code if it took too long."""
        try:
            done = subprocess.run(
                ["flux"] + arguments,
                input=None if text is None else text.encode("utf-8", "surrogateescape"),
                stdin=subprocess.DEVNULL if text is None else None,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self.environment,
                timeout=seconds,
                pass_fds=inherited,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            return None, "", "it took longer than {} s".format(seconds)
        except OSError as error:
            return 127, "", "flux can't be run ({})".format(error.strerror)
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return done.returncode, done.stdout.decode("utf-8", "replace"), lines[-1].strip() if lines else ""

    def is_alive(self):
        return self.run(["getattr", "size"])[0] == 0

    def lost(self):
        return Lost("the broker of {} doesn't answer".format(self.name), 503)

    def answer(self, arguments):
        code, output, problem = self.run(arguments)
        if code == 0:
            return output
        if not self.is_alive():
            raise self.lost()
        raise Failure("flux {} failed at the broker of {}: {}".format(arguments[0], self.name, problem), 503)

    def resources(self):
        return self.answer(["resource", "R"])

    def available(self):
        """The ranks that are up, and neither drained nor excluded."""
        # By itself avail names hosts that are down as well.
        return self.ranks("avail,online")

    def online(self):
        return self.ranks("online")

    def ranks(self, states):
        words = self.answer(["resource", "status", "-s", states, "-n", "-o", "{ranks}"]).split()
        try:
            return set().union(*(decode_idset(word) for word in words))
        except ValueError:
            raise Failure("flux resource status says {} for ranks at {}".format(words[0], self.name), 503)

    def need_bypass(self):
        """Without the plugin Flux would give the job cores of its own choice, and not say so."""
        if self.run(["jobtap", "query", PLUGIN])[0] == 0:
            return
        if not self.is_alive():
            raise self.lost()
        words = "the broker of {} lacks {}, without which its jobs would not keep to their cores"
        raise Failure(words.format(self.name, PLUGIN), 409)

    def submit(self, jobspec, lock):
        """The job's id. The lock is taken until flux has ended, even if the controller is killed before."""
        arguments = ["job", "submit", "--flags=novalidate"]
        code, output, problem = self.run(arguments, jobspec, SUBMIT_SECONDS, (lock,))
        if code == 0 and output.split():
            return output.split()[0]
        if code is None or not self.is_alive():
            raise self.lost()
        raise Failure("the broker of {} refuses the job: {}".format(self.name, problem))

    def find(self, name, key):
        """The id of the job that carries the key, if there is one."""
        listed = self.answer(["jobs", "-a", "-n", "--count=100000", "--name=" + name, "-o", "{id.f58plain}"])
        for identifier in listed.split():
            try:
                jobspec = json.loads(self.answer(["job", "info", identifier, "jobspec"]))
                if jobspec["attributes"]["user"]["fluxion"]["key"] == key:
                    return identifier
            except (KeyError, TypeError, ValueError):
                continue
        return None

    def cancel(self, identifier):
        code, _, problem = self.run(["cancel", identifier])
        # One that has ended meanwhile needs no cancel.
        if code != 0 and "inactive" not in problem:
            raise Failure(
                "the broker of {} didn't cancel job {}: {}".format(self.name, identifier, problem), 503
            )

    def knows(self, identifier):
        return self.run(["job", "eventlog", identifier])[0] == 0

    def follow(self, identifier):
        """A process that writes the events of a job, one JSON object a line, until the job is inactive."""
        return subprocess.Popen(
            ["flux", "job", "eventlog", "--follow", "--format=json", identifier],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self.environment,
            start_new_session=True,
        )
