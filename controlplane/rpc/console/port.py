"""One client's connection to a port of a VM: what each sends the other, through a tunnel of its own."""

import asyncio
from collections.abc import AsyncIterator

from chronovisor.v1 import agent_service_pb2 as agents_api
from chronovisor.v1 import console_service_pb2 as api
from chronovisor.v1.network_pb2 import IP_PROTOCOL_UDP

from controlplane.domain.errors import invalid
from controlplane.domain.network.aggregate import Connection, NetworkKind
from controlplane.domain.vm.interfaces import Interfaces
from controlplane.rpc.agent.tunnels import Tunnel
from controlplane.rpc.console.sessions import ConsoleSession
from controlplane.rpc.console.writers import ended_by

# In one message of a client, and of what it sends to the agent at a time.
MOST_DATA = 64 << 10
INPUT_BYTES = 4 << 10
_ROUTED, _USER = Connection(NetworkKind.NAT).trait, Connection(NetworkKind.USER).trait


def why_unreachable(cards: Interfaces, port: int) -> str:
    """Why a VM's host does not reach this port of it; empty: it does."""
    if not cards:
        return "it has no network card"
    traits = {card.trait for card in cards}
    if _ROUTED in traits:
        return ""
    if _USER in traits:
        leads = (
            each.guest_port == port and each.protocol != IP_PROTOCOL_UDP
            for card in cards
            for each in card.published_ports
        )
        text = f"on a network of the kind `user`, only published ports are reached: publish one that leads to {port}"
        return "" if any(leads) else text
    return "its card is on a network of the site: it is reached there, and not from its host"


def _response(message: agents_api.TunnelData) -> api.OpenPortResponse:
    if message.output_ended:
        return api.OpenPortResponse(output_ended=True)
    return api.OpenPortResponse(data=message.data)


class PortConnection:
    """`tunnel` is connected, and `session` in the ledger."""

    def __init__(self, tunnel: Tunnel, session: ConsoleSession) -> None:
        self._tunnel, self._session = tunnel, session

    async def responses(self, incoming: AsyncIterator[api.OpenPortRequest]) -> AsyncIterator[api.OpenPortResponse]:
        """All that the client is sent, but for the end. Raises InvalidField for what it sends."""
        yield api.OpenPortResponse(opened=api.PortOpened(session=self._session.id))
        reading = asyncio.create_task(self._read(incoming))
        receiving = asyncio.create_task(self._tunnel.receive())
        try:
            while True:
                await asyncio.wait(
                    {receiving} if reading.done() else {receiving, reading}, return_when="FIRST_COMPLETED"
                )
                if reading.done():
                    reading.result()
                if receiving.done():
                    message = receiving.result()
                    if message is None:
                        return
                    self._session.output_bytes += len(message.data)
                    yield _response(message)
                    receiving = asyncio.create_task(self._tunnel.receive())
        finally:
            reading.cancel()
            receiving.cancel()

    def ended(self) -> api.ConsoleEnded:
        """Why it has."""
        end = self._tunnel.ended
        if end and not end.error and not end.guest_ended:
            return api.ConsoleEnded(reason=api.CONSOLE_END_REASON_PORT_CLOSED, text="the VM has closed the connection")
        return ended_by(self._tunnel)

    async def _read(self, incoming: AsyncIterator[api.OpenPortRequest]) -> None:
        async for request in incoming:
            if not request.HasField("data") or len(request.data) > MOST_DATA:
                raise invalid("data", f"must be what follows `open`, and at most {MOST_DATA} bytes")
            for start in range(0, len(request.data), INPUT_BYTES):
                piece = request.data[start : start + INPUT_BYTES]
                await self._tunnel.send(piece)
                self._session.input_bytes += len(piece)
        self._tunnel.end_input()
