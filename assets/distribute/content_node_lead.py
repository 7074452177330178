"""What the lead's node does with a content: gets it once from outside, and offers it to the others piece by piece.

A piece is a file of its own, which `flux archive create --mmap` shows to the brokers without copying it into the
content store, and thus into the queue's state. It is never written to while it is shown: the broker has it in memory.
"""
import hashlib
import os

from content_node_base import Failure, blocks, need_room, read_json, remove, run, write_json
from content_node_folder import pack
from content_node_target import containerd, identity_of_path

ARCHIVE_SECONDS = 600


def source(request, folder):
    """Has the whole content here and knows its pieces; nothing is done a second time."""
    retire(request, folder)
    manifest = read_json(os.path.join(folder, "manifest.json"))
    if not manifest or not is_still(request, manifest):
        manifest = make_manifest(request, folder, *get(request, folder))
        write_json(os.path.join(folder, "manifest.json"), manifest)
    answer = {name: manifest[name] for name in ("id", "each", "size", "whole", "tree", "mode")}
    answer["pieces"] = len(manifest["hashes"])
    answer["manifest"] = hashlib.sha256("".join([manifest["whole"]] + manifest["hashes"]).encode()).hexdigest()[:16]
    return answer


def is_still(request, manifest):
    """Does what was made before still hold? A file may have been changed, an image been replaced by a newer one."""
    if manifest["stamp"] != stamp(manifest["path"]):
        return False
    return request["id"] in ("", manifest["id"])


def stamp(path):
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_ino, status.st_size, status.st_mtime_ns]


def get(request, folder):
    """Path of the whole, its identity, whether it is a folder as a tar, and the mode of its target."""
    content, whole = request["content"], os.path.join(folder, "whole")
    mode = content.get("mode") or "0644"
    if content["kind"] == "image":
        remove(whole)
        platform = "linux/" + request["architecture"]
        registry = request.get("registry")
        node = containerd(request)
        return whole, node.export(content, platform, request["id"], whole, request["seconds"], registry), False, mode
    if "url" in content:
        from content_node_download import download

        if not os.path.exists(whole):
            download(content["url"], whole, content["sha256"], request.get("proxy") or {}, request["seconds"])
        return whole, "sha256:" + content["sha256"], False, mode
    path = content["path"]
    if not os.path.exists(path):
        raise Failure("there is no {} on the lead's node".format(path), lasting=True)
    identity = identity_of_path(request, path)
    if not os.path.isdir(path):
        return path, identity, False, content.get("mode") or "{:04o}".format(os.stat(path).st_mode & 0o7777)
    need_room(folder, sum(sizes(path)), "a copy of {}".format(path))
    pack(path, whole)
    if identity_of_path(request, path) != identity:
        raise Failure("{} has changed meanwhile: what is sent must stay as it is".format(path))
    return whole, identity, True, mode


def sizes(folder):
    for path, _, names in os.walk(folder):
        for name in names:
            yield os.lstat(os.path.join(path, name)).st_size


def make_manifest(request, folder, path, identity, is_tree, mode):
    """Reads all of it once, for the checksums of the whole and of each piece."""
    before, each, size = stamp(path), request["each"], os.path.getsize(path)
    need_room(folder, min(each, size), "a piece of {}".format(request["content"]["name"]))
    whole, hashes = hashlib.sha256(), []
    with open(path, "rb") as file:
        for _ in range(0, size, each):
            piece = hashlib.sha256()
            for data in blocks(file, each):
                whole.update(data)
                piece.update(data)
            hashes.append(piece.hexdigest())
    if stamp(path) != before:
        raise Failure("{} has changed meanwhile: what is sent must stay as it is".format(path))
    manifest = {"id": identity, "path": path, "stamp": before, "tree": is_tree, "mode": mode}
    manifest.update({"each": each, "size": size, "whole": whole.hexdigest(), "hashes": hashes})
    if request["content"]["kind"] != "image" and not is_tree and identity != "sha256:" + manifest["whole"]:
        remove(os.path.join(folder, "whole"))
        raise Failure("{} isn't what its checksum says".format(path))
    return manifest


def offer(request, folder):
    """Cuts a piece and shows it to the brokers; the piece before goes."""
    retire(request, folder)
    manifest = read_json(os.path.join(folder, "manifest.json"))
    if not manifest:
        raise Failure("the content is not on the lead's node any more")
    index, each = request["index"], manifest["each"]
    name = "piece-{}".format(index)
    piece = os.path.join(folder, name)
    digest, length = hashlib.sha256(), 0
    with open(manifest["path"], "rb") as whole, open(piece, "wb") as file:
        whole.seek(index * each)
        for data in blocks(whole, each):
            digest.update(data)
            length += len(data)
            file.write(data)
    if digest.hexdigest() != manifest["hashes"][index]:
        remove(piece)
        remove(os.path.join(folder, "manifest.json"))
        raise Failure("{} has changed meanwhile: what is sent must stay as it is".format(manifest["path"]))
    words = [request["flux"], "archive", "create", "--mmap", "--name=" + request["archive"], "-C", folder, name]
    run(words, ARCHIVE_SECONDS)
    return {"piece": name, "length": length, "sha256": digest.hexdigest()}


def withdraw(request, folder):
    retire(request, folder)
    return {}


def retire(request, folder):
    """Takes back what was shown last, also what a driver that was killed has left."""
    run([request["flux"], "archive", "remove", "--force", "--name=" + request["archive"]], ARCHIVE_SECONDS)
    # What the broker has cached points into the file: without this it says of the same data, the next time that it is
    # shown, that it has changed.
    run([request["flux"], "content", "dropcache"], ARCHIVE_SECONDS)
    for name in os.listdir(folder):
        if name.startswith("piece-"):
            remove(os.path.join(folder, name))
