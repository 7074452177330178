"""Whose the folders on the node are: two FluxDistributes must not share one."""
import json
import os

from distribute_flux import replace_file

FILE = "owner.json"


class OwnerError(Exception):
    """What a person reads, as one sentence."""


def claim(settings):
    """Says in both folders whose they are; another owner is an error."""
    check(settings)
    text = json.dumps(identity(settings), sort_keys=True) + "\n"
    for folder in folders(settings):
        os.makedirs(folder, exist_ok=True)
        replace_file(os.path.join(folder, FILE), text)


def check(settings):
    """Raises OwnerError if a folder is another's."""
    for folder in folders(settings):
        other = owner_of(folder)
        if other is not None and other != identity(settings):
            raise OwnerError(
                "{} on this node belongs to the FluxDistribute {} in namespace {}: give this one another name or other "
                "folders, or clean up after that one".format(folder, other["name"], other["namespace"])
            )


def identity(settings):
    return {"namespace": settings.namespace, "name": settings.name}


def folders(settings):
    return [settings.directory, settings.stateDirectory]


def owner_of(folder):
    """Its owner; None where there is no file that says so."""
    path = os.path.join(folder, FILE)
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        return {"namespace": str(content["namespace"]), "name": str(content["name"])}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        raise OwnerError("{} can't be read: remove it if the folder belongs to nobody else".format(path))
