"""Commands for the credentials of hosts: tokens are created, certificates issued, and both revoked."""

from dataclasses import dataclass

from google.protobuf.message import Message

from controlplane.domain.command import Command, CredentialsAnswer
from controlplane.domain.errors import NotFound
from controlplane.domain.host import credentials
from controlplane.domain.host.credentials import STREAM, HostCredentials, HostToken, IssuedCertificate
from controlplane.domain.host.errors import HostDecommissioned, NoCertificateAuthority
from controlplane.domain.host.states import HostState
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CreateHostToken(Command[CredentialsAnswer]):
    """A token of which only the hash is known here. It holds for `ttl_us` from the commit on."""

    host_id: str
    token_id: str
    token_sha256: bytes
    ttl_us: int
    # Whether there is an authority that could sign for it.
    has_authority: bool


@dataclass(frozen=True, slots=True)
class IssueHostCertificate(Command[CredentialsAnswer]):
    """The authority has signed a certificate, which nobody has before this is recorded."""

    host_id: str
    issued: IssuedCertificate


@dataclass(frozen=True, slots=True)
class RevokeHostCredentials(Command[CredentialsAnswer]):
    """One token of a host, or with an empty `token_id` all that it has."""

    host_id: str
    token_id: str = ""


def create_token(unit: UnitOfWork, command: CreateHostToken) -> CredentialsAnswer:
    """Raises NoCertificateAuthority, HostDecommissioned, InvalidField."""
    if not command.has_authority:
        raise NoCertificateAuthority
    _require_in_service(unit, command.host_id)
    expires = Micros(unit.now + command.ttl_us)
    token = HostToken(command.token_id, command.token_sha256, unit.context.actor, unit.now, expires)
    found = unit.fleet.host_credentials.get(command.host_id)
    payloads = credentials.decide_create_token(found, command.host_id, token)
    return CredentialsAnswer(_recorded(unit, command.host_id, payloads), command.token_id)


def issue(unit: UnitOfWork, command: IssueHostCertificate) -> CredentialsAnswer:
    """Raises HostDecommissioned, Unauthenticated."""
    _require_in_service(unit, command.host_id)
    found = unit.fleet.host_credentials.get(command.host_id)
    payloads = credentials.decide_issue(found, command.issued, unit.now)
    return CredentialsAnswer(_recorded(unit, command.host_id, payloads))


def revoke(unit: UnitOfWork, command: RevokeHostCredentials) -> CredentialsAnswer:
    """Raises NotFound where nothing is known of the host, or of its token."""
    found = unit.fleet.host_credentials.get(command.host_id)
    name = f"hosts/{command.host_id}"
    if found is None:
        raise NotFound("host", name)
    if command.token_id and command.token_id not in {each.id for each in found.tokens}:
        raise NotFound("host", f"{name}/tokens/{command.token_id}")
    payloads = credentials.decide_revoke(found, unit.now, command.token_id)
    return CredentialsAnswer(_recorded(unit, command.host_id, payloads) if payloads else found)


def revoke_with(unit: UnitOfWork, host: str) -> None:
    """Revokes all that a host has, by name, in the append that takes its machine away."""
    host_id = host.removeprefix("hosts/")
    found = unit.fleet.host_credentials.get(host_id)
    if found is not None:
        unit.record(f"{STREAM}/{host_id}", credentials.decide_revoke(found, unit.now))


def _require_in_service(unit: UnitOfWork, host_id: str) -> None:
    host = unit.fleet.host_named(f"hosts/{host_id}")
    if host is not None and host.state is HostState.DECOMMISSIONED:
        raise HostDecommissioned(host.name)


def _recorded(unit: UnitOfWork, host_id: str, payloads: list[Message]) -> HostCredentials:
    unit.record(f"{STREAM}/{host_id}", payloads)
    return unit.fleet.host_credentials[host_id]
