"""The kernel's limits of inotify on the node, which Flux and Kubernetes share: raised if asked for, and put back.

DISTRIBUTE_SYSCTLS  another folder than /proc/sys/fs/inotify
"""
import json
import os

from distribute_flux import replace_file
from distribute_node import say

FOLDER = os.environ.get("DISTRIBUTE_SYSCTLS") or "/proc/sys/fs/inotify"
RAISED = {"max_user_instances": 8192, "max_user_watches": 524288}
# Below these the kernel's own defaults have been lowered, and a broker may not start.
NEEDED = {"max_user_instances": 128, "max_user_watches": 8192}


def prepare(settings):
    """Raises the limits, or says that they are low."""
    if settings.raiseSysctls:
        raise_limits(settings)
        return
    low = {name: value for name, value in current().items() if value < NEEDED[name]}
    if low:
        names = ", ".join("fs.inotify.{} is {}".format(*item) for item in sorted(low.items()))
        say("{}: brokers may fail for it; set raiseSysctls, or raise it on the node".format(names))


def raise_limits(settings):
    kept = remembered(settings)
    for name, value in current().items():
        if value >= RAISED[name]:
            continue
        # What was there before the first time is what is put back.
        kept.setdefault(name, value)
        try:
            os.makedirs(settings.stateDirectory, exist_ok=True)
            replace_file(settings.in_state("sysctls.json"), json.dumps(kept, sort_keys=True) + "\n")
            write(name, RAISED[name])
        except OSError as error:
            say("fs.inotify.{} stays {}: {}".format(name, value, error.strerror))


def put_back(settings):
    """Puts back what still has the value that raise_limits has given it."""
    kept = remembered(settings)
    now = current()
    for name, value in sorted(kept.items()):
        if now.get(name) != RAISED[name]:
            continue
        try:
            write(name, value)
        except OSError as error:
            say("fs.inotify.{} stays {}: {}".format(name, RAISED[name], error.strerror))
            return
    try:
        os.remove(settings.in_state("sysctls.json"))
    except FileNotFoundError:
        pass


def current():
    """The limits that this kernel has."""
    found = {}
    for name in RAISED:
        try:
            with open(os.path.join(FOLDER, name)) as file:
                found[name] = int(file.read())
        except (OSError, ValueError):
            pass
    return found


def remembered(settings):
    try:
        with open(settings.in_state("sysctls.json"), encoding="utf-8") as file:
            content = json.load(file)
        return {name: int(content[name]) for name in RAISED if name in content}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write(name, value):
    with open(os.path.join(FOLDER, name), "w") as file:
        file.write("{}\n".format(value))
