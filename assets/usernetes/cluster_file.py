"""What this node is told: cluster.json of the user data, and where its image has everything, what was baked into that."""
import json

CLUSTER = "/etc/flux-usernetes/cluster.json"
# Written when the image was made: engine, Flux and usernetes that are in it.
BAKED = "/etc/flux-usernetes/baked.json"


class ClusterFileError(Exception):
    """What a person reads, as one sentence."""


def read_cluster(root=""):
    given = read_json(root + CLUSTER, "it comes with the user data of this node")
    if not given.get("baked"):
        return given
    baked = read_json(root + BAKED, "this image is none of UsernetesImage: leave out baked, or take another image")
    if given.get("engine") != baked.get("engine"):
        raise ClusterFileError(
            "the image has {}, and the cluster is to have {}: give both the same engine".format(
                baked.get("engine"), given.get("engine")
            )
        )
    return {**baked, **given}


def read_json(path, hint):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as problem:
        raise ClusterFileError("{} can't be read ({}): {}".format(path, problem, hint)) from None
