"""A collector of spans in this process: OTLP's TraceService over gRPC."""

from collections.abc import Generator
from concurrent import futures
from contextlib import contextmanager
from typing import Any, NamedTuple

import grpc
import pytest


class CollectedSpan(NamedTuple):
    """One span, with its ids in hexadecimal digits; `parent` is empty for the first of a trace."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent: str
    failed: bool
    # Numbers as text.
    attributes: dict[str, str]


class Collector:
    """Spans in the order in which they came. `url` is as `--trace-to` takes it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.spans: list[CollectedSpan] = []
        # While it refuses, and how often it did.
        self.refuses = False
        self.refused = 0

    def of(self, trace_id: str) -> list[CollectedSpan]:
        return [each for each in self.spans if each.trace_id == trace_id]

    def take(self, request: Any) -> None:
        for of_service in request.resource_spans:
            names = {each.key: each.value.string_value for each in of_service.resource.attributes}
            for scope in of_service.scope_spans:
                self.spans += [_collected(names["service.name"], span) for span in scope.spans]


def _collected(service: str, span: Any) -> CollectedSpan:
    attributes = {each.key: each.value.string_value or str(each.value.int_value) for each in span.attributes}
    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
    return CollectedSpan(service, span.name, *ids, span.status.code == 2, attributes)


@contextmanager
def collecting() -> Generator[Collector]:
    """Skips the test where the extra `tracing` is not installed."""
    path = "opentelemetry.proto.collector.trace.v1"
    messages: Any = pytest.importorskip(f"{path}.trace_service_pb2")
    service: Any = pytest.importorskip(f"{path}.trace_service_pb2_grpc")
    server = grpc.server(futures.ThreadPoolExecutor(2))
    collector = Collector(server.add_insecure_port("127.0.0.1:0"))

    class Servicer(service.TraceServiceServicer):
        def Export(self, request: Any, context: grpc.ServicerContext) -> Any:
            if collector.refuses:
                collector.refused += 1
                context.abort(grpc.StatusCode.PERMISSION_DENIED, "not now")
            collector.take(request)
            return messages.ExportTraceServiceResponse()

    service.add_TraceServiceServicer_to_server(Servicer(), server)
    server.start()
    try:
        yield collector
    finally:
        server.stop(None).wait()
