"""The machine as Flux and Fluxion write it: R (RFC 20), graph (JGF), jobspecs, and allocations."""

import json
import re

from fluxion_pod import Failure


class Node:
    """A host: its rank in every broker's instance, and its cores."""

    def __init__(self, rank, host, cores):
        self.rank = rank
        self.host = host
        self.cores = frozenset(cores)


class Machine:
    """All hosts of the cluster, by rank."""

    def __init__(self, nodes):
        self.nodes = {node.rank: node for node in nodes}
        hosts = [node.host for node in nodes]
        # Instances for tests have many brokers on one host, and names in a graph are to differ.
        self.are_hosts_distinct = len(set(hosts)) == len(hosts)
        self.cores = sum(len(node.cores) for node in nodes)

    def label(self, node):
        return node.host if self.are_hosts_distinct else "{}-{}".format(node.host, node.rank)


class Shape:
    """What a job needs: tasks of so many cores, on any hosts, or evenly on a number of them."""

    def __init__(self, tasks, cores, nodes=None):
        self.tasks = tasks
        self.cores = cores
        self.nodes = nodes

    def slots_per_node(self):
        """As flux run does it: where tasks don't divide evenly, some slots stay empty."""
        return -(-self.tasks // self.nodes)

    def slots(self):
        return self.nodes * self.slots_per_node() if self.nodes else self.tasks

    def fits(self, free):
        """Is there room, given the number of free cores of each host?"""
        if self.nodes:
            needed = self.slots_per_node() * self.cores
            return sum(1 for count in free if count >= needed) >= self.nodes
        return sum(count // self.cores for count in free) >= self.tasks

    def words(self):
        text = "{} of {}".format(count_of(self.tasks, "task"), count_of(self.cores, "core"))
        return text + (" on {}".format(count_of(self.nodes, "host")) if self.nodes else "")


def count_of(number, noun):
    return "{} {}{}".format(number, noun, "" if number == 1 else "s")


def decode_idset(text):
    """RFC 22: 0,2-4 is {0, 2, 3, 4}."""
    ids = set()
    for part in str(text).strip("[]").split(","):
        if not part:
            continue
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ValueError("no idset: {}".format(text))
        ids.update(range(int(first), int(last if dash else first) + 1))
    return ids


def encode_idset(ids):
    parts = []
    for number in sorted(ids):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(a) if a == b else "{}-{}".format(a, b) for a, b in parts)


def decode_hosts(text):
    """RFC 29: flux-[0-2,4],head is flux-0, flux-1, flux-2, flux-4, head. Widths such as [00-10] are kept."""
    hosts = []
    for word in re.findall(r"(?:[^,\[\]]|\[[^\[\]]*\])+", text):
        names = [""]
        for plain, ids in re.findall(r"([^\[\]]+)|\[([^\[\]]*)\]", word):
            if plain:
                names = [name + plain for name in names]
                continue
            numbers = []
            for part in ids.split(","):
                first, _, last = part.partition("-")
                width = len(first)
                numbers += [str(n).zfill(width) for n in range(int(first), int(last or first) + 1)]
            names = [name + number for name in names for number in numbers]
        hosts += names
    return hosts


def read_machine(text, hosts=""):
    """From R as `flux resource R` prints it; where it names no hosts, from a host list."""
    try:
        execution = json.loads(text)["execution"]
        cores = {}
        for entry in execution["R_lite"]:
            for rank in decode_idset(entry["rank"]):
                cores[rank] = decode_idset(entry["children"]["core"])
        names = decode_hosts(",".join(execution.get("nodelist") or [])) or decode_hosts(hosts)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Failure(
            "R of the queue's broker can't be read ({}: {})".format(type(error).__name__, error), 503
        )
    ranks = sorted(cores)
    if not ranks:
        raise Failure("R of the queue's broker has no hosts yet", 503)
    if len(names) != len(ranks):
        # A host list is in the order of ranks.
        if len(names) <= ranks[-1]:
            raise Failure(
                "R of the queue's broker has {} ranks and {} host names".format(len(ranks), len(names)), 503
            )
        names = [names[rank] for rank in ranks]
    return Machine([Node(rank, host, cores[rank]) for rank, host in zip(ranks, names)])


def graph(machine):
    """JGF with what readers of all releases of flux-sched ask for."""
    vertices, edges = [], []

    def add(kind, name, number, rank, path):
        identifier = len(vertices)
        metadata = {
            "type": kind,
            "basename": kind,
            "name": name,
            "id": number,
            "uniq_id": identifier,
            "rank": rank,
            "exclusive": False,
            "unit": "",
            "size": 1,
            "paths": {"containment": path},
        }
        vertices.append({"id": str(identifier), "metadata": metadata})
        return str(identifier)

    def contain(outer, inner):
        metadata = {"subsystem": "containment", "name": {"containment": "contains"}}
        edges.append({"source": outer, "target": inner, "metadata": metadata})

    root = add("cluster", "cluster0", 0, -1, "/cluster0")
    for rank in sorted(machine.nodes):
        node = machine.nodes[rank]
        path = "/cluster0/" + machine.label(node)
        host = add("node", machine.label(node), rank, rank, path)
        contain(root, host)
        for core in sorted(node.cores):
            contain(host, add("core", "core{}".format(core), core, rank, "{}/core{}".format(path, core)))
    return json.dumps({"graph": {"nodes": vertices, "edges": edges}}, separators=(",", ":"))


def resources(shape):
    """The resources of a jobspec, for Fluxion and for Flux."""
    slot = {"type": "slot", "label": "task", "with": [{"type": "core", "count": shape.cores}]}
    if not shape.nodes:
        return [dict(slot, count=shape.tasks)]
    return [{"type": "node", "count": shape.nodes, "with": [dict(slot, count=shape.slots_per_node())]}]


def match_request(shape, constraint=None):
    """A jobspec for Fluxion, which reads no more of tasks than that they are there."""
    system = {"duration": 0}
    if constraint:
        system["constraints"] = constraint
    return json.dumps(
        {
            "version": 1,
            "resources": resources(shape),
            "tasks": [{"command": ["app"], "slot": "task", "count": {"per_slot": 1}}],
            "attributes": {"system": system},
        }
    )


def read_allocation(text):
    """The cores of each rank in an allocation of Fluxion (JGF)."""
    cores = {}
    try:
        for vertex in json.loads(text)["graph"]["nodes"]:
            metadata = vertex["metadata"]
            if metadata["type"] == "core":
                cores.setdefault(int(metadata["rank"]), set()).add(int(metadata["id"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Failure(
            "an allocation of Fluxion can't be read ({}: {})".format(type(error).__name__, error), 503
        )
    return cores


def write_cores(cores):
    return {str(rank): encode_idset(ids) for rank, ids in sorted(cores.items())}


def read_cores(written):
    return {int(rank): decode_idset(ids) for rank, ids in written.items()}


def make_R(machine, cores, start):
    """RFC 20: exactly these cores, with no end."""
    ranks = {}
    for rank in sorted(cores):
        ranks.setdefault(encode_idset(cores[rank]), []).append(rank)
    return {
        "version": 1,
        "execution": {
            "R_lite": [
                {"rank": encode_idset(same), "children": {"core": ids}} for ids, same in sorted(ranks.items())
            ],
            "nodelist": [",".join(machine.nodes[rank].host for rank in sorted(cores))],
            "starttime": start,
            "expiration": 0.0,
        },
    }
