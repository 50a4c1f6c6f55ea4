"""A stream of the control plane as lines of JSON, or as server-sent events, each sent when it comes."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor

from controlplane.gateway import json_text
from controlplane.gateway.asgi import Receive, Send
from controlplane.gateway.event_ids import EventIds
from controlplane.gateway.http_status import answer_of
from controlplane.gateway.request_body import until_gone
from controlplane.gateway.upstream import Stream, UpstreamError

log = logging.getLogger(__name__)
LINES, EVENTS = "application/x-ndjson", "text/event-stream"
# Proxies keep what is small until there is more of it, unless they must not.
_UNBUFFERED = (b"x-accel-buffering", b"no")
_END = {"type": "http.response.body", "body": b"", "more_body": False}
# An error that comes so soon is an answer of its own, with its HTTP status; later, the stream has begun.
FIRST_S = 1.0


class JsonStream:
    """One stream: `{"result": ...}` for each message, and `{"error": ...}` where it ends with one.

    As events, it has ids. `only_headers`: it ends where the first line would be.
    """

    def __init__(self, call: Stream, kind: Descriptor, *, as_events: bool, only_headers: bool = False) -> None:
        self._call = call
        self._kind: Any = message_factory.GetMessageClass(kind)
        self._as_events = as_events
        self._only_headers = only_headers
        self._ids = EventIds(())

    async def send(self, receive: Receive, send: Send) -> None:
        """Until either side ends it. Raises UpstreamError while nothing was sent: that is an answer of its own."""
        gone = asyncio.create_task(until_gone(receive))
        gone.add_done_callback(lambda _: self._call.cancel())
        messages = self._call.messages()
        try:
            await self._send(messages, send)
        except asyncio.CancelledError:
            # The client has gone, and the call with it; anything else that cancels this is the server's end.
            if not gone.done():
                raise
        finally:
            gone.cancel()
            await messages.aclose()
            self._call.cancel()

    async def _send(self, messages: AsyncGenerator[bytes], send: Send) -> None:
        await self._call.begin()
        self._ids = EventIds(self._call.leading)
        first = asyncio.create_task(_first(messages))
        try:
            await asyncio.wait([first], timeout=FIRST_S)
            if first.done():
                first.result()
            await self._start(send)
            if self._only_headers:
                await send(_END)
            else:
                await self._send_lines(first, messages, send)
        finally:
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)

    async def _send_lines(
        self, first: "asyncio.Task[bytes | None]", messages: AsyncGenerator[bytes], send: Send
    ) -> None:
        try:
            message = await first
            if message is not None:
                await self._result(send, message)
            async for each in messages:
                await self._result(send, each)
        except UpstreamError as error:
            await self._line(send, answer_of(error.status).text)
        await send(_END)

    async def _start(self, send: Send) -> None:
        kind = EVENTS if self._as_events else LINES
        leading = [(name.encode("ascii"), value.encode("latin-1")) for name, value in self._call.leading]
        headers = [(b"content-type", kind.encode("ascii")), _UNBUFFERED, *leading]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _result(self, send: Send, data: bytes) -> None:
        message = self._kind.FromString(data)
        event_id = self._ids.of(message) if self._as_events else None
        await self._line(send, f'{{"result": {json_text.render(message)}}}', f"id: {event_id}\n" if event_id else "")

    async def _line(self, send: Send, text: str, before: str = "") -> None:
        line = f"{before}data: {text}\n\n" if self._as_events else f"{text}\n"
        await send({"type": "http.response.body", "body": line.encode(), "more_body": True})


async def _first(messages: AsyncGenerator[bytes]) -> bytes | None:
    """None of a stream that ends without a message."""
    return await anext(messages, None)
