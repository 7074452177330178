import argparse
import shlex
import sys

from flux import job
from flux.cli import base


class BatchCmd(base.Command):
    def __init__(self, prog, usage=None, description=None):
        super().__init__(prog, usage, description)
        self.parser.add_argument("-n", "--nslots", type=int)
        self.parser.add_argument("-c", "--cores-per-slot", type=int, default=1)
        self.parser.add_argument("--wrap", action="store_true")
        self.parser.add_argument("SCRIPT", nargs=argparse.REMAINDER)

    def main(self, args):
        argv = sys.argv[1:]
        if args.wrap:
            self.script = "#!/bin/sh\n" + " ".join(args.SCRIPT) + "\n"
        else:
            with open(args.SCRIPT[0], encoding="utf-8") as file:
                self.script = file.read()
            args = None
            for line in self.script.splitlines():
                if line.startswith("#flux:"):
                    args = self.parser.parse_args(shlex.split(line[len("#flux:") :]), namespace=args)
            args = self.parser.parse_args(argv, namespace=args)
        number = self.submit(args)
        if not args.quiet:
            print(number)

    def init_jobspec(self, args):
        if not args.nslots and not args.nodes:
            raise ValueError("Number of slots to allocate must be specified")
        if args.job_name is None:
            args.job_name = args.SCRIPT[0]
        if args.output is None:
            args.output = "flux-{{id}}.out"
        core = {"type": "core", "count": args.cores_per_slot}
        slot = {"type": "slot", "count": args.nslots or int(args.nodes), "with": [core], "label": "task"}
        command = ["flux", "broker", "{{tmpdir}}/script", *args.SCRIPT[1:]]
        task = {"command": command, "slot": "task", "count": {"per_slot": 1}}
        jobspec = job.Jobspec([slot], task, {})
        jobspec.shell_option("per-resource.type", "node")
        jobspec.shell_option("exit-timeout", "none")
        jobspec.shell_option("mpi", "none")
        jobspec.add_file("script", self.script, perms=0o700, encoding="utf-8")
        return jobspec
