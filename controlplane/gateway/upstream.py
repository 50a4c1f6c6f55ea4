"""The control plane, as the gateway calls it: methods by their names, messages as bytes, nothing parsed."""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any, NamedTuple, TypeAlias, cast

import grpc
from chronovisor import keepalive
from google.rpc import status_pb2
from grpc import aio
from grpc_health.v1 import health_pb2

from controlplane.gateway.calls import Metadata, answered

MOST_BYTES = 64 << 20
OPTIONS = (
    ("grpc.max_receive_message_length", MOST_BYTES),
    ("grpc.max_send_message_length", MOST_BYTES),
    ("grpc.use_local_subchannel_pool", 1),
    # Nothing is far away: windows need not grow, by which a stream that nobody reads would have megabytes here.
    ("grpc.http2.bdp_probe", 0),
    # The control plane is on this machine: it is there again soon, or it ends this process.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    *keepalive.CHANNEL_OPTIONS,
)
_DETAILS = "grpc-status-details-bin"
# What gRPC says has the path of a socket in it.
UNREACHABLE = "the control plane does not answer now; try again"
Requests: TypeAlias = bytes | AsyncIterable[bytes]


class Answer(NamedTuple):
    """A message as bytes, and what of its metadata the client gets."""

    message: bytes
    leading: list[tuple[str, str]]
    trailing: list[tuple[str, str]]


class UpstreamError(Exception):
    """What a call ended with, as gRPC has it."""

    def __init__(self, code: grpc.StatusCode, status: status_pb2.Status, trailing: list[tuple[str, str]]) -> None:
        super().__init__(status.message)
        self.code = code
        # With its details.
        self.status = status
        self.trailing = trailing


class Stream:
    """Messages of one call as they come: read on, and the control plane sends more. `aclose` it."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self.leading: list[tuple[str, str]] = []
        self.trailing: list[tuple[str, str]] = []

    async def begin(self) -> None:
        """Waits for what comes before the first message."""
        try:
            self.leading = answered(await self._call.initial_metadata())
        except aio.AioRpcError as error:
            raise _error(error) from None

    async def messages(self) -> AsyncGenerator[bytes]:
        """Raises UpstreamError."""
        try:
            async for message in self._call:
                yield message
            self.trailing = answered(await self._call.trailing_metadata())
        except aio.AioRpcError as error:
            raise _error(error) from None
        finally:
            self._call.cancel()

    def cancel(self) -> None:
        """Nothing more is read."""
        self._call.cancel()


class Upstream:
    """One channel, for all callers. `metadata` of a call is that of calls.metadata()."""

    def __init__(self, address: str) -> None:
        self._channel = cast("Any", aio.insecure_channel(address, options=OPTIONS))
        self._methods: dict[tuple[str, str], Any] = {}

    async def call_unary(
        self, method: str, request: Requests, metadata: Metadata, timeout_s: float | None = None
    ) -> Answer:
        """`method` is `/SERVICE/METHOD`. Raises UpstreamError."""
        made = self._method(method, "unary_unary" if isinstance(request, bytes) else "stream_unary")
        call = made(request, timeout=timeout_s, metadata=metadata)
        try:
            message = await call
            leading, trailing = await call.initial_metadata(), await call.trailing_metadata()
            return Answer(message, answered(leading), answered(trailing))
        except aio.AioRpcError as error:
            raise _error(error) from None
        finally:
            # Also where the client went away.
            call.cancel()

    def call_stream(self, method: str, request: Requests, metadata: Metadata, timeout_s: float | None = None) -> Stream:
        """Its messages are taken one by one, so that a client that reads slowly slows the sender."""
        made = self._method(method, "unary_stream" if isinstance(request, bytes) else "stream_stream")
        return Stream(made(request, timeout=timeout_s, metadata=metadata))

    async def is_serving(self, timeout_s: float) -> bool:
        """Whether the control plane says that it serves."""
        request = health_pb2.HealthCheckRequest().SerializeToString()
        try:
            answer = await self.call_unary("/grpc.health.v1.Health/Check", request, (), timeout_s)
        except UpstreamError:
            return False
        found = health_pb2.HealthCheckResponse.FromString(answer.message)
        return found.status == health_pb2.HealthCheckResponse.SERVING

    async def close(self) -> None:
        await self._channel.close(None)

    def _method(self, name: str, kind: str) -> Any:
        """Without (de)serializers: bytes go in and come out."""
        made = self._methods.get((name, kind))
        if made is None:
            made = self._methods[name, kind] = getattr(self._channel, kind)(name)
        return made


def _error(error: aio.AioRpcError) -> UpstreamError:
    found = error.trailing_metadata()
    details = next((value for name, value in found or () if name == _DETAILS), None)
    code = error.code()
    status = status_pb2.Status(code=cast("int", code.value[0]), message=error.details() or "")
    if isinstance(details, bytes):
        status = status_pb2.Status.FromString(details)
    elif code is grpc.StatusCode.UNAVAILABLE:
        status.message = UNREACHABLE
    return UpstreamError(code, status, answered(found))
