"""What a broker reads, of the document and the settings. Functions of their arguments only."""
import hashlib
import json
import re

from distribute_document import grouped
from distribute_hosts import encode_hosts
from distribute_members import is_interior

PUBLIC_KEY = re.compile(rb'^\s+public-key\s*=\s*"([^"]{40})"', re.MULTILINE)


def broker_toml(document, rank, settings):
    """The configuration of the broker of this rank.

    Only hosts that others connect to have an entry with an address: names of nodes often don't resolve.
    """
    address = document.addresses[rank]
    lines = [
        "# Written by flux-distribute for generation {}.".format(document.generation),
        "[bootstrap]",
        "curve_cert = " + quoted(settings.in_run("config", "curve.cert")),
        "default_port = {}".format(settings.port),
        "default_bind = " + quoted(endpoint(address, settings.port)),
    ]
    if any(":" in address for address in document.addresses):
        lines.append("enable_ipv6 = true")
    lines += ["hosts = ["] + ["  {{ {} }},".format(entry) for entry in host_entries(document, settings)] + ["]"]
    lines += [
        "",
        "[resource]",
        "path = " + quoted(settings.in_run("config", "R")),
        # The operating system's host names need not be the names of the nodes.
        "noverify = true",
        "",
        "[kvs]",
        'checkpoint-period = "2s"',
    ]
    if settings.configuration:
        lines += ["", settings.configuration.rstrip()]
    return "\n".join(lines) + "\n"


def host_entries(document, settings):
    entries, rest = [], []
    for rank, host in enumerate(document.hosts):
        if not is_interior(rank, len(document.hosts), settings.topology):
            rest.append(host)
            continue
        if rest:
            entries.append("host = " + quoted(encode_hosts(rest)))
            rest = []
        entries.append(
            "host = {}, connect = {}".format(
                quoted(host), quoted(endpoint(document.addresses[rank], settings.port))
            )
        )
    if rest:
        entries.append("host = " + quoted(encode_hosts(rest)))
    return entries


def endpoint(address, port):
    return "tcp://{}:{}".format("[{}]".format(address) if ":" in address else address, port)


def quoted(text):
    # What JSON escapes, TOML has the same escapes for.
    return json.dumps(text)


def r_json(document):
    """R (RFC 20): the resources of all ranks."""
    entries = []
    for group in grouped(document.resources):
        children = {"core": group["cores"]}
        if group["gpus"]:
            children["gpu"] = group["gpus"]
        entries.append({"rank": group["ranks"], "children": children})
    execution = {
        "R_lite": entries,
        "nodelist": [encode_hosts(document.hosts)],
        "starttime": 0,
        "expiration": 0,
    }
    return json.dumps({"version": 1, "execution": execution}) + "\n"


def fingerprint(certificate):
    """Tells certificates apart without a secret: of the public key. Empty if there is none in these bytes."""
    key = PUBLIC_KEY.search(certificate)
    return hashlib.sha256(key.group(1)).hexdigest()[:16] if key else ""
