"""Installs Flux on this node, below the directory of the installation and nowhere else.

An environment is made in place, since a conda prefix can't be moved, and counts once it has its mark. Whatever is there
without a mark, or with that of other packages, is removed and made anew.
"""
import errno
import fcntl
import os
import shutil
import time

from distribute_download import DownloadError, rest
from distribute_environments import (
    EnvironmentsError,
    prefix_of,
    read_mark,
    remove_old,
    remove_tree,
    switch,
    write_mark,
)
from distribute_micromamba import MicromambaError, create
from distribute_micromamba import resolve as resolve_by_micromamba
from distribute_node import say
from distribute_packages import (
    PackagesError,
    architecture,
    check_platform,
    digest_of_list,
    list_for,
    packages_of,
    platform_of,
)
from distribute_tarball import TarballError, on_node, unpack
from distribute_version import VersionError, check_version, wanted_version

NEEDED_BYTES = 1.5 * 2**30
# As long as whoever has the lock may take.
LOCK_SECONDS = 3600


class InstallError(Exception):
    """What a person reads, as one sentence."""


REASONS = (DownloadError, EnvironmentsError, MicromambaError, PackagesError, TarballError, VersionError)


def resolve(settings, wanted, tick=None):
    """The list of packages for nodes of this architecture, which all of them install; None if there is no such list."""
    if settings.flux["source"] != "conda":
        return None
    try:
        lock = (settings.flux.get("locks") or {}).get(wanted)
        if not lock:
            with locked(settings, tick):
                return resolve_by_micromamba(settings, wanted, tick)
        check_platform(packages_of(lock, "the lock for " + wanted), wanted, "the lock for " + wanted)
        return lock
    except REASONS as problem:
        raise InstallError(str(problem))
    except OSError as error:
        raise InstallError(of_disk(settings, error))


def is_installed(settings, environment, list_text=None):
    """Is the environment there as a whole, and with these packages if a list is given?"""
    try:
        prefix = prefix_of(settings, environment)
        if is_nodes_own(settings, environment):
            return os.access(on_node(prefix + "/bin/flux"), os.X_OK)
        mark = read_mark(prefix)
        return mark is not None and (list_text is None or mark == digest_of_list(list_text))
    except REASONS:
        return False


def is_nodes_own(settings, environment):
    return settings.flux["source"] == "node" and environment == settings.flux["environment"]


def install(settings, environment=None, list_text=None, tick=None, keep=()):
    """Sees to it that the environment is installed and `current`; its prefix. tick is called again and again meanwhile.

    The environment is by default that of the settings. Of another one, that of the other nodes, the list of packages
    has to be given. Those in keep are never removed, as the one before isn't.
    """
    environment = environment or settings.flux["environment"]
    try:
        if is_nodes_own(settings, environment):
            return use_nodes_own(settings, environment)
        prefix = prefix_of(settings, environment)
        identity = identity_of(settings, environment, list_text)
        os.makedirs(settings.in_directory("envs"), exist_ok=True)
        if read_mark(prefix) != identity:
            with locked(settings, tick):
                make(settings, environment, prefix, identity, list_text, tick)
        before = switch(settings, os.path.join("envs", environment))
        if before is not None:
            remove_old(settings, {environment, os.path.basename(before), *keep})
        return prefix
    except REASONS as problem:
        raise InstallError(str(problem))
    except OSError as error:
        raise InstallError(of_disk(settings, error))


def use_nodes_own(settings, environment):
    prefix = prefix_of(settings, environment)
    if not is_installed(settings, environment):
        raise InstallError("there is no {}/bin/flux on this node, which is to have Flux in its image".format(prefix))
    check_version(prefix, None)
    os.makedirs(settings.directory, exist_ok=True)
    switch(settings, prefix)
    return prefix


def identity_of(settings, environment, list_text):
    """What tells the content of an environment from any other."""
    flux, here = settings.flux, architecture()
    if list_text is None and environment == flux["environment"]:
        if flux["source"] == "tarball":
            return tarball_of(settings)["sha256"].lower()
        list_text = (flux.get("locks") or {}).get(here)
    if list_text is None:
        raise InstallError("there is no list of packages for the environment {} on {} nodes".format(environment, here))
    return digest_of_list(list_text)


def tarball_of(settings):
    here = architecture()
    tarball = settings.flux["tarballs"].get(here)
    if not tarball:
        raise InstallError("the settings name no tarball for {} nodes, and this is one".format(here))
    return tarball


def make(settings, environment, prefix, identity, list_text, tick):
    """The environment from scratch; nothing of it stays if that fails."""
    if read_mark(prefix) == identity:
        return  # Another process had the lock.
    remove_tree(prefix)
    remove_scratch(settings)
    need_room(settings)
    flux = settings.flux
    started = time.monotonic()
    try:
        if list_text is None and flux["source"] == "tarball":
            tarball = tarball_of(settings)
            say("unpacking {} of the node".format(tarball["path"]))
            unpack(tarball["path"], tarball["sha256"], prefix, tick)
        else:
            make_of_packages(settings, prefix, list_text or flux["locks"][architecture()], tick)
        check_version(prefix, wanted_version(settings, environment))
        write_mark(prefix, identity)
    except BaseException:
        remove_tree(prefix)
        remove_scratch(settings)
        if is_short(settings):
            remove_tree(settings.in_directory("pkgs"))
        raise
    remove_tree(settings.in_directory("pkgs"))
    say("installed {} in {:.0f} s".format(environment, time.monotonic() - started))


def make_of_packages(settings, prefix, list_text, tick):
    here = architecture()
    packages = packages_of(list_text)
    check_platform(packages, here)
    say("installing {} packages".format(len(packages)))
    create(settings, prefix, list_for(packages, settings.flux["channel"], platform_of(here)), tick)
    # micromamba has gone on after failed downloads before.
    records = os.path.join(prefix, "conda-meta")
    names = [package["file"] for package in packages]
    missing = [name for name in names if not os.path.exists(os.path.join(records, name + ".json"))]
    if missing:
        raise InstallError("micromamba has left out {} of {} packages: {}".format(len(missing), len(names), missing[0]))


def need_room(settings):
    room = shutil.disk_usage(settings.directory).free
    if room < NEEDED_BYTES:
        raise InstallError(
            "the disk of {} has {:.1f} GiB left, and Flux needs {:.1f} GiB to be installed: make room, or set "
            "another directory".format(settings.directory, room / 2**30, NEEDED_BYTES / 2**30)
        )


def is_short(settings):
    return shutil.disk_usage(settings.directory).free < NEEDED_BYTES


def remove_scratch(settings):
    """What earlier runs that were killed have left."""
    for name in os.listdir(settings.directory):
        if name.startswith(".scratch-"):
            remove_tree(settings.in_directory(name))


class locked:
    """Holds the installation of this node: another process may still be at it, or another thread."""

    def __init__(self, settings, tick):
        os.makedirs(settings.directory, exist_ok=True)
        self.path, self.tick = settings.in_directory(".lock"), tick

    def __enter__(self):
        self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        end = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > end:
                    os.close(self.file)
                    raise InstallError("another process of this node installs below the same directory")
            rest(0.2, self.tick)

    def __exit__(self, *_):
        os.close(self.file)


def of_disk(settings, error):
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk of {} is full: make room, or set another directory".format(settings.directory)
    where = " at {}".format(error.filename) if error.filename else ""
    return "can't install below {} ({}{})".format(settings.directory, error.strerror or error, where)
