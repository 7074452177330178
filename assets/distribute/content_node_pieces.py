"""The pieces of a content on a node that gets it: each is checked and written to its place in one file.

The room for all is taken before the first piece, so that nothing is sent to a node where it won't fit, and the pieces
may come in any order.
"""
import hashlib
import os
import subprocess
import time

from content_node_base import (
    Failure,
    blocks,
    explain,
    last_line,
    need_room,
    read_json,
    remove,
    remove_if_empty,
    sha256_of,
    write_json,
)
from content_node_target import part_of, put

# Seconds in which nothing of a piece arrives, after which the piece is given up.
STALL_SECONDS = 60
LOOK_SECONDS = 0.2


def receive(request, folder):
    have = begin(request, folder)
    if request["index"] in have["pieces"]:
        return {}
    flux = request["flux"]
    # The pieces before are in the memory of this node's broker for nothing, since every node is done with them.
    subprocess.call([flux, "content", "dropcache"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    arrived = os.path.join(folder, request["piece"])
    try:
        extract(flux, request["archive"], folder, arrived, request.get("stall", STALL_SECONDS))
        write_to_place(arrived, have["part"], request)
    finally:
        remove(arrived)
    have["pieces"] = sorted(have["pieces"] + [request["index"]])
    write_json(os.path.join(folder, "have.json"), have)
    return {}


def begin(request, folder):
    """What this node has of this manifest; the file for all of it is there afterwards."""
    path = os.path.join(folder, "have.json")
    have = read_json(path)
    if have and have["manifest"] == request["manifest"] and size_of(have["part"]) == request["size"]:
        return have
    if have:
        remove(have["part"])
        remove(path)
    have = {"manifest": request["manifest"], "pieces": [], "part": part_of(request, folder)}
    remove(have["part"])
    # The name first: so that a part beside its target is found again, whatever happens.
    write_json(path, have)
    beside = os.path.dirname(have["part"])
    what = "{} in pieces".format(request["content"]["name"])
    need_room(beside, request["size"], what)
    if beside != folder:
        need_room(folder, request.get("length", 0), what)
    with open(have["part"], "wb") as file:
        try:
            if request["size"] > 0:
                os.posix_fallocate(file.fileno(), 0, request["size"])
        except OSError as error:
            error.filename = have["part"]
            failure = explain(error)
            remove(have["part"])
            raise failure
    return have


def size_of(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return -1


def extract(flux, archive, folder, arrived, stall):
    """Has Flux's tree bring the piece, as long as some of it arrives."""
    words = [flux, "archive", "extract", "--overwrite", "--name=" + archive, "-C", folder]
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/"
    )
    seen, since = -1, time.monotonic()
    while process.poll() is None:
        try:
            process.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        now, size = time.monotonic(), size_of(arrived)
        if size != seen:
            seen, since = size, now
        if now - since > stall:
            process.kill()
            process.wait()
            raise Failure("nothing arrived for {} s: is the network between the nodes overloaded?".format(stall))
    said = process.stderr.read()
    if process.returncode != 0:
        text = last_line(said)
        full = "No space left" in text
        raise Failure("flux archive could not bring the piece: {}".format(text), lasting=full)


def write_to_place(arrived, part, request):
    digest, position = hashlib.sha256(), request["index"] * request["each"]
    with open(arrived, "rb") as source, open(part, "r+b") as target:
        target.seek(position)
        for data in blocks(source, request["length"] + 1):
            digest.update(data)
            target.write(data)
        if digest.hexdigest() != request["sha256"] or target.tell() - position != request["length"]:
            raise Failure("piece {} arrived with a wrong checksum".format(request["index"] + 1))
        target.flush()
        os.fsync(target.fileno())


def finish(request, folder):
    """All pieces are here, or this is the lead: checks the whole, and puts it where it belongs."""
    if request.get("source"):
        path = read_json(os.path.join(folder, "manifest.json"))["path"]
    else:
        have = begin(request, folder)
        if len(have["pieces"]) != request["pieces"]:
            raise Failure("{} of {} pieces are there".format(len(have["pieces"]), request["pieces"]), again=True)
        path = have["part"]
        if sha256_of(path) != request["whole"]:
            remove(path)
            raise Failure("the pieces are right, but not the whole: all of it has to be sent again", again=True)
    put(request, folder, path)
    if not request.get("source"):
        remove(path)
        remove(folder)
        remove_if_empty(request["folder"])
    return {}

