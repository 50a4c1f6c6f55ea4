"""One client's screen: what its viewer and the screen send each other, through a tunnel of its own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from chronovisor.v1 import console_service_pb2 as api

from controlplane.domain.errors import invalid
from controlplane.rpc.agent.tunnels import Tunnel
from controlplane.rpc.console.rfb import BadViewer, ViewerStream
from controlplane.rpc.console.writers import ConsoleClient, Writers, ended_by

# Of what a viewer sends, to the agent at a time.
INPUT_BYTES = 4 << 10


class ScreenClient(ConsoleClient):
    """Who has a screen open."""

    # Set by the server as it ends.
    ended: api.ConsoleEnded | None = None


@dataclass(eq=False, slots=True)
class Viewers:
    """Those of one VM's screen. `open`: how many are, or are about to be."""

    writers: Writers[ScreenClient] = field(default_factory=Writers[ScreenClient])
    open: int = 0


class Screen:
    """Of one client. `writers` has all clients of the VM's screen, `greeting` is what the screen sent first."""

    def __init__(self, tunnel: Tunnel, client: ScreenClient, writers: Writers[ScreenClient], greeting: bytes) -> None:
        self._tunnel, self._client, self._writers, self._greeting = tunnel, client, writers, greeting
        self._viewer = ViewerStream()

    def opened(self) -> api.ScreenOpened:
        who = self._writers.who(self._client)
        return api.ScreenOpened(session=self._client.session.id, writer=who.writer, written_by=who.written_by)

    async def write(self, data: bytes) -> None:
        """What a viewer sends, as fast as it is taken. Raises InvalidField for what no viewer sends."""
        try:
            passed = self._viewer.take(data, writes=self._writers.writer is self._client)
        except BadViewer as error:
            raise invalid("data", f"must be what a viewer sends: {error}") from None
        for start in range(0, len(passed), INPUT_BYTES):
            if self._tunnel.is_over:
                return
            piece = passed[start : start + INPUT_BYTES]
            await self._tunnel.send(piece)
            self._client.session.input_bytes += len(piece)

    async def responses(self) -> AsyncIterator[api.OpenScreenResponse]:
        """All that the client is sent after its screen was opened."""
        client = self._client
        yield self._shown(self._greeting)
        receiving = asyncio.create_task(self._tunnel.receive())
        waking = asyncio.create_task(client.wake.wait())
        try:
            while True:
                await asyncio.wait([receiving, waking], return_when=asyncio.FIRST_COMPLETED)
                if client.error:
                    raise client.error
                if waking.done():
                    client.wake.clear()
                    waking = asyncio.create_task(client.wake.wait())
                    if changed := self._writers.changed(client):
                        yield api.OpenScreenResponse(writer_changed=changed)
                if receiving.done():
                    message = receiving.result()
                    if message is None:
                        break
                    yield self._shown(message.data)
                    receiving = asyncio.create_task(self._tunnel.receive())
        finally:
            receiving.cancel()
            waking.cancel()
        ended = client.ended or ended_by(self._tunnel)
        client.session.why = ended.text
        yield api.OpenScreenResponse(ended=ended)

    def _shown(self, data: bytes) -> api.OpenScreenResponse:
        self._client.session.output_bytes += len(data)
        return api.OpenScreenResponse(data=data)
