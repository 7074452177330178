"""The Kubernetes API, as far as a supervisor may use it: nodes, one Lease and one ConfigMap.

http.client knows no proxy variables, as it should be: the API server isn't behind the proxy of the nodes' users.

KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT  where the API server is
DISTRIBUTE_ACCOUNT                                another folder of the service account
DISTRIBUTE_PLAIN_HTTP                             true for a server without TLS, in tests
"""
import http.client
import json
import os
import random
import socket
import ssl
import time
from urllib.parse import quote, urlencode

from distribute_settings import ACCOUNT, read_account

REQUEST_SECONDS = 10.0
# Seconds: for which a watch is asked for (the longest twice that), and without a word on it. The server sends a
# bookmark about every minute.
WATCH_SECONDS, WATCH_SILENCE_SECONDS = 240, 180
# A request fails within these many seconds if the machine at the other end is gone.
KEEPALIVE_SECONDS = 30
PAGE = 500
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
# Who ends a watch sooner than this, such as a load balancer, would do so again at once.
SHORT_WATCH_SECONDS = 5.0


class ApiError(Exception):
    """An answer of the API other than success; code 0 if there was none."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = " ".join(message.split())[:400]


class Pauses:
    """Growing pauses with jitter between tries that fail."""

    def __init__(self, first=FIRST_PAUSE_SECONDS, longest=LONGEST_PAUSE_SECONDS):
        self.first, self.longest = first, longest
        self.reset()

    def reset(self):
        self.next_pause = self.first

    def next(self):
        pause = self.next_pause * random.uniform(0.5, 1.0)
        self.next_pause = min(2 * self.next_pause, self.longest)
        return pause


class Line:
    """A watch that another thread can end."""

    connection, is_cut = None, False

    def cut(self):
        self.is_cut = True
        try:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass  # It ended by itself, or hasn't begun.


def watch_on(watch, version, line, pauses):
    """Events of one watch after the other, from that version on, until the line is cut.

    A watch that ended soon, or brought nothing, is not taken up again without a pause.
    """
    while not line.is_cut:
        began, is_silent = time.monotonic(), True
        for kind, thing in watch(version, line):
            version = (thing.get("metadata") or {}).get("resourceVersion") or version
            is_silent = False
            if time.monotonic() >= began + SHORT_WATCH_SECONDS:
                pauses.reset()
            yield kind, thing
        is_short = time.monotonic() < began + SHORT_WATCH_SECONDS
        if not is_short:
            pauses.reset()
        if is_short or is_silent:
            time.sleep(pauses.next())


class Api:
    """Requests raise ApiError, and nothing else, when they fail."""

    def __init__(self, settings):
        self.host = (os.environ.get("KUBERNETES_SERVICE_HOST") or "kubernetes.default.svc").strip("[]")
        self.port = int(os.environ.get("KUBERNETES_SERVICE_PORT") or 443)
        namespace = "/namespaces/{}".format(quote(settings.namespace, ""))
        self.config_map_name = settings.configMap
        self.config_maps = "/api/v1{}/configmaps".format(namespace)
        self.config_map = "{}/{}".format(self.config_maps, quote(settings.configMap, ""))
        # When the API last answered about what is this FluxDistribute's own, by the clock of the Lease.
        self.answered_at = None
        self.lease = "/apis/coordination.k8s.io/v1{}/leases/{}".format(namespace, quote(settings.lease, ""))

    def get_node(self, name):
        return self.request("GET", "/api/v1/nodes/" + quote(name, ""))

    def get_lease(self):
        return self.request("GET", self.lease)

    def put_lease(self, lease):
        """Only if it is still the one that was read (409 otherwise)."""
        return self.request("PUT", self.lease, lease)

    def get_config_map(self):
        return self.request("GET", self.config_map)

    def patch_config_map(self, data, resource_version):
        """Sets keys of its data, None removes one; only if it is still the one that was read (409 otherwise)."""
        return self.request(
            "PATCH", self.config_map, {"metadata": {"resourceVersion": resource_version}, "data": data}
        )

    def list_nodes(self, keep):
        """What `keep` makes of each node, and the version that a watch goes on from."""
        kept, query = [], {"limit": PAGE}
        while True:
            page = self.request("GET", "/api/v1/nodes?" + urlencode(query))
            kept += [keep(node) for node in page.get("items") or []]
            metadata = page.get("metadata") or {}
            if not metadata.get("continue"):
                return kept, metadata.get("resourceVersion", "")
            query["continue"] = metadata["continue"]

    def watch_nodes(self, version, line):
        return self.watch("/api/v1/nodes", {}, version, line)

    def list_config_map(self):
        """The one ConfigMap or None, and the version that a watch goes on from."""
        page = self.request("GET", "{}?{}".format(self.config_maps, urlencode(self.by_name())))
        items = page.get("items") or []
        return items[0] if items else None, (page.get("metadata") or {}).get("resourceVersion", "")

    def watch_config_map(self, version, line):
        return self.watch(self.config_maps, self.by_name(), version, line)

    def by_name(self):
        # Rights on one name cover a list and a watch only with this selector.
        return {"fieldSelector": "metadata.name=" + self.config_map_name}

    def request(self, method, path, content=None):
        connection, response = self.open(method, path, content, REQUEST_SECONDS)
        try:
            return parse(response.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise ApiError(0, describe(error))
        finally:
            connection.close()

    def watch(self, path, query, version, line):
        """Events (type, object) from that version on, until the server ends it. 410: the version is too old."""
        seconds = random.randint(WATCH_SECONDS, 2 * WATCH_SECONDS)
        query = dict(query, watch="true", allowWatchBookmarks="true", resourceVersion=version, timeoutSeconds=seconds)
        connection, response = self.open("GET", path + "?" + urlencode(query), None, WATCH_SILENCE_SECONDS)
        line.connection = connection
        try:
            while not line.is_cut:
                answer = response.readline()
                if not answer:
                    return
                event = parse(answer)
                kind, thing = event.get("type"), event.get("object")
                if not isinstance(thing, dict):
                    raise ApiError(0, "a watch event without an object")
                if kind == "ERROR":
                    raise ApiError(int(thing.get("code") or 0), str(thing.get("message") or "the watch failed"))
                yield kind, thing
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise ApiError(0, describe(error))
        finally:
            connection.close()

    def open(self, method, path, content, silence):
        # The token is read each time, since the kubelet replaces it.
        headers = {"Authorization": "Bearer " + read_account("token"), "Accept": "application/json"}
        body = None
        if content is not None:
            body = json.dumps(content)
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        connection = None
        try:
            connection = self.connect()
            connection.request(method, path, body, headers)
            connection.sock.settimeout(silence)
            response = connection.getresponse()
            if response.status < 300:
                if "/namespaces/" in path:
                    self.answered_at = time.clock_gettime(time.CLOCK_BOOTTIME)
                return connection, response
            answer = response.read()
        except (OSError, ValueError, http.client.HTTPException) as error:
            # What ssl raises is an OSError too.
            if connection:
                connection.close()
            raise ApiError(0, describe(error))
        connection.close()
        raise ApiError(response.status, refusal(answer, response.status))

    def connect(self):
        if os.environ.get("DISTRIBUTE_PLAIN_HTTP") == "true":
            connection = http.client.HTTPConnection(self.host, self.port, timeout=REQUEST_SECONDS)
        else:
            # Anew each time: the cluster's certificate authority may be replaced while this runs.
            tls = ssl.create_default_context(cafile=os.path.join(ACCOUNT, "ca.crt"))
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=REQUEST_SECONDS, context=tls)
        connection.connect()
        keep_alive(connection.sock)
        return connection


def keep_alive(connection):
    """A watch ends when the other machine is gone, however quiet it is meanwhile."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", KEEPALIVE_SECONDS // 2), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def parse(answer):
    content = json.loads(answer.decode())
    if not isinstance(content, dict):
        raise ValueError("not what the API server says")
    return content


def refusal(answer, status):
    try:
        content = parse(answer)
        return str(content.get("message") or content.get("reason") or status)
    except ValueError:
        # Not the API server: a proxy or a load balancer on the way.
        return "HTTP {} without JSON".format(status)


def describe(error):
    return "{}: {}".format(type(error).__name__, error)
