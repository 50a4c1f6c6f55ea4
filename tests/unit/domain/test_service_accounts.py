"""Service accounts: their states, what their tokens look like, and what is kept of them."""

import itertools
import re
from binascii import crc32

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.errors import InvalidField, NotFound, WrongState
from controlplane.domain.payloads import PAYLOAD_FIELD
from controlplane.domain.service_account import aggregate as accounts
from controlplane.domain.service_account import token_text
from controlplane.domain.service_account.aggregate import (
    ENDED_KEPT,
    MOST_TOKENS,
    AccountTerms,
    AccountToken,
    ServiceAccount,
)
from controlplane.domain.service_account.states import TRANSITIONS, AccountState, AccountVerb, allowed_commands
from controlplane.domain.time import SECOND, Micros, timestamp_of

NAME = "projects/p/serviceAccounts/ci"
TOKEN = AccountToken("t1", b"h", Micros(1 * SECOND), Micros(10 * SECOND))
LISTED = sorted(AccountVerb, key=lambda each: each.value)


def account(state: AccountState = AccountState.ACTIVE, *tokens: AccountToken) -> ServiceAccount:
    return ServiceAccount("u", NAME, "p", AccountTerms("CI"), Micros(1), Micros(1), state=state, tokens=tokens)


def evolved(before: ServiceAccount, payloads: list[Message], at: int = 1) -> ServiceAccount:
    for payload in payloads:
        event = ev.Event(commit_time=timestamp_of(at * SECOND))
        getattr(event, PAYLOAD_FIELD[type(payload)]).CopyFrom(payload)
        before = accounts.evolve(before, event, before.version + 1)
    return before


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(AccountState, LISTED)), ids=lambda each: each.name)
def test_every_pair_is_an_edge_or_a_refusal(state: AccountState, verb: AccountVerb) -> None:
    found = account(state, TOKEN)
    decide = {
        AccountVerb.UPDATE: lambda: accounts.decide_update(found, AccountTerms("Other")),
        AccountVerb.DELETE: lambda: accounts.decide_delete(found),
        AccountVerb.CREATE_TOKEN: lambda: accounts.decide_create_token(found, TOKEN._replace(id="t2")),
        AccountVerb.REVOKE_TOKEN: lambda: accounts.decide_revoke_token(found, "t1"),
        AccountVerb.USE: lambda: accounts.decide_use(found, [("t1", Micros(5 * SECOND))]),
    }[verb]
    if (state, verb) in TRANSITIONS:
        assert evolved(found, decide()).state is TRANSITIONS[state, verb]
    elif verb is not AccountVerb.USE:
        with pytest.raises(WrongState) as refused:
            decide()
        assert list(refused.value.allowed) == allowed_commands(state) == []


def test_only_the_accounts_own_changes_change_its_etag() -> None:
    made = account()
    with_token = evolved(made, accounts.decide_create_token(made, TOKEN), 2)
    used = evolved(with_token, accounts.decide_use(with_token, [("t1", Micros(3 * SECOND))]), 4)
    revoked = evolved(used, accounts.decide_revoke_token(used, "t1"), 5)
    assert [each.as_edited.version for each in (made, with_token, used, revoked)] == [1] * 4
    assert revoked.updated == made.updated
    changed = evolved(revoked, accounts.decide_update(revoked, AccountTerms("CI", disabled=True)), 6)
    assert (changed.as_edited.version, changed.updated) == (changed.version, 6 * SECOND)
    assert revoked.tokens == (TOKEN._replace(created=Micros(2 * SECOND), used=Micros(3 * SECOND), revoked=5 * SECOND),)


def test_what_is_so_already_is_no_event() -> None:
    found = account(AccountState.ACTIVE, TOKEN._replace(used=Micros(4), revoked=Micros(3)))
    assert accounts.decide_update(found, AccountTerms("CI")) == []
    assert accounts.decide_revoke_token(found, "t1") == []
    assert accounts.decide_use(found, [("t1", Micros(4)), ("other", Micros(9))]) == []


def test_a_token_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound) as refused:
        accounts.decide_revoke_token(account(), "t9")
    assert (refused.value.kind, refused.value.name) == ("service_account", f"{NAME}/tokens/t9")


def test_so_many_tokens_live_at_once_and_no_more() -> None:
    found = account(AccountState.ACTIVE, *(TOKEN._replace(id=f"t{each}") for each in range(MOST_TOKENS)))
    with pytest.raises(InvalidField, match="revoke one first"):
        accounts.decide_create_token(found, TOKEN)
    later = TOKEN._replace(id="new", created=TOKEN.expires, expires=Micros(20 * SECOND))
    assert accounts.decide_create_token(found, later)


def test_of_tokens_that_have_ended_the_last_are_kept() -> None:
    found = account()
    for number in range(ENDED_KEPT + 10):
        now = Micros((number + 1) * SECOND)
        token = TOKEN._replace(id=f"t{number}", created=now, expires=Micros(now + SECOND))
        found = evolved(found, accounts.decide_create_token(found, token), number + 1)
    assert len(found.tokens) == ENDED_KEPT + 1
    assert found.tokens[-1].id == f"t{ENDED_KEPT + 9}"
    assert "t0" not in {each.id for each in found.tokens}


# What a token looks like.


@given(st.integers(0, (1 << 256) - 1), st.integers(0, 1 << 71))
def test_a_token_has_its_id_and_is_found_by_scanners(secret: int, number: int) -> None:
    id_ = token_text.token_id(number)
    token = token_text.token_text(id_, secret)
    assert re.fullmatch(token_text.SCANNED, token)
    assert token_text.id_in(token) == id_
    assert token_text.is_token_id(id_)
    digits = token_text.DIGITS
    checksum = 0
    for digit in token[-6:]:
        checksum = checksum * 62 + digits.index(digit)
    assert checksum == crc32(token[:-6].encode())


@given(st.integers(0, (1 << 256) - 1), st.integers(5, 65), st.sampled_from(token_text.DIGITS))
def test_one_digit_that_is_altered_shows(secret: int, place: int, digit: str) -> None:
    token = token_text.token_text(token_text.token_id(7), secret)
    altered = token[:place] + digit + token[place + 1 :]
    assert token_text.id_in(altered) == (token_text.token_id(7) if altered == token else "")


@pytest.mark.parametrize("text", ["", "cvsa_", "x" * 66, "cvsa_" + "é" * 61, "cvsa_" + "0" * 60, "ey.ey.ey"])
def test_what_is_no_token_has_no_id(text: str) -> None:
    assert token_text.id_in(text) == ""
