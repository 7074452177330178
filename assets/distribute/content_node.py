"""ContentDistribution on a node: does one action and answers with one line of JSON. content_flux.py sends it there.

All that it is told comes on standard input, so that nothing of it is in an argument; while it works it says every few
seconds that it is alive.
"""
import os
import sys

from content_node_base import (
    BESIDE,
    Failure,
    architecture,
    beside,
    explain,
    forget_credentials,
    keep_telling,
    lock,
    make_folder,
    read_json,
    remove,
    remove_if_empty,
    tell,
)


# Seconds for who is still at work on a content that is given up.
CLEAN_LOCK_SECONDS = 5


def key_on_this_node(content):
    """Images differ by architecture, files don't."""
    return content["key"] + "-" + architecture() if content["kind"] == "image" else content["key"]


def status(request):
    """What this node has already, whole or in pieces; what nobody wants any more is removed."""
    from content_node_target import identity

    found = {}
    for content in request["contents"]:
        key = key_on_this_node(content)
        try:
            found[key] = {"id": identity(request, content)}
        except Failure as failure:
            found[key] = failure.answer
        have = read_json(os.path.join(request["folder"], key, "have.json")) or {}
        found[key].update({"manifest": have.get("manifest", ""), "pieces": have.get("pieces", [])})
    tidy(request["folder"], request["keys"])
    return {"architecture": architecture(), "contents": found}


def tidy(folder, keys):
    if not os.path.isdir(folder):
        return
    for name in os.listdir(folder):
        if name != "records" and name not in keys:
            forget(os.path.join(folder, name))


def forget(folder):
    """Removes all that is left of a content that was under way, beside its target too."""
    from content_node_folder import clear_beside

    target = (read_json(os.path.join(folder, BESIDE)) or {}).get("target")
    if target:
        clear_beside(target, beside(target, os.path.basename(folder)))
    remove(folder)


def clean(request):
    for key in request["keys"]:
        forget_credentials(key.partition("-")[0])
        folder = os.path.join(request["folder"], key)
        if os.path.isdir(folder):
            give_up(dict(request, archive="flux-distribute-" + key), folder)
    remove_if_empty(request["folder"])
    return {}


def give_up(request, folder):
    """Takes back what is shown of a content, and removes all of it."""
    from content_node_lead import retire

    try:
        # Nobody makes anything anew behind our back; the lock ends with this process.
        lock(folder, CLEAN_LOCK_SECONDS)
        if os.path.exists(os.path.join(folder, "manifest.json")):
            retire(request, folder)
    except Failure:
        pass  # What can't be taken back is no reason to keep the rest.
    forget(folder)


def wanted(request):
    """On the lead: what the contents that lie there are just now."""
    from content_node_target import identity_of_path

    found = {}
    for content in request["contents"]:
        try:
            found[content["key"]] = {"id": identity_of_path(request, content["path"])}
        except Failure as failure:
            found[content["key"]] = failure.answer
    return found


def work_on_content(action, request):
    if action in ("source", "offer", "withdraw"):
        import content_node_lead as module
    else:
        import content_node_pieces as module
    folder = os.path.join(request["folder"], request["key"])
    make_folder(request["folder"])
    held = lock(folder)
    try:
        return getattr(module, action)(request, folder)
    finally:
        os.close(held)


ALONE = {"status": status, "clean": clean, "wanted": wanted}


def main(action, request):
    # What is made here is for root alone, unless it says otherwise.
    os.umask(0o077)
    keep_telling()
    try:
        answer = ALONE[action](request) if action in ALONE else work_on_content(action, request)
    except Failure as failure:
        answer = failure.answer
    except OSError as error:
        answer = explain(error).answer
    tell({"answer": answer})
    # A thread that talks is no reason to stay.
    sys.stdout.flush()
    os._exit(0)
