"""Tunnels: what the control plane requests of an agent, and the agent opens. What is on its way is bounded."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Generator

from chronovisor.v1 import agent_service_pb2 as api

from controlplane.domain.errors import NotFound, Unavailable
from controlplane.domain.reasons import Reason

# How long an agent has to open one, in seconds.
OPENING_S = 5.0
RETRY_S = 1.0
# And to send all of what has an end.
WHOLE_S = 10.0
# What is sent to an agent, and not taken by the guest yet, in bytes.
MOST_IN_FLIGHT = 16 << 10
# Messages of an agent that wait for whoever reads them: the rest waits at the agent.
MOST_RECEIVED = 8


class Tunnel:
    """One tunnel, as whoever requested it sees it."""

    def __init__(self, host_uid: str, host: str) -> None:
        self.id = secrets.token_urlsafe(24)
        self.host_uid, self.host = host_uid, host
        # Why it has ended. None: it has not, or was lost.
        self.ended: api.TunnelEnd | None = None
        self._opened = asyncio.Event()
        self._over = asyncio.Event()
        self._received: asyncio.Queue[api.TunnelData] = asyncio.Queue(MOST_RECEIVED)
        # None: whoever sends is to look whether it is over.
        self._sending: asyncio.Queue[api.TunnelData | None] = asyncio.Queue()
        # In bytes.
        self.in_flight = 0
        self._room = asyncio.Event()
        self._room.set()

    async def opened(self, wait_s: float = OPENING_S) -> None:
        """Raises Unavailable where its agent does not open it in time."""
        try:
            async with asyncio.timeout(wait_s):
                await self._opened.wait()
        except TimeoutError:
            text = f"the agent of the VM's host has not opened it within {wait_s:g} s; try again"
            raise Unavailable(Reason.CONSOLE_UNAVAILABLE, text, RETRY_S) from None

    async def receive(self) -> api.TunnelData | None:
        """The next message; None at its end."""
        while self._received.empty():
            if self._over.is_set():
                return None
            getting = asyncio.ensure_future(self._received.get())
            ending = asyncio.ensure_future(self._over.wait())
            try:
                await asyncio.wait([getting, ending], return_when=asyncio.FIRST_COMPLETED)
                if getting.done():
                    return getting.result()
            finally:
                getting.cancel()
                ending.cancel()
        return self._received.get_nowait()

    async def whole(self, most: int, wait_s: float = WHOLE_S) -> bytes | None:
        """All that its agent sends, in so many seconds; None where it is lost, or more than so many bytes."""
        received = bytearray()
        try:
            async with asyncio.timeout(wait_s):
                while (message := await self.receive()) is not None:
                    received += message.data
                    if len(received) > most:
                        return None
        except TimeoutError:
            return None
        return bytes(received) if self.ended is not None and not self.ended.error else None

    async def send(self, data: bytes) -> None:
        """Sends some KiB at most, once there is room for them. Returns as well when it is over."""
        while self.in_flight and self.in_flight + len(data) > MOST_IN_FLIGHT and not self._over.is_set():
            self._room.clear()
            await self._room.wait()
        self.in_flight += len(data)
        self._sending.put_nowait(api.TunnelData(data=data))

    def end_input(self) -> None:
        """Nothing more is sent."""
        self._sending.put_nowait(api.TunnelData(input_ended=True))

    def close(self) -> None:
        self._over.set()
        self._room.set()
        self._sending.put_nowait(None)

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    @property
    def is_awaited(self) -> bool:
        """Whether its agent has not opened it yet, and still may."""
        return not (self._opened.is_set() or self._over.is_set())

    async def serve(self, incoming: AsyncIterator[api.TunnelData]) -> AsyncIterator[api.TunnelData]:
        """The call of its agent, after the first message."""
        self._opened.set()
        receiving = asyncio.create_task(self._receive(incoming))
        try:
            while not self._over.is_set():
                if (message := await self._sending.get()) is not None:
                    yield message
        finally:
            receiving.cancel()
            self.close()

    async def _receive(self, incoming: AsyncIterator[api.TunnelData]) -> None:
        try:
            async for message in incoming:
                if message.HasField("end"):
                    self.ended = message.end
                    return
                if message.taken:
                    self.in_flight = max(0, self.in_flight - message.taken)
                    self._room.set()
                else:
                    await self._received.put(message)
        finally:
            self.close()


class Tunnels:
    """Those that are open, and those that agents are to open, by their ids."""

    def __init__(self) -> None:
        self._known: dict[str, Tunnel] = {}

    @contextlib.contextmanager
    def known(self, tunnel: Tunnel) -> Generator[Tunnel]:
        """For as long as somebody uses it."""
        self._known[tunnel.id] = tunnel
        try:
            yield tunnel
        finally:
            del self._known[tunnel.id]
            tunnel.close()

    def claimed(self, tunnel_id: str) -> Tunnel:
        """The one that an agent opens. Raises NotFound."""
        tunnel = self._known.get(tunnel_id)
        if tunnel is None or not tunnel.is_awaited:
            # Its id is a secret.
            raise NotFound("tunnel", "the tunnel")
        return tunnel

    def end_all(self) -> None:
        for tunnel in [*self._known.values()]:
            tunnel.close()

    def end_of_host(self, host_uid: str) -> None:
        """Ends those of a host whose agent is not to be believed any more."""
        for tunnel in [*self._known.values()]:
            if tunnel.host_uid == host_uid:
                tunnel.close()
