"""Tokens of issuers: which are taken, as whom, and with which word the others are refused."""

import itertools
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.errors import Unauthenticated
from controlplane.domain.reasons import Reason
from controlplane.identity.oidc.parameters import ALGORITHMS, IssuerSettings, TokenKind
from controlplane.identity.oidc.verifier import LONGEST_TOKEN, OidcVerifier
from tests.support.token_signer import AUDIENCE, ISSUER, NOW, Issuer, Signer, encoded

SETTINGS = IssuerSettings(ISSUER, (AUDIENCE,))
ONE = Signer()
TWO = Signer("k2", "RS256")


def verifier(settings: IssuerSettings = SETTINGS, *signers: Signer, issuer: Issuer | None = None) -> OidcVerifier:
    found = issuer or Issuer(*(signers or (ONE, TWO)))
    return OidcVerifier([settings], lambda: NOW, lambda _: found)


async def refusal(token: str, settings: IssuerSettings = SETTINGS, *signers: Signer) -> tuple[Reason, str]:
    with pytest.raises(Unauthenticated) as raised:
        await verifier(settings, *signers).verify(token)
    assert token not in str(raised.value)
    assert "\n" not in str(raised.value)
    return raised.value.reason, str(raised.value)


async def test_a_good_token_is_a_principal_with_its_proof_and_groups() -> None:
    assert await verifier().verify(ONE.token()) == Principal(
        "user:alice",
        Proof(ProofKind.OIDC, f"{ISSUER} alice"),
        groups=frozenset({"group:ops"}),
        until=NOW + 3600 + SETTINGS.clock_skew_s,
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_every_algorithm_that_can_be_allowed_verifies(algorithm: str) -> None:
    signer = Signer("k", algorithm)
    settings = IssuerSettings(ISSUER, (AUDIENCE,), algorithms=(algorithm,))
    assert (await verifier(settings, signer).verify(signer.token())).name == "user:alice"


async def test_claims_and_prefix_are_those_of_the_settings() -> None:
    settings = IssuerSettings(
        ISSUER, ("other", AUDIENCE), user_claim="email", groups_claim="realm_access.roles", prefix="corp:"
    )
    token = ONE.token(
        email="a@b.org", email_verified=True, realm_access={"roles": ["x y", "z"]}, aud=["more", AUDIENCE], groups=None
    )
    found = await verifier(settings).verify(token)
    assert (found.name, found.groups) == ("user:corp:a@b.org", {"group:corp:x y", "group:corp:z"})
    # The subject stays what the issuer calls the user.
    assert found.proof.detail == f"{ISSUER} alice"


async def test_a_claim_with_dots_in_its_name_comes_before_one_within_another() -> None:
    settings = IssuerSettings(ISSUER, (AUDIENCE,), groups_claim="https://a.b/groups")
    found = await verifier(settings).verify(ONE.token(None, **{"https://a.b/groups": "one"}))
    assert found.groups == {"group:one"}


@pytest.mark.parametrize(
    ("changed", "reason", "words"),
    [
        ({"exp": int(NOW) - 31}, Reason.TOKEN_EXPIRED, "ended at 2027-01-15T07:59:29Z; sign in again"),
        ({"exp": None}, Reason.TOKEN_INVALID, "no exp"),
        ({"exp": "soon"}, Reason.TOKEN_INVALID, "exp is no time"),
        ({"exp": True}, Reason.TOKEN_INVALID, "exp is no time"),
        ({"exp": 1e300}, Reason.TOKEN_INVALID, "exp is no time"),
        ({"exp": float("nan")}, Reason.TOKEN_INVALID, "exp is no time"),
        ({"nbf": int(NOW) + 31}, Reason.TOKEN_INVALID, "holds only from 2027-01-15T08:00:31Z"),
        ({"iat": int(NOW) + 31}, Reason.TOKEN_INVALID, "holds only from"),
        ({"aud": "urn:other"}, Reason.WRONG_AUDIENCE, "is for urn:other, not for urn:chronovisor"),
        ({"aud": ["urn:chronovisor2"]}, Reason.WRONG_AUDIENCE, "urn:chronovisor2"),
        ({"aud": None}, Reason.WRONG_AUDIENCE, "not for urn:chronovisor"),
        ({"aud": {AUDIENCE: 1}}, Reason.WRONG_AUDIENCE, "not for urn:chronovisor"),
        ({"iss": "https://evil.example.org"}, Reason.TOKEN_INVALID, "issuer https://evil.example.org are not taken"),
        ({"iss": ISSUER + "/"}, Reason.TOKEN_INVALID, "are not taken"),
        ({"iss": None}, Reason.TOKEN_INVALID, "are not taken"),
        ({"iss": [ISSUER]}, Reason.TOKEN_INVALID, "are not taken"),
        ({"sub": None}, Reason.TOKEN_INVALID, "no sub"),
        ({"sub": ""}, Reason.TOKEN_INVALID, "no sub"),
        ({"sub": "a b"}, Reason.TOKEN_INVALID, "a space"),
        ({"sub": "a\u202eb"}, Reason.TOKEN_INVALID, "an invisible character"),
        ({"sub": "a" * 201}, Reason.TOKEN_INVALID, "at most 200"),
        ({"groups": {"a": 1}}, Reason.TOKEN_INVALID, "groups are not a list"),
        ({"groups": [1]}, Reason.TOKEN_INVALID, "groups has what is no name"),
        ({"groups": ["g"] * 1001}, Reason.TOKEN_INVALID, "at most 1000"),
    ],
)
async def test_claims_that_are_not_as_they_must_be(changed: dict[str, Any], reason: Reason, words: str) -> None:
    found, text = await refusal(ONE.token(**changed))
    assert found == reason
    assert words in text


@pytest.mark.parametrize("changed", [{"exp": int(NOW) - 29}, {"nbf": int(NOW) + 29}, {"iat": int(NOW) + 29}])
async def test_clocks_may_differ_a_little(changed: dict[str, Any]) -> None:
    assert await verifier().verify(ONE.token(**changed))


async def test_an_address_that_the_issuer_did_not_verify_names_nobody() -> None:
    settings = IssuerSettings(ISSUER, (AUDIENCE,), user_claim="email")
    for verified in (False, "true"):
        _, text = await refusal(ONE.token(email="root@b.org", email_verified=verified), settings)
        assert "not verified" in text


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"kid": "unknown"}, "a kid that is none of its issuer's"),
        ({"kid": None}, "no kid, and its issuer has several keys"),
        ({"kid": 1}, "kid is no text"),
        ({"kid": "x" * 300}, "kid is no text"),
        ({"kid": "k2"}, "for its algorithm"),
        ({"crit": ["exp"]}, "critical header"),
        ({"crit": ["b64"], "b64": True}, "critical header"),
    ],
)
async def test_headers_that_are_not_as_they_must_be(header: dict[str, Any], words: str) -> None:
    token = ONE.token()
    whole = {"alg": "ES256", "kid": "k1", "typ": "at+jwt", **header}
    changed = encoded({name: value for name, value in whole.items() if value is not None})
    reason, text = await refusal(f"{changed}.{token.partition('.')[2]}")
    assert reason == Reason.TOKEN_INVALID
    assert words in text


