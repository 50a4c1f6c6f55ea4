"""Tokens of service accounts: whose they are, and from when on they are nobody's."""

import hashlib
import secrets
from dataclasses import dataclass, field

import pytest

from controlplane.commands.project import CreateProject
from controlplane.commands.service_account import (
    CreateServiceAccount,
    CreateToken,
    DeleteServiceAccount,
    RecordTokenUses,
    RevokeToken,
    UpdateServiceAccount,
)
from controlplane.domain.access.principal import Proof, ProofKind
from controlplane.domain.command import A, Command
from controlplane.domain.errors import Unauthenticated
from controlplane.domain.reasons import Reason
from controlplane.domain.service_account.aggregate import AccountTerms, ServiceAccount
from controlplane.domain.service_account.token_text import token_id, token_text
from controlplane.domain.time import SECOND, Micros
from controlplane.identity.service_accounts import ServiceAccountTokens, ServiceAccountVerifier
from tests.support.controlplane import NOW, World

NAME = "projects/shop/serviceAccounts/ci"
PRINCIPAL = f"serviceAccount:{NAME}"
HOUR = 3600 * SECOND
NOW_S = NOW / SECOND


def enabled(disabled: bool) -> UpdateServiceAccount:
    def change(account: ServiceAccount) -> AccountTerms:
        return account.terms._replace(disabled=disabled)

    return UpdateServiceAccount(NAME, "", change)


@dataclass
class Site:
    """A fleet with one service account, and the tokens that follow it."""

    world: World = field(default_factory=World)
    tokens: ServiceAccountTokens = field(default_factory=ServiceAccountTokens)
    ended: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def __post_init__(self) -> None:
        self.tokens.on_revoked(lambda principal, id_: self.ended.append((principal, id_)))
        self.carry_out(CreateProject("p", "projects/shop"))
        self.carry_out(CreateServiceAccount("a", "projects/shop", NAME, AccountTerms()))

    def carry_out(self, command: Command[A]) -> A:
        known = len(self.world.history)
        answer = self.world.carry_out(command)
        self.tokens.follow(self.world.history[known:])
        return answer

    def new_token(self, number: int = 1) -> tuple[str, str]:
        """Its id, and itself."""
        id_ = token_id(number)
        token = token_text(id_, secrets.randbits(256))
        self.carry_out(CreateToken(NAME, id_, hashlib.sha256(token.encode()).digest(), HOUR))
        return id_, token

    def refusal(self, token: str, now: float = NOW_S) -> Reason:
        with pytest.raises(Unauthenticated) as refused:
            self.tokens.verify(token, now)
        assert len(token) < 40 or token[20:40] not in str(refused.value)
        return refused.value.reason


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_token_proves_its_account_until_it_expires(site: Site) -> None:
    id_, token = site.new_token()
    principal = site.tokens.verify(token, NOW_S)
    assert (principal.name, principal.proof) == (PRINCIPAL, Proof(ProofKind.TOKEN, id_))
    assert principal.until == NOW_S + 3600
    assert site.refusal(token, NOW_S + 3600) is Reason.TOKEN_EXPIRED


@pytest.mark.parametrize("change", ["cut", "altered", "prefix", "nothing"])
def test_what_is_not_whole_is_refused_by_its_checksum(site: Site, change: str) -> None:
    _, token = site.new_token()
    other = "a" if token[30] != "a" else "b"
    changed = {
        "cut": token[:-1],
        "altered": token[:30] + other + token[31:],
        "prefix": "cvsb_" + token[5:],
        "nothing": "cvsa_",
    }
    assert site.refusal(changed[change]) is Reason.TOKEN_INVALID


def test_another_secret_with_a_known_id_and_a_good_checksum_is_refused_whatever_became_of_the_token(site: Site) -> None:
    id_, _ = site.new_token()
    forged = token_text(id_, secrets.randbits(256))
    assert site.refusal(forged) is Reason.TOKEN_INVALID
    site.carry_out(RevokeToken(NAME, id_))
    # Nor does it learn that the token was revoked.
    assert site.refusal(forged) is Reason.TOKEN_INVALID


def test_a_revoked_token_is_refused_and_reported_once(site: Site) -> None:
    (first, token), (_, other) = site.new_token(1), site.new_token(2)
    site.carry_out(RevokeToken(NAME, first))
    assert site.refusal(token) is Reason.TOKEN_REVOKED
    assert site.ended == [(PRINCIPAL, first)]
    site.carry_out(RevokeToken(NAME, first))
    assert len(site.ended) == 1
    assert site.tokens.verify(other, NOW_S).name == PRINCIPAL


def test_a_disabled_accounts_tokens_are_refused_until_it_is_enabled(site: Site) -> None:
    (first, token), (second, _) = site.new_token(1), site.new_token(2)
    site.carry_out(enabled(True))
    assert site.refusal(token) is Reason.SERVICE_ACCOUNT_DISABLED
    assert site.ended == [(PRINCIPAL, first), (PRINCIPAL, second)]
    site.carry_out(enabled(False))
    assert site.tokens.verify(token, NOW_S)


def test_a_deleted_accounts_tokens_are_nobodys(site: Site) -> None:
    id_, token = site.new_token()
    site.carry_out(DeleteServiceAccount(NAME))
    assert site.refusal(token) is Reason.TOKEN_INVALID
    assert site.ended == [(PRINCIPAL, id_)]
    site.carry_out(CreateServiceAccount("b", "projects/shop", NAME, AccountTerms()))
    assert site.refusal(token) is Reason.TOKEN_INVALID


def test_tokens_are_restored_from_a_snapshot(site: Site) -> None:
    (first, revoked), (_, token) = site.new_token(1), site.new_token(2)
    site.carry_out(RevokeToken(NAME, first))
    restored = Site()
    restored.tokens.restore(site.world.fleet.captured(9, NOW))
    assert restored.tokens.verify(token, NOW_S) == site.tokens.verify(token, NOW_S)
    assert restored.refusal(revoked) is Reason.TOKEN_REVOKED


def test_uses_are_due_at_first_and_then_once_an_hour(site: Site) -> None:
    id_, token = site.new_token()
    assert [*site.tokens.uses_to_record(HOUR)] == []
    site.tokens.verify(token, NOW_S)
    assert [*site.tokens.uses_to_record(HOUR)] == [("a", [(id_, NOW)])]
    site.carry_out(RecordTokenUses("a", [(id_, NOW)]))
    site.tokens.verify(token, NOW_S + 3599)
    assert [*site.tokens.uses_to_record(HOUR)] == []
    assert site.tokens.last_use(id_) == NOW + 3599 * SECOND
    site.world.now = Micros(NOW + HOUR)
    (_, later) = site.new_token(2)
    site.tokens.verify(later, NOW_S + 3600)
    assert [*site.tokens.uses_to_record(HOUR - SECOND)] == [
        ("a", [(id_, NOW + 3599 * SECOND), (token_id(2), NOW + HOUR)])
    ]


async def test_the_verifier_takes_the_clocks_time(site: Site) -> None:
    _, token = site.new_token()
    assert ServiceAccountVerifier(site.tokens, lambda: NOW).cached(token).name == PRINCIPAL
    late = ServiceAccountVerifier(site.tokens, lambda: Micros(NOW + HOUR))
    with pytest.raises(Unauthenticated, match="expired"):
        await late.verify(token)


def test_no_repr_has_a_token(site: Site) -> None:
    _, token = site.new_token()
    assert token[20:40] not in repr(site.world.fleet.resources) + repr(site.tokens.verify(token, NOW_S))
