import argparse

from flux.cli import base


class SubmitCmd(base.BulkCommand):
    def __init__(self, prog, usage=None, description=None):
        super().__init__(prog, usage, description)
        self.parser.add_argument("command", nargs=argparse.REMAINDER)
