"""Stands in for the Kubernetes API, as far as supervisors of flux-distribute see it: nodes, a Lease, a ConfigMap.

  distribute-api.py [KEY CERTIFICATE]   prints its port; TLS if a key is given

Lists with pages, watches with resourceVersion, bookmarks and 410, optimistic locking, and RBAC: what no rule allows is
403 and kept as a violation. The token of a request names the pod that makes it. Tests talk to /control with
{"do": ..., ...} and read {"requests", "violations", "leases", "writes", "config_map", "lease", "watches"} from there.
"""
import http.server
import json
import re
import ssl
import sys
import threading
import time
from urllib.parse import parse_qs, unquote, urlsplit

NAMESPACE, LEASE, CONFIG_MAP = "hpc", "flux", "flux-membership"
BOOKMARK_SECONDS = 1.0
PAGE_LIMIT = 500


class World:
    def __init__(self):
        self.changed = threading.Condition()
        self.version = 100
        self.nodes, self.events, self.oldest = {}, [], 0
        self.config_map = self.fresh("v1", "ConfigMap", CONFIG_MAP)
        self.lease = self.fresh("coordination.k8s.io/v1", "Lease", LEASE)
        self.requests, self.violations, self.leases, self.writes = [], [], [], []
        self.watches = {}
        self.is_away, self.is_frozen = False, False
        self.away_for, self.forbidden = set(), False
        self.epoch = 0
        # So many writes of the Lease find that somebody else was faster.
        self.conflicts = 0

    def fresh(self, api_version, kind, name):
        self.version += 1
        metadata = {"name": name, "namespace": NAMESPACE, "uid": "u1", "resourceVersion": str(self.version)}
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata}

    def emit(self, what, kind, thing):
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        self.events.append((self.version, what, kind, json.loads(json.dumps(thing))))
        self.changed.notify_all()


WORLD = World()


def node(given, version):
    labels = {
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": given.get("architecture", "amd64"),
        "kubernetes.io/hostname": given["name"],
        "node.kubernetes.io/instance-type": given.get("type", "m5.large"),
        **given.get("labels", {}),
    }
    ready = "True" if given.get("ready", True) else "False"
    return {
        "metadata": {"name": given["name"], "labels": labels, "resourceVersion": str(version)},
        "spec": {"taints": given.get("taints", []), "unschedulable": given.get("cordoned", False)},
        "status": {
            "capacity": {"cpu": str(given.get("cpu", 2))},
            "conditions": [{"type": "Ready", "status": ready}],
            "addresses": [{"type": "InternalIP", "address": given.get("address", "10.0.0.1")}],
            "nodeInfo": {"architecture": given.get("architecture", "amd64"), "operatingSystem": "linux"},
        },
    }


def control(order):
    """What the test wants to happen."""
    what = order["do"]
    world = WORLD
    if what == "node":
        is_new = order["name"] not in world.nodes
        world.nodes[order["name"]] = made = node(order, 0)
        world.emit("nodes", "ADDED" if is_new else "MODIFIED", made)
    elif what == "remove-node":
        gone = world.nodes.pop(order["name"], None)
        if gone:
            world.emit("nodes", "DELETED", gone)
    elif what == "away":
        world.is_away = order["is"]
        world.away_for = set(order.get("for", []))
        world.epoch += 1
        world.changed.notify_all()
    elif what == "freeze":
        world.is_frozen = order["is"]
        world.changed.notify_all()
    elif what == "forbid":
        world.forbidden = order["is"]
    elif what == "compact":
        world.events, world.oldest = [], world.version
        world.epoch += 1
        world.changed.notify_all()
    elif what == "data":
        world.config_map.setdefault("data", {}).update(order["data"])
        world.config_map["data"] = {key: text for key, text in world.config_map["data"].items() if text is not None}
        world.emit("configmaps", "MODIFIED", world.config_map)
    elif what == "delete-config-map":
        world.emit("configmaps", "DELETED", world.config_map)
        world.config_map = None
    elif what == "delete":
        control({"do": "delete-config-map"})
        control({"do": "delete-lease"})
    elif what == "conflicts":
        world.conflicts = order["count"]
    elif what == "delete-lease":
        world.lease = None
    elif what == "fresh-lease":
        world.lease = world.fresh("coordination.k8s.io/v1", "Lease", LEASE)
        world.lease["metadata"]["uid"] = "u2"
    elif what == "lease":
        world.lease.setdefault("spec", {}).update(order["spec"])
        world.emit("leases", "MODIFIED", world.lease)
    elif what == "forget":
        world.requests, world.violations = [], []
    elif what != "look":
        return {"error": "no such order"}
    names = ("requests", "violations", "leases", "writes", "config_map", "lease")
    return {**{name: getattr(world, name) for name in names}, "watches": sorted(world.watches.values())}


