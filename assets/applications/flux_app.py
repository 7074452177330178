"""Hands jobs to the applications of a MultiApplicationCluster: the program behind flux-app.

Where the queue shares the machine, a job of an application is a job of the queue with the same resources, whose one
task is application-run.sh: it runs the job itself in the Flux instance of the application, on exactly the cores that
the queue has given. What the queue decides about (limits, dependencies, priorities) stays in the job of the queue. What
concerns the program that runs (command, environment, folder, files, output) goes into the other one, which travels as
a file of the first.
"""

import contextlib
import copy
import fnmatch
import json
import os
import re
import subprocess
import sys
import uuid

ROOT = os.environ.get("MINICLUSTER_ROOT", "/mnt/flux")
OWN = os.environ.get("MINICLUSTER_BROKER", "")
# Does the queue hand the jobs over, or has each application cores of its own that it plans with itself?
IS_HANDED_OVER = os.environ.get("MINICLUSTER_SHARING", "queue") != "static"
SCRIPTS = os.path.dirname(os.path.abspath(__file__))
MARKERS = os.path.join(ROOT, "config/etc/flux/meta")

# Of the attributes of a jobspec the queue decides about all that are not named here.
OF_APPLICATION = ("cwd", "environment", "files", "shell")
# This option of the job shell is about the time limit, which the queue sets.
SHELL_OPTION_OF_QUEUE = "signal"
PLUGIN = "alloc-bypass.so"
# A file among those of the queue's job.
HANDED_OVER = "application-job"
# Seconds that a broker has to answer.
ANSWERS = 20
# Variables of a shell that say nothing to a job.
OF_SHELLS = ("HOSTNAME", "OLDPWD", "SHLVL", "_")


class UserError(Exception):
    """Something that the user can mend: its text is all that is told."""


def say(text):
    print(f"flux-app: {text}", file=sys.stderr)


class Application:
    """One of the applications of this pod."""

    def __init__(self, index, name):
        self.index, self.name = index, name
        self.broker = f"{index}-{name}"
        self.uri = f"local://{ROOT}/config/run/flux/local-{index}"
        self.run = os.path.join(ROOT, "brokers", self.broker, "config/run")

    @staticmethod
    def all():
        """By name; the queue is none."""
        try:
            markers = os.listdir(MARKERS)
        except OSError:
            raise UserError(f"this is no container of a MultiApplicationCluster: there is no {MARKERS}")
        found = {}
        for marker in sorted(markers):
            index, _, name = marker.partition("-")
            if index.isdigit() and index != "0":
                found[name] = Application(int(index), name)
        return found

    @staticmethod
    def named(name):
        known = Application.all()
        if name in known:
            return known[name]
        raise UserError(f"there is no application {name!r} here, only {', '.join(known)}")

    def check(self):
        """Would its broker run a job on the cores that it is given? One without the plugin would take any."""
        try:
            asked = subprocess.run(
                ["flux", "jobtap", "query", PLUGIN],
                env={**os.environ, "FLUX_URI": self.uri},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=ANSWERS,
            )
        except subprocess.TimeoutExpired:
            raise UserError(
                f"the broker of {self.name} has given no answer for {ANSWERS} s: the log of its container says why"
            )
        if asked.returncode == 0:
            return
        said = asked.stderr.decode(errors="replace").strip().replace("\n", "; ")
        # Of a broker that is away Flux says that its socket was not found.
        if PLUGIN in said and "not found" in said:
            raise UserError(
                f"the broker of {self.name} has not loaded {PLUGIN}:"
                " its jobs would run on any cores, so none is submitted"
            )
        raise UserError(f"the broker of {self.name} does not answer: {said or 'no reason is given'}")

    def environment(self):
        """That of its container."""
        with open(os.path.join(self.run, "application-environment"), "rb") as file:
            pairs = [entry.partition(b"=") for entry in file.read().split(b"\0") if entry]
        return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}

    def folder(self):
        with open(os.path.join(self.run, "application-folder")) as file:
            return file.read().rstrip("\n")

    @staticmethod
    def asked_for(rules, mine):
        """The variables of this container that --env names without giving them a value."""
        patterns = [rule for rule in rules if "=" not in rule and not rule.startswith("-")]
        return {name: value for name, value in mine.items() if any(fnmatch.fnmatchcase(name, one) for one in patterns)}

    @property
    def is_here(self):
        """Is this its own container?"""
        return OWN == self.broker

    @contextlib.contextmanager
    def surroundings(self, args):
        """Its environment and folder instead of those of this container, while the options of a job are read."""
        mine = dict(os.environ)
        if self.is_here:
            theirs = mine
        else:
            theirs = {**self.asked_for(args.env or [], mine), **self.environment()}
            if args.cwd is None:
                args.cwd = self.folder()
        os.environ.clear()
        os.environ.update({name: value for name, value in theirs.items() if name not in OF_SHELLS})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(mine)


