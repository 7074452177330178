import argparse
import os

from flux.cli import base


class RunCmd(base.TaskCommand):
    def __init__(self, prog, usage=None, description=None):
        super().__init__(prog, usage, description)
        self.parser.add_argument("command", nargs=argparse.REMAINDER)

    def main(self, args):
        number = self.submit(args)
        words = ["flux", "job", "attach"]
        if args.label_io:
            words.append("--label-io")
        if args.input and base.is_set(args.input):
            words.append(f"--stdin-ranks={args.input}")
        os.execvp("flux", [*words, number.f58])
