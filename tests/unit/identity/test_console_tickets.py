"""Tickets of consoles: once, for some seconds, for one method, and only as long as their principal's proof."""

import pytest
from chronovisor.v1 import console_service_pb2 as api

from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.errors import RateLimited, Unauthenticated
from controlplane.domain.reasons import Reason
from controlplane.identity.console_tickets import LIFE_S, MOST_OF_ONE, ConsoleTicket, ConsoleTickets

METHOD, OTHER = "/s/Open", "/s/Other"
ANNA = Principal("user:anna", Proof(ProofKind.OIDC, "https://issuer.test anna"))


class Desk:
    """Tickets, and the time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.tickets = ConsoleTickets(lambda: self.now)

    def give(self, principal: Principal = ANNA, number: int = 0) -> str:
        opening = api.SerialConsoleOpening(name="projects/p/vms/v")
        expires = self.tickets.expiry
        ticket = ConsoleTicket(str(number), METHOD, principal, principal.name, "uid", opening, expires)
        return self.tickets.add(ticket)

    def refusal(self, text: str, method: str = METHOD) -> Reason:
        with pytest.raises(Unauthenticated) as refused:
            self.tickets.redeem(method, text)
        assert not text or text not in str(refused.value)
        return refused.value.reason


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_ticket_is_used_once_and_looking_does_not_use_it(desk: Desk) -> None:
    text = desk.give()
    assert desk.tickets.principal(METHOD, text) == ANNA
    assert desk.tickets.redeem(METHOD, text).actor == "user:anna"
    assert desk.refusal(text) is Reason.TOKEN_INVALID
    assert len(desk.tickets) == 0


def test_a_ticket_ends_by_itself(desk: Desk) -> None:
    text = desk.give()
    desk.now += LIFE_S - 0.1
    desk.tickets.principal(METHOD, text)
    desk.now += 0.1
    assert desk.refusal(text) is Reason.TOKEN_INVALID


def test_a_ticket_is_of_its_method_and_stays_where_another_is_called(desk: Desk) -> None:
    text = desk.give()
    assert desk.refusal(text, OTHER) is Reason.TOKEN_INVALID
    assert desk.refusal("cvct_guessed") is Reason.TOKEN_INVALID
    desk.tickets.redeem(METHOD, text)


def test_a_ticket_does_not_outlive_the_proof_that_it_came_of(desk: Desk) -> None:
    text = desk.give(ANNA._replace(until=desk.now + 5))
    desk.now += 5
    assert desk.refusal(text) is Reason.TOKEN_EXPIRED


def test_tickets_of_whose_token_is_revoked_are_gone(desk: Desk) -> None:
    bert = ANNA._replace(name="user:bert")
    hers, his = desk.give(), desk.give(bert)
    desk.tickets.drop(lambda principal: principal.name == "user:anna")
    assert desk.refusal(hers) is Reason.TOKEN_INVALID
    desk.tickets.redeem(METHOD, his)


def test_one_has_so_many_and_those_that_ended_do_not_count(desk: Desk) -> None:
    texts = [desk.give(number=number) for number in range(MOST_OF_ONE)]
    with pytest.raises(RateLimited):
        desk.give()
    desk.give(ANNA._replace(name="user:bert"))
    desk.tickets.redeem(METHOD, texts[0])
    desk.give()
    desk.now += LIFE_S
    assert desk.give()
    assert len(desk.tickets) == 1


def test_no_ticket_is_kept_in_clear(desk: Desk) -> None:
    text = desk.give()
    assert text.removeprefix("cvct_") not in repr(vars(desk.tickets))
