#!/usr/bin/env python3
"""Prints the rank of this node: how far its own address is from that of rank 0."""
import ipaddress
import json
import subprocess
import sys

import boot_settings
from aws_api import AwsError, Node


def own_addresses():
    """Those of the interfaces, which need no answer from anywhere, then the one that AWS knows."""
    try:
        words = ["ip", "-json", "-4", "address", "show", "scope", "global"]
        shown = subprocess.run(words, capture_output=True, check=True, timeout=20).stdout
        for interface in json.loads(shown):
            yield from (address["local"] for address in interface.get("addr_info", []) if "local" in address)
    except (OSError, subprocess.SubprocessError, ValueError):
        pass
    try:
        yield Node(tries=3).metadata("local-ipv4").strip()
    except AwsError:
        pass


def rank_of(first, nodes, addresses):
    found = []
    for address in addresses:
        rank = int(ipaddress.IPv4Address(address)) - int(ipaddress.IPv4Address(first))
        if 0 <= rank < nodes:
            return rank
        if address not in found:
            found.append(address)
    last = ipaddress.IPv4Address(first) + nodes - 1
    raise boot_settings.SettingsError(
        "no address of this node ({}) is among those of the cluster, {} to {}: its network interface is not one that the "
        "cluster made".format(", ".join(found) or "it has none", first, last)
    )


if __name__ == "__main__":
    try:
        given = boot_settings.read()
        print(rank_of(given["firstAddress"], given["maxNodes"], own_addresses()))
    except boot_settings.SettingsError as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
