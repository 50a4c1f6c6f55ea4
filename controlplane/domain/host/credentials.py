"""A host's credentials: tokens by which it joins, and its certificates. Decide and evolve; performs no I/O.

They are kept by the host's id: a host joins before it is known.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import Unauthenticated, invalid
from controlplane.domain.reasons import Reason
from controlplane.domain.time import Micros, micros_of, timestamp_of

STREAM = "hostCredentials"
NEVER = Micros(0)
# Tokens of one host that can be used.
MOST_TOKENS = 10
# Of those that cannot be any more, the last are kept.
ENDED_KEPT = 10


class HostToken(NamedTuple):
    """One token. `used`, `revoked`: NEVER until they are."""

    id: str
    sha256: bytes
    creator: str
    created: Micros
    expires: Micros
    used: Micros = NEVER
    revoked: Micros = NEVER

    def holds(self, now: Micros) -> bool:
        return not (self.used or self.revoked) and now < self.expires


class HostCertificate(NamedTuple):
    """One certificate. `revoked`: NEVER until it is, or a newer one has taken its place."""

    serial: str
    fingerprint: str
    issued: Micros
    expires: Micros
    revoked: Micros = NEVER

    def holds(self, now: Micros) -> bool:
        return not self.revoked and now < self.expires


class HostCredentials(NamedTuple):
    """Of one host, after some event of its stream. Of what was issued at or before `all_revoked`, nothing holds."""

    host_id: str
    created: Micros
    updated: Micros
    version: int = 1
    tokens: tuple[HostToken, ...] = ()
    certificates: tuple[HostCertificate, ...] = ()
    all_revoked: Micros = NEVER

    @property
    def stream(self) -> str:
        return f"{STREAM}/{self.host_id}"

    def token(self, sha256: bytes) -> HostToken | None:
        return next((each for each in self.tokens if each.sha256 == sha256), None)

    def is_revoked(self, fingerprint: str, issued: Micros) -> bool:
        """Of one that the ledger does not know, as when it was restored, when it was issued decides."""
        for each in self.certificates:
            if each.fingerprint == fingerprint:
                return each.revoked != NEVER
        return self.all_revoked != NEVER and issued <= self.all_revoked


class IssuedCertificate(NamedTuple):
    """What the authority has signed, and by what: a token's hash, or the fingerprint of the certificate before it."""

    serial: str
    fingerprint: str
    not_after: Micros
    token_sha256: bytes = b""
    renewed_from: str = ""


def decide_create_token(found: HostCredentials | None, host_id: str, token: HostToken) -> list[Message]:
    """Raises InvalidField for more tokens than there may be."""
    if found and sum(each.holds(token.created) for each in found.tokens) >= MOST_TOKENS:
        raise invalid("host_id", f"{host_id} has {MOST_TOKENS} tokens that are not used yet: revoke them first")
    expire_time = timestamp_of(token.expires)
    return [ev.HostTokenCreated(host_id=host_id, token_id=token.id, token_sha256=token.sha256, expire_time=expire_time)]


def decide_issue(found: HostCredentials | None, issued: IssuedCertificate, now: Micros) -> list[Message]:
    """Raises Unauthenticated where that by which it was issued does not hold any more."""
    certificate = ev.HostCertificateIssued(
        serial=issued.serial,
        fingerprint=issued.fingerprint,
        not_after=timestamp_of(issued.not_after),
        renewed_from=issued.renewed_from,
    )
    if issued.renewed_from:
        if found and found.is_revoked(issued.renewed_from, now):
            raise Unauthenticated(Reason.CERTIFICATE_REVOKED, "the certificate was revoked: join again, by a new token")
        return [certificate]
    token = found.token(issued.token_sha256) if found else None
    if token is None or not token.holds(now):
        raise token_invalid()
    certificate.token_id = token.id
    return [ev.HostTokenUsed(token_id=token.id), certificate]


def token_invalid() -> Unauthenticated:
    """One answer for all that is wrong with a token: it says nothing of other tokens."""
    text = "the token is unknown, used, revoked, expired or another host's: have a new one created"
    return Unauthenticated(Reason.HOST_TOKEN_INVALID, text)


def decide_revoke(found: HostCredentials, now: Micros, token_id: str = "") -> list[Message]:
    """One token, or all that there is. What holds no more already is left as it is."""
    tokens = [
        ev.HostTokenRevoked(token_id=each.id) for each in found.tokens if each.holds(now) and token_id in ("", each.id)
    ]
    if token_id:
        return list[Message](tokens)
    holding = any(each.holds(now) for each in found.certificates) or not found.all_revoked
    return [*tokens, *([ev.HostCertificateRevoked()] if holding else ())]


def _token_created(found: HostCredentials, event: ev.Event, now: Micros) -> dict[str, Any]:
    payload = event.host_token_created
    token = HostToken(payload.token_id, payload.token_sha256, event.actor, now, micros_of(payload.expire_time))
    ended = [each.id for each in found.tokens if not each.holds(now)]
    kept = [each for each in found.tokens if each.holds(now) or each.id in ended[-ENDED_KEPT:]]
    return {"tokens": (*kept, token)}


def _tokens(found: HostCredentials, token_id: str, **changes: Micros) -> dict[str, Any]:
    return {"tokens": tuple(each._replace(**changes) if each.id == token_id else each for each in found.tokens)}


def _issued(found: HostCredentials, event: ev.Event, now: Micros) -> dict[str, Any]:
    payload = event.host_certificate_issued
    before = [
        each if each.revoked or each.fingerprint == payload.renewed_from else each._replace(revoked=now)
        for each in found.certificates
    ]
    certificate = HostCertificate(payload.serial, payload.fingerprint, now, micros_of(payload.not_after))
    changes: dict[str, Any] = {"certificates": (*_kept(before, now), certificate)}
    return changes if payload.renewed_from else changes | {"all_revoked": now}


def _kept(certificates: list[HostCertificate], now: Micros) -> list[HostCertificate]:
    """Those that were not at their end: one that was revoked must be known for so long. And the last of the others."""
    over = [each.fingerprint for each in certificates if each.expires <= now][-ENDED_KEPT:]
    return [each for each in certificates if each.expires > now or each.fingerprint in over]


def _revoked(found: HostCredentials, event: ev.Event, now: Micros) -> dict[str, Any]:
    fingerprint = event.host_certificate_revoked.fingerprint
    certificates = tuple(
        each._replace(revoked=now) if not each.revoked and fingerprint in ("", each.fingerprint) else each
        for each in found.certificates
    )
    return {"certificates": certificates} if fingerprint else {"certificates": certificates, "all_revoked": now}


_EVOLVE: Mapping[str, Callable[[HostCredentials, ev.Event, Micros], dict[str, Any]]] = {
    "host_token_created": _token_created,
    "host_token_used": lambda found, event, now: _tokens(found, event.host_token_used.token_id, used=now),
    "host_token_revoked": lambda found, event, now: _tokens(found, event.host_token_revoked.token_id, revoked=now),
    "host_certificate_issued": _issued,
    "host_certificate_revoked": _revoked,
}


def evolve(found: HostCredentials | None, host_id: str, event: ev.Event, version: int) -> HostCredentials:
    """The credentials of a host after `event`, which is the stream's `version`."""
    now = micros_of(event.commit_time)
    before = found or HostCredentials(host_id, now, now)
    kind = event.WhichOneof("payload")
    assert kind is not None
    return before._replace(version=version, updated=now, **_EVOLVE[kind](before, event, now))
