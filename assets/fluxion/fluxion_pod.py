"""What the controller and its commands know of their pod: environment, folders, and how they speak."""

import os
import sys

# All folders of all containers of the pod: brokers, sockets, markers.
ROOT = os.environ.get("MINICLUSTER_ROOT") or "/mnt/flux"
CERTIFICATE = os.environ.get("MINICLUSTER_CERTIFICATE") or "/flux-certificate/curve.cert"
QUEUE = "0-queue"
# Bytes of a request: one job is to fill neither the journal nor the memory of the controller.
MOST_BODY = 1 << 20


class Failure(Exception):
    """What a person reads, as one sentence. `code` is the HTTP status under which the controller tells it."""

    def __init__(self, message, code=400):
        super().__init__(message)
        self.code = code


def say(message):
    print("fluxion-controller: " + " ".join(str(message).split()), file=sys.stderr, flush=True)


def die(message, code=1):
    say(message)
    sys.exit(code)


class Application:
    """An application container: the same index and name in every pod."""

    def __init__(self, index, name):
        self.index = index
        self.name = name
        self.socket = os.path.join(ROOT, "config/run/flux/local-{}".format(index))
        self.uri = "local://" + self.socket
        self.folder = os.path.join(ROOT, "brokers/{}-{}/config/run".format(index, name))

    def working_directory(self):
        return read(os.path.join(self.folder, "application-folder")).strip("\n") or "/"

    def environment(self):
        """What the container was started with; the lead's host name would be wrong on every other host."""
        variables = {}
        for entry in read(os.path.join(self.folder, "application-environment")).split("\0"):
            name, equals, value = entry.partition("=")
            if name and equals and name != "HOSTNAME" and is_text(entry):
                variables[name] = value
        return variables


def is_text(value):
    """A jobspec is JSON, and can't hold what is no UTF-8, nor a null character."""
    try:
        value.encode("utf-8")
    except UnicodeError:
        return False
    return "\0" not in value


def applications():
    """Those that have left a marker, by name. Both folders hold the same markers."""
    found = {}
    for folder in ("config/etc/flux/meta", "view/etc/flux/meta"):
        try:
            markers = os.listdir(os.path.join(ROOT, folder))
        except OSError:
            continue
        for marker in markers:
            index, dash, name = marker.partition("-")
            if dash and name and index.isdigit() and int(index) > 0:
                found[name] = Application(int(index), name)
        if found:
            break
    return found


def application(name):
    known = applications()
    if name in known:
        return known[name]
    names = ", ".join(sorted(known)) or "none yet"
    raise Failure("there is no application {}: this cluster has {}".format(name, names), 404)


def read(path):
    try:
        with open(path, errors="surrogateescape") as file:
            return file.read()
    except OSError as error:
        raise Failure("can't read {} ({}): has the container started?".format(path, error.strerror), 503)


def seconds(variable, default):
    """A duration from the environment."""
    try:
        return float(os.environ.get(variable) or default)
    except ValueError:
        die("{} is no number of seconds: {}".format(variable, os.environ[variable]))


def controller_port():
    text = os.environ.get("MINICLUSTER_CONTROLLER_PORT") or "5000"
    if not text.isdigit() or not 0 <= int(text) < 65536:
        die("MINICLUSTER_CONTROLLER_PORT is no port: {}".format(text))
    return int(text)
