"""Stands in for distribute_install on nodes that are folders: an environment is a link to the node's stand-in flux.

`install-hangs` in a node's folder lets an installation wait until it is removed, `install-fails` lets it fail.
"""
import os
import time


def architecture():
    return "amd64"


def node_folder(settings):
    return os.path.dirname(settings.directory)


def note(settings, what):
    with open(os.path.join(os.path.dirname(node_folder(settings)), "events"), "a") as file:
        file.write("{:.3f} {} {}\n".format(time.time(), settings.node_name, what))


def resolve(settings, wanted):
    note(settings, "resolve {} {}".format(settings.environment, wanted))
    return "list of {} for {}".format(settings.environment, wanted)


def install(settings, environment, list_text, tick=None, keep=()):
    while os.path.exists(os.path.join(node_folder(settings), "install-hangs")):
        time.sleep(0.05)
    if os.path.exists(os.path.join(node_folder(settings), "install-fails")):
        raise RuntimeError("the disk is full")
    prefix = settings.in_directory("envs", environment)
    if not os.path.exists(prefix):
        note(settings, "install {} from {}".format(environment, list_text))
        os.makedirs(os.path.dirname(prefix), exist_ok=True)
        os.symlink(os.path.join(node_folder(settings), "flux"), prefix)
    remove_others(settings, environment, keep)
    return prefix


def remove_others(settings, environment, keep):
    """As the installer does: the one before and those to be kept stay."""
    current = settings.in_directory("current")
    before = os.readlink(current) if os.path.islink(current) else None
    if before == environment:
        return
    if before is not None:
        os.remove(current)
    os.symlink(environment, current)
    for name in os.listdir(settings.in_directory("envs")):
        if name not in (environment, before, *keep):
            os.remove(settings.in_directory("envs", name))
