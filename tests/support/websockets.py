"""A client of WebSockets, for tests."""

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError

from tests.support.waiting import WAIT_S


class Closed(NamedTuple):
    """How a server closed it. Code 0: the connection ended without a word."""

    code: int
    reason: str = ""


class Refused(Exception):
    """The server answered with HTTP."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


class WebSocket:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._events: list[Event] = []
        self.output = b""
        self.texts: list[str] = []
        self.closed: Closed | None = None
        self.subprotocol: str | None = None

    @staticmethod
    async def open(
        url: str,
        path: str,
        subprotocols: Sequence[str] = (),
        *,
        origin: str = "",
        tls: ssl.SSLContext | None = None,
        limit: int = 64 << 10,
    ) -> "WebSocket":
        """Raises Refused. `limit`: so much is read ahead."""
        at = urlsplit(url)
        reader, writer = await asyncio.open_connection(at.hostname, at.port, ssl=tls, limit=limit)
        made = WebSocket(reader, writer)
        headers = [(b"origin", origin.encode())] if origin else []
        made.send_event(Request(host=at.netloc, target=path, subprotocols=list(subprotocols), extra_headers=headers))
        match await made._event():
            case AcceptConnection() as accepted:
                made.subprotocol = accepted.subprotocol
            case RejectConnection() as rejected:
                body = b""
                while rejected.has_body and isinstance(event := await made._event(), RejectData):
                    body += event.data
                    if event.body_finished:
                        break
                await made.end()
                raise Refused(rejected.status_code, body.decode())
            case event:
                raise AssertionError(event)
        return made

    async def send(self, data: bytes | str) -> None:
        """As fast as it is taken."""
        self.send_event(BytesMessage(data) if isinstance(data, bytes) else TextMessage(data))
        await self.writer.drain()

    def send_event(self, event: Event) -> None:
        self.writer.write(self._protocol.send(event))

    async def next(self) -> bool:
        """Takes the next message: False where it is closed."""
        match await self._event():
            case BytesMessage(data=data):
                self.output += bytes(data)
            case TextMessage(data=text):
                self.texts.append(str(text))
            case CloseConnection() as event:
                self.closed = self.closed or Closed(event.code, event.reason or "")
                with contextlib.suppress(LocalProtocolError):
                    self.send_event(event.response())
                return False
            case _:
                pass
        return True

    async def until(self, text: bytes) -> None:
        while text not in self.output:
            assert await self.next(), (self.closed, self.output[-200:])

    async def until_text(self, text: str) -> str:
        while not (found := [each for each in self.texts if text in each]):
            assert await self.next(), self.closed
        return found[0]

    async def until_closed(self) -> Closed:
        while await self.next():
            pass
        assert self.closed
        await self.end()
        return self.closed

    def leave(self) -> None:
        """Without a word."""
        self.writer.transport.abort()

    async def end(self) -> None:
        """Nothing of it is left."""
        self.writer.transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def _event(self) -> Event:
        while not self._events:
            try:
                data = await asyncio.wait_for(self._reader.read(64 << 10), WAIT_S)
            except ConnectionError:
                data = b""
            self._protocol.receive_data(data or None)
            self._events.extend(self._protocol.events())
            if not data and not self._events:
                return CloseConnection(code=0)
        return self._events.pop(0)
