"""An issuer of a test: keys, tokens that it signs, and tokens as nobody should sign them."""

# pyright: basic

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

ISSUER = "https://issuer.example.org"
AUDIENCE = "urn:chronovisor"
NOW = 1_800_000_000.0


def encoded(value: Any) -> str:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def claims(**changed: Any) -> dict[str, Any]:
    """Of an access token that is good at NOW; None takes a claim away."""
    whole = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "groups": ["ops"],
        "iat": int(NOW) - 10,
        "exp": int(NOW) + 3600,
        **changed,
    }
    return {name: value for name, value in whole.items() if value is not None}


class _Registry(jws.JWSRegistry):
    def get_alg(self, name: str) -> Any:
        # Without the warning at EdDSA.
        return self.algorithms[name]


class Signer:
    """One key, and its id."""

    def __init__(self, kid: str = "k1", algorithm: str = "ES256") -> None:
        self.kid = kid
        self.algorithm = algorithm
        self.key = _generated(algorithm)

    def public(self, **changed: Any) -> dict[str, Any]:
        """As a JWKS has it."""
        fields = {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": self.algorithm, **changed}
        return {name: value for name, value in fields.items() if value is not None}

    def token(self, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """Signed by the key, whatever is in it."""
        whole = {"alg": self.algorithm, "kid": self.kid, "typ": "at+jwt", **(header or {})}
        whole = {name: value for name, value in whole.items() if value is not None}
        registry = _Registry(algorithms=[self.algorithm], strict_check_header=False)
        registry.max_payload_length = 1 << 20
        return jws.serialize_compact(whole, json.dumps(claims(**changed)), self.key, registry=registry)

    def forged(self, algorithm: str, secret: bytes = b"", **header: Any) -> str:
        """Not by the key: an HMAC with `secret`, or no signature where there is none."""
        signed = f"{encoded({'alg': algorithm, 'kid': self.kid, 'typ': 'at+jwt', **header})}.{encoded(claims())}"
        return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), sha256)) if secret else ''}"


def _generated(algorithm: str) -> Any:
    if algorithm[:2] in ("RS", "PS"):
        return RSAKey.generate_key(2048)
    if algorithm.startswith("ES"):
        return ECKey.generate_key({"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm])
    return OKPKey.generate_key("Ed25519")


class Issuer:
    """An issuer's answers over HTTP, without HTTP: a `Fetch`, which counts its calls and can be down."""

    def __init__(self, *signers: Signer, issuer: str = ISSUER) -> None:
        self.issuer = issuer
        self.keys: list[dict[str, Any]] = [each.public() for each in signers]
        self.calls: list[str] = []
        self.failure: Exception | None = None
        self.discovery: dict[str, Any] = {"issuer": issuer, "jwks_uri": f"{issuer}/jwks"}

    async def __call__(self, url: str) -> bytes:
        self.calls.append(url)
        if self.failure:
            raise self.failure
        return json.dumps({"keys": self.keys} if url.endswith("/jwks") else self.discovery).encode()

    @property
    def reads(self) -> int:
        """How often its keys were read."""
        return sum(each.endswith("/jwks") for each in self.calls)
