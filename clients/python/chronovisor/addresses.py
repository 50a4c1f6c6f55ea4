"""Addresses of servers, as they are given and as gRPC takes them. Loads no gRPC."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

SERVER_VARIABLE = "CHRONOVISOR_SERVER"
DEFAULT_PORT = 7460
DEFAULT_SERVER = f"127.0.0.1:{DEFAULT_PORT}"
HOME_VARIABLE = "CHRONOVISOR_HOME"
# Where a control plane of this machine has its socket: of a user's own, and of the units for systemd.
_HOME = "~/.local/state/chronovisor"
_SYSTEM_SOCKET = Path("/run/chronovisor/api.sock")
# A scheme of gRPC's own names is left to gRPC.
_ADDRESS = re.compile(
    r"(?:unix|dns|ipv4|ipv6):\S+|(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\[\]]+)(?::(?P<port>[0-9]{1,5}))?"
)


def addresses(server: str | Sequence[str] | None) -> tuple[str, ...]:
    """One address or more: those given, else the environment's, else the control plane of this machine.

    Raises ValueError for none, and for what is no address.
    """
    given = server or os.environ.get(SERVER_VARIABLE) or local_server()
    found = tuple(each.strip() for each in (given.split(",") if isinstance(given, str) else given))
    if not all(found):
        raise ValueError(f"server must be an address such as {DEFAULT_SERVER}, or several, not {given!r}")
    return tuple(map(address, found))


def local_server() -> str:
    """The control plane of this machine: its socket, where there is one that this user may see."""
    home = Path(os.environ.get(HOME_VARIABLE) or _HOME).expanduser().absolute()
    for path in (home / "api.sock", _SYSTEM_SOCKET):
        try:
            if path.is_socket():
                return f"unix:{path}"
        except OSError:
            # Such as a directory that is another user's.
            continue
    return DEFAULT_SERVER


def address(text: str) -> str:
    """An address as gRPC takes it, with its port. Raises ValueError."""
    found = _ADDRESS.fullmatch(text)
    if found is None or int(found["port"] or 0) > 65535:
        raise ValueError(f"{text!r} is no address: give HOST:PORT, or unix:/PATH")
    return f"{text}:{DEFAULT_PORT}" if found["host"] and not found["port"] else text
