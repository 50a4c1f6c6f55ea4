"""Keys of issuers: read once, kept, read anew; and what is kept of tokens by them."""

import asyncio
import json

import pytest
from google.rpc import code_pb2, error_details_pb2

from controlplane.domain.errors import Unauthenticated, Unavailable
from controlplane.domain.reasons import Reason
from controlplane.identity.oidc.key_source import FetchFailed
from controlplane.identity.oidc.keys import BadKeys, parse_keys
from controlplane.identity.oidc.parameters import IssuerSettings
from controlplane.identity.oidc.verifier import MOST_KEPT, OidcVerifier
from controlplane.rpc.errors import status_of
from tests.support.token_signer import AUDIENCE, ISSUER, NOW, Issuer, Signer

SETTINGS = IssuerSettings(ISSUER, (AUDIENCE,))
ONE = Signer()
TWO = Signer("k2")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Verifying:
    """A verifier, with its clock and its issuer."""

    def __init__(self, *signers: Signer) -> None:
        self.clock = Clock()
        self.issuer = Issuer(*signers)
        self.verifier = OidcVerifier([SETTINGS], self.clock, lambda _: self.issuer)

    async def takes(self, token: str) -> bool:
        try:
            await self.verifier.verify(token)
        except (Unauthenticated, Unavailable):
            return False
        return True

    async def settled(self) -> None:
        """After what was begun in the background."""
        for _ in range(10):
            await asyncio.sleep(0)


async def test_keys_are_read_once_by_all_that_wait_for_them() -> None:
    case = Verifying(ONE)
    tokens = [ONE.token(sub=f"u{number}") for number in range(20)]
    assert all(await asyncio.gather(*map(case.takes, tokens)))
    assert case.issuer.reads == 1


async def test_an_unknown_kid_has_them_read_anew_once_in_30_seconds() -> None:
    case = Verifying(ONE)
    assert await case.takes(ONE.token())
    case.issuer.keys.append(TWO.public())
    # Also right after the first read.
    assert await case.takes(TWO.token())
    assert case.issuer.reads == 2
    nobody = [Signer(f"n{number}").token() for number in range(5)]
    assert not any(await asyncio.gather(*map(case.takes, nobody)))
    assert case.issuer.reads == 2
    case.clock.now += 30
    assert not any(await asyncio.gather(*map(case.takes, nobody)))
    assert case.issuer.reads == 3


async def test_they_are_read_anew_after_ten_minutes_without_a_wait() -> None:
    case = Verifying(ONE)
    assert await case.takes(ONE.token())
    case.clock.now += 601
    assert await case.takes(ONE.token(sub="bob"))
    await case.settled()
    assert case.issuer.reads == 2


async def test_a_key_that_was_withdrawn_takes_what_was_kept_with_it() -> None:
    case = Verifying(ONE, TWO)
    token = ONE.token()
    assert await case.takes(token)
    assert case.verifier.cached(token)
    case.issuer.keys = [TWO.public()]
    case.clock.now += 601
    assert await case.takes(TWO.token())
    await case.settled()
    assert case.verifier.cached(token) is None
    assert not await case.takes(token)


async def test_the_last_good_keys_are_believed_while_the_issuer_is_down() -> None:
    case = Verifying(ONE)
    assert await case.takes(ONE.token())
    case.issuer.failure = FetchFailed("connection refused")
    case.clock.now += 3000
    assert await case.takes(ONE.token(sub="bob"))
    await case.settled()
    assert await case.takes(ONE.token(sub="carol"))
    for bad in ([], [{"kty": "oct", "k": "AAAA"}], "nonsense"):
        case.issuer.failure, case.issuer.keys = None, bad  # type: ignore[assignment]
        case.clock.now += 60
        assert await case.takes(ONE.token(sub="dave"))
        await case.settled()
    assert await case.takes(ONE.token(sub="erin"))


async def test_a_key_that_is_new_while_the_issuer_is_down_is_neither_good_nor_bad() -> None:
    case = Verifying(ONE)
    assert await case.takes(ONE.token())
    case.issuer.failure = FetchFailed("connection refused")
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"keys of .* cannot be read now"):
            await case.verifier.verify(TWO.token())
    assert await case.takes(ONE.token(sub="bob"))
    case.issuer.failure = None
    case.issuer.keys.append(TWO.public())
    case.clock.now += 5
    assert await case.takes(TWO.token())


