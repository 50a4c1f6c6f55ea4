"""One VM's serial console for all who have it open: what the guest writes to each of them, and one who writes.

What was written last is kept once, and every client has a place in it: one that does not read costs nothing, and is
moved forward when what it has not read is dropped.
"""

import asyncio
from collections.abc import AsyncIterator

from chronovisor.v1 import console_service_pb2 as api

from controlplane.rpc.agent.tunnels import Tunnel
from controlplane.rpc.console.writers import ConsoleClient, Writers, ended_by

KEPT_BYTES = 256 << 10
# More is dropped at once, so that dropping costs little.
_SLACK_BYTES = 64 << 10
# In one message to a client, and of what is typed to the agent.
OUTPUT_BYTES = 32 << 10
INPUT_BYTES = 4 << 10


class SerialClient(ConsoleClient):
    """Who has the console open, and where in its output."""

    offset = 0


class SerialHub:
    """`run` follows the tunnel to its end."""

    def __init__(self, tunnel: Tunnel) -> None:
        self.tunnel = tunnel
        self._kept = bytearray()
        # Of the first byte that is kept.
        self._begin = 0
        self.ready = asyncio.Event()
        self.ended: api.ConsoleEnded | None = None
        self.writers: Writers[SerialClient] = Writers()

    async def run(self) -> None:
        """Raises Unavailable where the agent does not open it in time."""
        try:
            await self.tunnel.opened()
            while (message := await self.tunnel.receive()) is not None:
                if not self.ready.is_set():
                    self._begin = message.offset
                self._take(message.offset, message.data)
                if not self.ready.is_set() and self.end >= message.end_offset:
                    # All that was there before is here.
                    self.ready.set()
        finally:
            self.end_with(ended_by(self.tunnel))

    def end_with(self, ended: api.ConsoleEnded) -> None:
        self.ended = self.ended or ended
        self.ready.set()
        self.tunnel.close()
        self.writers.wake_all()

    def close(self) -> None:
        """The last client has left."""
        self.tunnel.close()

    @property
    def end(self) -> int:
        return self._begin + len(self._kept)

    def _take(self, offset: int, data: bytes) -> None:
        if offset != self.end:
            # What is between was dropped before the agent read it; or the log has begun anew.
            for each in self.writers.clients:
                each.offset = min(each.offset, offset)
            self._begin, self._kept = offset, bytearray()
        self._kept += data
        if len(self._kept) > KEPT_BYTES + _SLACK_BYTES:
            dropped = len(self._kept) - KEPT_BYTES
            del self._kept[:dropped]
            self._begin += dropped
        self.writers.wake_all()

    # Clients.

    def join(self, client: SerialClient, backlog_bytes: int, *, take_over: bool) -> None:
        """`ready` must be set."""
        client.offset = max(self._begin, self.end - backlog_bytes)
        self.writers.join(client, take_over=take_over)

    async def write(self, client: SerialClient, data: bytes) -> None:
        """What a client types, as fast as the guest takes it; dropped once it is not the one who writes."""
        for start in range(0, len(data), INPUT_BYTES):
            if self.writers.writer is not client or self.ended:
                return
            piece = data[start : start + INPUT_BYTES]
            await self.tunnel.send(piece)
            client.session.input_bytes += len(piece)

    async def responses(self, client: SerialClient) -> AsyncIterator[api.OpenSerialConsoleResponse]:
        """All that the client is sent after its console was opened."""
        while True:
            await client.wake.wait()
            client.wake.clear()
            if client.error:
                raise client.error
            while client.offset < self.end:
                yield api.OpenSerialConsoleResponse(output=self._next(client))
            if changed := self.writers.changed(client):
                yield api.OpenSerialConsoleResponse(writer_changed=changed)
            if self.ended:
                client.session.why = self.ended.text
                yield api.OpenSerialConsoleResponse(ended=self.ended)
                return

    def opened(self, client: SerialClient) -> api.SerialConsoleOpened:
        who = self.writers.who(client)
        return api.SerialConsoleOpened(session=client.session.id, writer=who.writer, written_by=who.written_by)

    def _next(self, client: SerialClient) -> api.ConsoleOutput:
        skipped = max(0, self._begin - client.offset)
        offset = client.offset + skipped
        place = offset - self._begin
        data = bytes(self._kept[place : place + OUTPUT_BYTES])
        client.offset = offset + len(data)
        client.session.output_bytes += len(data)
        return api.ConsoleOutput(offset=offset, data=data, skipped=skipped)
