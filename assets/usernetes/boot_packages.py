"""Lists of conda packages, each with its address and checksum: what all nodes of a cluster install.

A list is as the parameter `packages` has it: base64 of a gzipped JSON list of {url, sha256 or md5}.
"""
import base64
import gzip
import hashlib
import json
import re

CHECKSUM = {"sha256": re.compile("[0-9a-f]{64}"), "md5": re.compile("[0-9a-f]{32}")}
PACKAGE_FILE = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-[^-]+\.(?:conda|tar\.bz2)")
SPECIFICATION = re.compile(r"(?P<name>[A-Za-z0-9_.-]+)(?:==?(?P<version>[A-Za-z0-9_.+!]+))?.*")
# What one parameter holds.
LONGEST = 8192


class PackagesError(Exception):
    """What a person reads, as one sentence."""


def checked(packages, channel, platform):
    """The list, if each address is below the channel, for this platform, and has a checksum."""
    below = channel.rstrip("/") + "/"
    if not isinstance(packages, list) or not packages:
        raise PackagesError("the list of packages is empty")
    for package in packages:
        url = package.get("url") if isinstance(package, dict) else None
        if not isinstance(url, str) or not url.startswith(below) or re.search(r"[\s#@]|/\.\./", url):
            raise PackagesError("the list of packages has {!r}, which is not below {}".format(url, below))
        if url[len(below) :].split("/")[0] not in (platform, "noarch"):
            raise PackagesError("the list of packages has {}, which is not for {}".format(url, platform))
        if not any(form.fullmatch(str(package.get(kind))) for kind, form in CHECKSUM.items()):
            raise PackagesError("the list of packages has no checksum of {}".format(url))
    return packages


def checksum(package):
    # micromamba tells the two apart by their length.
    return package.get("sha256") or package["md5"]


def digest(packages):
    """The same for lists of the same packages."""
    lines = sorted("{}#{}".format(package["url"], checksum(package)) for package in packages)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def explicit(packages):
    """The text that micromamba installs exactly."""
    return "@EXPLICIT\n" + "".join("{}#{}\n".format(package["url"], checksum(package)) for package in packages)


def pack(packages):
    """With the better checksums if one parameter holds that, else with the shorter ones."""
    for kinds in (("sha256", "md5"), ("md5", "sha256")):
        kept = []
        for package in packages:
            kind = next(kind for kind in kinds if kind in package)
            kept.append({"url": package["url"], kind: package[kind]})
        text = json.dumps(kept, separators=(",", ":")).encode()
        packed = base64.b64encode(gzip.compress(text, 9, mtime=0)).decode()
        if len(packed) <= LONGEST:
            return packed
    raise PackagesError(
        "the list of {} packages is longer than the {} bytes that a parameter holds: give the packages as a lock".format(
            len(packages), LONGEST
        )
    )


def unpack(text):
    try:
        return json.loads(gzip.decompress(base64.b64decode(text, validate=True)))
    except (ValueError, OSError, EOFError):
        raise PackagesError("the parameter packages holds no list of packages") from None


def file_of(package):
    return package["url"].rpartition("/")[2]


def name_of(package):
    found = PACKAGE_FILE.fullmatch(file_of(package))
    return (found["name"], found["version"]) if found else ("", "")


def satisfies(packages, wanted):
    """Has the list what is asked for? A version `1.2` means all that begin with it, as conda has it."""
    versions = dict(map(name_of, packages))
    for specification in wanted:
        found = SPECIFICATION.fullmatch(specification)
        if not found or found["name"] not in versions:
            return False
        asked, there = found["version"], versions[found["name"]]
        if asked and there != asked and not there.startswith(asked + "."):
            return False
    return True


def of_answer(output):
    """The list out of what micromamba says in JSON of what it would install, in the order in which it would."""
    try:
        links = json.loads(output[output.index("{") :])["actions"]["LINK"]
        return [{key: link[key] for key in ("url", "sha256", "md5") if link.get(key)} for link in links]
    except (ValueError, KeyError, TypeError, AttributeError):
        told = " ".join(output.split())[:200]
        raise PackagesError("micromamba's answer is not understood: {}".format(told)) from None
