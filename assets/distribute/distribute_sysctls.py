"""The kernel's limits of inotify on the node, which Flux and Kubernetes share: raised if asked for, and put back.

All FluxDistributes of a node note in one file who has raised what, and from which value: the last one that wants a
limit puts it back. As the limits themselves, the file is not there after a restart of the node.

DISTRIBUTE_SYSCTLS  another folder than /proc/sys/fs/inotify, which has that file as well
"""
import contextlib
import fcntl
import json
import os

from distribute_node import say
from distribute_owner import identity

FOLDER = os.environ.get("DISTRIBUTE_SYSCTLS") or "/proc/sys/fs/inotify"
# In the node's own /run, since a pod has only the folders of its own FluxDistribute.
NOTES = os.path.join(os.environ.get("DISTRIBUTE_SYSCTLS") or "/proc/1/root/run/flux-distribute", ".raised-limits.json")
RAISED = {"max_user_instances": 8192, "max_user_watches": 524288}
# Below these the kernel's own defaults have been lowered, and a broker may not start.
NEEDED = {"max_user_instances": 128, "max_user_watches": 8192}


def prepare(settings):
    """Raises the limits, or says that they are low; what was raised before is put back if it is wanted no more."""
    if settings.raiseSysctls:
        raise_limits(settings)
        return
    put_back(settings)
    low = {name: value for name, value in current().items() if value < NEEDED[name]}
    if low:
        names = ", ".join("fs.inotify.{} is {}".format(*item) for item in sorted(low.items()))
        say("{}: brokers may fail for it; set raiseSysctls, or raise it on the node".format(names))


def raise_limits(settings):
    try:
        with notes() as noted:
            own = noted.setdefault(name_of(settings), {})
            now = current()
            for name, value in now.items():
                # What was there before the first one raised it is what is put back.
                before = [limits[name] for limits in noted.values() if name in limits]
                if before or value < RAISED[name]:
                    own.setdefault(name, before[0] if before else value)
            keep(noted)
            for name, value in now.items():
                if value < RAISED[name]:
                    write(name, RAISED[name], value)
    except OSError as error:
        say("the limits of inotify are not raised: what they were can't be noted ({})".format(error))


def put_back(settings):
    """Puts back what nobody else wants, and still has the value that raise_limits has given it."""
    if not os.path.exists(NOTES):
        return
    try:
        with notes() as noted:
            own, now = noted.pop(name_of(settings), {}), current()
            wanted = {name for limits in noted.values() for name in limits}
            for name, value in sorted(own.items()):
                if now.get(name) == RAISED[name] and name not in wanted and not write(name, value, RAISED[name]):
                    # Somebody may try again.
                    noted.setdefault(name_of(settings), {})[name] = value
            keep(noted)
    except OSError as error:
        say("the limits of inotify stay as they are: what they were can't be read ({})".format(error))


def name_of(settings):
    return "{namespace}/{name}".format(**identity(settings))


@contextlib.contextmanager
def notes():
    """Who has raised what, {FluxDistribute: {limit: its value before}}, and nobody else looks meanwhile."""
    os.makedirs(os.path.dirname(NOTES), exist_ok=True)
    while True:
        with open(os.open(NOTES, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if is_at(file, NOTES):
                yield read(file)
                return


def is_at(file, path):
    """Or has the one before removed it while this one waited for it?"""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def read(file):
    try:
        content = json.loads(file.read().decode())
        return {str(who): checked(limits) for who, limits in content.items() if checked(limits)}
    except (ValueError, TypeError, AttributeError):
        return {}


def checked(limits):
    return {name: int(limits[name]) for name in RAISED if name in limits}


def keep(noted):
    """For as long as anybody wants anything."""
    if not any(noted.values()):
        os.remove(NOTES)
        return
    # Within notes(), so that the file stays the one that is locked.
    with open(NOTES, "r+b") as file:
        file.write(json.dumps(noted, sort_keys=True).encode())
        file.truncate()


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


def write(name, value, before):
    try:
        with open(os.path.join(FOLDER, name), "w") as file:
            file.write("{}\n".format(value))
        return True
    except OSError as error:
        say("fs.inotify.{} stays {}: {}".format(name, before, error.strerror))
        return False
