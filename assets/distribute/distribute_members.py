"""When a new generation is due, and what it is. Functions of their arguments only: no clock, no network.

Ranks hold: who stays keeps its rank, newcomers go to the end, hosts whose node is gone stay in the list as offline
hosts. Only a new lead, which swaps with the old one, and what the tree needs change that.
"""
import collections
import re

from distribute_document import Document
from distribute_hosts import decode_hosts, encode_hosts
from distribute_nodes import booked

# What differs between the document and the cluster; `subject` tells one change from another of the same kind.
Change = collections.namedtuple("Change", "kind subject")
# What the document is compared with: nodes by name, as they are now; kinds: what nodes of a kind have.
View = collections.namedtuple("View", "lead address nodes kinds certificate environment")

# Nothing works before these are mended.
AT_ONCE = ("lead", "lead-address")
# Gone hosts are dropped when there are more than so many, and more than this share of all.
MOST_GONE, GONE_SHARE = 8, 4


def changes(document, view, settings):
    """What a new generation would have to take up."""
    newcomers = [name for name, node in view.nodes.items() if node.may_join and booked(node, view.kinds, settings)[0]]
    if document is None:
        return {Change("joined", name) for name in newcomers} | {Change("joined", view.lead)}
    members = set(document.hosts)
    found = {Change("joined", name) for name in newcomers if name not in members}
    if document.hosts[0] != view.lead:
        found.add(Change("lead", view.lead))
    elif document.addresses[0] != view.address:
        found.add(Change("lead-address", view.address))
    if document.certificate != view.certificate:
        found.add(Change("certificate", view.certificate))
    if document.environment != view.environment:
        found.add(Change("environment", view.environment))
    gone = gone_ranks(document.hosts, view)
    for rank, host in enumerate(document.hosts[1:], 1):
        node = view.nodes.get(host)
        if rank in gone:
            if has_living_descendants(rank, len(document.hosts), gone, settings.topology):
                found.add(Change("left", host))
        elif is_interior(rank, len(document.hosts), settings.topology) and node.address != document.addresses[rank]:
            if node.address:
                found.add(Change("moved", host))
    for rank, host in enumerate(document.hosts):
        if resources_of(host, document, view, settings) != document.resources[rank]:
            found.add(Change("resources", host))
    return found


def gone_ranks(hosts, view):
    return {
        rank
        for rank, host in enumerate(hosts)
        if host != view.lead and not (host in view.nodes and view.nodes[host].may_stay)
    }


def next_document(document, view, newcomers, settings, made, generation=1):
    """The next generation, with these newcomers; `generation` is the least number that it may have."""
    old = document.hosts if document else []
    hosts = arrange(old, gone_names(old, view), newcomers, view.lead, settings.topology)
    if document:
        generation = max(generation, document.generation + 1)
    is_same_lead = document is not None and document.hosts[0] == view.lead
    return Document(
        generation=generation,
        lead_since=document.lead_since if is_same_lead else generation,
        reason=reason(document, view, hosts, settings),
        made=made,
        hosts=hosts,
        addresses=[address_of(host, document, view) for host in hosts],
        gone=frozenset(gone_ranks(hosts, view)),
        resources=[resources_of(host, document, view, settings) for host in hosts],
        certificate=view.certificate,
        environment=view.environment,
    )


def gone_names(hosts, view):
    return {hosts[rank] for rank in gone_ranks(hosts, view)}


def arrange(hosts, gone, newcomers, lead, topology):
    """The hosts in the order of their new ranks."""
    hosts = list(hosts)
    if lead not in hosts:
        hosts = [lead] + hosts[1:] + hosts[:1]
    else:
        rank = hosts.index(lead)
        hosts[0], hosts[rank] = hosts[rank], hosts[0]
    left = [host for host in hosts if host in gone]
    # In a tree whose shape this doesn't know, hosts that are gone may stand above others.
    if kind_of(topology) == "unknown" or len(left) > MOST_GONE and len(left) * GONE_SHARE > len(hosts):
        hosts = [host for host in hosts if host not in gone]
    hosts += sorted((name for name in newcomers if name not in hosts), key=natural)
    if kind_of(topology) == "kary":
        sink(hosts, gone, topology)
    return hosts


def sink(hosts, gone, topology):
    """Puts living hosts in the places of those that are gone and that others connect to."""
    ranks = {place for place, host in enumerate(hosts) if host in gone}
    for rank in sorted(ranks):
        if has_living_descendants(rank, len(hosts), ranks, topology):
            last = max(place for place in range(len(hosts)) if place not in ranks)
            hosts[rank], hosts[last] = hosts[last], hosts[rank]
            ranks = ranks - {rank} | {last}


def kind_of(topology):
    if topology in ("flat", "kary:0"):
        return "flat"
    return "kary" if topology.startswith("kary:") else "unknown"


def is_interior(rank, size, topology):
    """Do others connect to this rank? In a tree whose shape this doesn't know, they may to any."""
    kind = kind_of(topology)
    if kind == "kary":
        return rank * int(topology[5:]) + 1 < size
    return size > 1 if kind == "unknown" else rank == 0


def has_living_descendants(rank, size, gone, topology):
    kind = kind_of(topology)
    if kind != "kary":
        return kind == "unknown" or rank == 0
    fanout = int(topology[5:])
    first, count = rank * fanout + 1, fanout
    while first < size:
        if any(place not in gone for place in range(first, min(first + count, size))):
            return True
        first, count = first * fanout + 1, count * fanout
    return False


def resources_of(host, document, view, settings):
    """What Flux books on a host; of one whose node is gone, or has nothing left, what it had."""
    node = view.nodes.get(host)
    found = booked(node, view.kinds, settings) if node else ("", "")
    if found[0]:
        return found
    if document and host in document.hosts:
        return document.resources[document.hosts.index(host)]
    return "0", ""


def address_of(host, document, view):
    if host == view.lead:
        return view.address
    node = view.nodes.get(host)
    if node and node.address:
        return node.address
    return document.addresses[document.hosts.index(host)]


def natural(name):
    """Orders node-9 before node-10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name)]


def reason(document, view, hosts, settings):
    """Why there is this generation, for people."""
    if document is None:
        return "the first one"
    found = []
    for change in sorted(changes(document, view, settings)):
        if change.kind == "joined" and change.subject not in hosts:
            continue
        found.append(change)
    words = []
    for kind, text in (
        ("lead", "{} is the lead now"),
        ("lead-address", "the lead has the address {} now"),
        ("joined", "{} joined"),
        ("left", "{} left"),
        ("moved", "{} has another address"),
        ("certificate", "another certificate"),
        ("environment", "{} is installed"),
        ("resources", "{} has other resources"),
    ):
        subjects = sorted((change.subject for change in found if change.kind == kind), key=natural)
        if subjects:
            words.append(text.format(shortened(subjects)))
    return ", ".join(words)


def shortened(names):
    text = encode_hosts(names)
    if len(text) <= 100 and len(decode_hosts(text)) == len(names):
        return text
    return "{} nodes".format(len(names))