def may(method, path, query):
    """The rules of the ClusterRole and of the Role."""
    is_watch = query.get("watch") == "true"
    if path == "/api/v1/nodes":
        return method == "GET", "watch nodes" if is_watch else "list nodes"
    if re.fullmatch(r"/api/v1/nodes/[^/]+", path):
        return method == "GET", "get node"
    base = "/api/v1/namespaces/{}/configmaps".format(NAMESPACE)
    if path == base:
        is_by_name = query.get("fieldSelector") == "metadata.name=" + CONFIG_MAP
        return method == "GET" and is_by_name, "watch configmap" if is_watch else "list configmap"
    if path == "{}/{}".format(base, CONFIG_MAP):
        return method in ("GET", "PUT", "PATCH"), method.lower() + " configmap"
    if path == "/apis/coordination.k8s.io/v1/namespaces/{}/leases/{}".format(NAMESPACE, LEASE):
        return method in ("GET", "PUT", "PATCH"), method.lower() + " lease"
    return False, "{} {}".format(method, path)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 600

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.handle_any()

    do_PUT = do_PATCH = do_POST = do_DELETE = do_GET

    def handle_any(self):
        split = urlsplit(self.path)
        path, query = unquote(split.path), {key: value[-1] for key, value in parse_qs(split.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        if path == "/control":
            with WORLD.changed:
                self.answer(200, control(body))
            return
        who = (self.headers.get("Authorization") or "").partition("Bearer ")[2]
        while WORLD.is_frozen:
            time.sleep(0.05)
        if self.is_away(who):
            self.close_connection = True
            return
        with WORLD.changed:
            is_allowed, what = may(self.command, path, query)
            WORLD.requests.append([round(time.time(), 3), who, what])
            if not is_allowed or not who or WORLD.forbidden:
                if not WORLD.forbidden:
                    WORLD.violations.append([who, self.command, self.path])
                self.fail(403, "forbidden: " + what)
                return
        if query.get("watch") == "true":
            self.watch("nodes" if path.endswith("/nodes") else "configmaps", query, who)
            return
        with WORLD.changed:
            self.serve(path, query, body, who)

    def is_away(self, who):
        return WORLD.is_away and (not WORLD.away_for or who in WORLD.away_for)

    def serve(self, path, query, body, who):
        world = WORLD
        if path == "/api/v1/nodes":
            self.list(sorted(world.nodes.values(), key=lambda item: item["metadata"]["name"]), query)
        elif path.startswith("/api/v1/nodes/"):
            found = world.nodes.get(path.rpartition("/")[2])
            self.answer(200, found) if found else self.fail(404, "no such node")
        elif path.endswith("/configmaps"):
            self.list([world.config_map] if world.config_map else [], query)
        elif "/leases/" in path:
            self.lease(body, who)
        elif world.config_map is None:
            self.fail(404, "configmap not found")
        elif self.command == "GET":
            self.answer(200, world.config_map)
        else:
            self.patch(body, who)

    def list(self, items, query):
        start, limit = int(query.get("continue") or 0), int(query.get("limit") or PAGE_LIMIT)
        metadata = {"resourceVersion": str(WORLD.version)}
        if start + limit < len(items):
            metadata["continue"] = str(start + limit)
        self.answer(200, {"kind": "List", "metadata": metadata, "items": items[start : start + limit]})

    def lease(self, body, who):
        world = WORLD
        if world.lease is None:
            self.fail(404, "lease not found")
            return
        if self.command == "PUT":
            world.conflicts -= 1
            if world.conflicts >= 0 or body["metadata"].get("resourceVersion") != world.lease["metadata"]["resourceVersion"]:
                self.fail(409, "the object has been modified")
                return
            world.lease = body
            world.leases.append([round(time.time(), 3), who, body["spec"].get("holderIdentity")])
            world.emit("leases", "MODIFIED", world.lease)
        self.answer(200, world.lease)

    def patch(self, body, who):
        world = WORLD
        given = (body.get("metadata") or {}).get("resourceVersion")
        if given != world.config_map["metadata"]["resourceVersion"]:
            self.fail(409, "the object has been modified" if given else "a write without resourceVersion")
            return
        data = dict(world.config_map.get("data") or {})
        data.update(body.get("data") or {})
        world.config_map["data"] = {key: text for key, text in data.items() if text is not None}
        world.writes.append([round(time.time(), 3), who, sorted(body.get("data") or {}), body["data"].get("membership.json")])
        world.emit("configmaps", "MODIFIED", world.config_map)
        self.answer(200, world.config_map)

    def watch(self, what, query, who):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        seen, epoch, key = int(query.get("resourceVersion") or 0), WORLD.epoch, object()
        end, bookmark = time.monotonic() + float(query.get("timeoutSeconds") or 300), time.monotonic()
        WORLD.watches[key] = [who, what]
        try:
            if seen < WORLD.oldest:
                self.event("ERROR", {"kind": "Status", "code": 410, "message": "too old resource version"})
            else:
                while time.monotonic() < end and WORLD.epoch == epoch:
                    with WORLD.changed:
                        WORLD.changed.wait(0.25)
                        if WORLD.is_frozen:
                            continue
                        due = [event for event in WORLD.events if event[0] > seen and event[1] == what]
                        seen = WORLD.version
                    for _, _, kind, thing in due:
                        self.event(kind, thing)
                    if time.monotonic() > bookmark + BOOKMARK_SECONDS:
                        bookmark = time.monotonic()
                        self.event("BOOKMARK", {"metadata": {"resourceVersion": str(seen)}})
            if WORLD.epoch == epoch:
                self.wfile.write(b"0\r\n\r\n")
        except OSError:
            pass  # The pod has ended the watch.
        finally:
            del WORLD.watches[key]
            self.close_connection = True

    def event(self, kind, thing):
        line = json.dumps({"type": kind, "object": thing}).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.flush()

    def fail(self, code, message):
        self.answer(code, {"kind": "Status", "code": code, "message": message})

    def answer(self, code, content):
        text = json.dumps(content).encode()
        try:
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # Connections that pods cut.


def main():
    server = Server(("127.0.0.1", 0), Handler)
    if len(sys.argv) == 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[1])
        # The handshake is each connection's own affair.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
