"""The Connect and gRPC-Web protocols, for every method of the API: bytes in, bytes out, JSON by the descriptors.

One endpoint a method, made from its descriptor. None of them knows what its messages mean.
"""

import logging
from collections.abc import AsyncGenerator, Callable
from typing import Any, NamedTuple, cast

from connectrpc.code import Code
from connectrpc.codec import Codec
from connectrpc.errors import ConnectError, ErrorDetail
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext
from connectrpc.server import ConnectASGIApplication, Endpoint
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.rpc import status_pb2
from protobuf.wkt import Any as AnyMessage

from controlplane.gateway import calls, json_text
from controlplane.gateway.upstream import Stream, Upstream, UpstreamError
from controlplane.gateway.violations import BadParameters, status_of

log = logging.getLogger(__name__)
# Of one request message. It is in memory as a whole.
MOST_REQUEST_BYTES = 16 << 20
_STREAMS = {
    (False, False): StreamType.UNARY,
    (False, True): StreamType.SERVER_STREAM,
    (True, False): StreamType.CLIENT_STREAM,
    (True, True): StreamType.BIDI_STREAM,
}


class Payload(NamedTuple):
    """An answer as bytes, and what kind of message it is: for JSON alone is it parsed."""

    data: bytes
    kind: type[Message]


class BinaryCodec(Codec[Payload, bytes]):
    """Hands bytes on as they are: the control plane parses requests, and clients parse answers."""

    def name(self) -> str:
        return "proto"

    def encode(self, message: Payload) -> bytes:
        return message.data

    def decode(self, data: bytes | bytearray, message_class: type[Any]) -> bytes:
        return bytes(data)


class JsonCodec(Codec[Payload, bytes]):
    """Between protobuf's JSON and bytes."""

    def name(self) -> str:
        return "json"

    def encode(self, message: Payload) -> bytes:
        return json_text.render(message.kind.FromString(message.data)).encode()

    def decode(self, data: bytes | bytearray, message_class: type[Any]) -> bytes:
        """Raises ConnectError. A field that there is not is an error: it may be a misspelt `validateOnly`."""
        try:
            return json_text.parse(bytes(data) or b"{}", cast("Message", message_class())).SerializeToString()
        except BadParameters as error:
            raise error_of(status_of(error), Code.INVALID_ARGUMENT) from None


class ConnectApplication(ConnectASGIApplication[Upstream]):
    """The endpoints of one service."""

    def __init__(self, service: ServiceDescriptor, upstream: Upstream) -> None:
        self._name = service.full_name
        endpoints = {f"/{self._name}/{each.name}": _endpoint(each, upstream) for each in service.methods}
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            service=upstream,
            endpoints=lambda _service: endpoints,
            codecs=[BinaryCodec(), JsonCodec()],
            read_max_bytes=MOST_REQUEST_BYTES,
        )

    @property
    def path(self) -> str:
        return f"/{self._name}"


def _endpoint(method: MethodDescriptor, upstream: Upstream) -> Any:
    assert method.containing_service is not None
    path = f"/{method.containing_service.full_name}/{method.name}"
    output = message_factory.GetMessageClass(method.output_type)
    kind = _STREAMS[method.client_streaming, method.server_streaming]
    # Such a method can be a GET, too.
    changes_nothing = method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    info = MethodInfo(
        name=method.name,
        service_name=method.containing_service.full_name,
        input=cast("Any", message_factory.GetMessageClass(method.input_type)),
        output=cast("Any", output),
        idempotency_level=IdempotencyLevel.NO_SIDE_EFFECTS if changes_nothing else IdempotencyLevel.UNKNOWN,
        stream_type=kind,
    )
    make = {
        StreamType.UNARY: (Endpoint.unary, _unary),
        StreamType.CLIENT_STREAM: (Endpoint.client_stream, _unary),
        StreamType.SERVER_STREAM: (Endpoint.server_stream, _stream),
        StreamType.BIDI_STREAM: (Endpoint.bidi_stream, _stream),
    }
    endpoint, handler = cast("tuple[Any, Callable[..., Any]]", make[kind])
    return endpoint(info, handler(upstream, path, output))


def _unary(upstream: Upstream, path: str, output: type[Message]) -> Callable[..., Any]:
    async def call(request: Any, context: RequestContext[Any, Any]) -> Payload:
        try:
            answer = await upstream.call_unary(path, request, calls.metadata(), _seconds_left(context))
        except UpstreamError as error:
            raise to_connect(error, context) from None
        except Exception:  # noqa: BLE001 - the edge: whatever it is, the client gets a status
            raise _ours(path) from None
        _add(context.response_headers, answer.leading)
        _add(context.response_trailers, answer.trailing)
        return Payload(answer.message, output)

    return call


def _stream(upstream: Upstream, path: str, output: type[Message]) -> Callable[..., Any]:
    async def call(request: Any, context: RequestContext[Any, Any]) -> AsyncGenerator[Payload]:
        stream: Stream | None = None
        try:
            stream = upstream.call_stream(path, request, calls.metadata(), _seconds_left(context))
            await stream.begin()
            _add(context.response_headers, stream.leading)
            async for message in stream.messages():
                yield Payload(message, output)
            _add(context.response_trailers, stream.trailing)
        except UpstreamError as error:
            raise to_connect(error, context) from None
        except Exception:  # noqa: BLE001 - the edge: whatever it is, the client gets a status
            raise _ours(path) from None
        finally:
            # The reader has gone, or all is read: no task of ours waits for either.
            if stream:
                stream.cancel()

    return call


def to_connect(error: UpstreamError, context: RequestContext[Any, Any]) -> ConnectError:
    """The same error, with its details."""
    _add(context.response_trailers, error.trailing)
    name = "CANCELED" if error.code.name == "CANCELLED" else error.code.name
    code = Code.__members__.get(name, Code.UNKNOWN)
    return error_of(error.status, code)


def error_of(status: status_pb2.Status, code: Code) -> ConnectError:
    """With its details as they are."""
    details = [ErrorDetail(AnyMessage(type_url=each.type_url, value=each.value)) for each in status.details]
    return ConnectError(code, status.message, details)


def _ours(path: str) -> ConnectError:
    """Of a fault in the gateway: details only in the log."""
    log.exception("%s failed in the HTTP gateway", path)
    return ConnectError(Code.INTERNAL, "an internal error, which the log has")


def _seconds_left(context: RequestContext[Any, Any]) -> float | None:
    left = context.timeout_ms
    return None if left is None else max(left / 1000.0, 0.0)


def _add(headers: Any, found: list[tuple[str, str]]) -> None:
    for name, value in found:
        headers.add(name, value)
