"""Who the peer of a connection is: a user of this machine, an agent, or a machine with a certificate.

gRPC gives no object of a connection, and ports are used again: so what is known of a peer is kept by what it proves,
the certificate itself or the user that the kernel says, and never by its address.
"""

import os
import pwd
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.errors import Unauthenticated
from controlplane.domain.reasons import Reason
from controlplane.identity.certificates import Certificates
from controlplane.identity.forwarding import NOBODY, GatewayKey, Origin
from controlplane.identity.gateway_socket import PEER as GATEWAY_PEER
from controlplane.identity.local_socket import LocalSocket, LocalUser, local_user
from controlplane.identity.pki import BACKDATED, fingerprint
from controlplane.identity.transport_settings import LeastTls

AuthContext: TypeAlias = Mapping[str, Iterable[bytes]]
Metadata: TypeAlias = Iterable[tuple[str, str | bytes]]
# Certificates and users that are kept.
MOST_KEPT = 4096
# So long what the machine says of a user's groups holds, in seconds.
GROUPS_HOLD_S = 30.0
_CERTIFICATE = "x509_pem_cert"
_TLS_VERSION = "ssl_tls_version"


def _never(_host_id: str, _fingerprint: str, _issued_s: float) -> bool:
    """No certificate is revoked."""
    return False


class Peers:
    """Of the listeners of one server. `is_revoked` says of a host's certificate, by the host's id, the fingerprint and
    when it was issued, in seconds since 1970, whether it proves nothing any more.
    """

    def __init__(
        self,
        local: LocalSocket | None,
        certificates: Certificates | None,
        least_tls: LeastTls,
        is_revoked: Callable[[str, str, float], bool] = _never,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._local = local
        self._certificates = certificates
        self._least_tls = least_tls
        self._is_revoked = is_revoked
        self._now = now
        self.gateway_key = GatewayKey()
        # With when it was issued.
        self._by_certificate: dict[bytes, tuple[Principal, float]] = {}
        self._by_user: dict[tuple[int, int], tuple[Principal, float]] = {}

    def peer_principal(self, peer: str, auth_context: AuthContext) -> Principal | None:
        """Who the peer is by its connection alone; None where that proves nothing.

        Raises Unauthenticated for a certificate that has ended, or was revoked. `peer` and `auth_context` are those
        of gRPC's context.
        """
        if self._local and (user := local_user(peer)):
            return self._of_user(user)
        pem = next(iter(auth_context.get(_CERTIFICATE, ())), None)
        if pem is None:
            return None
        known = self._by_certificate.get(pem) or self._of_certificate(pem)
        if known is None:
            return None
        principal, issued = known
        if principal.until <= self._now():
            raise Unauthenticated(Reason.CERTIFICATE_EXPIRED, f"the certificate of {principal.name} has ended")
        if principal.host and self._is_revoked(principal.host.removeprefix("hosts/"), principal.proof.detail, issued):
            raise Unauthenticated(Reason.CERTIFICATE_REVOKED, f"the certificate of {principal.name} was revoked")
        return principal._replace(address=peer)

    def origin(self, peer: str, metadata: Metadata) -> Origin | None:
        """Where a call comes from that the HTTP gateway hands on; None of calls that it does not."""
        return self.gateway_key.origin(dict(metadata)) if peer == GATEWAY_PEER else None

    def origin_principal(self, origin: Origin) -> Principal | None:
        """Who calls through the gateway, by the connection alone; None where that proves nothing."""
        if origin.uid == NOBODY:
            return None
        found = self._of_user(LocalUser(origin.uid, _group_of(origin.uid), 0))
        return found and found._replace(address=origin.address)

    def is_too_old(self, auth_context: AuthContext) -> bool:
        """Whether the peer speaks an older TLS than is taken: gRPC itself has no option to refuse it."""
        version = next(iter(auth_context.get(_TLS_VERSION, ())), None)
        return version is not None and version.decode().removeprefix("TLSv") < self._least_tls

    @property
    def _owner(self) -> int:
        return self._local.owner if self._local else os.geteuid()

    @property
    def _group(self) -> int:
        """The group whose members own the machine: that of the local socket."""
        return self._local.group if self._local else os.getegid()

    def _of_user(self, user: LocalUser) -> Principal:
        key, now = (user.uid, user.gid), self._now()
        known = self._by_user.get(key)
        if known is None or not 0 <= now - known[1] < GROUPS_HOLD_S:
            name = _user_name(user.uid)
            owns = user.uid in (0, self._owner) or self._group in _groups(name, user.gid)
            principal = Principal(
                f"local:{name}", Proof(ProofKind.SOCKET, f"uid {user.uid}"), "unix", owns_machine=owns
            )
            known = (principal, now)
            if len(self._by_user) >= MOST_KEPT:
                self._by_user.clear()
            self._by_user[key] = known
        return known[0]

    def _of_certificate(self, pem: bytes) -> tuple[Principal, float] | None:
        try:
            certificate = x509.load_pem_x509_certificate(pem)
            uris = _uris(certificate)
            subject = certificate.subject.rfc4514_string()
        except ValueError:
            return None
        until = certificate.not_valid_after_utc.timestamp()
        proof = Proof(ProofKind.CERTIFICATE, fingerprint(certificate))
        spiffe = uris[0] if len(uris) == 1 and uris[0].startswith("spiffe://") else ""
        name = self._host_of(certificate, spiffe) or f"certificate:{spiffe or subject}"
        principal = Principal(name, proof, until=until)
        if len(self._by_certificate) >= MOST_KEPT:
            self._by_certificate.clear()
        issued = certificate.not_valid_before_utc + BACKDATED
        known = self._by_certificate[pem] = (principal, issued.timestamp())
        return known

    def _host_of(self, certificate: x509.Certificate, spiffe: str) -> str:
        """`agent:HOST` of a certificate that our own CA gave a host, else nothing."""
        loaded = self._certificates.loaded if self._certificates else None
        if not self._certificates or loaded is None or loaded.ca is None:
            return ""
        prefix = f"spiffe://{self._certificates.cluster}/hosts/"
        if not spiffe.startswith(prefix):
            return ""
        try:
            certificate.verify_directly_issued_by(loaded.ca)
        except (InvalidSignature, ValueError, TypeError):
            return ""
        return f"agent:{spiffe.removeprefix(prefix)}"


def _uris(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        # A container's user that no file of ours has.
        return f"uid-{uid}"


def _group_of(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        # No group's number.
        return -1


def _groups(name: str, gid: int) -> set[int]:
    """The groups of a user: the process's own, and those that the machine has it in."""
    try:
        return {gid, *os.getgrouplist(name, gid)}
    except (OSError, KeyError):
        return {gid}
