"""Ports of guests at the loopback address of their host: connections go on from the router's namespace.

The kernel's own way there would let guests reach the host's loopback too. Connections end with the agent.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hostagent.drivers.base import GuestPort
from hostagent.drivers.socket_port import connected_port, tcp_socket
from hostagent.network.namespaces import within

log = logging.getLogger(__name__)
LOOPBACK = "127.0.0.1"
_CHUNK = 64 * 1024
_CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where a published port leads."""

    namespace: Path
    address: str
    port: int

    def socket(self, address: str) -> socket.socket:
        """It belongs to the namespace that it is made in."""
        return within(self.namespace, lambda: tcp_socket(address))


class Publisher:
    """The listeners of one host: `namespace` is the host's own."""

    def __init__(self, namespace: Path | None) -> None:
        self._namespace = namespace
        self._targets: dict[int, Target] = {}
        self._servers: dict[int, asyncio.Server] = {}
        self._connections: set[asyncio.Task[None]] = set()

    async def ensure(self, targets: Mapping[int, Target]) -> dict[int, str]:
        """Listens at these ports alone. Returns why not, by port, where that is not possible."""
        self._targets = dict(targets)
        for port in [port for port in self._servers if port not in targets]:
            self._servers.pop(port).close()
        failures = dict[int, str]()
        for port in [port for port in targets if port not in self._servers]:
            try:
                listener = await asyncio.to_thread(within, self._namespace, lambda port=port: _listener(port))
                self._servers[port] = await asyncio.start_server(
                    lambda reader, writer, port=port: self._begin(port, reader, writer), sock=listener
                )
            except OSError as error:
                failures[port] = f"port {port} of the host cannot be published: {error.strerror}"
        return failures

    async def connected(self, target: Target) -> GuestPort | None:
        """Raises StepFailed where the guest does not take the connection."""
        return await connected_port(target.address, target.port, target.socket)

    async def close(self) -> None:
        await self.ensure({})
        for each in self._connections:
            each.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _begin(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(port, reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _carry(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            try:
                target = self._targets[port]
                there = await self._connected(target)
                try:
                    async with asyncio.TaskGroup() as ways:
                        ways.create_task(_copy(reader, there[1]))
                        ways.create_task(_copy(there[0], writer))
                finally:
                    there[1].close()
            finally:
                writer.close()

    @staticmethod
    async def _connected(target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        made = await asyncio.to_thread(target.socket, target.address)
        try:
            made.setblocking(False)
            loop = asyncio.get_running_loop()
            await asyncio.wait_for(loop.sock_connect(made, (target.address, target.port)), _CONNECT_S)
        except BaseException:
            made.close()
            raise
        return await asyncio.open_connection(sock=made)


def _listener(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((LOOPBACK, port))
        made.listen()
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while some := await reader.read(_CHUNK):
            writer.write(some)
            await writer.drain()
    # Also of one that was broken off: the other side waits for an end.
    with contextlib.suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()
