"""How a host joins and stays: certificates for its agent, by a token or by the certificate before."""

import asyncio
from collections.abc import Callable

from chronovisor.v1 import host_credentials_pb2 as api

from controlplane.commands.host_credentials import IssueHostCertificate
from controlplane.domain.access.principal import Principal
from controlplane.domain.errors import invalid
from controlplane.domain.host.credentials import IssuedCertificate, token_invalid
from controlplane.domain.time import SECOND, Micros, timestamp_of
from controlplane.queries.host_credentials import KnownCredentials
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import Commands, command_context
from controlplane.rpc.host.credentials import HostAuthority, Signed, hashed, require
from controlplane.rpc.shared.validate import FieldRules

LONGEST_CSR = 8192
LONGEST_TOKEN = 256


class Enrolment:
    """Issues certificates. What the authority has signed is given away only once it is recorded."""

    def __init__(
        self,
        commands: Commands,
        reads: Reads,
        known: KnownCredentials,
        authority: Callable[[], HostAuthority | None],
    ) -> None:
        self._commands = commands
        self._reads = reads
        self._known = known
        self._authority = authority

    async def enroll(self, request: api.EnrollHostRequest) -> api.EnrollHostResponse:
        rules = FieldRules()
        rules.host_id(request.host_id, "host_id")
        rules.check(_is_token(request.token), "token", "must be a token of CreateHostToken")
        rules.check(0 < len(request.csr) <= LONGEST_CSR, "csr", "must be a certificate signing request in PEM")
        rules.done()
        token_sha256 = hashed(request.token)
        found = self._known.find(request.host_id)
        token = found.token(token_sha256) if found else None
        if token is None or not token.holds(self._reads.now()):
            # Before anything is signed.
            raise token_invalid()
        authority = require(self._authority())
        signed = await self._signed(authority, request.csr, request.host_id)
        await self._record(request.host_id, _issued(signed, token_sha256=token_sha256))
        return api.EnrollHostResponse(
            certificate_chain=signed.chain,
            ca_certificate=authority.ca_pem,
            expire_time=timestamp_of(_micros(signed.not_after)),
            agent_port=authority.agent_port,
        )

    async def renew(
        self, request: api.RenewHostCertificateRequest, agent: Principal
    ) -> api.RenewHostCertificateResponse:
        """`agent` is proven by its present certificate."""
        rules = FieldRules()
        rules.check(0 < len(request.csr) <= LONGEST_CSR, "csr", "must be a certificate signing request in PEM")
        rules.done()
        authority = require(self._authority())
        host_id = agent.host.removeprefix("hosts/")
        signed = await self._signed(authority, request.csr, host_id)
        await self._record(host_id, _issued(signed, renewed_from=agent.proof.detail))
        return api.RenewHostCertificateResponse(
            certificate_chain=signed.chain,
            ca_certificate=authority.ca_pem,
            expire_time=timestamp_of(_micros(signed.not_after)),
        )

    async def _signed(self, authority: HostAuthority, csr: bytes, host_id: str) -> Signed:
        try:
            return await asyncio.to_thread(authority.sign, csr, host_id)
        except ValueError as error:
            raise invalid("csr", str(error)) from None

    async def _record(self, host_id: str, issued: IssuedCertificate) -> None:
        context = command_context(f"agent:{host_id}", reason="joined" if issued.token_sha256 else "renewed")
        await self._commands.enqueue(IssueHostCertificate(host_id, issued), context)


def _is_token(text: str) -> bool:
    return 0 < len(text) <= LONGEST_TOKEN and text.isascii() and text.isprintable()


def _issued(signed: Signed, token_sha256: bytes = b"", renewed_from: str = "") -> IssuedCertificate:
    return IssuedCertificate(signed.serial, signed.fingerprint, _micros(signed.not_after), token_sha256, renewed_from)


def _micros(seconds: float) -> Micros:
    return Micros(int(seconds * SECOND))
