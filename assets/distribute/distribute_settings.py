"""What the programs of flux-distribute are told: settings.json beside them, and the environment of their pod.

Keys of settings.json are attributes under the same names (`settings.runDirectory`); those that are absent are None.

DISTRIBUTE_SETTINGS     another settings file
DISTRIBUTE_CERTIFICATE  another file than /flux-distribute/certificate/curve.cert
DISTRIBUTE_ACCOUNT      another folder of the service account
NODE_NAME, NODE_ADDRESS  of the node of this pod
"""
import json
import os
import types

HERE = os.path.dirname(os.path.abspath(__file__))
CERTIFICATE = os.environ.get("DISTRIBUTE_CERTIFICATE") or "/flux-distribute/certificate/curve.cert"
ACCOUNT = os.environ.get("DISTRIBUTE_ACCOUNT") or "/var/run/secrets/kubernetes.io/serviceaccount"
NODE_NAME = os.environ.get("NODE_NAME", "")
NODE_ADDRESS = os.environ.get("NODE_ADDRESS", "")

OPTIONAL = ("leadSelector", "cores", "networkInterface", "configuration", "stateVolume")


class SettingsError(Exception):
    """What a person reads, as one sentence."""


class Settings(types.SimpleNamespace):
    """settings.json, with node_name, node_address and namespace of this pod."""

    @property
    def environment(self):
        return self.flux["environment"]

    def in_directory(self, *names):
        return os.path.join(self.directory, *names)

    def in_state(self, *names):
        return os.path.join(self.stateDirectory, *names)

    def in_run(self, *names):
        return os.path.join(self.runDirectory, *names)


def load():
    path = os.environ.get("DISTRIBUTE_SETTINGS") or os.path.join(HERE, "settings.json")
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError) as error:
        raise SettingsError("the settings at {} can't be read ({})".format(path, error))
    if not isinstance(content, dict) or not isinstance(content.get("flux"), dict):
        raise SettingsError("the settings at {} are not those of a FluxDistribute".format(path))
    settings = Settings(**dict.fromkeys(OPTIONAL))
    settings.__dict__.update(content)
    settings.node_name, settings.node_address = NODE_NAME, NODE_ADDRESS
    settings.namespace = read_account("namespace")
    return settings


def read_account(name):
    """A file of the service account; empty if there is none."""
    try:
        with open(os.path.join(ACCOUNT, name), encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""