async def test_a_missing_kid_is_taken_where_there_is_one_key() -> None:
    assert await verifier(SETTINGS, ONE).verify(ONE.token({"kid": None}))


async def test_a_key_in_the_header_is_not_looked_at() -> None:
    evil = Signer("k1")
    _, text = await refusal(evil.token({"jwk": evil.public(), "jku": "https://evil.example.org"}))
    assert "signature is not good" in text


async def test_none_and_hmac_with_the_public_key_are_refused() -> None:
    rsa = TWO.key
    assert isinstance(rsa, RSAKey)
    secrets = [rsa.as_pem(private=False), rsa.as_der(private=False), str(TWO.public()).encode()]
    forged = [TWO.forged(algorithm) for algorithm in ("none", "None", "NONE", "")]
    forged += [TWO.forged(algorithm, secret) for algorithm, secret in itertools.product(("HS256", "HS512"), secrets)]
    for token in forged:
        reason, text = await refusal(token)
        assert reason == Reason.TOKEN_INVALID
        assert "not by one of RS256" in text
    # And with the name of an algorithm that is allowed.
    for secret in secrets:
        assert "signature is not good" in (await refusal(TWO.forged("RS256", secret)))[1]
    assert "signature is not good" in (await refusal(TWO.forged("RS256")))[1]