class Blanks:
    """What a jobspec leaves open until the queue has started its job: placeholders, and the text without them."""

    def __init__(self):
        self.key = uuid.uuid4().hex

    def blank(self, name):
        return f"{self.key}{name}."

    def template(self, jobspec):
        """Lines in turn: a piece of JSON, the name of the value that comes next, a piece of JSON, ..."""
        text = json.dumps(jobspec).replace(f'"{self.blank("R")}"', self.blank("R"))
        return "\n".join(re.split(re.escape(self.key) + r"(\w+)\.", text)) + "\n"

    def number(self, value):
        """Names of files may hold the number of the job, which is that of the queue's."""
        if isinstance(value, dict):
            return {key: self.number(one) for key, one in value.items()}
        if not isinstance(value, str):
            return value
        return re.sub(r"\{\{(?:job)?id(?:\.f58)?\}\}", self.blank("id"), value)


def hand_over(jobspec, application, labels, stdin_ranks):
    """Turns the jobspec of a job of an application into that of the queue's job which runs it."""
    job = copy.deepcopy(jobspec.jobspec)
    blanks = Blanks()
    system = job["attributes"]["system"]
    shell = system.get("shell", {})
    options = shell.get("options", {})
    if "pty" in options:
        raise UserError("a terminal can't be handed over: use flux-app without -o pty and --pty")
    if "output" in options:
        options["output"] = blanks.number(options["output"])
    # Flux starts a task on each node; that of the first one runs the job, and the others have nothing to do.
    of_queue = {"per-resource": {"type": "node"}, "exit-timeout": "none"}
    if SHELL_OPTION_OF_QUEUE in options:
        of_queue[SHELL_OPTION_OF_QUEUE] = options.pop(SHELL_OPTION_OF_QUEUE)

    theirs = {key: value for key, value in system.items() if key in OF_APPLICATION}
    theirs["job"] = {"name": blanks.blank("id")}
    theirs["environment"] = {**system.get("environment", {}), "FLUX_APP_JOB_ID": blanks.blank("id")}
    # Time is up when the queue says so.
    theirs["duration"] = 0
    theirs["alloc-bypass"] = {"R": blanks.blank("R")}
    handed_over = {**job, "attributes": {**job["attributes"], "system": theirs}}

    [task] = job["tasks"]
    name = system.get("job", {}).get("name") or os.path.basename(task["command"][0])
    of_the_runner = {"MINICLUSTER_ROOT": ROOT, "MINICLUSTER_APPLICATION": application.broker}
    if labels:
        of_the_runner["MINICLUSTER_LABELS"] = "true"
    if stdin_ranks:
        of_the_runner["MINICLUSTER_STDIN_RANKS"] = stdin_ranks
    ours = {key: value for key, value in system.items() if key not in OF_APPLICATION}
    ours.update(
        queue=application.name,
        job={**system.get("job", {}), "name": name},
        cwd="/",
        environment=of_the_runner,
        shell={"options": of_queue},
    )
    jobspec.jobspec["attributes"]["system"] = ours
    runner = ["/bin/bash", f"{SCRIPTS}/application-run.sh"]
    jobspec.jobspec["tasks"] = [{"command": runner, "slot": task["slot"], "count": {"per_slot": 1}}]
    jobspec.add_file(HANDED_OVER, blanks.template(handed_over), perms=0o600, encoding="utf-8")


