"""Answers questions about the functions of flux-distribute that plan: a JSON list of questions in, one of answers out.

  {"hosts": [...]}        encoded and decoded again      {"hostlist": "..."}  its hosts, or the error
  {"ids": [...]}          the same for numbers           {"idset": "..."}
  {"parse": "..."}        a document, or the error       {"jitter": size}     a thousand pauses before a start
  {"address": "lo"}       of a network interface
  {"plan": {...}}         nodes, settings, lead, and a document if there is one: what changes, and what comes next
"""
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "assets", "distribute"))
sys.dont_write_bytecode = True
from distribute_broker_files import broker_toml, r_json  # noqa: E402
from distribute_document import grouped, parse, to_text  # noqa: E402
from distribute_follower import jitter  # noqa: E402
from distribute_hosts import decode_hosts, decode_ids, encode_hosts, encode_ids  # noqa: E402
from distribute_interface import address_of_interface  # noqa: E402
from distribute_members import View, changes, next_document  # noqa: E402
from distribute_nodes import node_of  # noqa: E402
from distribute_settings import OPTIONAL, Settings  # noqa: E402

SETTINGS = {
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [],
    "controlPlane": False,
    "architectures": ["amd64", "arm64"],
    "gpus": False,
    "topology": "flat",
    "port": 8050,
    "runDirectory": "/run/flux-distribute/flux",
}


def attempt(function, *arguments):
    try:
        return {"is": function(*arguments)}
    except ValueError as error:
        return {"error": str(error)}


def plan(question):
    settings = Settings(**dict.fromkeys(OPTIONAL))
    settings.__dict__.update({**SETTINGS, **question.get("settings", {})})
    document = parse(question["document"]) if question.get("document") else None
    began = time.perf_counter()
    nodes = [node_of(thing, settings) for thing in question["nodes"]]
    lead = question["lead"]
    by_name = {node.name: node for node in nodes}
    address = by_name[lead].address if lead in by_name else "10.9.9.9"
    view = View(lead, address, by_name, question.get("kinds", {}), "0123456789abcdef", "flux-1")
    found = changes(document, view, settings)
    newcomers = [change.subject for change in found if change.kind == "joined"]
    new = next_document(document, view, newcomers, settings, "2026-01-01T00:00:00Z")
    text = to_text(new)
    took = time.perf_counter() - began
    # What was written is what is read.
    assert parse(text) == new, text
    rank = question.get("rank", 0)
    return {
        "changes": sorted([list(change) for change in found]),
        "hosts": new.hosts,
        "gone": sorted(new.gone),
        "resources": grouped(new.resources),
        "leadSince": new.lead_since,
        "reason": new.reason,
        "document": text,
        "toml": broker_toml(new, rank, settings),
        "r": json.loads(r_json(new)),
        "seconds": took,
        "left": changes(new, view, settings) and sorted(map(list, changes(new, view, settings))) or [],
        "nodes": {node.name: [node.may_join, node.may_stay, node.kind] for node in nodes},
    }


def answer(question):
    (what, value), *_ = question.items()
    if what == "hosts":
        text = encode_hosts(value)
        return {"text": text, "back": decode_hosts(text)}
    if what == "ids":
        text = encode_ids(value)
        return {"text": text, "back": decode_ids(text)}
    if what == "hostlist":
        return attempt(decode_hosts, value)
    if what == "idset":
        return attempt(decode_ids, value)
    if what == "parse":
        return attempt(lambda text: parse(text).generation, value)
    if what == "jitter":
        return {"follower": [jitter(1, value) for _ in range(1000)], "lead": jitter(0, value)}
    if what == "address":
        return {"is": address_of_interface(value)}
    return plan(value)


print(json.dumps([answer(question) for question in json.load(sys.stdin)]))
