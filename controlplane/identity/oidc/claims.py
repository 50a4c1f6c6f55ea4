"""What the claims of a token whose signature is good say: until when, for whom, and who. Performs no I/O."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.errors import Unauthenticated
from controlplane.domain.reasons import Reason
from controlplane.domain.text import bounded, flaw
from controlplane.identity.oidc.parameters import IssuerSettings, TokenKind

LONGEST_NAME = 200
MOST_GROUPS = 1000
_LAST_S = datetime.max.replace(tzinfo=UTC).timestamp() - 86_400
# What only ID tokens have. Keycloak calls the kind `typ`, beside the header's.
_OF_ID_TOKENS = ("nonce", "at_hash", "c_hash")
_AGAIN = "sign in again: chronovisor login"


def invalid(text: str) -> Unauthenticated:
    return Unauthenticated(Reason.TOKEN_INVALID, text)


def principal_of(claims: Mapping[str, object], header_type: str, settings: IssuerSettings, now: float) -> Principal:
    """The caller. Raises Unauthenticated, with which claim is not as it must be."""
    _check_type(claims, header_type, settings)
    _check_audience(claims, settings)
    until = _checked_times(claims, settings.clock_skew_s, now)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise invalid("the token has no sub; have the issuer give one")
    proof = Proof(ProofKind.OIDC, bounded(f"{settings.issuer} {subject}", 2 * LONGEST_NAME))
    return Principal(f"user:{_user(claims, settings)}", proof, groups=_groups(claims, settings), until=until)


def _check_type(claims: Mapping[str, object], header_type: str, settings: IssuerSettings) -> None:
    kind = header_type.lower().removeprefix("application/")
    if kind == "at+jwt" or (settings.tokens == TokenKind.ID and kind in ("", "jwt")):
        return
    if settings.tokens == TokenKind.ACCESS or kind not in ("", "jwt"):
        raise invalid(f"the token is of type {bounded(header_type, 40)!r}, not an access token (at+jwt); send that one")
    if claims.get("typ") == "ID" or any(name in claims for name in _OF_ID_TOKENS):
        raise invalid("the token is an ID token; send the access token")


def _check_audience(claims: Mapping[str, object], settings: IssuerSettings) -> None:
    given = claims.get("aud")
    audience = cast("list[object]", given) if isinstance(given, list) else [given]
    if not any(each in audience for each in settings.audience):
        shown = bounded(", ".join(map(str, audience[:5])), LONGEST_NAME)
        expected = " or ".join(settings.audience)
        raise Unauthenticated(
            Reason.WRONG_AUDIENCE, f"the token is for {shown}, not for {expected}; get one for this control plane"
        )


def _seconds(claims: Mapping[str, object], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST_S:
        raise invalid(f"the token's {name} is no time in seconds")
    return float(value)


def _checked_times(claims: Mapping[str, object], skew_s: float, now: float) -> float:
    """Until when it holds, with the skew."""
    ends, begins, issued = (_seconds(claims, name) for name in ("exp", "nbf", "iat"))
    if ends is None:
        raise invalid("the token has no exp, and would hold for ever; have the issuer give one")
    if now >= ends + skew_s:
        raise Unauthenticated(Reason.TOKEN_EXPIRED, f"the token ended at {_shown(ends)}; {_AGAIN}")
    earliest = max(begins or -math.inf, issued or -math.inf)
    if now < earliest - skew_s:
        raise invalid(
            f"the token holds only from {_shown(earliest)}; compare the clocks of the issuer and of this server"
        )
    return ends + skew_s


def _shown(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _claim(claims: Mapping[str, object], path: str) -> object:
    """The claim of that name; where there is none, `a.b` is b within a."""
    if path in claims:
        return claims[path]
    found: object = claims
    for name in path.split("."):
        found = cast("Mapping[str, object]", found).get(name) if isinstance(found, dict) else None
    return found


def _user(claims: Mapping[str, object], settings: IssuerSettings) -> str:
    name = _claim(claims, settings.user_claim)
    if not isinstance(name, str):
        raise invalid(f"the token has no {settings.user_claim}, by which users are named here")
    # Anyone may give an address that nobody has checked.
    if settings.user_claim == "email" and claims.get("email_verified", True) is not True:
        raise invalid("the issuer has not verified the token's email")
    if " " in name:
        raise invalid(f"the token's {settings.user_claim} has a space, which no user's name has here")
    return _named(name, settings.user_claim, settings)


def _groups(claims: Mapping[str, object], settings: IssuerSettings) -> frozenset[str]:
    given = _claim(claims, settings.groups_claim)
    listed = [given] if isinstance(given, str) else given or []
    if not isinstance(listed, list) or len(cast("list[object]", listed)) > MOST_GROUPS:
        raise invalid(f"the token's {settings.groups_claim} are not a list of at most {MOST_GROUPS}")
    return frozenset(f"group:{_named(each, settings.groups_claim, settings)}" for each in cast("list[Any]", listed))


def _named(name: object, claim: str, settings: IssuerSettings) -> str:
    if not isinstance(name, str) or not name or name != name.strip():
        raise invalid(f"the token's {claim} has what is no name")
    if rule := flaw(name, LONGEST_NAME):
        raise invalid(f"the token's {claim} {rule}")
    return settings.prefix + name
