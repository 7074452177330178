"""Watches the nodes and the ConfigMap as supervisors do, and prints each time that something has changed what is seen.

  distribute-watch.py SECONDS   a watch that ends sooner than this is a short one
"""
import json
import os
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "assets", "distribute"))
import distribute_api  # noqa: E402
from distribute_membership import Membership  # noqa: E402
from distribute_settings import OPTIONAL, Settings  # noqa: E402
from distribute_watch import NodeWatch  # noqa: E402

distribute_api.SHORT_WATCH_SECONDS = float(sys.argv[1])
settings = Settings(**dict.fromkeys(OPTIONAL))
settings.__dict__.update(namespace="hpc", configMap="flux-membership", lease="flux", nodeSelector={}, tolerations=[])
settings.__dict__.update(controlPlane=False, architectures=["amd64"])
changed = threading.Event()
api = distribute_api.Api(settings)
membership, nodes = Membership(api, changed.set), NodeWatch(api, settings, changed.set)
membership.start()
nodes.start()
while True:
    changed.wait()
    changed.clear()
    print(json.dumps({"data": membership.data, "nodes": sorted(nodes.now() or {})}), flush=True)
