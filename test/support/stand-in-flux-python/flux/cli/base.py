"""What the submission commands of Flux have in common, and what of it those of applications change or rely on."""

import argparse
import fnmatch
import os
import sys

import flux
from flux import job
from flux.idset import IDset

SIGNALS = {"USR1": 10, "USR2": 12, "TERM": 15}
INTEGERS = ("ntasks", "nodes", "cores_per_task")
# Options that may differ between copies of a job.
PER_COPY = (
    "queue nodes ntasks cores_per_task time_limit env urgency setopt setattr job_name input output error cc dependency "
    "taskmap cwd flags signal"
).split()


class Command:
    """A command that submits one job."""

    def __init__(self, prog, usage=None, description=None):
        self.prog, self.exitcode, self.flux_handle = prog, 0, None
        self.parser = argparse.ArgumentParser(prog=prog, usage=usage, description=description, allow_abbrev=False)
        add = self.parser.add_argument
        for short, name in (("-q", "queue"), ("-t", "time-limit"), ("-N", "nodes")):
            add(short, f"--{name}")
        for name in ("job-name", "cwd", "input", "output", "error", "signal", "taskmap"):
            add(f"--{name}")
        for name in ("env", "add-file", "dependency", "flags"):
            add(f"--{name}", action="append")
        add("-o", "--setopt", action="append")
        add("-S", "--setattr", action="append")
        add("-l", "--label-io", action="store_true")
        add("-u", "--unbuffered", action="store_true")
        add("--urgency", default="16")
        add("--quiet", action="store_true")
        add("--dry-run", action="store_true")
        add("-v", "--verbose", action="count", default=0)
        add("-x", "--exclusive", action="store_true")

    def run_command(self):
        self.main(self.parser.parse_args())

    def main(self, args):
        raise NotImplementedError

    def init_jobspec(self, args):
        raise NotImplementedError

    def jobspec_create(self, args):
        jobspec = self.init_jobspec(args)
        jobspec.system.update(environment=environment(args.env or []), cwd=args.cwd or os.getcwd())
        if args.time_limit is not None:
            jobspec.system["duration"] = seconds(args.time_limit)
        if args.job_name is not None:
            jobspec.system["job"] = {"name": args.job_name}
        if args.queue is not None:
            jobspec.system["queue"] = args.queue
        if args.dependency:
            pairs = [one.partition(":") for one in args.dependency]
            jobspec.system["dependencies"] = [{"scheme": scheme, "value": value} for scheme, _, value in pairs]
        if args.signal:
            name, _, left = args.signal.partition("@")
            signal = {"signum": SIGNALS[name or "USR1"], "timeleft": seconds(left or "60s")}
            jobspec.shell_option("signal", signal)
        if args.input is not None and not is_set(args.input):
            redirect(jobspec, "input.stdin", args.input, False)
        for stream, path in (("stdout", args.output), ("stderr", args.error)):
            if path not in (None, "none", "kvs"):
                redirect(jobspec, f"output.{stream}", path, args.label_io)
        for one in args.setopt or []:
            name, _, value = one.partition("=")
            jobspec.shell_option(name, value if value else 1)
        for one in args.setattr or []:
            name, _, value = one.partition("=")
            jobspec.system[name] = value
        for one in args.add_file or []:
            name, _, path = one.rpartition("=")
            jobspec.add_file(name or os.path.basename(path), path)
        return jobspec

    def submit_async(self, args, jobspec=None):
        if jobspec is None:
            jobspec = self.jobspec_create(args)
        if not self.flux_handle:
            self.flux_handle = flux.Flux()
        return job.submit(self.flux_handle, jobspec, int(args.urgency), args.flags or [])

    def submit(self, args, jobspec=None):
        return self.submit_async(args, jobspec).get_id()


class TaskCommand(Command):
    """One whose job is a program with tasks."""

    def __init__(self, prog, usage=None, description=None):
        super().__init__(prog, usage, description)
        self.parser.add_argument("-n", "--ntasks")
        self.parser.add_argument("-c", "--cores-per-task")

    def init_jobspec(self, args):
        if not args.command:
            raise ValueError("job command and arguments are missing")
        for name in INTEGERS:
            if getattr(args, name):
                setattr(args, name, int(getattr(args, name)))
        tasks = args.ntasks or args.nodes or 1
        core = {"type": "core", "count": args.cores_per_task or 1}
        per_node = -(-tasks // (args.nodes or 1))
        resource = {"type": "slot", "count": per_node, "with": [core], "label": "task"}
        count = {"per_slot": 1}
        if args.nodes:
            resource = {"type": "node", "count": args.nodes, "with": [resource]}
            if args.exclusive or not args.ntasks:
                resource["exclusive"] = True
            count = {"per_slot": 1} if tasks % args.nodes == 0 else {"total": tasks}
        return job.Jobspec([resource], {"command": args.command, "slot": "task", "count": count}, {})


class Copy:
    """The options of one of several jobs; what was not changed for it is read from those of all."""

    def __init__(self, args, inputs=(), **named):
        self.__dict__["all"] = args
        self.command = [self.fill(word, inputs, named) for word in args.command]
        for name in PER_COPY:
            value = getattr(args, name)
            if isinstance(value, str):
                setattr(self, name, self.fill(value, inputs, named))
            elif isinstance(value, list):
                setattr(self, name, [self.fill(one, inputs, named) for one in value])

    @staticmethod
    def fill(text, inputs, named):
        """Fills in; double brackets stay as they are."""
        kept = text.replace("{{", "\0").replace("}}", "\1")
        return kept.format(*inputs, **named).replace("\0", "{{").replace("\1", "}}")

    def __getattr__(self, name):
        return getattr(self.__dict__["all"], name)


class BulkCommand(TaskCommand):
    """One that may submit copies."""

    def __init__(self, prog, usage=None, description=None):
        super().__init__(prog, usage, description)
        self.parser.add_argument("--cc")

    def submit_async_with_cc(self, args):
        for copy in IDset(args.cc) if args.cc else [None]:
            own = args if copy is None else Copy(args, cc=copy)
            jobspec = self.jobspec_create(own)
            if own.input and is_set(own.input):
                raise ValueError("per-task input not supported for submit")
            if copy is not None:
                jobspec.environment["FLUX_JOB_CC"] = str(copy)
            self.submit_async(own, jobspec).then(self.tell, own)

    def tell(self, future, args):
        if not args.quiet:
            print(future.get_id())

    def run_and_exit(self):
        self.flux_handle.reactor_run()
        sys.exit(self.exitcode)

    def main(self, args):
        self.submit_async_with_cc(args)
        self.run_and_exit()


def is_set(text):
    try:
        IDset(text)
        return True
    except ValueError:
        return False


def seconds(text):
    """Of a duration: minutes without a unit."""
    units = {"s": 1, "m": 60, "h": 3600}
    return float(text[:-1]) * units[text[-1]] if text[-1] in units else float(text) * 60


def environment(rules):
    """That of this process, changed by the rules in their order."""
    made = dict(os.environ)
    for rule in rules:
        name, is_set_here, value = rule.partition("=")
        if rule.startswith("-"):
            made = {one: text for one, text in made.items() if not fnmatch.fnmatch(one, rule[1:])}
        elif is_set_here:
            made[name] = value
        else:
            made.update({one: text for one, text in os.environ.items() if fnmatch.fnmatch(one, name)})
    return made


def redirect(jobspec, stream, path, has_labels):
    jobspec.shell_option(f"{stream}.type", "file")
    jobspec.shell_option(f"{stream}.path", path)
    if has_labels:
        jobspec.shell_option(f"{stream}.label", True)
