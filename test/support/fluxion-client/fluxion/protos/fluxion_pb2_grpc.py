"""Stands in for what the gRPC plugin of protoc makes of the service."""

from . import fluxion_pb2


class FluxionServiceStub:
    def __init__(self, channel):
        for name in ("Init", "Match", "Cancel"):
            answer = getattr(fluxion_pb2, name + "Response")
            method = channel.unary_unary(
                "/fluxion.FluxionService/" + name,
                response_deserializer=lambda values, make=answer: make(**values),
            )
            setattr(self, name, method)
