"""The document that says which brokers there are, as it stands in the ConfigMap under `membership.json`.

Everybody follows it, so that what a person may have written into it is looked at closely.
"""
import collections
import ipaddress
import json
import re

from distribute_hosts import decode_hosts, decode_ids, encode_hosts, encode_ids

KEY = "membership.json"

# hosts and addresses in the order of the ranks; gone: ranks without a node; resources: (cores, gpus) of each rank.
# lead_since: the generation in which rank 0 became the lead, so that it knows whether its own state is the newest.
Document = collections.namedtuple(
    "Document", "generation lead_since reason made hosts addresses gone resources certificate environment"
)

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
# The name of a folder on the nodes.
ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,200}")
CERTIFICATE = re.compile(r"[0-9a-f]{16}")


def parse(text):
    """ValueError, with what is wrong, if the text is no such document."""
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")
    generation = number(content, "generation")
    hosts = decode_hosts(string(content, "hosts"))
    addresses = decode_hosts(string(content, "addresses"))
    gone = frozenset(decode_ids(string(content, "gone")))
    certificate, environment = string(content, "certificate"), string(content, "environment")
    for name in hosts:
        if not HOST.fullmatch(name):
            raise ValueError("{!r} in hosts can't be the name of a node".format(name[:80]))
    if not hosts or len(set(hosts)) < len(hosts):
        raise ValueError("hosts is empty, or has a name twice")
    if len(addresses) != len(hosts):
        raise ValueError("there are {} hosts and {} addresses".format(len(hosts), len(addresses)))
    for address in addresses:
        ipaddress.ip_address(address)
    if 0 in gone or gone and max(gone) >= len(hosts):
        raise ValueError("gone has rank 0, or ranks that there aren't")
    if not CERTIFICATE.fullmatch(certificate):
        raise ValueError("certificate is no fingerprint of 16 hex digits")
    if not ENVIRONMENT.fullmatch(environment):
        raise ValueError("environment can't be the name of a folder")
    return Document(
        generation=generation,
        lead_since=number(content, "leadSince") if "leadSince" in content else generation,
        reason=str(content.get("reason") or ""),
        made=str(content.get("made") or ""),
        hosts=hosts,
        addresses=addresses,
        gone=gone,
        resources=parse_resources(content.get("resources"), len(hosts)),
        certificate=certificate,
        environment=environment,
    )


def number(content, key):
    value = content.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("{} is no number of at least 1".format(key))
    return value


def string(content, key):
    value = content.get(key)
    if not isinstance(value, str):
        raise ValueError("{} is no text".format(key))
    return value


def parse_resources(entries, size):
    if not isinstance(entries, list):
        raise ValueError("resources is no list")
    resources = [None] * size
    for entry in entries:
        if not isinstance(entry, dict):
            raise ValueError("resources has an entry that is no object")
        ranks, cores, gpus = (string(entry, key) for key in ("ranks", "cores", "gpus"))
        decode_ids(gpus)
        if not decode_ids(cores):
            raise ValueError("resources has an entry without cores")
        for rank in decode_ids(ranks):
            if rank >= size or resources[rank]:
                raise ValueError("resources has rank {} twice, or there is none".format(rank))
            resources[rank] = (cores, gpus)
    if None in resources:
        raise ValueError("resources lacks rank {}".format(resources.index(None)))
    return resources


def grouped(resources):
    """Entries of ranks with the same resources."""
    ranks = {}
    for rank, what in enumerate(resources):
        ranks.setdefault(what, []).append(rank)
    return [
        {"ranks": encode_ids(found), "cores": cores, "gpus": gpus} for (cores, gpus), found in ranks.items()
    ]


def to_text(document):
    content = {
        "generation": document.generation,
        "reason": document.reason,
        "made": document.made,
        "leadSince": document.lead_since,
        "hosts": encode_hosts(document.hosts),
        "addresses": encode_hosts(document.addresses),
        "gone": encode_ids(document.gone),
        "resources": grouped(document.resources),
        "certificate": document.certificate,
        "environment": document.environment,
    }
    return json.dumps(content, indent=1)


def rank_of(document, name):
    return document.hosts.index(name) if document and name in document.hosts else None
