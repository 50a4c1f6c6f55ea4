"""Hypercorn's HTTP/2, without an end of the whole connection when a request goes on after its answer.

It knows no stream any more that it has answered; what still comes of one raises KeyError there (0.18.0), and all other
streams of the connection end with it. By RFC 9113, section 8.1, such a request is reset, as what is left of no use.
"""

import contextlib
from typing import Any

import h2.errors
import h2.events
import h2.exceptions
import hypercorn.protocol
from hypercorn.protocol.h2 import H2Protocol


class TolerantH2Protocol(H2Protocol):
    """Events one by one: what one of them ends, the next is not for."""

    async def _handle_events(self, events: list[Any]) -> None:
        for event in events:
            if isinstance(event, h2.events.DataReceived) and event.stream_id not in self.streams:
                self._reset(event)
            else:
                await super()._handle_events([event])
        await self._flush()

    def _reset(self, event: h2.events.DataReceived) -> None:
        assert event.stream_id is not None
        with contextlib.suppress(h2.exceptions.ProtocolError):
            # Of the connection, which goes on.
            self.connection.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
            self.connection.reset_stream(event.stream_id, h2.errors.ErrorCodes.NO_ERROR)


def install() -> None:
    """For all connections of this process."""
    hypercorn.protocol.H2Protocol = TolerantH2Protocol  # pyright: ignore[reportPrivateImportUsage]
