"""Unexpected guests: those that a host's agent reports and the ledger does not expect there. Performs no I/O.

After a restore the machines are ahead of the ledger: a VM that it has as stopped may run. Such a guest is recorded on
its host's stream, so that the record outlives the server, and is left alone until an operator decides.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message
from rpds import HashTrieMap

from controlplane.domain.time import Micros
from controlplane.domain.vm.interfaces import Cards, cards_of, recorded_cards
from controlplane.domain.vm.states import GuestState

# Of one host. What an agent reports beyond that is logged, and not recorded.
MOST_OF_A_HOST = 1_000


class UnexpectedGuest(NamedTuple):
    """One guest, as last recorded. `guest_state` is a chronovisor.v1.GuestState; `vm_name` is of its metadata."""

    vm_uid: str
    incarnation: int
    guest_state: int
    vm_name: str = ""
    reboots: int = 0
    reported: Micros = Micros(0)
    stop_requested: bool = False
    # What it was made with, as far as its agent knows.
    cards: Cards = ()

    @property
    def is_active(self) -> bool:
        return self.guest_state in (GuestState.RUNNING, GuestState.PAUSED)

    @property
    def blocks_start(self) -> bool:
        """Whether it keeps its VM from being started: until an operator has decided, and what was decided is so."""
        return self.is_active or not self.stop_requested

    def is_as(self, other: "UnexpectedGuest") -> bool:
        """Whether there is nothing new in it."""
        return (self.incarnation, self.guest_state, self.cards) == (other.incarnation, other.guest_state, other.cards)


Guests: TypeAlias = "HashTrieMap[str, UnexpectedGuest]"
NO_GUESTS: Guests = HashTrieMap()


def recorded_guest(guest: UnexpectedGuest) -> ev.UnexpectedGuest:
    """A guest as an event records it."""
    return ev.UnexpectedGuest(
        vm_uid=guest.vm_uid,
        incarnation=guest.incarnation,
        guest_state=guest.guest_state,
        vm_name=guest.vm_name,
        reboots=guest.reboots,
        network_addresses=recorded_cards(guest.cards),
    )


def guest_of(recorded: ev.UnexpectedGuest, reported: Micros, stop_requested: bool = False) -> UnexpectedGuest:
    """A recorded guest as a value."""
    return UnexpectedGuest(
        recorded.vm_uid,
        recorded.incarnation,
        recorded.guest_state,
        recorded.vm_name,
        recorded.reboots,
        reported,
        stop_requested,
        cards_of(recorded.network_addresses),
    )


def decide_reported(
    known: Guests, found: Mapping[str, UnexpectedGuest], gone: Iterable[str], known_in: int, floor: int
) -> list[Message]:
    """What a report changes. `gone` are VMs whose guests are not unexpected any more; `floor` is that of the history.

    Of a host with MOST_OF_A_HOST of them, no further guest is recorded.
    """
    left = tuple(sorted(uid for uid in set(gone) if uid in known and uid not in found))
    room = MOST_OF_A_HOST - len(known) + len(left)
    news: list[ev.UnexpectedGuest] = []
    for uid, guest in sorted(found.items()):
        before = known.get(uid)
        if before is None:
            room -= 1
        if (before is None and room >= 0) or (before is not None and not before.is_as(guest)):
            news.append(recorded_guest(guest))
    if not (news or left) and known_in == floor:
        return []
    return [ev.HostGuestsReported(unexpected=news, gone=left, history_floor=floor)]


def decide_stop(guest: UnexpectedGuest) -> list[Message]:
    """A guest that an operator had stopped already stays so: a success that appends nothing."""
    if guest.stop_requested:
        return []
    return [ev.HostGuestStopRequested(vm_uid=guest.vm_uid, incarnation=guest.incarnation)]


def after_report(known: Guests, report: ev.HostGuestsReported, at: Micros) -> Guests:
    """The guests after this event. A decision is about one incarnation, and stands for as long as it is there."""
    for uid in report.gone:
        known = known.discard(uid)
    for each in report.unexpected:
        before = known.get(each.vm_uid)
        decided = before is not None and before.stop_requested and before.incarnation == each.incarnation
        known = known.insert(each.vm_uid, guest_of(each, at, decided))
    return known


def after_stop_request(known: Guests, request: ev.HostGuestStopRequested) -> Guests:
    """The guests after an operator had one of them stopped."""
    guest = known.get(request.vm_uid)
    if guest is None or guest.incarnation != request.incarnation:
        return known
    return known.insert(request.vm_uid, guest._replace(stop_requested=True))
