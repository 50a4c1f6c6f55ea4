"""Settings of listeners and certificates. Loads neither gRPC nor cryptography."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

DEFAULT_AGENT_LISTEN = "127.0.0.1:7461"
SOCKET_NAME = "api.sock"
PKI_NAME = "pki"
# How long a host's certificate holds, in seconds: one that is stolen is of no use after a day.
HOST_CERTIFICATE_S = 86_400.0


class LeastTls(StrEnum):
    """The oldest version of TLS that is taken."""

    V1_2 = "1.2"
    V1_3 = "1.3"


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Where a server listens beside its address for people, and its certificates.

    `socket`: the local socket; None: there is none. `certificate` and `key` are PEM files; without them they come from
    `pki`, the directory of `chronovisord pki init`, if it has any. `client_ca` has more authorities whose clients'
    certificates are taken. Agents connect to `agent_listen`, where there is an authority to know them by.
    """

    socket: Path | None = None
    pki: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    agent_listen: str = DEFAULT_AGENT_LISTEN
    least_tls: LeastTls = LeastTls.V1_3
    host_certificate_s: float = HOST_CERTIFICATE_S


NO_TRANSPORT = TransportSettings()
