"""Which nodes of the cluster belong to a FluxDistribute, by their Node objects. Functions of their arguments only."""
import collections
import functools

from distribute_hosts import decode_ids, encode_ids

# may_join: can it become a member? may_stay: can it go on being one, as the DaemonSet's pod goes on?
Node = collections.namedtuple("Node", "name address architecture kind cores may_join may_stay is_preferred")

# What the DaemonSet controller adds for pods in the host's network.
DAEMON_TOLERATIONS = [
    {"key": "node.kubernetes.io/" + name, "operator": "Exists", "effect": effect}
    for name, effect in (
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
        ("network-unavailable", "NoSchedule"),
    )
]
CONTROL_PLANE = ("node-role.kubernetes.io/control-plane",)
INSTANCE_TYPE = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")


def node_of(thing, settings):
    """What counts of a Node object."""
    metadata, spec, status = (thing.get(part) or {} for part in ("metadata", "spec", "status"))
    labels = metadata.get("labels") or {}
    info = status.get("nodeInfo") or {}
    architecture = labels.get("kubernetes.io/arch") or info.get("architecture") or ""
    cpus = str((status.get("capacity") or {}).get("cpu") or "1")
    address = internal_address(status)
    belongs = (
        matches(settings.nodeSelector, labels)
        and architecture in settings.architectures
        and (labels.get("kubernetes.io/os") or info.get("operatingSystem") or "linux") == "linux"
        and (settings.controlPlane or not any(label in labels for label in CONTROL_PLANE))
    )
    tolerations = list(settings.tolerations or []) + DAEMON_TOLERATIONS
    taints = spec.get("taints") or []
    repelled = {
        taint.get("effect") for taint in taints if not any(tolerates(given, taint) for given in tolerations)
    }
    return Node(
        name=metadata.get("name") or "",
        address=address,
        architecture=architecture,
        kind="{}/{}/{}".format(instance_type(labels), architecture, cpus),
        cores=max(1, int(cpus)) if cpus.isdigit() else 1,
        may_join=belongs and is_ready(status) and address != "" and not repelled & {"NoSchedule", "NoExecute"},
        # A taint NoSchedule that comes later leaves the pod where it is.
        may_stay=belongs and "NoExecute" not in repelled,
        is_preferred=matches(settings.leadSelector, labels),
    )


def matches(selector, labels):
    return all(labels.get(key) == value for key, value in (selector or {}).items())


def internal_address(status):
    for entry in status.get("addresses") or []:
        if entry.get("type") == "InternalIP":
            return str(entry.get("address") or "")
    return ""


def instance_type(labels):
    found = [labels[label] for label in INSTANCE_TYPE if labels.get(label)]
    return found[0] if found else "node"


def is_ready(status):
    conditions = status.get("conditions") or []
    return any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in conditions)


def tolerates(toleration, taint):
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    operator = toleration.get("operator") or "Equal"
    if not toleration.get("key"):
        return operator == "Exists"
    if toleration["key"] != taint.get("key"):
        return False
    return operator == "Exists" or operator == "Equal" and (toleration.get("value") or "") == (taint.get("value") or "")


def booked(node, kinds, settings):
    """The cores and GPUs (idsets) that Flux books on a node; no cores if it has none of those that it may book."""
    known = kinds.get(node.kind) or {}
    cores = common(known.get("cores") or "0-{}".format(node.cores - 1), settings.cores)
    return cores, (known.get("gpus") or "") if settings.gpus else ""


@functools.lru_cache(maxsize=1000)
def common(cores, allowed):
    """What both idsets have; nodes are many, and kinds of nodes few."""
    found = set(decode_ids(cores))
    return encode_ids(found & set(decode_ids(allowed)) if allowed else found)
