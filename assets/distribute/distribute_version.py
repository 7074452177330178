"""Does a Flux that was installed run on the node itself, and is it the one that was meant?"""
import os
import re

from distribute_node import run_on_node, why
from distribute_packages import architecture

VERSION_SECONDS = 60


class VersionError(Exception):
    """What a person reads, as one sentence."""


def wanted_version(settings, environment):
    """That which the settings name, if it is their environment."""
    if environment == settings.flux["environment"]:
        for package in settings.flux.get("packages") or []:
            name, _, version = package.partition("=")
            if name == "flux-core":
                return version.lstrip("=").partition("=")[0] or None
    return None


def check_version(prefix, wanted):
    """Tries out the Flux of a prefix; any version will do if none is wanted."""
    flux = os.path.join(prefix, "bin", "flux")
    done = run_on_node([flux, "version"], timeout=VERSION_SECONDS)
    said = done.stdout + done.stderr
    found = re.search(r"^libflux-core:\s*(\S+)", done.stdout, re.MULTILINE)
    if done.returncode == 0 and found:
        if wanted in (None, found[1].partition("-")[0]):
            return
        raise VersionError("{} is version {}, not {}".format(flux, found[1], wanted))
    if "Exec format error" in said:
        raise VersionError("{} is for another architecture than this node's ({})".format(flux, architecture()))
    if re.search(r"GLIBC\w*_[\d.]+' not found", said):
        raise VersionError(
            "{} needs a newer C library than this node has ({}): use nodes with a newer system, or an older "
            "Flux".format(flux, why(done))
        )
    if done.returncode == 127 and os.path.exists(flux):
        raise VersionError(
            "{} can't be started on this node ({}): conda's programs need glibc, and a folder that programs may be "
            "run from".format(flux, why(done))
        )
    raise VersionError("{} version doesn't work on this node: {}".format(flux, why(done)))
