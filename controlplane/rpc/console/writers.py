"""Who has a console open, and which one of them writes. Decides nothing else of what they see."""

import asyncio
from typing import Generic, TypeVar

from chronovisor.v1 import console_service_pb2 as api

from controlplane.rpc.agent.tunnels import Tunnel
from controlplane.rpc.console.sessions import ConsoleSession


class ConsoleClient:
    """Who has a console open, and whether to write."""

    def __init__(self, session: ConsoleSession, *, writes: bool) -> None:
        self.session = session
        self.writes = writes
        self.wake = asyncio.Event()
        # An error of what it sent, which ends its call.
        self.error: Exception | None = None
        # Who writes, as it knows: itself, another, or nobody.
        self.known_writer: ConsoleClient | None = None

    @property
    def name(self) -> str:
        return self.session.by.actor


Client = TypeVar("Client", bound=ConsoleClient)


class Writers(Generic[Client]):
    """The clients of one console."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.writer: Client | None = None

    def join(self, client: Client, *, take_over: bool) -> None:
        self.clients.append(client)
        if client.writes and (take_over or self.writer is None):
            self._let_write(client)
        client.known_writer = self.writer

    def leave(self, client: Client) -> None:
        if client in self.clients:
            self.clients.remove(client)
        if self.writer is client:
            self._let_write(next((each for each in self.clients if each.writes), None))

    def wake_all(self) -> None:
        for each in self.clients:
            each.wake.set()

    def changed(self, client: Client) -> api.ConsoleWriterChanged | None:
        """Who writes, if the client does not know yet."""
        if client.known_writer is self.writer:
            return None
        client.known_writer = self.writer
        return self.who(client)

    def who(self, client: Client) -> api.ConsoleWriterChanged:
        """Who writes, as the client sees it."""
        writer = self.writer
        other = writer.name if writer and writer is not client else ""
        return api.ConsoleWriterChanged(writer=writer is client, written_by=other)

    def _let_write(self, client: Client | None) -> None:
        if self.writer is not None and client is not None:
            # Taken over: it does not write again by itself.
            self.writer.writes = False
        self.writer = client
        self.wake_all()


def ended_by(tunnel: Tunnel) -> api.ConsoleEnded:
    """Why a tunnel has ended."""
    end = tunnel.ended
    if end is None:
        text = "the agent of its host was lost; the guest may run on"
        return api.ConsoleEnded(reason=api.CONSOLE_END_REASON_AGENT_LOST, text=text)
    reason = api.CONSOLE_END_REASON_GUEST_ENDED if end.guest_ended else api.CONSOLE_END_REASON_AGENT_LOST
    return api.ConsoleEnded(reason=reason, text=end.error)
