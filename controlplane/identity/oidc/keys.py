"""Keys of an issuer that verify tokens: which of a JWKS are usable, and for which algorithm. Performs no I/O."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

Key = RSAKey | ECKey | OKPKey
MOST_KEYS = 64
LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 8192
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_CLASSES: Mapping[str, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
# By kty and crv: what may be signed by a key.
_FITTING: Mapping[tuple[str, str], frozenset[str]] = {
    ("RSA", ""): frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA", "Ed25519"}),
}
_SAME = frozenset({"EdDSA", "Ed25519"})


class BadKeys(ValueError):
    """What an issuer gave as its keys is none."""


@dataclass(frozen=True)
class VerifyingKey:
    """A public key, its id (empty: none) and the algorithms that it may be used with."""

    kid: str
    algorithms: frozenset[str]
    key: Key


@dataclass(frozen=True)
class KeySet:
    """All usable keys of an issuer at one time."""

    keys: tuple[VerifyingKey, ...]

    @property
    def identities(self) -> frozenset[tuple[str, str, frozenset[str]]]:
        """In what two sets differ."""
        return frozenset((each.kid, each.key.thumbprint(), each.algorithms) for each in self.keys)

    def knows(self, kid: str) -> bool:
        return any(each.kid == kid for each in self.keys)

    def key_for(self, kid: str | None, algorithm: str) -> VerifyingKey | None:
        """None where there is no such key, it is not one for the algorithm, or which one is meant is open."""
        if kid is None:
            found = self.keys
        else:
            found = tuple(each for each in self.keys if each.kid == kid and algorithm in each.algorithms)
        return found[0] if len(found) == 1 and algorithm in found[0].algorithms else None


def parse_keys(text: bytes) -> KeySet:
    """A JWKS. Keys of other kinds and uses are left out. Raises BadKeys where nothing is left."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BadKeys("its keys are no JSON") from None
    listed = cast("Mapping[str, object]", document if isinstance(document, dict) else {}).get("keys")
    if not isinstance(listed, list) or len(cast("list[object]", listed)) > MOST_KEYS:
        raise BadKeys(f"its keys are not a list of at most {MOST_KEYS}")
    found = tuple(key for each in cast("list[object]", listed) if (key := _verifying(each)))
    if not found:
        raise BadKeys("none of its keys is one that can verify a token")
    return KeySet(found)


def _verifying(listed: object) -> VerifyingKey | None:
    fields = cast("Mapping[str, object]", listed if isinstance(listed, dict) else {})
    kty, curve, kid = (fields.get(name, "") for name in ("kty", "crv", "kid"))
    algorithms = _FITTING.get((str(kty), str(curve) if kty != "RSA" else ""), frozenset())
    operations = fields.get("key_ops", ["verify"])
    is_for_signatures = fields.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    if "alg" in fields:
        own = _SAME if fields["alg"] in _SAME else frozenset({fields["alg"]})
        algorithms = frozenset(each for each in algorithms if each in own)
    if not algorithms or not is_for_signatures or not isinstance(kid, str):
        return None
    key = _imported(str(kty), fields)
    return VerifyingKey(kid, algorithms, key) if key else None


def _imported(kty: str, fields: Mapping[str, object]) -> Key | None:
    """The public part alone, whatever else is there."""
    public = {"kty": kty, **{name: fields.get(name, "") for name in _PUBLIC[kty]}}
    try:
        key = _CLASSES[kty].import_key(cast("Any", public))
        size = cast("Any", key.public_key).key_size if kty == "RSA" else LEAST_RSA_BITS
    except (JoseError, ValueError, TypeError):
        return None
    return key if LEAST_RSA_BITS <= size <= MOST_RSA_BITS else None
