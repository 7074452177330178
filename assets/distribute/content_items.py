"""What a ContentDistribution is told, and the contents that it is about.

DISTRIBUTE_SETTINGS    another settings file than settings.json beside the programs
DISTRIBUTE_PULL        another file than /flux-distribute/pull/.dockerconfigjson
DISTRIBUTE_MEMBERSHIP  another file than /flux-distribute/membership/membership.json
"""
import base64
import fnmatch
import hashlib
import json
import os
import types

HERE = os.path.dirname(os.path.abspath(__file__))
OPTIONAL = ("nodes", "bytesPerSecond", "parallelism", "pullSecret")
# What the brokers hold in memory of a piece goes with its size.
LARGEST_PIECE, SMALLEST_PIECE, PIECE_SECONDS = 128 << 20, 1 << 20, 10


class SettingsError(Exception):
    """What a person reads, as one sentence."""


class Settings(types.SimpleNamespace):
    @property
    def folder(self):
        """Where a node keeps what is under way for this distribution."""
        return os.path.join(self.stateDirectory, "content", self.name)

    @property
    def flux(self):
        return os.path.join(self.directory, "bin", "flux")

    @property
    def piece(self):
        if not self.bytesPerSecond:
            return LARGEST_PIECE
        return max(SMALLEST_PIECE, min(LARGEST_PIECE, int(self.bytesPerSecond) * PIECE_SECONDS))


def load():
    path = os.environ.get("DISTRIBUTE_SETTINGS") or os.path.join(HERE, "settings.json")
    content = read(path, "the settings")
    if not isinstance(content.get("images"), list) or not isinstance(content.get("files"), list):
        raise SettingsError("the settings at {} are not those of a ContentDistribution".format(path))
    settings = Settings(**dict.fromkeys(OPTIONAL))
    settings.__dict__.update(content)
    settings.contents = [image(settings, name) for name in settings.images]
    settings.contents += [file(settings, given) for given in settings.files]
    return settings


def read(path, what):
    try:
        with open(path, encoding="utf-8") as opened:
            content = json.load(opened)
    except (OSError, ValueError) as error:
        raise SettingsError("{} at {} can't be read ({})".format(what, path, type(error).__name__))
    if not isinstance(content, dict):
        raise SettingsError("{} at {} can't be read (no JSON object)".format(what, path))
    return content


def key(settings, *words):
    return hashlib.sha256(json.dumps([settings.name, *words]).encode()).hexdigest()[:16]


def image(settings, name):
    """An image under the names that containerd's CRI plugin looks for: a digest there makes a tag superfluous."""
    host, repository, tag, digest = parts_of(name)
    names = ["{}@{}".format(repository, digest)] if digest else []
    names += ["{}:{}".format(repository, tag)] if tag else []
    content = {"kind": "image", "name": name, "key": key(settings, "image", name), "names": names}
    content.update({"host": host, "repository": repository, "id": digest})
    return content


def parts_of(name):
    """Registry, registry and repository, tag, digest: as Docker reads a name."""
    rest, _, digest = name.partition("@")
    head, _, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    words = ([*head.split("/")] if head else []) + [last]
    if len(words) == 1 or not ("." in words[0] or ":" in words[0] or words[0] == "localhost"):
        words.insert(0, "docker.io")
    if words[0] == "index.docker.io":
        words[0] = "docker.io"
    if words[0] == "docker.io" and len(words) == 2:
        words.insert(1, "library")
    if not tag and not digest:
        tag = "latest"
    return words[0], "/".join(words), tag, digest


def file(settings, given):
    content = dict(given, kind="file", name=given["target"], id="")
    if "url" in given:
        content["id"] = "sha256:" + given["sha256"]
    content["key"] = key(settings, "file", given.get("url") or given.get("path"), given["target"])
    return content


def registry_of(settings, content):
    """User and password for the image's registry, as a header has them; None if there are none for it."""
    if content["kind"] != "image" or not settings.pullSecret:
        return None
    path = os.environ.get("DISTRIBUTE_PULL") or "/flux-distribute/pull/.dockerconfigjson"
    entries = read(path, "the pull secret").get("auths") or {}
    found = [(len(place_of(name)), entry) for name, entry in entries.items() if is_for(place_of(name), content)]
    if not found:
        return None
    entry = max(found, key=lambda pair: pair[0])[1]
    if entry.get("auth"):
        return {"basic": entry["auth"]}
    if entry.get("username") and entry.get("password"):
        pair = "{}:{}".format(entry["username"], entry["password"])
        return {"basic": base64.b64encode(pair.encode()).decode()}
    raise SettingsError(
        "the pull secret has neither auth nor username and password for {}: log in with a password or an access "
        "token".format(content["host"])
    )


def place_of(name):
    """The registry, perhaps with a path, that an entry of the pull secret is for."""
    place = name.split("://", 1)[-1].rstrip("/")
    for end in ("/v1", "/v2"):
        place = place[: -len(end)] if place.endswith(end) else place
    host, slash, path = place.partition("/")
    return ("docker.io" if host in ("index.docker.io", "registry-1.docker.io") else host) + slash + path


def is_for(place, content):
    host, _, path = place.partition("/")
    repository = content["repository"].split("/", 1)[1]
    return fnmatch.fnmatchcase(content["host"], host) and (not path or (repository + "/").startswith(path + "/"))


def gone_hosts(decode_hosts, decode_ids):
    """Nodes that stay in the host list although they have left the cluster."""
    path = os.environ.get("DISTRIBUTE_MEMBERSHIP") or "/flux-distribute/membership/membership.json"
    try:
        with open(path, encoding="utf-8") as opened:
            membership = json.load(opened)
        hosts = decode_hosts(membership["hosts"])
        return {hosts[rank] for rank in decode_ids(membership["gone"]) if rank < len(hosts)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
