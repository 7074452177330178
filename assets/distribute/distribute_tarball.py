"""A Flux that lies on the node as a tarball: a conda environment (conda-pack), or a prefix that can be moved."""
import errno
import hashlib
import os
import subprocess
import tarfile

from distribute_node import why

NODE_ROOT = os.environ.get("DISTRIBUTE_NODE_ROOT", "/proc/1/root")
UNPACK_SECONDS = 300
MOST_LINKS = 40


class TarballError(Exception):
    """What a person reads, as one sentence."""


def on_node(path):
    """The node's file of this path, as the pod sees it: links on the way lead about the node, not about the pod."""
    parts, found, links = path.split("/"), [], 0
    while parts:
        part = parts.pop(0)
        if part in ("", "."):
            continue
        if part == "..":
            found = found[:-1]
            continue
        here = "/".join([NODE_ROOT] + found + [part])
        if not os.path.islink(here):
            found.append(part)
            continue
        links += 1
        if links > MOST_LINKS:
            raise TarballError("{} on the node leads from link to link without an end".format(path))
        target = os.readlink(here)
        if target.startswith("/"):
            found = []
        parts = target.split("/") + parts
    return "/".join([NODE_ROOT] + found)


def unpack(path, sha256, prefix, tick=None):
    """Unpacks the tarball that is at this path of the node into the prefix, which must not be there yet."""
    try:
        with open(on_node(path), "rb") as file:
            found = digest_of(file, tick)
            if found != sha256.lower():
                raise TarballError("{} on the node has the checksum sha256 {}, not {}".format(path, found, sha256))
            file.seek(0)
            extract(file, path, prefix, tick)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise TarballError("the tarball {} can't be unpacked on the node: {}".format(path, error.strerror or error))
    if not os.access(os.path.join(prefix, "bin", "flux"), os.X_OK):
        raise TarballError(
            "{} has no bin/flux at its top: pack what is in the prefix, not the prefix itself".format(path)
        )
    relocate(prefix)


def extract(file, path, prefix, tick):
    """Nothing of it is written outside of the prefix, nor leads there; devices and foreign owners are left out."""
    os.mkdir(prefix)
    try:
        with tarfile.open(fileobj=file, mode="r:*") as tar:
            for member in tar:
                tar.extract(member, prefix, filter="data")
                if tick:
                    tick()
    except (tarfile.TarError, EOFError) as error:
        raise TarballError("the tarball {} on the node can't be used: {}".format(path, error))


def relocate(prefix):
    """conda-pack leaves a script that puts the new prefix into the files that name the old one."""
    script, python = (os.path.join(prefix, "bin", name) for name in ("conda-unpack", "python"))
    if not os.path.exists(script):
        return
    try:
        done = subprocess.run(
            [python, script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=UNPACK_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TarballError("conda-unpack of the tarball didn't run ({})".format(error))
    if done.returncode != 0:
        raise TarballError("conda-unpack of the tarball failed: {}".format(why(done)))


def digest_of(file, tick):
    digest = hashlib.sha256()
    for piece in iter(lambda: file.read(1 << 20), b""):
        digest.update(piece)
        if tick:
            tick()
    return digest.hexdigest()
