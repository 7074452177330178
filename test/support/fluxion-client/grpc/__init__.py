"""Stands in for gRPC, as far as the fluxion controller uses it: see fluxion-service.py for what goes over the wire."""

import enum
import json
import queue
import socket
import threading


class StatusCode(enum.Enum):
    CANCELLED = 1
    UNKNOWN = 2
    DEADLINE_EXCEEDED = 4
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    UNAVAILABLE = 14


class ChannelConnectivity(enum.Enum):
    IDLE = 0
    CONNECTING = 1
    READY = 2
    TRANSIENT_FAILURE = 3
    SHUTDOWN = 4


class RpcError(Exception):
    def __init__(self, code, details):
        super().__init__(details)
        self._code, self._details = code, details

    def code(self):
        return self._code

    def details(self):
        return self._details


def insecure_channel(target, options=None, compression=None):
    return Channel(target)


class Channel:
    def __init__(self, target):
        host, _, port = target.rpartition(":")
        self.target = (host, int(port))
        self.lock = threading.Lock()
        self.connection = None
        self.callbacks = []
        self.answers = {}
        self.number = 0

    def subscribe(self, callback, try_to_connect=False):
        self.callbacks.append(callback)
        callback(ChannelConnectivity.IDLE)

    def tell(self, state):
        for callback in self.callbacks:
            callback(state)

    def connect(self):
        if self.connection is None:
            try:
                self.connection = socket.create_connection(self.target, 1)
            except OSError:
                self.tell(ChannelConnectivity.TRANSIENT_FAILURE)
                raise RpcError(StatusCode.UNAVAILABLE, "failed to connect") from None
            self.connection.settimeout(None)
            threading.Thread(target=self.read, args=(self.connection,), daemon=True).start()
            self.tell(ChannelConnectivity.READY)
        return self.connection

    def read(self, connection):
        try:
            for line in connection.makefile("rb"):
                answer = json.loads(line)
                self.answers.pop(answer["number"]).put(answer)
        except OSError:
            pass
        with self.lock:
            self.connection = None
            self.tell(ChannelConnectivity.IDLE)
            for waiting in self.answers.values():
                waiting.put({"code": "UNAVAILABLE", "details": "Socket closed"})
            self.answers = {}

    def unary_unary(
        self, method, request_serializer=None, response_deserializer=None, _registered_method=False
    ):
        def call(message, timeout=None):
            waiting = queue.Queue()
            with self.lock:
                connection = self.connect()
                self.number += 1
                self.answers[self.number] = waiting
                request = {
                    "number": self.number,
                    "method": method,
                    "message": vars(message) if message else None,
                }
                try:
                    connection.sendall(json.dumps(request).encode() + b"\n")
                except OSError:
                    raise RpcError(StatusCode.UNAVAILABLE, "Broken pipe") from None
            try:
                answer = waiting.get(timeout=timeout)
            except queue.Empty:
                raise RpcError(StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded") from None
            if "code" in answer:
                raise RpcError(StatusCode[answer["code"]], answer["details"])
            return response_deserializer(answer["message"])

        return call
