"""Hypercorn's HTTP/2, without an end of the whole connection when a request goes on after its answer (0.18.0).

It knows no stream any more that it has answered; what still comes of one raises KeyError there, and all other
streams of the connection end with it. By RFC 9113, section 8.1, such a request is reset, as what is left of no use.

A client that resets its streams as fast as it opens them has work done that no bound of streams holds (CVE-2023-44487):
it may reset so many, and so many a second; then its connection ends. CONNECT, for WebSockets, is not offered, so that
browsers open a connection of HTTP/1.1 for each, and refused.
"""

import asyncio
import contextlib
from typing import Any

import h2.errors
import h2.events
import h2.exceptions
import hypercorn.protocol
from h2.settings import SettingCodes, Settings
from hypercorn.events import Closed
from hypercorn.protocol.h2 import H2Protocol

# Of streams that a client resets before they end: at once, and a second.
MOST_RESETS, RESETS_EACH_S = 500, 50
_CONNECT = (b":method", b"CONNECT")


class TolerantH2Protocol(H2Protocol):
    """Events one by one: what one of them ends, the next is not for."""

    _resets_left = float(MOST_RESETS)
    _refilled = 0.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settings = self.connection.local_settings
        offered = {each: settings[each] for each in SettingCodes if each in settings}
        offered[SettingCodes.ENABLE_CONNECT_PROTOCOL] = 0
        self.connection.local_settings = Settings(client=False, initial_values=offered)

    async def _handle_events(self, events: list[Any]) -> None:
        for event in events:
            match event:
                case h2.events.DataReceived() if event.stream_id not in self.streams:
                    self._reset(event)
                case h2.events.RequestReceived() if _CONNECT in (event.headers or ()):
                    self._refuse(event)
                case h2.events.StreamReset() if event.stream_id in self.streams and not self._may_reset():
                    await self._calm()
                    return
                case _:
                    await super()._handle_events([event])
        await self._flush()

    def _reset(self, event: h2.events.DataReceived) -> None:
        assert event.stream_id is not None
        with contextlib.suppress(h2.exceptions.ProtocolError):
            # Of the connection, which goes on.
            self.connection.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
            self.connection.reset_stream(event.stream_id, h2.errors.ErrorCodes.NO_ERROR)

    def _refuse(self, event: h2.events.RequestReceived) -> None:
        with contextlib.suppress(h2.exceptions.ProtocolError):
            self.connection.reset_stream(event.stream_id, h2.errors.ErrorCodes.REFUSED_STREAM)

    def _may_reset(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._refilled:
            refilled = self._resets_left + (now - self._refilled) * RESETS_EACH_S
            self._resets_left = min(refilled, float(MOST_RESETS))
        self._refilled = now
        self._resets_left -= 1
        return self._resets_left >= 0

    async def _calm(self) -> None:
        with contextlib.suppress(h2.exceptions.ProtocolError):
            self.connection.close_connection(h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
            await self._flush()
        await self.send(Closed())


def install() -> None:
    """For all connections of this process."""
    hypercorn.protocol.H2Protocol = TolerantH2Protocol  # pyright: ignore[reportPrivateImportUsage]
