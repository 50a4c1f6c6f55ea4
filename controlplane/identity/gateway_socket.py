"""The socket that the HTTP gateway calls: gRPC's own, in a directory that its owner alone may enter.

Calls that come through it are no user's of the local socket. What the gateway says of its callers is believed by its
key: see forwarding.
"""

import contextlib
import os
import socket
import tempfile
from pathlib import Path

from grpc import aio

# Of peers of a Unix socket that have no name: those of the local socket's relay have one.
PEER = "unix:"
LONGEST_PATH = 107
_DIRECTORY, _NAME = ".gateway", "g"


class GatewaySocket:
    """Below `home` where its path is short enough and no other server has it, otherwise in a temporary directory."""

    def __init__(self, home: Path) -> None:
        self._preferred = home.expanduser().absolute() / _DIRECTORY
        self._directory: Path | None = None

    @property
    def address(self) -> str:
        """For a channel. Once it is bound."""
        assert self._directory is not None
        return f"unix:{self._directory / _NAME}"

    def bind(self, server: aio.Server) -> None:
        """Before the server starts. Raises OSError."""
        self._directory = directory = self._made()
        (directory / _NAME).unlink(missing_ok=True)
        try:
            server.add_insecure_port(self.address)
        except RuntimeError as error:
            raise OSError(f"cannot listen on {self.address} for the HTTP gateway") from error

    def close(self) -> None:
        if self._directory:
            with contextlib.suppress(OSError):
                (self._directory / _NAME).unlink(missing_ok=True)
                self._directory.rmdir()

    def _made(self) -> Path:
        preferred = self._preferred
        if len(os.fsencode(preferred / _NAME)) <= LONGEST_PATH and not _is_served(preferred / _NAME):
            with contextlib.suppress(OSError):
                preferred.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                preferred.mkdir(mode=0o700, exist_ok=True)
                preferred.chmod(0o700)
                return preferred
        return Path(tempfile.mkdtemp(prefix="chronovisor-"))


def _is_served(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(os.fsencode(path)) == 0
