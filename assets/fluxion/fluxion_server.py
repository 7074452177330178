"""The controller's HTTP interface: JSON, signed both ways (fluxion_auth), one request a connection.

POST /submit {application, command, tasks, cores_per_task, nodes, cwd, environment, key}   {job}
POST /cancel {number}                                                                      {job}
GET  /jobs                                                                                 {jobs}
GET  /jobs/NUMBER                                                                          {job}
"""

import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fluxion_auth import Guard
from fluxion_job import Job
from fluxion_pod import MOST_BODY, Failure, is_text, say

# Seconds for a request as a whole, which a client that sends it byte by byte doesn't get more of.
REQUEST_SECONDS = 20
MOST_CONNECTIONS = 64
MOST_TASKS = 1 << 20
KEY = re.compile(r"[0-9a-f]{32}")
PLACE = re.compile(r"/jobs/([1-9][0-9]{0,15})")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # A controller that was just killed leaves connections in TIME_WAIT.
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, family, address, scheduler, guard):
        self.address_family = family
        self.scheduler = scheduler
        self.guard = guard
        self.room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(address, Handler)

    def server_bind(self):
        # That of the parent asks the name service for the host's name, for which nobody has a use.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def process_request(self, request, client_address):
        # Where there is no room clients wait in the backlog; each connection has an end.
        self.room.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        timer = threading.Timer(REQUEST_SECONDS, cut, (request,))
        timer.daemon = True
        timer.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            timer.cancel()
            self.room.release()

    def handle_error(self, request, client_address):
        pass  # A client that went away.


def cut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Handler(BaseHTTPRequestHandler):
    timeout = REQUEST_SECONDS
    server_version = "fluxion-controller"
    sys_version = ""

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        length = self.headers.get("Content-Length") or ""
        if not length.isdigit() or self.headers.get("Transfer-Encoding"):
            self.refuse(411)
        elif int(length) > MOST_BODY:
            self.refuse(413)
        else:
            self.answer(self.rfile.read(int(length)))

    def answer(self, body):
        header = self.headers.get("Authorization")
        nonce = self.server.guard.admit(header, self.command, self.path, body)
        if nonce is None:
            self.refuse(401)
            return
        try:
            self.server.guard.check(header)
            status, content = 200, self.act(body)
        except Failure as problem:
            status, content = problem.code, {"error": str(problem)}
        except Exception as error:
            say("a request has failed ({}: {})".format(type(error).__name__, error))
            status, content = 500, {"error": "the controller has failed: its log says how"}
        data = json.dumps(content).encode()
        self.reply(status, data, self.server.guard.keys.sign_answer(nonce, status, data))

    def act(self, body):
        scheduler = self.server.scheduler
        if self.command == "POST":
            content = read_object(body)
            if self.path == "/submit":
                return {"job": scheduler.accept(read_job(content)).shown(scheduler.machine)}
            if self.path == "/cancel":
                number = content.get("number")
                return {"job": scheduler.cancel(number if is_count(number) else 0).shown(scheduler.machine)}
        elif self.path == "/jobs":
            return {"jobs": scheduler.listed()}
        elif PLACE.fullmatch(self.path):
            return {"job": scheduler.shown(int(PLACE.fullmatch(self.path).group(1)))}
        raise Failure("there is no {} {}".format(self.command, self.path), 404)

    def refuse(self, status):
        """To somebody who may not have the certificate, and is told no more than that."""
        self.reply(status, b'{"error": "refused"}', None)

    def reply(self, status, data, signature):
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        if signature is not None:
            self.send_header("Signature", signature)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, form, *arguments):
        pass


def read_object(body):
    try:
        content = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Failure("the request is no JSON object")
    return content


def is_count(value):
    return type(value) is int and 0 < value <= MOST_TASKS


def is_word(value):
    return isinstance(value, str) and is_text(value)


def read_job(content):
    """A job as users ask for it. Every field is looked at: this is the way in for what others write."""
    names = {"application", "command", "tasks", "cores_per_task", "nodes", "cwd", "environment", "key"}
    unknown = sorted(set(content) - names)
    if unknown:
        raise Failure("the request has unknown fields: {}".format(", ".join(unknown)))
    fields = {name: content.get(name) for name in names}
    if not is_word(fields["application"]):
        raise Failure("the request names no application")
    if not isinstance(fields["key"], str) or not KEY.fullmatch(fields["key"]):
        raise Failure("the request has no key")
    command = fields["command"]
    if (
        not isinstance(command, list)
        or not command
        or not all(is_word(word) for word in command)
        or not command[0]
    ):
        raise Failure("the request has no command")
    for name in ("tasks", "cores_per_task", "nodes"):
        if fields[name] is not None and not is_count(fields[name]):
            raise Failure("{} is a number from 1 to {}".format(name.replace("_", " "), MOST_TASKS))
    fields["tasks"] = fields["tasks"] or fields["nodes"] or 1
    fields["cores_per_task"] = fields["cores_per_task"] or 1
    if fields["nodes"] and fields["nodes"] > fields["tasks"]:
        raise Failure("{} hosts are more than {} tasks".format(fields["nodes"], fields["tasks"]))
    cwd = fields["cwd"]
    if cwd is not None and (not is_word(cwd) or not cwd.startswith("/")):
        raise Failure("the working directory is an absolute path, got {}".format(cwd))
    environment = fields["environment"]
    if environment is not None and not (
        isinstance(environment, dict)
        and all(
            is_word(name) and name and "=" not in name and is_word(text) for name, text in environment.items()
        )
    ):
        raise Failure("the environment is an object of names and texts")
    return Job(**fields)


def serve(host, port, scheduler, keys):
    """Listens at the addresses of this pod's name, and at no other."""
    guard = Guard(keys)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise Failure("the address of {} is not known ({})".format(host, error.strerror))
    servers = []
    for family, _, _, _, address in found:
        if address[0] in ("0.0.0.0", "::"):
            raise Failure("{} is no address of this pod, but any".format(address[0]))
        if address[0] in [server.server_address[0] for server in servers]:
            continue
        try:
            servers.append(Server(family, address, scheduler, guard))
        except OSError as error:
            raise Failure("can't listen at {} port {}: {}".format(address[0], port, error.strerror))
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
    return servers
