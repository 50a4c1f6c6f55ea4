"""Where a control plane is, and how it is connected to: addresses, TLS, and what the environment says of them."""

import getpass
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

import grpc
from grpc import aio

from chronovisor import keepalive

PROJECT_VARIABLE = "CHRONOVISOR_PROJECT"
CA_VARIABLE = "CHRONOVISOR_CA_FILE"
CERT_VARIABLE = "CHRONOVISOR_CERT_FILE"
KEY_VARIABLE = "CHRONOVISOR_KEY_FILE"

# A file's path, or the PEM text itself.
Pem = str | os.PathLike[str] | bytes

_OPTIONS: tuple[tuple[str, int], ...] = (
    # One mechanism retries, and it is not the channel's.
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    # Below half a second: a watch is to go on within a second of the server's return.
    ("grpc.max_reconnect_backoff_ms", 400),
    # gRPC's name notwithstanding: how long one attempt to connect may take. An address that swallows packets is left.
    ("grpc.min_reconnect_backoff_ms", 3000),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    *keepalive.CHANNEL_OPTIONS,
)


@dataclass(frozen=True, slots=True)
class Tls:
    """What TLS needs, as PEM. No `ca`: the roots that gRPC brings. `certificate` and `key`: the client's own."""

    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = None
    # Where the certificate is of another name than the address.
    server_name: str = ""

    def credentials(self) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(self.ca, self.key, self.certificate)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address, and how it is connected to."""

    address: str
    tls: Tls | None = None

    def channel(self) -> grpc.Channel:
        if self.tls:
            return grpc.secure_channel(self.address, self.tls.credentials(), options=self._options())
        return grpc.insecure_channel(self.address, options=self._options())

    def aio_channel(self) -> aio.Channel:
        """Of the running event loop."""
        if self.tls:
            return aio.secure_channel(self.address, self.tls.credentials(), options=self._options())
        return aio.insecure_channel(self.address, options=self._options())

    @property
    def is_local(self) -> bool:
        """Whether what is sent stays on this machine."""
        if self.address.startswith("unix:"):
            return True
        host = self.address.rpartition(":")[0].strip("[]") or self.address
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def _options(self) -> list[tuple[str, int | str]]:
        # An http_proxy in the environment is for the way out, not for this machine.
        options: list[tuple[str, int | str]] = [*_OPTIONS, ("grpc.enable_http_proxy", int(not self.is_local))]
        if self.tls and self.tls.server_name:
            options.append(("grpc.ssl_target_name_override", self.tls.server_name))
        return options


def tls_of(
    *,
    tls: bool | None = None,
    ca: Pem | None = None,
    certificate: Pem | None = None,
    key: Pem | None = None,
    server_name: str | None = None,
) -> Tls | None:
    """TLS where anything of it is given, here or by the environment, or `tls` is True. Raises ValueError, OSError."""
    if tls is False:
        if ca or certificate or key or server_name:
            raise ValueError("tls=False contradicts ca, certificate, key and server_name")
        return None
    found = Tls(
        _pem(ca or os.environ.get(CA_VARIABLE)),
        _pem(certificate or os.environ.get(CERT_VARIABLE)),
        _pem(key or os.environ.get(KEY_VARIABLE)),
        server_name or "",
    )
    if bool(found.certificate) != bool(found.key):
        raise ValueError("a client certificate needs its key, and a key its certificate")
    return found if tls or found != Tls() else None


def actor_of(given: str | None) -> str:
    """Who calls; by default the user that runs the program. Raises ValueError for one that cannot be sent."""
    actor = given or f"user:{_login()}"
    if not (actor.isascii() and actor.isprintable()):
        raise ValueError(f"actor must be printable ASCII, such as user:alice, not {actor!r}")
    return actor


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container's uid without a passwd entry.
        return f"uid-{os.getuid()}"


def _pem(given: Pem | None) -> bytes | None:
    if not given:
        return None
    return given if isinstance(given, bytes) else Path(given).read_bytes()
