"""Hypercorn's WebSockets, without three things of it (0.18.0).

It went on collecting a message that is too large for as long as its client sent it. Here it is dropped, and whoever
reads hears of it. It took frames that come before its answer for the end, of which
nobody heard. And it compressed: what is small on the wire can be a thousand times as large in memory.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import h11
import hypercorn.protocol.h11
from hypercorn.protocol.events import Body, Data, StreamClosed
from hypercorn.protocol.ws_stream import FrameTooLargeError, WSStream
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, TextMessage
from wsproto.frame_protocol import CloseReason

# Of paths that end so, `Upgrade: websocket` is not ignored.
PATHS = (b":console", b":screen")
MOST_MESSAGE_BYTES = 64 << 10
# In the place of one that is larger.
TOO_LARGE = {"type": "websocket.too_large"}
# So much a client may go on before its connection ends.
MOST_DROPPED_BYTES = 4 << 20
_LEFT = {"type": "websocket.disconnect", "code": CloseReason.ABNORMAL_CLOSURE.value}


class BoundedWSStream(WSStream):
    """One WebSocket."""

    app_put: Callable[[Mapping[str, Any]], Awaitable[None]] | None
    buffer: Any
    # Of the bytes that came after a message that was too large; none was yet.
    _dropped = -1

    async def handle(self, event: Any) -> None:
        if isinstance(event, Body | Data) and not self.closed and not self.handshake.accepted:
            await super().handle(event)
            if self.app_put is not None:
                await self.app_put(_LEFT)
            await self.send(StreamClosed(stream_id=self.stream_id))
            return
        if self._dropped >= 0 and isinstance(event, Data):
            self._dropped += len(event.data)
            if self._dropped > MOST_DROPPED_BYTES:
                await self.send(StreamClosed(stream_id=self.stream_id))
                return
        await super().handle(event)

    async def _handle_events(self) -> None:
        """One by one, as hypercorn has them: those of messages are dropped once one was too large."""
        for event in self.connection.events():
            if isinstance(event, BytesMessage | TextMessage):
                await self._take(event)
            elif isinstance(event, CloseConnection):
                await self._answer_close(event)
            elif isinstance(event, Ping):
                await self._send_wsproto_event(event.response())

    async def _take(self, event: "Message[Any]") -> None:
        if self._dropped >= 0:
            return
        try:
            self.buffer.extend(event)
        except FrameTooLargeError:
            self.buffer.clear()
            self._dropped = 0
            await self._put(TOO_LARGE)
            return
        if event.message_finished:
            await self._put(self.buffer.to_message())
            self.buffer.clear()

    async def _answer_close(self, event: CloseConnection) -> None:
        await self._send_wsproto_event(event.response())
        await self.send(StreamClosed(stream_id=self.stream_id))

    async def _put(self, message: Mapping[str, Any]) -> None:
        assert self.app_put is not None
        await self.app_put(message)


def as_served(request: h11.Request) -> h11.Request:
    """Without `Upgrade` where that is nothing that is served, and without compression where it is."""
    is_socket = request.target.partition(b"?")[0].endswith(PATHS)
    kept = [each for each in request.headers if _is_kept(*each, is_socket=is_socket)]
    if len(kept) == len(request.headers):
        return request
    return h11.Request(method=request.method, target=request.target, headers=kept, http_version=request.http_version)


def _is_kept(name: bytes, value: bytes, *, is_socket: bool) -> bool:
    if name == b"upgrade":
        return is_socket and value.strip().lower() == b"websocket"
    return name != b"sec-websocket-extensions"


def install() -> None:
    """For all connections of this process."""
    hypercorn.protocol.h11.WSStream = BoundedWSStream  # pyright: ignore[reportPrivateImportUsage]
