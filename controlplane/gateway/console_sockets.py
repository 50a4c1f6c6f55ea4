"""Consoles and screens over WebSockets: each is one stream of ConsoleService, opened by a ticket. No rule lives here.

The ticket comes as a subprotocol, which is in no address and in no log. Bytes are binary messages, both ways; what else
the server says is JSON of the method's answers, as text. How it ended is in the close: a code, and words.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple

from chronovisor.v1 import console_service_pb2 as api
from google.rpc import error_details_pb2, status_pb2

from controlplane.gateway import calls, json_text, socket_stream
from controlplane.gateway.asgi import HeaderList, Receive, Scope, Send
from controlplane.gateway.http_status import HTTP_STATUS
from controlplane.gateway.socket_stream import MOST_MESSAGE_BYTES
from controlplane.gateway.upstream import Stream, Upstream, UpstreamError
from controlplane.identity import console_tickets

PROTOCOL, TICKET = "chronovisor.console.v1", "chronovisor.ticket."
# So long a client may read nothing, and a guest take nothing of what is typed.
PATIENCE_S = 30.0
# Proxies end connections that are silent.
SIGN_OF_LIFE_S = 30.0
# For the end of one that was closed here.
REST_S = 5.0
# Of a close, by RFC 6455, in UTF-8.
MOST_REASON_BYTES = 123
NORMAL, NOT_BYTES, RESTART, TRY_LATER = 1000, 1003, 1012, 1013
# Of an error, plus the HTTP status of its code: 4401 is UNAUTHENTICATED.
ERRORS = 4000
_ENDS = {api.CONSOLE_END_REASON_SERVER_ENDING: RESTART, api.CONSOLE_END_REASON_AGENT_LOST: TRY_LATER}


class Close(NamedTuple):
    """How a WebSocket is closed."""

    code: int
    reason: str = ""


# The client has gone: there is nothing to close.
LEFT = Close(0)
TOO_LARGE = Close(1009, f"a message has at most {MOST_MESSAGE_BYTES} bytes")


class Shown(NamedTuple):
    """What a client is sent of one answer: text, then bytes."""

    text: str = ""
    data: bytes = b""


class Kind(NamedTuple):
    """One of the two methods: its opening, its input and its answers as bytes."""

    method: str
    opening: Callable[[str], bytes]
    input: Callable[[bytes], bytes]
    answer: Callable[[bytes], Shown | Close]


def _opened_serial(name: str) -> bytes:
    return api.OpenSerialConsoleRequest(open=api.SerialConsoleOpening(name=name)).SerializeToString()


def _typed(data: bytes) -> bytes:
    return api.OpenSerialConsoleRequest(input=data).SerializeToString()


def _serial(message: bytes) -> Shown | Close:
    answer = api.OpenSerialConsoleResponse.FromString(message)
    match answer.WhichOneof("message"):
        case "output":
            data = answer.output.data
            answer.output.data = b""
            return Shown(json_text.render(answer) if answer.output.skipped else "", data)
        case "ended":
            return _ended(answer.ended)
        case _:
            return Shown(json_text.render(answer))


def _opened_screen(name: str) -> bytes:
    return api.OpenScreenRequest(open=api.ScreenOpening(name=name)).SerializeToString()


def _viewed(data: bytes) -> bytes:
    return api.OpenScreenRequest(data=data).SerializeToString()


def _screen(message: bytes) -> Shown | Close:
    answer = api.OpenScreenResponse.FromString(message)
    match answer.WhichOneof("message"):
        case "data":
            return Shown(data=answer.data)
        case "ended":
            return _ended(answer.ended)
        case _:
            return Shown(json_text.render(answer))


# By the verb of their paths: `/v1/projects/p/vms/v:console`.
KINDS: Mapping[str, Kind] = {
    "console": Kind("/chronovisor.v1.ConsoleService/OpenSerialConsole", _opened_serial, _typed, _serial),
    "screen": Kind("/chronovisor.v1.ConsoleService/OpenScreen", _opened_screen, _viewed, _screen),
}


class ConsoleSockets:
    """Of all clients. The request has been checked, and its metadata entered."""

    def __init__(self, upstream: Upstream, patience_s: float = PATIENCE_S) -> None:
        self._upstream = upstream
        self._patience_s = patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send, abort: Callable[[], None]) -> None:
        name, _, verb = scope["path"].removeprefix("/v1/").rpartition(":")
        offered: list[str] = scope["subprotocols"]
        ticket = next((each.removeprefix(TICKET) for each in offered if each.startswith(TICKET)), "")
        await receive()
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if PROTOCOL in offered else None})
        close = await _Relay(self._upstream, KINDS[verb], receive, send, self._patience_s).run(name, ticket)
        if close is LEFT:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REST_S):
                await send({"type": "websocket.close", "code": close.code, "reason": _fitting(close.reason)})
                # Until it is taken, what the client sends is dropped.
                while (await receive())["type"] != "websocket.disconnect":
                    pass
        abort()


def refusing(send: Send, headers: HeaderList) -> Send:
    """send() of an answer of HTTP, in the place of a WebSocket."""

    async def answer(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *headers]}
        await send({**message, "type": f"websocket.{message['type']}"})

    return answer


class _Relay:
    """One WebSocket, and the stream that it is for."""

    def __init__(self, upstream: Upstream, kind: Kind, receive: Receive, send: Send, patience_s: float) -> None:
        self._upstream, self._kind = upstream, kind
        self._receive, self._send = receive, send
        self._patience_s = patience_s
        # No more than one message is under way: whoever sends on waits.
        self._input: asyncio.Queue[bytes] = asyncio.Queue(1)
        self._is_admitted = asyncio.Event()

    async def run(self, name: str, ticket: str) -> Close:
        """Until either side ends it: how it is to be closed."""
        metadata = (*calls.metadata(), (console_tickets.METADATA, ticket or "none"))
        stream = self._upstream.call_stream(self._kind.method, self._requests(name), metadata)
        tasks = [
            asyncio.create_task(each, name=f"a WebSocket of {name}")
            for each in (self._take(), self._show(stream), self._stay_alive())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            stream.cancel()
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _requests(self, name: str) -> AsyncIterator[bytes]:
        # Of a call that is refused meanwhile, gRPC would have the failure to send, and not why.
        await self._is_admitted.wait()
        yield self._kind.opening(name)
        while True:
            yield self._kind.input(await self._input.get())

    async def _take(self) -> Close:
        """What the client sends, as fast as it is taken."""
        while (message := await self._receive())["type"] != "websocket.disconnect":
            if message is socket_stream.TOO_LARGE:
                return TOO_LARGE
            data = message.get("bytes")
            if data is None:
                return Close(NOT_BYTES, "what is sent here is bytes: a binary message")
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._input.put(data)
            except TimeoutError:
                return Close(TRY_LATER, f"the guest has taken nothing of what was sent for {self._patience_s:g} s")
        return LEFT

    async def _show(self, stream: Stream) -> Close:
        """What the server sends, as fast as the client reads it."""
        try:
            await stream.begin()
            if stream.leading:
                self._is_admitted.set()
            async for message in stream.messages():
                shown = self._kind.answer(message)
                if isinstance(shown, Close):
                    return shown
                if not await self._sent(shown):
                    return self._unread()
        except UpstreamError as error:
            return _close_of(error.status)
        return Close(TRY_LATER, "it ended")

    async def _sent(self, shown: Shown) -> bool:
        """Whether the client reads."""
        messages: list[dict[str, Any]] = []
        if shown.text:
            messages.append({"type": "websocket.send", "text": shown.text})
        if shown.data:
            messages.append({"type": "websocket.send", "bytes": shown.data})
        try:
            async with asyncio.timeout(self._patience_s):
                for each in messages:
                    await self._send(each)
        except TimeoutError:
            return False
        return True

    async def _stay_alive(self) -> Close:
        while True:
            await asyncio.sleep(SIGN_OF_LIFE_S)
            if not await self._sent(Shown("{}")):
                return self._unread()

    def _unread(self) -> Close:
        return Close(TRY_LATER, f"the client has read nothing for {self._patience_s:g} s")


def _ended(ended: api.ConsoleEnded) -> Close:
    return Close(_ENDS.get(ended.reason, NORMAL), ended.text)


def _close_of(status: status_pb2.Status) -> Close:
    """Of an error: its reason, and its words."""
    info = error_details_pb2.ErrorInfo()
    reason = next((info.reason for each in status.details if each.Unpack(info)), "")
    return Close(
        ERRORS + HTTP_STATUS.get(status.code, 500), f"{reason}: {status.message}" if reason else status.message
    )


def _fitting(reason: str) -> str:
    """As much of it as a close can have."""
    return reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore")
