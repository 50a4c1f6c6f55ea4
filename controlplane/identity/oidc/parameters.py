"""Parameters of `[[issuers]]` in the settings: names, rules and defaults. Performs no I/O."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import SplitResult, urlsplit

from controlplane.domain.parameters import Parameter, parse_path, parse_text, parsed, require_known

# Every one is asymmetric: a key that verifies cannot sign.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
DEFAULT_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
MOST_SKEW_S = 300.0
_PREFIX = re.compile(r"[A-Za-z0-9._@:/-]{1,64}")


class TokenKind:
    """Which tokens of an issuer are taken. `access`: typ `at+jwt` (RFC 9068), and nothing else. `jwt`: also access
    tokens that say no more than typ `JWT`. `id`: also ID tokens, whose audience is a client."""

    ACCESS = "access"
    JWT = "jwt"
    ID = "id"


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """One `[[issuers]]`. A user's name is `user:`, the prefix and the claim; a group's is `group:` and likewise."""

    issuer: str
    audience: tuple[str, ...]
    user_claim: str = "sub"
    groups_claim: str = "groups"
    prefix: str = ""
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS
    tokens: str = TokenKind.ACCESS
    clock_skew_s: float = 30.0
    ca_file: str = ""
    client_id: str = ""


def is_loopback(url: SplitResult) -> bool:
    """Whether what is sent there stays on this machine."""
    host = url.hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_safe(address: str) -> bool:
    """Whether nobody on the way can answer in place of that address: https, or http on loopback."""
    try:
        url = urlsplit(address)
        return bool(url.hostname) and (url.scheme == "https" or (url.scheme == "http" and is_loopback(url)))
    except ValueError:
        return False


def _issuer(value: object) -> str:
    text = parse_text(value)
    if not is_safe(text) or "?" in text or "#" in text or "@" in text:
        raise ValueError("must be an https:// URL without query, fragment and user (http:// on loopback alone)")
    return text


def _texts(value: object) -> tuple[str, ...]:
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    if not items:
        raise ValueError("must be a string, or a list of strings")
    return tuple(parse_text(each) for each in items)


def _prefix(value: object) -> str:
    if value != "" and not (isinstance(value, str) and _PREFIX.fullmatch(value)):
        raise ValueError("must be at most 64 letters, digits and any of . _ @ : / -")
    return cast("str", value)


def _algorithms(value: object) -> tuple[str, ...]:
    found = _texts(value)
    for each in found:
        if each not in ALGORITHMS:
            raise ValueError(f"must be of {', '.join(ALGORITHMS)}")
    return found


def _tokens(value: object) -> str:
    kinds = (TokenKind.ACCESS, TokenKind.JWT, TokenKind.ID)
    if value not in kinds:
        raise ValueError(f"must be one of {', '.join(kinds)}")
    return cast("str", value)


def _skew(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_SKEW_S:
        raise ValueError(f"must be a number of seconds from 0 to {MOST_SKEW_S:g}")
    return float(value)


PARAMETERS = (
    Parameter("issuer", _issuer, None, "the URL that its tokens have as `iss`; keys are found from there by discovery"),
    Parameter("audience", _texts, None, "what `aud` of a token must have: a string, or a list of which one is enough"),
    Parameter("user_claim", parse_text, "sub", "whose value is the user's name, such as `email`; `a.b` is b within a"),
    Parameter("groups_claim", parse_text, "groups", "whose values are the user's groups; `a.b` is b within a"),
    Parameter("prefix", _prefix, "", "before names of users and groups, such as `corp:`; issuers must differ in it"),
    Parameter("algorithms", _algorithms, DEFAULT_ALGORITHMS, "that may sign a token, all of them asymmetric"),
    Parameter(
        "tokens", _tokens, TokenKind.ACCESS, "`access`: typ at+jwt alone; `jwt`: any access token; `id`: also IDs"
    ),
    Parameter("clock_skew_s", _skew, 30.0, "so much the issuer's clock may differ from this one"),
    Parameter("ca_file", parse_path, "", "certificates to trust, in a PEM file; default: those of the system"),
    Parameter("client_id", parse_text, "", "the public client by which the console signs in there"),
)


def parse_issuers(tables: Sequence[Mapping[str, object]]) -> tuple[IssuerSettings, ...]:
    """All `[[issuers]]` of a file. Raises ValueError that names the issuer by its number, the field and the rule."""
    found = tuple(_issuer_of(number, table) for number, table in enumerate(tables, start=1))
    for number, one in enumerate(found, start=1):
        for other in found[: number - 1]:
            if one.issuer == other.issuer:
                raise ValueError(f"number {number}, issuer: is that of another")
            # Else one issuer could name a user of the other.
            if one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix):
                raise ValueError(f"number {number}, prefix: must not begin as that of another issuer does")
    return found


def _issuer_of(number: int, table: Mapping[str, object]) -> IssuerSettings:
    require_known(number, table, PARAMETERS)
    return IssuerSettings(**parsed(number, table, PARAMETERS))
