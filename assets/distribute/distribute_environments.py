"""The environments on this node: one conda prefix for each set of versions, below envs/ of the installation.

An environment is whole once it has its mark, which is written last and says what was installed. `current` leads to the
one that is in use.
"""
import os
import re
import shutil

from distribute_node import say

MARK = ".complete"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,200}")


class EnvironmentsError(Exception):
    """What a person reads, as one sentence."""


def prefix_of(settings, environment):
    """Where Flux is, once the environment is installed."""
    if not NAME.fullmatch(environment):
        raise EnvironmentsError("{!r} can't be the name of an environment".format(environment))
    if settings.flux["source"] == "node" and environment == settings.flux["environment"]:
        return settings.flux["prefix"]
    return settings.in_directory("envs", environment)


def read_mark(prefix):
    """What was installed there, None if that is not whole."""
    try:
        with open(os.path.join(prefix, MARK), encoding="utf-8") as file:
            return file.read().strip() or None
    except OSError:
        return None


def write_mark(prefix, content):
    path = os.path.join(prefix, MARK)
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(content + "\n")
        file.flush()
        # All of the environment is on the disk before its mark is.
        os.sync()
    os.replace(path + ".new", path)


def unmark(prefix):
    """Whatever is left of it from now on is not taken for an environment."""
    for name in (MARK, MARK + ".new"):
        try:
            os.remove(os.path.join(prefix, name))
        except (FileNotFoundError, NotADirectoryError):
            pass


def unmark_all(settings):
    folder = settings.in_directory("envs")
    if not os.path.isdir(folder):
        return
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if not os.path.islink(path):
            unmark(path)


def remove_tree(path):
    """Removes a folder, its mark first."""
    unmark(path)
    shutil.rmtree(path, ignore_errors=True)
    if os.path.lexists(path):
        # Again, for the sake of the error.
        shutil.rmtree(path)


def switch(settings, target):
    """Lets `current` lead to the target, at once; what it led to before, or None if that is the same."""
    link = settings.in_directory("current")
    before = os.readlink(link) if os.path.islink(link) else ""
    if before == target:
        return None
    new = link + ".new"
    if os.path.lexists(new):
        os.remove(new)
    os.symlink(target, new)
    os.replace(new, link)
    return before


def remove_old(settings, kept):
    """Removes all environments but these, and those of which something runs."""
    folder = settings.in_directory("envs")
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name in kept or os.path.islink(path):
            continue
        if runs_from(path):
            say("the environment {} is still in use: it is kept".format(name))
            continue
        try:
            remove_tree(path)
            say("the environment {} is no longer needed: it is removed".format(name))
        except OSError as error:
            say("the environment {} can't be removed ({})".format(name, error.strerror))


def runs_from(folder):
    """Does a process of this node run a program that is below the folder?"""
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            program = os.readlink("/proc/{}/exe".format(name))
        except OSError:
            continue  # It has ended, or is the kernel's.
        if program.startswith(folder.rstrip("/") + "/"):
            return True
    return False