class ToApplication:
    """Mixed into the submission commands of Flux: what differs for jobs of applications."""

    application = None
    labels = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.parser.add_argument("--app", metavar="NAME", help="Run in the container of this application")

    def main(self, args):
        # A batch script may name it in one of its directives, which are read later.
        if args.app is not None:
            self.choose(args)
        if IS_HANDED_OVER:
            # Lines get the numbers of the tasks of the application, not that of the task which runs it.
            self.labels, args.label_io = args.label_io, False
        super().main(args)

    def choose(self, args):
        if args.app is None:
            raise UserError(f"which application? write --app with one of {', '.join(Application.all())}")
        if args.queue is not None:
            raise UserError("--queue and --app exclude one another: the queue of a job is that of its application")
        self.application = Application.named(args.app)
        if IS_HANDED_OVER:
            self.application.check()
        else:
            os.environ["FLUX_URI"] = self.application.uri

    def jobspec_create(self, args):
        if self.application is None:
            self.choose(args)
        if not IS_HANDED_OVER:
            with self.application.surroundings(args):
                return super().jobspec_create(args)
        args.label_io = args.label_io or self.labels
        with self.application.surroundings(args):
            jobspec = super().jobspec_create(args)
        args.label_io = False
        return jobspec

    def submit_async(self, args, jobspec=None):
        if jobspec is None:
            jobspec = self.jobspec_create(args)
        if IS_HANDED_OVER:
            hand_over(jobspec, self.application, self.labels, ranks_of(args))
        return super().submit_async(args, jobspec)


def ranks_of(args):
    """The tasks that get standard input, if some are named; a file is part of the job."""
    given = getattr(args, "input", None)
    if given is None or not re.fullmatch(r"all|[\d,\-\[\]]+", given):
        return None
    args.input = None
    return given


def command_of(verb):
    """The command of Flux that has this name, for applications."""
    if verb == "submit":
        from flux.cli.submit import SubmitCmd as base
    elif verb == "run":
        from flux.cli.run import RunCmd as base
    elif verb in ("bsubmit", "bulksubmit"):
        from flux.cli.bulksubmit import BulkSubmitCmd as base
    elif verb == "batch":
        from flux.cli.batch import BatchCmd as base
    else:
        raise UserError(f"{verb!r} is no command: write submit, run, bsubmit or batch")
    return type("Command", (ToApplication, base), {})


USAGE = """flux-app submit|run|bsubmit|batch --app NAME [OPTIONS] COMMAND...
flux-app applications
flux-app uri NAME

Hands jobs to an application. The other options are those of flux submit, flux run, flux bulksubmit and flux batch."""


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help", "help"):
        print(USAGE)
        return 0 if len(sys.argv) > 1 else 2
    verb = sys.argv.pop(1)
    if verb == "applications":
        for application in Application.all().values():
            print(application.name)
        return 0
    if verb == "uri":
        print(Application.named(sys.argv[1] if len(sys.argv) > 1 else "").uri)
        return 0
    command = command_of(verb)
    sys.argv[0] = f"flux-app {verb}"
    queue = f"{ROOT}/config/run/flux/local-0"
    if not os.path.exists(queue):
        raise UserError("the queue of this pod is not up: the log of its container says what it waits for")
    os.environ["FLUX_URI"] = f"local://{queue}"
    command(f"flux-app {verb}", description="hand a job to an application").run_command()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (UserError, ValueError) as error:
        say(error)
        sys.exit(1)
    except OSError as error:
        # Flux says in words what is wrong, and Python puts a number before it.
        say(error if error.filename else error.strerror or error)
        sys.exit(1)
