"""The local socket. A relay before gRPC's own, which does not know who connects: the kernel does.

Each connection is handed on from an abstract address of which the user, group and process are part. Such an address is
believed only of gRPC's own socket, which nobody but this process reaches.
"""

import asyncio
import contextlib
import errno
import logging
import os
import re
import secrets
import socket
import stat
import struct
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple, cast

from grpc import aio

log = logging.getLogger(__name__)
# Of a socket's path, in bytes, as Linux has it.
LONGEST_PATH = 107
MODE = 0o660
_CREDENTIALS = struct.Struct("3i")
_PEER = re.compile(r"unix-abstract:chronovisor-[0-9a-f]+-uid-(\d+)-gid-(\d+)-pid-(\d+)")
# Written to one side and not yet taken, before the other is read no further.
MOST_WAITING = 1 << 20


class LocalUser(NamedTuple):
    """Who is at the other end of a connection, by the kernel's word."""

    uid: int
    gid: int
    pid: int


def local_user(peer: str) -> LocalUser | None:
    """Who a peer of the local socket is, by gRPC's name of it; None for peers of other listeners."""
    found = _PEER.fullmatch(peer)
    return LocalUser(*map(int, found.groups())) if found else None


class LocalSocket:
    """One Unix socket for users of this machine whom its mode lets in: its owner and its group."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError where the path is longer than a socket's can be."""
        self.path = path
        # Its directory is its owner's alone, whatever the socket's is.
        self._inner = path.with_name(f".{path.name}") / "g"
        too_long = len(os.fsencode(self._inner)) - LONGEST_PATH
        if too_long > 0:
            raise ValueError(
                f"the path of the socket {path} is too long by {too_long} bytes: place it elsewhere with --socket, "
                "or --socket none"
            )
        self._listener: socket.socket | None = None
        self._identity: tuple[int, int] | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._open: set[asyncio.Transport] = set()
        self.owner = os.geteuid()
        self.group = os.getegid()

    def bind(self, server: aio.Server) -> None:
        """Before the server starts. Raises OSError where it cannot be, or another process listens there."""
        _make_private(self.path.parent)
        _make_room(self.path)
        self._inner.parent.mkdir(mode=0o700, exist_ok=True)
        self._inner.parent.chmod(0o700)
        with _created_as(0o600):
            server.add_insecure_port(f"unix:{self._inner}")
        self._listener = listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        with _created_as(MODE):
            listener.bind(str(self.path))
        found = self.path.stat()
        self._identity, self.group = (found.st_dev, found.st_ino), found.st_gid

    def start(self) -> None:
        """Once the server has started."""
        if self._listener:
            self._listener.listen(socket.SOMAXCONN)
            self._accepting = asyncio.create_task(self._accept(self._listener), name="local socket")

    def close(self) -> None:
        """Takes no more connections, and ends those that there are. Before it, let calls end."""
        if self._accepting:
            self._accepting.cancel()
        for transport in list(self._open):
            transport.abort()
        if self._listener:
            self._listener.close()
            with contextlib.suppress(OSError):
                found = self.path.stat()
                # A successor may have its own there by now.
                if (found.st_dev, found.st_ino) == self._identity:
                    self.path.unlink()
        with contextlib.suppress(OSError):
            self._inner.unlink(missing_ok=True)
            self._inner.parent.rmdir()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                outer, _ = await loop.sock_accept(listener)
            except OSError as error:
                # No file descriptors left: it is tried again.
                log.warning("a connection to %s was not taken: %s", self.path, error)
                await asyncio.sleep(0.1)
                continue
            try:
                await self._relay(outer)
            except OSError as error:
                outer.close()
                log.warning("a connection to %s was not taken: %s", self.path, error)

    async def _relay(self, outer: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        inner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            inner.bind(_name_of(outer))
            inner.setblocking(False)
            await loop.sock_connect(inner, str(self._inner))
        except OSError:
            inner.close()
            raise
        near, far = _Half(self._open), _Half(self._open)
        near.other, far.other = far, near
        await loop.create_unix_connection(lambda: far, sock=inner)
        await loop.connect_accepted_socket(lambda: near, outer)


def _name_of(outer: socket.socket) -> bytes:
    raw = outer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, gid = _CREDENTIALS.unpack(raw)
    return f"\0chronovisor-{secrets.token_hex(8)}-uid-{uid}-gid-{gid}-pid-{pid}".encode()


class _Half(asyncio.Protocol):
    """One side of a connection that is handed on: what it reads, the other side writes."""

    def __init__(self, open_: set[asyncio.Transport]) -> None:
        self._open = open_
        self._transport: asyncio.Transport | None = None
        # What is to be written before there is something to write to.
        self._early = bytearray()
        self._is_over = False
        self.other: _Half = self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none by its class.
        made = self._transport = cast("asyncio.Transport", transport)
        self._open.add(made)
        made.set_write_buffer_limits(MOST_WAITING)
        if self._early:
            made.write(bytes(self._early))
            self._early.clear()
        if self._is_over:
            transport.close()

    def data_received(self, data: bytes) -> None:
        self.other.write(data)

    def write(self, data: bytes) -> None:
        if self._transport:
            self._transport.write(data)
        else:
            self._early += data

    def pause_writing(self) -> None:
        if self.other._transport:
            self.other._transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other._transport and not self.other._transport.is_closing():
            self.other._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport:
            self._open.discard(self._transport)
        self.other.end()

    def end(self) -> None:
        """Once all is written."""
        self._is_over = True
        if self._transport:
            self._transport.close()


@contextlib.contextmanager
def _created_as(mode: int) -> Generator[None]:
    """What is made within has this mode. The mask is the process's: bind before threads make files."""
    before = os.umask(0o777 & ~mode)
    try:
        yield
    finally:
        os.umask(before)


def _make_private(directory: Path) -> None:
    """Raises OSError where anybody might put another socket in place of ours."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = directory.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise OSError(f"everybody may write to {directory}, where the local socket is to be: chmod o-w {directory}")


def _make_room(path: Path) -> None:
    """Removes the socket of a process that is gone. Raises OSError for one that is not."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise OSError(f"cannot listen on {path}: there is a file that is no socket")
    with socket.socket(socket.AF_UNIX) as probe:
        code = probe.connect_ex(str(path))
    if code not in (errno.ECONNREFUSED, errno.ENOENT):
        raise OSError(f"cannot listen on {path}: another program does; --socket names another path, or none")
    path.unlink(missing_ok=True)
