"""Channels to one control plane, as stubs take them: one that blocks, and one of an event loop.

Thin: what they add to a call is in `layer`. A bare channel is opened when the first call goes to its address.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar, cast

import grpc
from grpc import aio

from chronovisor.endpoints import Endpoint
from chronovisor.errors import ChronovisorError, error_from_rpc
from chronovisor.layer import ClientClosed, Layer, Metadata, metadata_of_error, with_request_id
from chronovisor.steps import Provide, awaited, blocking

C = TypeVar("C")
Message = TypeVar("Message")
_NOTHING: Mapping[str, Any] = {}


class _Wire(ABC, Generic[C]):
    """The bare channels, by place, and the calls that are made on them."""

    def __init__(self, layer: Layer, endpoints: tuple[Endpoint, ...]) -> None:
        self.layer = layer
        self._endpoints = endpoints
        self._opened: dict[int, C] = {}
        self._lock = threading.Lock()

    @abstractmethod
    def _open(self, endpoint: Endpoint) -> C: ...

    def enter(self) -> None:
        """Before each call that is awaited."""

    def opened(self) -> list[C]:
        with self._lock:
            return list(self._opened.values())

    def closed(self) -> list[C]:
        """What is left to close: from now on nothing is opened or called."""
        with self._lock:
            self.layer.closed = True
            return list(self._opened.values())

    def bare(self, place: int) -> C:
        with self._lock:
            if self.layer.closed:
                raise ClientClosed
            if place not in self._opened:
                self._opened[place] = self._open(self._endpoints[place])
            return self._opened[place]


class _BlockingWire(_Wire[grpc.Channel]):
    def _open(self, endpoint: Endpoint) -> grpc.Channel:
        return endpoint.channel()


class _AsyncWire(_Wire[aio.Channel]):
    # Whose the channels are.
    _loop: asyncio.AbstractEventLoop | None = None

    def _open(self, endpoint: Endpoint) -> aio.Channel:
        return endpoint.aio_channel()

    def enter(self) -> None:
        """Before each call. Raises RuntimeError in another event loop than that of the first."""
        running = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = running
        elif self._loop is not running:
            raise RuntimeError("a client of chronovisor.aio is for one event loop: connect in each")


class _Method:
    """One method: a bare callable for each place, made when it is needed. `kind` is such as `unary_unary`."""

    __slots__ = ("_described", "_kind", "_made", "layer", "wire")

    def __init__(self, wire: "_Wire[Any]", kind: str, described: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
        self.wire = wire
        self.layer = wire.layer
        self._kind = kind
        self._described = described
        self._made: dict[int, Any] = {}

    def bare(self, place: int) -> Any:
        if self.layer.closed:
            raise ClientClosed
        made = self._made.get(place)
        if made is None:
            positional, named = self._described
            made = self._made[place] = getattr(self.wire.bare(place), self._kind)(*positional, **named)
        return made


class _Attempt:
    """The step of one attempt of a unary call, which is `call` once it has succeeded."""

    __slots__ = ("_bare", "_metadata", "_more", "_request", "_timeout_s", "call")

    def __init__(self, bare: Any, request: Any, timeout_s: float, metadata: Metadata, more: Mapping[str, Any]) -> None:
        self._bare = bare
        self._request = request
        self._timeout_s = timeout_s
        self._metadata = metadata
        self._more = more
        self.call: Any = None

    def block(self) -> Any:
        response, self.call = self._bare.with_call(
            self._request, timeout=self._timeout_s, metadata=self._metadata, **self._more
        )
        return response, self.call.trailing_metadata()

    async def wait(self) -> Any:
        call = self._bare(self._request, timeout=self._timeout_s, metadata=self._metadata, **self._more)
        return await call, await call.trailing_metadata()


class _Unary(_Method):
    """A unary method. `more` is what else gRPC takes: credentials, wait_for_ready, compression."""

    __slots__ = ()

    def _steps(self, request: Any, timeout: float | None, metadata: Any, more: Mapping[str, Any]) -> Any:
        def send(place: int, sent: Any, left_s: float, whole: Metadata) -> _Attempt:
            return _Attempt(self.bare(place), sent, left_s, whole, more)

        return self.layer.unary(send, request, timeout, metadata)


class BlockingUnary(_Unary):
    def __call__(self, request: Any, timeout: float | None = None, metadata: Any = None, **more: Any) -> Any:
        return blocking(self._steps(request, timeout, metadata, more or _NOTHING))

    def with_call(
        self, request: Any, timeout: float | None = None, metadata: Any = None, **more: Any
    ) -> tuple[Any, Any]:
        """The response, and the attempt that it is of as gRPC's call: its metadata, its code."""
        last: list[_Attempt] = []

        def send(place: int, sent: Any, left_s: float, whole: Metadata) -> _Attempt:
            last[:] = [_Attempt(self.bare(place), sent, left_s, whole, more)]
            return last[0]

        return blocking(self.layer.unary(send, request, timeout, metadata)), last[0].call

    def future(self, request: Any, timeout: float | None = None, metadata: Any = None, **more: Any) -> "CallFuture":
        """One attempt that can be cancelled. It is not tried again."""
        layer = self.layer
        place = layer.places.current
        token = Provide(layer.token).block() if layer.token else ""
        return CallFuture(
            self.bare(place).future(
                with_request_id(request),
                timeout=layer.seconds(timeout),
                metadata=layer.metadata(metadata, layer.history, token),
                **more,
            )
        )


