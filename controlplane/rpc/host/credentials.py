"""Tokens and certificates of hosts, for operators. A token is in one answer, and nowhere else."""

import hashlib
import re
import secrets
from typing import Protocol

from chronovisor.v1 import host_credentials_pb2 as api
from uuid_utils import uuid7

from controlplane.commands.host_credentials import CreateHostToken, RevokeHostCredentials
from controlplane.domain.host.credentials import HostCertificate, HostCredentials, HostToken
from controlplane.domain.host.errors import NoCertificateAuthority
from controlplane.domain.time import SECOND, Micros, micros_in, timestamp_of
from controlplane.rpc.host.requests import NAME
from controlplane.rpc.shared.validate import FieldRules, named

PREFIX = "cvht_"
_TOKEN_ID = re.compile(r"[0-9a-f-]{0,64}")
SHORTEST_US, DEFAULT_US, LONGEST_US = 60 * SECOND, 3600 * SECOND, 30 * 86_400 * SECOND


class Signed(Protocol):
    """A host's certificate, and what there is to know of it. `not_after` is in seconds since 1970."""

    @property
    def chain(self) -> bytes: ...

    @property
    def serial(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def not_after(self) -> float: ...


class HostAuthority(Protocol):
    """The control plane's own CA, and where agents connect."""

    @property
    def ca_pem(self) -> bytes: ...

    @property
    def ca_sha256(self) -> str: ...

    @property
    def agent_port(self) -> int: ...

    def sign(self, csr: bytes, host_id: str) -> Signed: ...


def require(authority: HostAuthority | None) -> HostAuthority:
    """Raises NoCertificateAuthority."""
    if authority is None:
        raise NoCertificateAuthority
    return authority


def hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def create_command(request: api.CreateHostTokenRequest, *, has_authority: bool) -> tuple[CreateHostToken, str]:
    """The command, and the token that only its caller is to know. Raises InvalidField."""
    rules = FieldRules()
    rules.host_id(request.host_id, "host_id")
    ttl_us = micros_in(request.ttl) if request.HasField("ttl") else DEFAULT_US
    rules.check(SHORTEST_US <= ttl_us <= LONGEST_US, "ttl", "must be from 60 s to 30 days")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    return CreateHostToken(request.host_id, str(uuid7()), hashed(token), ttl_us, has_authority), token


def revoke_command(request: api.RevokeHostCredentialsRequest) -> RevokeHostCredentials:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.check(_TOKEN_ID.fullmatch(request.token_id), "token_id", "must be a token's id, as its name has it, or empty")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    return RevokeHostCredentials(request.name.removeprefix("hosts/"), request.token_id)


def host_id_in(request: api.GetHostCredentialsRequest) -> str:
    """Raises InvalidField."""
    named(request.name, NAME)
    return request.name.removeprefix("hosts/")


def token_message(host_id: str, token: HostToken) -> api.HostToken:
    return api.HostToken(
        name=f"hosts/{host_id}/tokens/{token.id}",
        create_time=timestamp_of(token.created),
        creator=token.creator,
        expire_time=timestamp_of(token.expires),
        use_time=_unless_never(token.used),
        revoke_time=_unless_never(token.revoked),
    )


def credentials_message(found: HostCredentials) -> api.HostCredentials:
    return api.HostCredentials(
        name=f"hosts/{found.host_id}",
        tokens=[token_message(found.host_id, each) for each in found.tokens],
        certificates=[_certificate_message(each) for each in found.certificates],
    )


def _certificate_message(certificate: HostCertificate) -> api.HostCertificate:
    return api.HostCertificate(
        serial=certificate.serial,
        fingerprint=certificate.fingerprint,
        issue_time=timestamp_of(certificate.issued),
        expire_time=timestamp_of(certificate.expires),
        revoke_time=_unless_never(certificate.revoked),
    )


def _unless_never(at: Micros):
    return timestamp_of(at) if at else None
