"""Which user of this machine is at the other end of a TCP connection over loopback: as the kernel has it."""

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from controlplane.identity.forwarding import NOBODY

TABLES = ("tcp", "tcp6")
# States of a connection: established, and where the client has sent its end and reads on, at each of the two ends.
_CLIENT_STATES = frozenset({1, 4, 5})
_SERVER_STATES = frozenset({1, 8})
_V4_IN_V6 = "::ffff:"


class Ends(NamedTuple):
    """Both ends of one connection, each an address and a port."""

    client: tuple[str, int]
    server: tuple[str, int]


def user_at(connection: socket.socket) -> int:
    """The uid of the process that connected; NOBODY where the kernel does not say, or the connection has ended.

    Reads files of the kernel: off the event loop.
    """
    ends = Ends(connection.getpeername()[:2], connection.getsockname()[:2])
    uid = uid_in(_lines(), ends)
    # Still the same connection: no other could have had these two ends since it began, so what was read is of it.
    return uid if _is_open(connection) else NOBODY


def uid_in(lines: Iterator[str], ends: Ends) -> int:
    """Of lines of /proc/net/tcp and tcp6, by the client's end of the connection."""
    expected = {_pair(ends.client, ends.server, mapped=mapped) for mapped in (False, True)}
    for line in lines:
        fields = line.split()
        if len(fields) < 10 or (fields[1], fields[2]) not in expected:
            continue
        # One that no process has any more, or not yet, has no inode, and the number of root for its user.
        if int(fields[3], 16) in _CLIENT_STATES and fields[9] != "0":
            return int(fields[7])
    return NOBODY


def duplicate(fileno: int) -> socket.socket:
    """A second handle of a connection that an event loop has."""
    return socket.socket(fileno=os.dup(fileno))


def user_of(connection: socket.socket) -> int:
    """The same of a handle that nobody else needs: it is closed. NOBODY of a connection that has ended."""
    with closing(connection):
        try:
            return user_at(connection)
        except OSError:
            return NOBODY


def _lines() -> Iterator[str]:
    for table in TABLES:
        path = Path("/proc/self/net") / table
        try:
            text = path.read_text("ascii")
        except OSError:
            # A kernel without IPv6 has no tcp6.
            continue
        yield from text.splitlines()[1:]


def _pair(local: tuple[str, int], remote: tuple[str, int], *, mapped: bool) -> tuple[str, str]:
    return _written(*local, mapped=mapped), _written(*remote, mapped=mapped)


def _written(host: str, port: int, *, mapped: bool) -> str:
    """As the tables have an address: each 32 bits of it in the order of this machine."""
    address = ipaddress.ip_address(f"{_V4_IN_V6}{host}" if mapped and ":" not in host else host)
    words = struct.unpack(f"!{len(address.packed) // 4}I", address.packed)
    order = "<" if sys.byteorder == "little" else ">"
    packed = struct.pack(f"{order}{len(words)}I", *words)
    return f"{packed.hex().upper()}:{port:04X}"


def _is_open(connection: socket.socket) -> bool:
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in _SERVER_STATES