async def test_they_are_not_believed_for_ever() -> None:
    case = Verifying(ONE)
    assert await case.takes(ONE.token())
    case.issuer.failure = FetchFailed("connection refused")
    case.clock.now += 86_401
    with pytest.raises(Unavailable, match=r"keys of .* cannot be read now"):
        await case.verifier.verify(ONE.token(exp=int(case.clock.now) + 60))


async def test_a_token_of_an_issuer_that_does_not_answer_is_neither_good_nor_bad() -> None:
    case = Verifying(ONE)
    case.issuer.failure = FetchFailed("connection refused")
    with pytest.raises(Unavailable) as caught:
        await case.verifier.verify(ONE.token())
    status = status_of(caught.value)
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    assert [status.details[0].Unpack(info), status.details[1].Unpack(retry)] == [True, True]
    assert (status.code, info.reason) == (code_pb2.UNAVAILABLE, Reason.ISSUER_UNAVAILABLE)
    assert SETTINGS.issuer in status.message
    assert retry.retry_delay.seconds > 0


async def test_an_issuer_that_was_down_at_first_is_tried_again_soon() -> None:
    case = Verifying(ONE)
    case.issuer.failure = FetchFailed("connection refused")
    assert not await case.takes(ONE.token())
    assert not await case.takes(ONE.token())
    assert len(case.issuer.calls) == 1
    case.issuer.failure = None
    case.clock.now += 5
    assert await case.takes(ONE.token())


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://other.example.org", "jwks_uri": f"{ISSUER}/jwks"},
        {"issuer": ISSUER, "jwks_uri": "http://issuer.example.org/jwks"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/jwks"},
        {"issuer": ISSUER},
        {},
    ],
)
async def test_a_discovery_that_leads_elsewhere_is_not_followed(discovery: dict[str, object]) -> None:
    case = Verifying(ONE)
    case.issuer.discovery = discovery
    assert not await case.takes(ONE.token())
    assert case.issuer.reads == 0


async def test_a_caller_that_goes_away_leaves_the_read_to_the_others() -> None:
    case = Verifying(ONE)
    first = asyncio.create_task(case.takes(ONE.token()))
    second = asyncio.create_task(case.takes(ONE.token(sub="bob")))
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    assert case.issuer.reads == 1


async def test_what_is_kept_ends_with_the_token_and_after_a_minute() -> None:
    case = Verifying(ONE)
    short, long = ONE.token(exp=int(NOW) - 10), ONE.token(sub="bob")
    for token in (short, long):
        assert await case.takes(token)
    case.clock.now += 19
    assert case.verifier.cached(short)
    case.clock.now += 1
    assert case.verifier.cached(short) is None
    assert case.verifier.cached(long)
    case.clock.now += 40
    assert case.verifier.cached(long) is None


async def test_what_is_kept_is_bounded_and_is_not_the_token() -> None:
    case = Verifying(ONE)
    first = ONE.token(sub="first")
    assert await case.takes(first)
    kept = case.verifier._kept  # pyright: ignore[reportPrivateUsage]
    assert first not in str(list(kept))
    entry = next(iter(kept.values()))
    for number in range(MOST_KEPT - 1):
        kept[number.to_bytes(4)] = entry
    assert await case.takes(ONE.token(sub="last"))
    assert len(kept) == MOST_KEPT
    assert case.verifier.cached(first) is None


def test_keys_for_other_uses_and_of_other_kinds_are_left_out() -> None:
    weak = Signer("weak", "RS256").public(n="AQAB")
    listed = [
        ONE.public(),
        Signer("e").public(use="enc"),
        Signer("o").public(key_ops=["sign"]),
        Signer("a").public(alg="ES512"),
        Signer("c").public(crv="secp256k1"),
        Signer("n").public(kid=7),
        {"kty": "oct", "k": "AAAA", "kid": "h"},
        {"kty": "EC", "kid": "broken", "crv": "P-256", "x": "", "y": ""},
        weak,
        None,
        "text",
    ]
    found = parse_keys(json.dumps({"keys": listed}).encode())
    assert [each.kid for each in found.keys] == ["k1"]


def test_a_private_key_that_is_published_is_held_as_a_public_one() -> None:
    private = {**ONE.key.as_dict(private=True), "kid": "k1"}
    (found,) = parse_keys(json.dumps({"keys": [private]}).encode()).keys
    assert not found.key.is_private


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": []}', b"[" * 100_000, b"\xff"])
def test_what_is_no_set_of_keys(text: bytes) -> None:
    with pytest.raises(BadKeys):
        parse_keys(text)


def test_too_many_keys_are_none() -> None:
    with pytest.raises(BadKeys, match="at most 64"):
        parse_keys(json.dumps({"keys": [ONE.public()] * 65}).encode())
