"""Stands in for the Fluxion service: one JSON object a line instead of gRPC, and the same manners.

Init makes an empty graph; Match and Cancel before the first Init end the process; no room is an error without
a name; a cancel of what isn't booked succeeds. It takes cores from the last host to the first. Gates are
those of fluxion-flux.py. Files in $STAND_IN change it: `no-constraints`,
`forgets-bookings`, `refuses-graph`, `reads-grug`.

fluxion-service.py PORT
"""

import json
import os
import socketserver
import sys
import threading
import time

HOME = os.environ["STAND_IN"]
LOCK = threading.Lock()
METHODS = {"Init", "Match", "Cancel"}


def has(name):
    return os.path.exists(os.path.join(HOME, name))


def gate(name):
    if has("gate-" + name):
        open(os.path.join(HOME, "at-" + name), "w").close()
    while has("gate-" + name):
        time.sleep(0.01)


def ids(text):
    found = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


class Graph:
    def __init__(self, jgf):
        self.cores = {}
        for vertex in json.loads(jgf)["graph"]["nodes"]:
            metadata = vertex["metadata"]
            if metadata["type"] == "core":
                self.cores.setdefault(metadata["rank"], {})[metadata["id"]] = metadata
        self.booked = {}
        self.next = 1

    def free(self, rank):
        taken = set()
        if not has("forgets-bookings"):
            taken = {core for cores in self.booked.values() for core in cores.get(rank, ())}
        return [core for core in sorted(self.cores[rank], reverse=True) if core not in taken]

    def match(self, jobspec):
        # Failed matches use up a number too.
        number, self.next = self.next, self.next + 1
        constraint = jobspec["attributes"]["system"].get("constraints")
        if constraint and has("no-constraints"):
            constraint = None
        (resource,) = jobspec["resources"]
        slot = resource["with"][0] if resource["type"] == "node" else resource
        size = slot["with"][0]["count"]
        hosts, left, got = resource["count"], slot["count"], {}
        for rank in sorted(self.cores, reverse=True):
            if constraint and rank not in ids(constraint["ranks"][0]):
                continue
            free = self.free(rank)
            if resource["type"] == "node":
                if len(got) < hosts and len(free) >= slot["count"] * size:
                    got[rank] = free[: slot["count"] * size]
            else:
                slots = min(left, len(free) // size)
                if slots:
                    got[rank] = free[: slots * size]
                left -= slots
        if (len(got) < hosts) if resource["type"] == "node" else left:
            return None
        self.booked[number] = got
        nodes = [
            {"id": str(self.cores[rank][core]["uniq_id"]), "metadata": self.cores[rank][core]}
            for rank, cores in got.items()
            for core in cores
        ]
        return {
            "jobid": number,
            "allocation": json.dumps({"graph": {"nodes": nodes, "edges": []}}),
            "status": 0,
        }


class Connection(socketserver.StreamRequestHandler):
    graph = None

    def handle(self):
        for line in self.rfile:
            request = json.loads(line)
            method, message = request["method"].rpartition("/")[2], request["message"]
            if method not in METHODS:
                answer = {"code": "UNIMPLEMENTED", "details": "unknown method {}".format(method)}
            else:
                with LOCK:
                    gate("before-" + method.lower())
                    answer = self.act(method, message)
                    gate("after-" + method.lower())
            self.wfile.write(json.dumps(dict(answer, number=request["number"])).encode() + b"\n")

    def act(self, method, message):
        if method == "Init":
            # As flux-sched does from 0.47 on, which reads another format unless it is told.
            options = json.loads('{"matcher_policy": "%s"}' % message["policy"])
            if has("refuses-graph") or (has("reads-grug") and options.get("load_format") != "jgf"):
                return {"code": "UNKNOWN", "details": "issue initializing resource api client -1"}
            Connection.graph = Graph(message["jgf"])
            return {"message": {"status": 0}}
        if Connection.graph is None:
            os._exit(2)
        if method == "Cancel":
            Connection.graph.booked.pop(message["jobID"], None)
            return {"message": {"status": 0}}
        found = Connection.graph.match(json.loads(message["jobspec"]))
        if found is None:
            return {"code": "UNKNOWN", "details": "[Fluxion] Error in ReapiCliMatchAllocate"}
        return {"message": found}


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", int(sys.argv[1])), Connection) as server:
    server.serve_forever()
