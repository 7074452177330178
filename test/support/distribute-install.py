"""Calls a function of the installer as the supervisor does, and writes what it gave to standard output as JSON.

  distribute-install.py FOLDER-OF-SCRIPTS FUNCTION ARGUMENTS-AS-JSON

DISTRIBUTE_SETTINGS  file with the settings
PATIENCE             JSON: what modules are set to, such as {"distribute_download.FIRST_PAUSE": 0.01}
MACHINE, FREE        what the machine is, and how many bytes its disk has left
"""
import importlib
import json
import os
import shutil
import sys
import types

scripts, function, arguments = sys.argv[1:]
sys.dont_write_bytecode = True
sys.path.insert(0, scripts)

import distribute_install
import distribute_settings

started = []
STARTS = ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec")
sys.addaudithook(lambda event, _: started.append(event) if event in STARTS else None)
for name, value in json.loads(os.environ.get("PATIENCE") or "{}").items():
    module, _, attribute = name.partition(".")
    assert hasattr(importlib.import_module(module), attribute), name
    setattr(importlib.import_module(module), attribute, value)
if os.environ.get("MACHINE"):
    machine = types.SimpleNamespace(machine=os.environ["MACHINE"])
    os.uname = lambda: machine
if os.environ.get("FREE"):
    shutil.disk_usage = lambda path: types.SimpleNamespace(free=int(os.environ["FREE"]))

settings = distribute_settings.load()
try:
    result = getattr(distribute_install, function)(settings, *json.loads(arguments))
except distribute_install.InstallError as error:
    print("flux-distribute: {}".format(error), file=sys.stderr)
    sys.exit(1)
json.dump({"result": result, "started": started}, sys.stdout)
