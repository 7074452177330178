"""The Fluxion service over gRPC, by the messages of its own client package.

Its class FluxionClient is not used: it gives no call a deadline, and its match() sets a field that its
messages lack.

What the service is like (converged-computing/fluxion, main of January 2025): Init makes a new, empty graph;
nothing tells what is booked; a Match or Cancel before the first Init ends the process; a Match that finds no
room and one that fails are the same error; a cancel of what is not booked succeeds; it closes connections
that are idle for 5 minutes.
"""

import os
import sys
import threading

from fluxion_pod import Failure

# Seconds for each kind of call; a graph of 10,000 cores takes one third of a second.
INIT_SECONDS, CALL_SECONDS, ALIVE_SECONDS = 60, 20, 5
OPTIONS = (
    # A proxy of the cluster's users is not for what is in the cluster.
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.max_receive_message_length", -1),
)
# From flux-sched 0.47 on a graph is read as GRUG unless the load format is named. The service has no field
# for that, but pastes the policy into the JSON of its options as it is.
POLICIES = ("", 'first", "load_format": "jgf')


class Unreachable(Failure):
    """The service may have lost its graph, and all that is booked in it."""


def load():
    """The modules of the client package."""
    try:
        import fluxion
    except ImportError:
        raise no_client("no module fluxion")
    # flux-sched has a package of that name too, which may come first.
    for folder in sys.path:
        package = os.path.join(folder, "fluxion")
        if os.path.isdir(os.path.join(package, "protos")) and package not in fluxion.__path__:
            fluxion.__path__.append(package)
    try:
        import grpc
        from fluxion.protos import fluxion_pb2, fluxion_pb2_grpc
    except Exception as error:  # Packages that don't fit each other have exceptions of their own.
        raise no_client("{}: {}".format(type(error).__name__, error))
    return grpc, fluxion_pb2, fluxion_pb2_grpc


def no_client(cause):
    python = "{}.{}".format(*sys.version_info[:2])
    words = "the image of the queue has no Fluxion client that Python {} ({}) can load: {}"
    return Failure(words.format(python, sys.executable, cause))


class Service:
    """One connection, for as long as it lasts: a new one may lead to a service that has been started anew."""

    def __init__(self, address):
        self.address = address
        self.grpc, self.messages, stubs = load()
        self.channel = self.grpc.insecure_channel(address, options=OPTIONS)
        self.stub = stubs.FluxionServiceStub(self.channel)
        self.unknown = self.channel.unary_unary(
            "/fluxion.FluxionService/Alive",
            request_serializer=lambda message: b"",
            response_deserializer=lambda answer: answer,
        )
        self.changed = threading.Event()
        self.was_ready = False
        self.channel.subscribe(self.on_state, try_to_connect=True)

    def on_state(self, state):
        is_ready = state == self.grpc.ChannelConnectivity.READY
        if self.was_ready and not is_ready:
            self.changed.set()
        self.was_ready = is_ready

    def call(self, method, message, seconds):
        """The answer, or None if the service says no."""
        code = self.grpc.StatusCode
        try:
            return method(message, timeout=seconds)
        except self.grpc.RpcError as error:
            if error.code() in (code.UNAVAILABLE, code.DEADLINE_EXCEEDED, code.CANCELLED):
                raise Unreachable("the Fluxion service at {} doesn't answer".format(self.address), 503)
            if error.code() in (code.UNIMPLEMENTED, code.RESOURCE_EXHAUSTED):
                raise Failure("the Fluxion service at {} says: {}".format(self.address, error.details()))
            return None

    def alive(self):
        """Is it there? A method that no release has is the only question that changes nothing."""
        code = self.grpc.StatusCode
        try:
            self.unknown(None, timeout=ALIVE_SECONDS)
        except self.grpc.RpcError as error:
            if error.code() in (code.UNAVAILABLE, code.DEADLINE_EXCEEDED, code.CANCELLED):
                raise Unreachable("the Fluxion service at {} doesn't answer".format(self.address), 503)

    def init(self, graph):
        """Makes an empty graph, in which nothing is booked."""
        for policy in POLICIES:
            self.changed.clear()
            answer = self.call(
                self.stub.Init, self.messages.InitRequest(policy=policy, jgf=graph), INIT_SECONDS
            )
            if answer is not None and answer.status == self.messages.InitResponse.INIT_SUCCESS:
                return
        raise Failure("the Fluxion service at {} refuses the graph of this cluster".format(self.address))

    def match(self, jobspec):
        """Its number and what it has booked, or nothing."""
        request = self.messages.MatchRequest(jobspec=jobspec, request="allocate")
        answer = self.call(self.stub.Match, request, CALL_SECONDS)
        if (
            answer is None
            or answer.status != self.messages.MatchResponse.MATCH_SUCCESS
            or not answer.allocation
        ):
            return None
        return answer.jobid, answer.allocation

    def cancel(self, number):
        """Frees what is booked under a number of Fluxion's."""
        answer = self.call(self.stub.Cancel, self.messages.CancelRequest(jobID=number), CALL_SECONDS)
        return answer is not None and answer.status == self.messages.CancelResponse.CANCEL_SUCCESS
