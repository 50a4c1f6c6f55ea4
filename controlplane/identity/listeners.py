"""Where one server listens: for people and programs, for agents, and for users of this machine."""

import ipaddress
import logging
from dataclasses import dataclass

from grpc import aio

from controlplane.identity.certificates import Alarms, Certificates
from controlplane.identity.local_socket import LocalSocket
from controlplane.identity.transport_settings import TransportSettings

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Bound:
    """Addresses that are listened on, as clients name them; empty where there is none."""

    people: str = ""
    agents: str = ""
    socket: str = ""
    http: str = ""

    @property
    def first(self) -> str:
        return self.people or self.socket or self.agents


class Listeners:
    """The listeners of one server: `bind` before it starts, `start` after, `close` when it has stopped."""

    def __init__(self, listen: str, transport: TransportSettings, *, insecure: bool, alarms: Alarms) -> None:
        """Raises ValueError and OSError for settings and files that are of no use."""
        self._listen = listen
        self._agent_listen = transport.agent_listen
        self._insecure = insecure
        if insecure and (transport.certificate or transport.client_ca):
            raise ValueError("--insecure is plain text: give no --tls-cert and no --client-ca with it")
        if insecure and not is_loopback(listen):
            raise ValueError(
                f"--insecure is for loopback alone, and {listen} is not: `chronovisord pki init` makes TLS"
            )
        self.certificates = None if insecure else Certificates(transport, alarms)
        self.socket = LocalSocket(transport.socket) if transport.socket else None
        if not (insecure or self.socket or self.has_tls):
            raise ValueError("nothing to listen on: no certificate, no --insecure, and no --socket")
        self.bound = Bound()
        self.port = 0

    @property
    def has_tls(self) -> bool:
        return self.certificates is not None and self.certificates.loaded is not None

    def bind(self, server: aio.Server) -> None:
        """Raises OSError where an address is taken, or not of this machine."""
        if self._insecure:
            self.port = _bound(server, self._listen, None)
            self.bound.people = _with_port(self._listen, self.port)
        elif self.certificates and self.certificates.loaded:
            people = self.certificates.credentials(with_client_certificate=False)
            self.port = _bound(server, self._listen, people)
            self.bound.people = _with_port(self._listen, self.port)
            if self.certificates.loaded.roots:
                agents = self.certificates.credentials(with_client_certificate=True)
                self.bound.agents = _with_port(self._agent_listen, _bound(server, self._agent_listen, agents))
        if self.socket:
            self.socket.bind(server)
            self.bound.socket = f"unix:{self.socket.path}"

    def start(self) -> None:
        if self.socket:
            self.socket.start()

    async def run(self) -> None:
        """Follows the certificates' files until cancelled."""
        if self.certificates:
            await self.certificates.run()

    def close(self) -> None:
        if self.socket:
            self.socket.close()


def is_loopback(address: str) -> bool:
    """Whether HOST:PORT is for this machine alone."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bound(server: aio.Server, address: str, credentials: object) -> int:
    try:
        if credentials is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, credentials)  # pyright: ignore[reportArgumentType]
    except RuntimeError as error:
        # gRPC's own words say no more than that.
        reason = "another program has it, or it is not an address of this machine"
        raise OSError(f"cannot listen on {address}: {reason}") from error


def _with_port(address: str, port: int) -> str:
    return f"{address.rpartition(':')[0]}:{port}"
