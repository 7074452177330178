"""What the container engine has of a cluster: found by label, so that it is found without its workdir too."""
from usernetes_problem import Problem, TimedOut, one_line
from usernetes_process import run

PROJECT = "com.docker.compose.project"
# Seconds for one question to the engine.
LONGEST_ANSWER = 30


class Engine:
    def __init__(self, settings):
        self.settings = settings

    def run(self, *words, seconds=LONGEST_ANSWER):
        words = [self.settings.engine, *words]
        try:
            return run(words, seconds, env=self.settings.environment())
        except TimedOut:
            raise Problem("{} took longer than {:.0f} s".format(" ".join(words[:3]), seconds)) from None
        except OSError as error:
            raise Problem("{} can't be run: {}".format(words[0], error)) from None

    def lines(self, *words, seconds=LONGEST_ANSWER):
        done = self.run(*words, seconds=seconds)
        if done.code != 0:
            raise Problem("{} {} failed: {}".format(self.settings.engine, " ".join(words[:2]), one_line(done.err)))
        return [line.strip() for line in done.out.splitlines() if line.strip()]

    def has_image(self, name):
        return self.run("image", "inspect", name).code == 0

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
