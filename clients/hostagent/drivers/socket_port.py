"""A connected socket for whoever reads and writes it: of a screen, or of a guest's port."""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Callable

from hostagent.drivers.base import StepFailed

# The guest takes a connection within it, in seconds, or not at all.
CONNECT_S = 10.0


class SocketPort:
    """See GuestPort, and ScreenPort."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def on(cls, connected: socket.socket) -> "SocketPort":
        connected.setblocking(False)
        return cls(*await asyncio.open_connection(sock=connected))

    async def read(self, most: int) -> bytes:
        try:
            return await self._reader.read(most)
        except OSError:
            return b""

    async def write(self, data: bytes) -> bool:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            return False
        return True

    def end_input(self) -> None:
        with contextlib.suppress(OSError):
            self._writer.write_eof()

    def close(self) -> None:
        self._writer.close()


def tcp_socket(address: str) -> socket.socket:
    """Of the address's version, in the network namespace of the calling thread."""
    return socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)


async def connected_port(address: str, port: int, made: Callable[[str], socket.socket] = tcp_socket) -> SocketPort:
    """Raises StepFailed where nobody takes the connection. `made`, on a thread, gives the socket for an address."""
    try:
        there = await asyncio.to_thread(made, address)
        try:
            there.setblocking(False)
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(there, (address, port)), CONNECT_S)
        except BaseException:
            there.close()
            raise
        return await SocketPort.on(there)
    except TimeoutError:
        raise StepFailed(f"its port does not answer within {CONNECT_S:g} s") from None
    except OSError as error:
        # asyncio has a text of its own there.
        raise StepFailed(f"its port does not answer: {os.strerror(error.errno or errno.EIO)}") from None
