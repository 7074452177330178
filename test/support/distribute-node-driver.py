#!/usr/bin/env python3
"""Calls what a supervisor calls, for a test: a line of JSON on its input, ["broker.start", true], gives one on file 3,
and a line with its number on standard error.

Names of modules are those of assets/distribute without their first word; their functions get the settings first.
"""
import importlib
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.environ["DISTRIBUTE_SCRIPTS"])

import distribute_settings  # noqa: E402
from distribute_broker import Broker  # noqa: E402


def tame(broker):
    """What tests need not wait for, as MODULE.NAME=SECONDS."""
    for given in os.environ.get("PATIENCE", "").split():
        name, _, seconds = given.partition("=")
        module, _, name = name.partition(".")
        module = importlib.import_module("distribute_" + module)
        assert hasattr(module, name), given
        setattr(module, name, json.loads(seconds))
    return broker


def run(settings, broker, name, *arguments):
    module, _, function = name.partition(".")
    if module == "broker" and function == "configure":
        toml, r_json, certificate, prefix = arguments
        return broker.configure(toml, r_json, certificate.encode(), prefix)
    if module == "broker":
        return getattr(broker, function)(*arguments)
    if function in ("copy_to", "cores_of_ranks"):
        ranks = arguments[0]
        arguments = [{int(rank): host for rank, host in ranks.items()} if isinstance(ranks, dict) else ranks]
    return getattr(importlib.import_module("distribute_" + module), function)(settings, *arguments)


def main():
    settings = distribute_settings.load()
    broker = tame(Broker(settings))
    with os.fdopen(3, "w") as answers:
        os.set_inheritable(answers.fileno(), False)
        for number, line in enumerate(sys.stdin, 1):
            try:
                answer = {"value": run(settings, broker, *json.loads(line))}
            except SystemExit as error:
                answer = {"exit": error.code}
            except Exception as error:
                answer = {"error": "{}: {}".format(type(error).__name__, error)}
            # What was said before this line was said in this call.
            print("--- {} ---".format(number), file=sys.stderr, flush=True)
            print(json.dumps(answer), file=answers, flush=True)


main()
