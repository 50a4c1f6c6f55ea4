"""Tokens of issuers: who calls, by a signed token. What was verified is kept for a while. Time is a parameter."""

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, cast

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry

from controlplane.domain.access.principal import Principal
from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason
from controlplane.domain.text import bounded
from controlplane.identity.oidc.claims import invalid, principal_of
from controlplane.identity.oidc.http import HttpFetch
from controlplane.identity.oidc.key_source import RETRY_S, Fetch, KeySource
from controlplane.identity.oidc.parameters import IssuerSettings

LONGEST_TOKEN = 16 * 1024
KEPT_S = 60.0
MOST_KEPT = 10_000
_LONGEST_KID = 256


class _Registry(JWSRegistry):
    max_header_length = LONGEST_TOKEN
    max_payload_length = LONGEST_TOKEN
    max_signature_length = LONGEST_TOKEN

    def get_alg(self, name: str) -> Any:
        """As in the library, without its warning at `EdDSA`: what RFC 9864 fears, another curve, is no key here."""
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not allowed")
        return self.algorithms[name]


class _Issuer(NamedTuple):
    settings: IssuerSettings
    keys: KeySource
    registry: JWSRegistry


class _Kept(NamedTuple):
    principal: Principal
    until: float


class _Unverified(NamedTuple):
    """What a token says of itself before its signature is looked at."""

    header: Mapping[str, object]
    claims: Mapping[str, object]


class OidcVerifier:
    """Verifies tokens of the issuers that are configured. Of one event loop.

    Raises ValueError, which names the issuer, where its `ca_file` cannot be used.
    """

    def __init__(
        self,
        issuers: Sequence[IssuerSettings],
        clock: Callable[[], float] = time.time,
        fetch_for: Callable[[IssuerSettings], Fetch] | None = None,
    ) -> None:
        self._clock = clock
        self._clients: list[HttpFetch] = []
        make = fetch_for or self._client
        self._issuers = {
            each.issuer: _Issuer(
                each,
                KeySource(each.issuer, make(each), clock, self.forget),
                _Registry(algorithms=list(each.algorithms)),
            )
            for each in issuers
        }
        self._kept: dict[bytes, _Kept] = {}

    def _client(self, settings: IssuerSettings) -> Fetch:
        client = HttpFetch(settings.issuer, settings.ca_file)
        self._clients.append(client)
        return client

    def cached(self, token: str) -> Principal | None:
        """Who it is of, if it was verified within the last minute. About a microsecond."""
        kept = self._kept.get(sha256(token.encode("utf-8", "surrogatepass")).digest())
        return kept.principal if kept and self._clock() < kept.until else None

    def forget(self) -> None:
        """Verify every token anew, such as after a change of keys."""
        self._kept.clear()

    async def verify(self, token: str) -> Principal:
        """Who it is of. Raises Unauthenticated; Unavailable where its issuer has no keys now that could say so."""
        if principal := self.cached(token):
            return principal
        unverified = _read(token)
        issuer = self._issuers.get(str(unverified.claims.get("iss")))
        if issuer is None:
            given = bounded(str(unverified.claims.get("iss", "nobody")), 200)
            raise invalid(f"tokens of issuer {given} are not taken here; sign in at one that is")
        await _check_signature(token, unverified.header, issuer)
        now = self._clock()
        principal = principal_of(unverified.claims, str(unverified.header.get("typ", "")), issuer.settings, now)
        self._keep(token, principal, now)
        return principal

    def _keep(self, token: str, principal: Principal, now: float) -> None:
        if len(self._kept) >= MOST_KEPT:
            # The one that was verified first.
            del self._kept[next(iter(self._kept))]
        self._kept[sha256(token.encode()).digest()] = _Kept(principal, min(principal.until, now + KEPT_S))

    async def close(self) -> None:
        for each in self._issuers.values():
            await each.keys.close()
        for client in self._clients:
            await client.close()


def _read(token: str) -> _Unverified:
    """Its parts. The payload that is read here is, bit for bit, the one that is signed."""
    if len(token) > LONGEST_TOKEN:
        raise invalid(f"the token has more than {LONGEST_TOKEN} characters")
    parts = token.split(".")
    if len(parts) != 3 or not token.isascii():
        raise invalid("the token is no JWT: it must be three parts with dots between them")
    return _Unverified(_decoded(parts[0], "header"), _decoded(parts[1], "payload"))


def _decoded(part: str, name: str) -> Mapping[str, object]:
    try:
        found = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise invalid(f"the token's {name} is no JSON object in base64url")
    return cast("Mapping[str, object]", found)


async def _check_signature(token: str, header: Mapping[str, object], issuer: _Issuer) -> None:
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in issuer.settings.algorithms:
        shown = bounded(str(algorithm), 40)
        raise invalid(f"the token is signed by {shown!r}, not by one of {', '.join(issuer.settings.algorithms)}")
    if "crit" in header:
        raise invalid("the token has a critical header (crit) that is not known here")
    if kid is not None and not (isinstance(kid, str) and len(kid) <= _LONGEST_KID):
        raise invalid(f"the token's kid is no text of at most {_LONGEST_KID} characters")
    keys = await issuer.keys.keys_for(kid)
    if keys is None:
        text = f"the keys of issuer {issuer.settings.issuer} cannot be read now; repeat, or look at the issuer"
        raise Unavailable(Reason.ISSUER_UNAVAILABLE, text, RETRY_S)
    key = keys.key_for(kid, str(algorithm))
    if key is None:
        shown = "no kid, and its issuer has several keys" if kid is None else "a kid that is none of its issuer's"
        raise invalid(f"the token has {shown} for its algorithm; sign in again: chronovisor login")
    try:
        jws.deserialize_compact(token, key.key, algorithms=[str(algorithm)], registry=issuer.registry)
    except (JoseError, ValueError) as error:
        raise invalid("the token's signature is not good; sign in again: chronovisor login") from error