async def test_an_algorithm_that_is_not_the_keys_own_is_refused() -> None:
    pss = Signer("k1", "PS256")
    issuer = Issuer()
    issuer.keys = [pss.public(alg="RS256")]
    with pytest.raises(Unauthenticated, match="for its algorithm"):
        await verifier(issuer=issuer).verify(pss.token())
    # Nor one that the settings leave out.
    settings = IssuerSettings(ISSUER, (AUDIENCE,), algorithms=("RS256",))
    assert "signed by 'PS256'" in (await refusal(pss.token(), settings, pss))[1]


async def test_a_change_of_any_part_breaks_the_signature() -> None:
    header, payload, signature = ONE.token().split(".")
    other = ONE.token(sub="root")
    for token in (
        f"{header}.{other.split('.')[1]}.{signature}",
        f"{header}.{payload}.{other.split('.')[2]}",
        f"{header}.{payload}.",
    ):
        assert "signature is not good" in (await refusal(token))[1]


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "a.b.c.d.e",
        "é.é.é",
        f"{encoded([])}.{encoded({})}.x",
        f"{encoded(b'[' * 9000)}.{encoded({})}.x",
        f"{encoded({'alg': 'ES256'})}.{encoded(b'{')}.x",
        f"{encoded({'alg': ['ES256']})}.{encoded({'iss': ISSUER})}.x",
        f"{encoded({'alg': None})}.{encoded({'iss': ISSUER})}.x",
    ],
)
async def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated) as raised:
        await verifier().verify(token)
    assert raised.value.reason == Reason.TOKEN_INVALID


async def test_a_huge_token_is_not_even_read() -> None:
    assert f"more than {LONGEST_TOKEN}" in (await refusal(ONE.token(padding="x" * LONGEST_TOKEN)))[1]
    assert await verifier().verify(ONE.token(padding="x" * (LONGEST_TOKEN // 2)))


@pytest.mark.parametrize(
    ("kind", "header", "changed", "words"),
    [
        (TokenKind.ACCESS, {"typ": "JWT"}, {}, "of type 'JWT', not an access token"),
        (TokenKind.ACCESS, {"typ": None}, {}, "of type '', not an access token"),
        (TokenKind.ACCESS, {"typ": "logout+jwt"}, {}, "not an access token"),
        (TokenKind.JWT, {"typ": "JWT"}, {"nonce": "n"}, "an ID token"),
        (TokenKind.JWT, {"typ": "JWT"}, {"at_hash": "n"}, "an ID token"),
        (TokenKind.JWT, {"typ": "JWT"}, {"typ": "ID"}, "an ID token"),
        (TokenKind.JWT, {"typ": "logout+jwt"}, {}, "not an access token"),
        (TokenKind.ID, {"typ": "logout+jwt"}, {}, "not an access token"),
    ],
)
async def test_tokens_of_another_kind_are_refused(
    kind: str, header: dict[str, Any], changed: dict[str, object], words: str
) -> None:
    settings = IssuerSettings(ISSUER, (AUDIENCE,), tokens=kind)
    assert words in (await refusal(ONE.token(header, **changed), settings))[1]


@pytest.mark.parametrize(
    ("kind", "header", "changed"),
    [
        (TokenKind.ACCESS, {"typ": "application/at+jwt"}, {}),
        (TokenKind.ACCESS, {"typ": "AT+JWT"}, {}),
        (TokenKind.JWT, {"typ": "JWT"}, {"typ": "Bearer"}),
        (TokenKind.JWT, {"typ": None}, {}),
        (TokenKind.ID, {"typ": "JWT"}, {"nonce": "n", "at_hash": "h"}),
    ],
)
async def test_tokens_of_the_kind_are_taken(kind: str, header: dict[str, Any], changed: dict[str, object]) -> None:
    settings = IssuerSettings(ISSUER, (AUDIENCE,), tokens=kind)
    assert (await verifier(settings).verify(ONE.token(header, **changed))).name == "user:alice"