class AsyncUnary(_Unary):
    async def __call__(self, request: Any, timeout: float | None = None, metadata: Any = None, **more: Any) -> Any:  # noqa: ASYNC109
        self.wire.enter()
        try:
            return await awaited(self._steps(request, timeout, metadata, more or _NOTHING))
        except asyncio.CancelledError:
            _refuse_where_closed(self.layer)
            raise


def _refuse_where_closed(layer: Layer) -> None:
    """At a CancelledError: where nobody cancelled the task, the client was closed, and that is another error."""
    task = asyncio.current_task()
    if layer.closed and not (task and task.cancelling()):
        code = grpc.StatusCode.CANCELLED
        raise ChronovisorError(code=code, reason=code.name, message="the client was closed") from None


class CallFuture:
    """A unary call under way whose errors are ours. Everything else of the call (`cancel`, `done`...) is as it was."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def result(self, timeout: float | None = None) -> Any:
        try:
            return self._call.result(timeout)
        except grpc.RpcError as error:
            raise error_from_rpc(error) from error
        except grpc.FutureCancelledError:
            # Of a call that this side has cancelled, gRPC's future raises an error without a status.
            raise error_from_rpc(self._call) from None

    def exception(self, timeout: float | None = None) -> BaseException | None:
        try:
            self.result(timeout)
        except Exception as error:  # noqa: BLE001 - it is what was requested
            return error
        return None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


class _Streaming(_Method):
    """A streaming method. A stream has no deadline, and is not tried again: see `streams`."""

    __slots__ = ()


class BlockingStreaming(_Streaming):
    def __call__(
        self, request: Any, timeout: float | None = None, metadata: Any = None, **more: Any
    ) -> "BlockingStream[Any]":
        layer = self.layer
        place = layer.places.current
        token = Provide(layer.token).block() if layer.token else ""
        whole = layer.metadata(metadata, layer.history, token)
        try:
            call = self.bare(place)(request, timeout=timeout, metadata=whole, **more)
        except ValueError:
            if layer.closed:
                # Between our look and gRPC's.
                raise ClientClosed from None
            raise
        return BlockingStream(call, layer, place)


class AsyncStreaming(_Streaming):
    def __call__(
        self, request: Any, timeout: float | None = None, metadata: Any = None, **more: Any
    ) -> "AsyncStream[Any]":
        layer = self.layer

        async def begin() -> tuple[Any, int]:
            self.wire.enter()
            place = layer.places.current
            token = await Provide(layer.token).wait() if layer.token else ""
            whole = layer.metadata(metadata, layer.history, token)
            return self.bare(place)(request, timeout=timeout, metadata=whole, **more), place

        return AsyncStream(begin, layer)


class _Stream:
    """What both kinds of streams know. `initial` is the initial metadata, once there is a message."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self.initial: dict[str, str | bytes] | None = None

    def _begun_with(self, metadata: Any) -> None:
        self.initial = dict(metadata or ())
        self._layer.learn(self.initial.items())

    def _failed(self, error: grpc.RpcError, place: int) -> Exception:
        self._layer.learn(metadata_of_error(error))
        failure = self._layer.explain(error_from_rpc(error), place)
        if failure.code is grpc.StatusCode.UNAVAILABLE:
            self._layer.places.leave(place)
        return failure


