"""Lists of conda packages, each with its address and checksum: what all nodes install for an environment.

The format is conda's @EXPLICIT. Addresses are those of conda-forge itself whatever mirror they came from, so that a
list holds for every mirror: the channel of the settings takes their place when packages are installed.
"""
import hashlib
import json
import os
import re

PUBLIC_CHANNEL = "https://conda.anaconda.org/conda-forge"
PLATFORMS = {"amd64": "linux-64", "arm64": "linux-aarch64"}
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
# micromamba takes a package without a checksum that it understands as it comes: here it is refused.
PACKAGE = re.compile(
    r"(?P<url>https?://[^\s@#]+/(?P<subdir>[a-z0-9-]+)/(?P<file>[^/\s#]+)\.(?:conda|tar\.bz2))"
    r"#(?P<hash>[0-9a-f]{32}|(?:sha256:)?[0-9a-f]{64})"
)


class PackagesError(Exception):
    """What a person reads, as one sentence."""


def architecture():
    """That of this node, as Kubernetes calls it."""
    machine = os.uname().machine
    return MACHINES.get(machine, machine)


def platform_of(name):
    if name not in PLATFORMS:
        raise PackagesError("there is no Flux for {} nodes, only for {}".format(name, " and ".join(sorted(PLATFORMS))))
    return PLATFORMS[name]


def packages_of(text, where="the list of packages"):
    """The packages of a list, in its order: matches of PACKAGE."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and line != "@EXPLICIT" and not line.startswith("#")]
    found = []
    for line in lines:
        package = PACKAGE.fullmatch(line)
        if not package:
            raise PackagesError("{} has a line that is no address with a checksum: {}".format(where, line[:200]))
        found.append(package)
    if not found:
        raise PackagesError("{} is empty".format(where))
    return found


def check_platform(packages, name, where="the list of packages"):
    platform = platform_of(name)
    for package in packages:
        if package["subdir"] not in (platform, "noarch"):
            raise PackagesError("{} is not for {} nodes: it has {}".format(where, name, package["url"]))


def digest_of_list(text):
    """The same for lists of the same packages."""
    lines = ["{}#{}".format(package["url"], package["hash"]) for package in packages_of(text)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def list_for(packages, channel, platform):
    """The text that micromamba reads, with all of conda-forge from the channel."""
    lines = []
    for package in packages:
        url = package["url"]
        if url.startswith(PUBLIC_CHANNEL + "/"):
            url = channel.rstrip("/") + url[len(PUBLIC_CHANNEL) :]
        # Without a prefix every micromamba since 2.1 knows it.
        lines.append("{}#{}".format(url, package["hash"].replace("sha256:", "")))
    return "# platform: {}\n@EXPLICIT\n{}\n".format(platform, "\n".join(lines))


def list_of_answer(output, channel, platform):
    """The list out of what micromamba says in JSON of what it would install, in the order in which it would."""
    try:
        answer = json.loads(output[output.index("{") :])
        links = answer["actions"]["LINK"]
        lines = [line_of(link, channel.rstrip("/")) for link in links]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PackagesError("micromamba's answer is not understood: {}".format(" ".join(output.split())[:200]))
    text = "# platform: {}\n@EXPLICIT\n{}\n".format(platform, "\n".join(lines))
    packages_of(text, "micromamba's answer")
    return text


def line_of(link, channel):
    url = link["url"]
    if url.startswith(channel + "/"):
        url = PUBLIC_CHANNEL + url[len(channel) :]
    return "{}#{}".format(url, link.get("sha256") or link.get("md5") or "")
