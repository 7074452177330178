import argparse
import itertools
import sys

from flux.cli import base


class BulkSubmitCmd(base.BulkCommand):
    def __init__(self, prog, usage=None, description=None):
        super().__init__(prog, usage, description)
        self.parser.add_argument("--sep", default="\n")
        self.parser.add_argument("command", nargs=argparse.REMAINDER)

    def main(self, args):
        words, *lists = [list(part) for is_mark, part in itertools.groupby(args.command, ":::".__eq__) if not is_mark]
        if not lists:
            lists = [[line for line in sys.stdin.read().split(args.sep) if line]]
        args.command = words
        for at, inputs in enumerate(itertools.product(*lists)):
            self.submit_async_with_cc(base.Copy(args, inputs, seq=at, seq1=at + 1, cc="{cc}"))
        self.run_and_exit()
