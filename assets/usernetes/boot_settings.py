#!/usr/bin/env python3
"""What the steps of the boot read of cluster.json, of the container engines' versions beside this file, and of the node.

    boot_settings.py shell          assignments that a shell evaluates
    boot_settings.py digest STEP    what tells whether the step has to be done again
    boot_settings.py hosts          all nodes that there may be, as lines of /etc/hosts
"""
import hashlib
import ipaddress
import json
import os
import re
import shlex
import sys

from cluster_file import CLUSTER, ClusterFileError, read_cluster

HERE = os.path.dirname(os.path.abspath(__file__))
LOCK = os.path.join(HERE, "lock.json")
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
PLATFORMS = {"amd64": "linux-64", "arm64": "linux-aarch64"}
ENGINES = ("docker", "podman", "nerdctl")
# What a step that installs depends on. Another number does it again, where it was done by older scripts: in an image.
DEPENDS = {
    "10-system": (2, "mungeKey"),
    "20-container-engine": (2, "engine", "engines"),
    "30-flux": (1, "flux"),
    "40-usernetes": (2, "engine", "usernetes"),
    "45-efa": (1,),
}
NEEDED = ("cluster", "mode", "maxNodes", "firstAddress", "usernetes", "limits")
NEEDED_IN_IMAGE = ("usernetes", "limits")


class SettingsError(Exception):
    """What a person reads, as one sentence."""


def read():
    try:
        given = read_cluster()
    except ClusterFileError as problem:
        raise SettingsError(str(problem)) from None
    with open(os.path.join(HERE, "engines.json"), encoding="utf-8") as file:
        engines = json.load(file)
    engines.update(given.get("engines") or {})
    given["engines"] = engines
    flux = given.setdefault("flux", {})
    # A list of packages is too long for user data: it comes beside the scripts.
    if not flux.get("lock") and os.path.exists(LOCK):
        with open(LOCK, encoding="utf-8") as file:
            flux["lock"] = json.load(file)
    check(given)
    return given


def check(given):
    is_image = bool(os.environ.get("FLUX_USERNETES_IMAGE"))
    lacks = [name for name in (NEEDED_IN_IMAGE if is_image else NEEDED) if name not in given]
    if lacks:
        raise SettingsError("{} lacks {}".format(CLUSTER, ", ".join(lacks)))
    if not is_image and not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", given["cluster"]):
        raise SettingsError("the cluster's name {!r} can't be part of a host name".format(given["cluster"]))
    if not is_image and given["mode"] not in ("system", "batch"):
        raise SettingsError("the mode {!r} is neither system nor batch".format(given["mode"]))
    if engine_of(given) not in ENGINES:
        raise SettingsError("the engine {!r} is none of {}".format(engine_of(given), ", ".join(ENGINES)))
    if not re.fullmatch(r"[0-9a-f]{40}", given["usernetes"]["commit"]):
        raise SettingsError("usernetes.commit {!r} is no commit of 40 digits".format(given["usernetes"]["commit"]))


def engine_of(given):
    return given.get("engine") or "docker"


def architecture():
    machine = os.uname().machine
    if machine not in MACHINES:
        raise SettingsError("there is no Flux for {} nodes, only for {}".format(machine, " and ".join(MACHINES)))
    return MACHINES[machine]


def codename():
    with open("/etc/os-release", encoding="utf-8") as file:
        found = re.search(r'^VERSION_CODENAME="?(\w+)"?$', file.read(), re.MULTILINE)
    return found.group(1) if found else "unknown"


def source(entry):
    """Where a secret is, as two words: `parameter NAME` or `secret ARN`."""
    return " ".join(next(iter(entry.items()))) if entry else ""


def variables(given):
    here, flux, limits, ports = architecture(), given["flux"], given["limits"], given.get("ports") or {}
    engine = engine_of(given)
    found = {
        "CLUSTER": given.get("cluster", ""),
        "CLUSTER_MODE": given.get("mode", ""),
        "MAX_NODES": given.get("maxNodes", 0),
        "FIRST_ADDRESS": given.get("firstAddress", ""),
        "ENGINE": engine,
        "PARAMETERS": given.get("parameters", ""),
        "CERTIFICATE": source(given.get("certificate")),
        "MUNGE_KEY": source(given.get("mungeKey")),
        "REPOSITORY": given["usernetes"]["repository"],
        "COMMIT": given["usernetes"]["commit"],
        "NODE_IMAGE": "flux-usernetes-node:" + given["usernetes"]["commit"][:12],
        "HAS_EFA": "yes" if given.get("efa") else "",
        "IS_BAKED": "yes" if given.get("baked") else "",
        "ARCHITECTURE": here,
        "CODENAME": codename(),
        "OVERLAY_PORT": ports.get("overlay", 8050),
        "LIMIT_STEP": limits.get("step", 900),
        "LIMIT_READY": limits.get("ready", 1800),
        "LIMIT_JOB": limits.get("job", 900),
    }
    for name, download in (
        ("MICROMAMBA", (flux.get("micromamba") or {}).get(here)),
        ("NERDCTL", given["engines"]["nerdctl"].get(here)),
    ):
        found[name + "_URL"] = (download or {}).get("url", "")
        found[name + "_SHA256"] = (download or {}).get("sha256", "")
    docker = given["engines"]["docker"]
    found["DOCKER_REPOSITORY"], found["DOCKER_KEY"] = docker["repository"], docker["key"]
    found["DOCKER_FINGERPRINT"] = docker["fingerprint"]
    packages = given["engines"][engine].get("packages") or {}
    lines = ["{}={}".format(name, shlex.quote(str(value))) for name, value in found.items()]
    words = " ".join(shlex.quote(word) for word in packages.get(found["CODENAME"]) or ())
    return lines + ["ENGINE_PACKAGES=({})".format(words)]


def digest(given, step):
    """The same as long as the step would install the same."""
    version, *names = DEPENDS[step]
    # Of the engines the one that is used.
    given = dict(given, engines=given["engines"][engine_of(given)])
    read_by_it = {name: without_none(given.get(name)) for name in names}
    return hashlib.sha256(json.dumps([version, read_by_it], sort_keys=True).encode()).hexdigest()


def without_none(value):
    if not isinstance(value, dict):
        return value
    return {name: without_none(one) for name, one in value.items() if one is not None}


def hosts(given):
    first = ipaddress.IPv4Address(given["firstAddress"])
    return ["{} {}-{}".format(first + rank, given["cluster"], rank) for rank in range(given["maxNodes"])]


def main(words):
    given = read()
    if words == ["shell"]:
        print("\n".join(variables(given)))
    elif words == ["hosts"]:
        print("\n".join(hosts(given)))
    elif len(words) == 2 and words[0] == "digest":
        print(digest(given, words[1]))
    else:
        raise SettingsError("usage: boot_settings.py shell|hosts|digest STEP")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SettingsError as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
