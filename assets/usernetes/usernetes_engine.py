"""What the container engine has of a cluster: found by label, so that it is found without its workdir too."""
import os
import time

from usernetes_make import Deadline
from usernetes_problem import Problem, TimedOut, one_line, stop
from usernetes_process import run

PROJECT = "com.docker.compose.project"
# Seconds for one question to the engine, and for it to come up: it begins with the session of its owner.
LONGEST_ANSWER, BEGINNING = 30, 60


class Engine:
    def __init__(self, settings, deadline=None):
        self.settings = settings
        self.deadline = deadline or Deadline(3600)
        self.is_up = False

    def run(self, *words, seconds=LONGEST_ANSWER):
        words = [self.settings.engine, *words]
        try:
            return run(words, seconds, env=self.settings.environment())
        except TimedOut:
            raise Problem("{} took longer than {:.0f} s".format(" ".join(words[:3]), seconds)) from None
        except OSError as error:
            raise Problem("{} can't be run: {}".format(words[0], error)) from None

    def ask(self, *words, seconds=LONGEST_ANSWER):
        """Its answer: an error is one of an engine that is up."""
        done = self.run(*words, seconds=seconds)
        if done.code == 0 or self.is_up:
            return done
        self.wait_until_up()
        return self.run(*words, seconds=seconds)

    def wait_until_up(self):
        end = Deadline(self.deadline.left(BEGINNING))
        while not self.is_up:
            stop.check()
            done = self.run("info", seconds=LONGEST_ANSWER)
            self.is_up = done.code == 0
            if not self.is_up and end.passed():
                text = "{} doesn't answer within {:.0f} s: {} (look at journalctl _UID={})"
                raise Problem(text.format(self.settings.engine, end.seconds, one_line(done.err), os.getuid()))
            time.sleep(0 if self.is_up else min(0.5, end.left()))

    def lines(self, *words, seconds=LONGEST_ANSWER):
        done = self.ask(*words, seconds=seconds)
        if done.code != 0:
            raise Problem("{} {} failed: {}".format(self.settings.engine, " ".join(words[:2]), one_line(done.err)))
        return [line.strip() for line in done.out.splitlines() if line.strip()]

    def has_image(self, name):
        return self.ask("image", "inspect", name).code == 0

    def parts(self, project, seconds=LONGEST_ANSWER):
        """Containers, networks and volumes of a project: kind and name of each."""
        label = "label={}={}".format(PROJECT, project)
        return [
            *(("container", id) for id in self.lines("ps", "-aq", "--filter", label, seconds=seconds)),
            *(("network", id) for id in self.lines("network", "ls", "-q", "--filter", label, seconds=seconds)),
            *(("volume", id) for id in self.lines("volume", "ls", "-q", "--filter", label, seconds=seconds)),
        ]

    def remove(self, project, seconds):
        """Removes them one by one, by force, and looks whether they are gone."""
        parts = self.parts(project, seconds)
        for kind, name in parts:
            words = ["rm", "-f", "-v", name] if kind == "container" else [kind, "rm", name]
            self.run(*words, seconds=seconds)
        left = self.parts(project, seconds) if parts else []
        if left:
            kinds = ", ".join("{} {}".format(kind, name) for kind, name in left)
            raise Problem("{} can't remove what is left of {}: {}".format(self.settings.engine, project, kinds))

    def projects(self):
        """Those of ours of which there is a container, running or not."""
        form = '{{.Label "' + PROJECT + '"}}'
        if self.settings.engine == "podman":
            form = '{{index .Labels "' + PROJECT + '"}}'
        if self.settings.engine == "nerdctl":
            # Its lines have all labels of a container, as name=value by commas.
            labels = ",".join(self.lines("ps", "-a", "--format", "{{.Labels}}")).split(",")
            names = [label.partition("=")[2] for label in labels if label.startswith(PROJECT + "=")]
        else:
            names = self.lines("ps", "-a", "--format", form)
        return sorted({name for name in names if name.startswith("usernetes-")})