class BlockingStream(_Stream, Iterator[Message]):
    """A streaming call whose errors are ours. Everything else of the call (`cancel`, `code`...) is as it was."""

    def __init__(self, call: Any, layer: Layer, place: int) -> None:
        super().__init__(layer)
        self._call = call
        self._place = place

    def __next__(self) -> Message:
        try:
            message = next(self._call)
        except grpc.RpcError as error:
            raise self._failed(error, self._place) from error
        if self.initial is None:
            # Once there is a message, its metadata is there, and nothing is waited for.
            self._begun_with(self._call.initial_metadata())
        return message

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


class AsyncStream(_Stream, AsyncIterator[Message]):
    """A streaming call whose errors are ours. It begins with the first message that is read."""

    def __init__(self, begin: Callable[[], Any], layer: Layer) -> None:
        super().__init__(layer)
        self._begin = begin
        self._call: Any = None
        self._place = 0
        self._cancelled = False

    async def __anext__(self) -> Message:
        if self._cancelled:
            raise StopAsyncIteration
        try:
            if self._call is None:
                self._call, self._place = await self._begin()
            message = await self._call.read()
        except grpc.RpcError as error:
            raise self._failed(error, self._place) from error
        except asyncio.CancelledError:
            _refuse_where_closed(self._layer)
            raise
        if message is cast("Any", aio).EOF:
            raise StopAsyncIteration
        if self.initial is None:
            self._begun_with(await self._call.initial_metadata())
        return message

    def cancel(self) -> bool:
        """Ends the call."""
        self._cancelled = True
        return self._call is not None and self._call.cancel()


class LayeredChannel(grpc.Channel):
    """A channel whose calls have all that a client adds. Safe to share between threads."""

    def __init__(self, layer: Layer, endpoints: tuple[Endpoint, ...]) -> None:
        self._wire = _BlockingWire(layer, endpoints)

    def unary_unary(self, *described: Any, **named: Any) -> Any:
        return BlockingUnary(self._wire, "unary_unary", (described, named))

    def unary_stream(self, *described: Any, **named: Any) -> Any:
        return BlockingStreaming(self._wire, "unary_stream", (described, named))

    def stream_stream(self, *described: Any, **named: Any) -> Any:
        return BlockingStreaming(self._wire, "stream_stream", (described, named))

    def stream_unary(self, *described: Any, **named: Any) -> Any:
        raise NotImplementedError("the API has no method of this kind")

    def subscribe(self, callback: Any, try_to_connect: bool | None = False) -> None:
        self._wire.bare(self._wire.layer.places.current).subscribe(callback, try_to_connect=bool(try_to_connect))

    def unsubscribe(self, callback: Any) -> None:
        for each in self._wire.opened():
            each.unsubscribe(callback)

    def close(self) -> None:
        for each in self._wire.closed():
            each.close()

    def __enter__(self) -> "LayeredChannel":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncLayeredChannel:
    """A channel whose calls have all that a client adds. Of the event loop that makes the first call."""

    def __init__(self, layer: Layer, endpoints: tuple[Endpoint, ...]) -> None:
        self._wire = _AsyncWire(layer, endpoints)

    def unary_unary(self, *described: Any, **named: Any) -> Any:
        return AsyncUnary(self._wire, "unary_unary", (described, named))

    def unary_stream(self, *described: Any, **named: Any) -> Any:
        return AsyncStreaming(self._wire, "unary_stream", (described, named))

    def stream_stream(self, *described: Any, **named: Any) -> Any:
        return AsyncStreaming(self._wire, "stream_stream", (described, named))

    async def close(self) -> None:
        for each in self._wire.closed():
            await each.close()
