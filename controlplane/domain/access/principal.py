"""Principals: who calls, and how that was proven. Performs no I/O.

A principal's name is what bindings and events have: `KIND:ID`. How it was proven is never a part of the name.
"""

from enum import StrEnum
from typing import NamedTuple


class ProofKind(StrEnum):
    """How a principal proved who it is. The values are what events have."""

    # Nobody proved anything: plain text on loopback, or an event of before there was proof.
    SELF_DECLARED = "self-declared"
    # The local socket: the kernel says which user of the machine calls.
    SOCKET = "socket"
    OIDC = "oidc"
    # The token of a service account.
    TOKEN = "token"
    CERTIFICATE = "certificate"
    # The control plane itself.
    SYSTEM = "system"


class Proof(NamedTuple):
    """How it was proven. `detail`, for an audit, is `ISSUER SUBJECT`, a token's id, or a certificate's SHA-256."""

    kind: ProofKind
    detail: str = ""


class Principal(NamedTuple):
    """One caller.

    `name` is `user:NAME`, `serviceAccount:projects/{p}/serviceAccounts/{a}`, `agent:HOST`, `certificate:SUBJECT`,
    `local:NAME` or `system:NAME`. `groups` are `group:NAME` each. `until` is when the proof ends, in seconds since
    1970; 0 is never. `owns_machine`: it reached the local socket, whose owner may do everything.
    """

    name: str
    proof: Proof
    address: str = ""
    groups: frozenset[str] = frozenset()
    until: float = 0.0
    owns_machine: bool = False
    # Of a service account: its name can be another's, once it is deleted.
    uid: str = ""

    @property
    def host(self) -> str:
        """The host that it speaks for, as `hosts/{host}`; empty for all but agents."""
        kind, _, name = self.name.partition(":")
        return f"hosts/{name}" if kind == "agent" else ""
