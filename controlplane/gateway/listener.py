"""Where the gateway listens. The control plane binds the socket, and each process of the gateway accepts from it.

So an address that is taken is known at the start, and connections wait while the process is started again.
"""

import ipaddress
import socket
from collections.abc import Collection

from cryptography import x509

from controlplane.gateway.settings import HttpSettings, host_and_port
from controlplane.identity.certificates import Loaded
from controlplane.identity.listeners import is_loopback

BACKLOG = 1024
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class HttpListener:
    """One listening socket. Raises ValueError for plain text where others could read it."""

    def __init__(self, settings: HttpSettings, *, has_tls: bool) -> None:
        self.settings = settings
        self.host, self._port = host_and_port(settings.address)
        self.is_secure = not is_loopback(settings.address)
        if self.is_secure and not has_tls:
            raise ValueError(
                f"--http {settings.address} is not loopback, and plain text is for loopback alone: "
                "`chronovisord pki init` makes TLS"
            )
        self.socket: socket.socket | None = None

    @property
    def url(self) -> str:
        """As people type it. Once it is bound."""
        assert self.socket is not None
        port = self.socket.getsockname()[1]
        # Every address of this machine: people know it by its name.
        known = socket.gethostname() if _is_any(self.host) else self.host
        host = f"[{known}]" if ":" in known else known
        return f"{'https' if self.is_secure else 'http'}://{host}:{port}"

    def bind(self) -> str:
        """Returns, in words, why the usual listener is not there; empty where it is. Raises OSError."""
        try:
            self.socket = self._bound()
        except OSError as error:
            if self.settings.requested:
                raise OSError(f"cannot listen on {self.settings.address} for HTTP: {error.strerror}") from error
            taken = f"{self.settings.address} is taken"
            return f"no console and no HTTP API: {taken}; --http names another address, or none"
        return ""

    def names(self, loaded: Loaded | None) -> tuple[str, ...]:
        """Hosts that requests are for: a page of any other name was led here."""
        own = () if _is_any(self.host) else (self.host,)
        return tuple(dict.fromkeys((*own, *LOOPBACK_NAMES, *_names_in(loaded))))

    def close(self) -> None:
        if self.socket:
            self.socket.close()

    def _bound(self) -> socket.socket:
        found = socket.getaddrinfo(self.host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(BACKLOG)
        except OSError:
            listening.close()
            raise
        listening.setblocking(False)
        return listening


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _names_in(loaded: Loaded | None) -> Collection[str]:
    """The names that the certificate is for."""
    if loaded is None:
        return ()
    try:
        names = loaded.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = [str(each) for each in names.get_values_for_type(x509.IPAddress)]
    return [*names.get_values_for_type(x509.DNSName), *addresses]
