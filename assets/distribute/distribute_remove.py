"""Removes from this node what a FluxDistribute has left there: processes, limits of the kernel, files."""
import os
import shutil
import signal
import time

from distribute_content import remove_under_way
from distribute_environments import unmark_all
from distribute_flux import uri_of
from distribute_node import NOT_EXECUTABLE, NOT_FOUND, run_on_node, why
from distribute_owner import OwnerError, identity, owner_of
from distribute_process import end_leftovers, is_leftover, processes
from distribute_sysctls import put_back
from distribute_systemd import SystemdRunner

INSTALLATION, EVERYTHING = "installation", "everything"
# In the run directory. Whoever removes holds it, or is the supervisor that holds it.
LOCK = "lock"
# Seconds in which a broker may end by itself, and all is written to its statedir.
BROKER_SECONDS = 20
ANSWER_SECONDS = 20
# A folder that is closer to the root than this is nobody's own.
LEAST_DEPTH = 2


class RemoveError(Exception):
    """What a person reads, as one sentence."""


def remove(settings, what):
    """Removes the installation, or everything; nothing for any other word. What was done, as sentences.

    It may be done any number of times. Folders that belong to another FluxDistribute, or to nobody, are an error, and
    nothing is done then.
    """
    if what not in (INSTALLATION, EVERYTHING):
        return []
    folders = [settings.directory] + ([settings.stateDirectory] if what == EVERYTHING else [])
    for folder in folders:
        check_owner(settings, folder)
    check_depth(settings.runDirectory)
    done = end_processes(settings)
    done += remove_passing(settings)
    put_back(settings)
    try:
        # A removal that is cut off leaves none that would be taken for a whole one.
        unmark_all(settings)
    except OSError as error:
        raise RemoveError("{} can't be removed ({})".format(error.filename, error.strerror))
    return done + remove_folders([settings.runDirectory] + folders)


def check_owner(settings, folder):
    check_depth(folder)
    if not os.path.isdir(folder) or not os.listdir(folder):
        return
    try:
        owner = owner_of(folder)
    except OwnerError as problem:
        raise RemoveError(str(problem))
    if owner is None:
        raise RemoveError("{} has no owner.json, so that it belongs to no FluxDistribute: it is left".format(folder))
    if owner != identity(settings):
        whose = "the FluxDistribute {name} in namespace {namespace}".format(**owner)
        raise RemoveError("{} belongs to {}: nothing is removed".format(folder, whose))


def check_depth(folder):
    if len([part for part in folder.split("/") if part]) < LEAST_DEPTH or not folder.startswith("/"):
        raise RemoveError("{} can't be a folder of a FluxDistribute: nothing is removed".format(folder))


def end_processes(settings):
    """Ends brokers and jobs of this name, brokers by themselves if they can."""
    mark, uri = settings.runDirectory, uri_of(settings)
    found = [process for process in processes() if is_leftover(process, mark, uri)]
    runner, was_unit = SystemdRunner(settings), False
    if runner.is_active(at_once=True):
        runner.systemctl("stop", runner.unit, timeout=2 * BROKER_SECONDS)
        was_unit = True
    runner.remove()
    for process in filter(is_broker, found):
        signal_to(process, signal.SIGTERM)
    end = time.monotonic() + BROKER_SECONDS
    while any(map(is_broker, found)) and time.monotonic() < end:
        time.sleep(0.1)
    end_leftovers(mark, uri)
    for process in filter(lambda process: runs_below(process, settings.in_directory("envs")), processes()):
        signal_to(process, signal.SIGKILL)
    left = [process for process in processes() if is_leftover(process, mark, uri)]
    if left:
        raise RemoveError("process {} of {} can't be ended: nothing is removed".format(left[0], settings.name))
    return ["the broker that still ran was ended"] if found or was_unit else []


def remove_passing(settings):
    """What a broker that was killed has left for its jobs is no state that anybody would go on with, nor is content
    that was on its way."""
    try:
        if owner_of(settings.stateDirectory) != identity(settings):
            return []
    except OwnerError:
        return []  # It isn't known whose it is.
    shutil.rmtree(settings.in_state("rundir"), ignore_errors=True)
    return remove_under_way(settings)


def is_broker(process):
    return os.path.basename(program_of(process)).endswith("flux-broker")


def runs_below(process, folder):
    """Is it a program of the installation, such as a shell that is connected to Flux?"""
    return program_of(process).startswith(folder + "/")


def program_of(process):
    try:
        return os.readlink("/proc/{}/exe".format(process))
    except OSError:
        return ""  # It has ended.


def signal_to(process, number):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def remove_folders(folders):
    """Removes folders, and those that they are in if these are ours too, and empty then."""
    held = [folder for folder in folders if names_in(folder)]
    for folder in folders:
        empty(folder)
    # All that a supervisor would begin with is gone by now.
    for folder in folders:
        remove_path(os.path.join(folder, LOCK))
    done = []
    for folder in folders:
        done += remove_empty(folder, folder in held)
    return done


def names_in(folder):
    """But for the lock."""
    return [name for name in os.listdir(folder) if name != LOCK] if os.path.isdir(folder) else []


def empty(folder):
    # The owner's name goes last, so that a run that was cut off can be taken up again.
    for name in sorted(names_in(folder), key=lambda name: name == "owner.json"):
        remove_path(os.path.join(folder, name))


def remove_path(path):
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.remove(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise RemoveError("{} can't be removed ({})".format(error.filename or path, error.strerror))


def remove_empty(folder, was_held):
    """In the pod the folder is a mount, which can't be removed: on the node it is a folder like any other."""
    if not is_named_by_us(folder):
        return ["{} is empty now, and stays, as it was given".format(folder)] if was_held else []
    done = run_on_node(["rmdir", folder], timeout=ANSWER_SECONDS)
    if is_named_by_us(os.path.dirname(folder)):
        # It is no error that others have something there.
        run_on_node(["rmdir", os.path.dirname(folder)], timeout=ANSWER_SECONDS)
    if done.returncode == 0 or is_missing(done):
        return ["{} is removed".format(folder)] if was_held else []
    return ["{} is empty now, and stays: the folder itself can't be removed ({})".format(folder, why(done))]


def is_named_by_us(path):
    """Or has somebody given us this folder? Then what is in it is ours, the folder is not."""
    return "flux-distribute" in (os.path.basename(path), os.path.basename(os.path.dirname(path)))


def is_missing(done):
    """Is it no folder of the node, rather than rmdir no program of it?"""
    return done.returncode not in (NOT_EXECUTABLE, NOT_FOUND) and "No such file or directory" in done.stderr
