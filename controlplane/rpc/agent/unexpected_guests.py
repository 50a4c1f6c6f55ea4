"""The unexpected guests of one agent's host: found among its reports, and recorded."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection
from ipaddress import IPv4Address, IPv6Address
from uuid import UUID

from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1.vm_pb2 import GUEST_STATE_ABSENT, GuestState

from controlplane.commands.guests import ReportGuests
from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import DomainError
from controlplane.domain.host.unexpected_guests import MOST_OF_A_HOST, UnexpectedGuest
from controlplane.domain.vm.interfaces import Card, Cards
from controlplane.queries import agent_view
from controlplane.queries.reads import Reads
from controlplane.rpc.vm.interfaces import MOST_INTERFACES

Submit = Callable[[Command[Answer | None]], Awaitable[None]]
log = logging.getLogger(__name__)

# Of one agent's stream. An agent that contradicts itself more often is not recorded any more.
MOST_RECORDED = 500
# Guests whose VM's history was read for this stream.
MOST_LOOKED_UP = 5_000
LARGEST_INCARNATION = 1 << 62
_MAC = re.compile(r"02(:[0-9a-f]{2}){5}")
_UID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
_NAME = re.compile(r"projects/[0-9a-z-]{1,63}/vms/[0-9a-z-]{1,63}")


class AgentGuests:
    """The unexpected guests of the host of one stream. Forgets what it has looked up when the stream ends."""

    def __init__(self, reads: Reads, host_uid: str, actor: str, submit: Submit, allows: Callable[[str], bool]) -> None:
        """`submit` has a command carried out unless the stream ends before, `allows` says whether one more event of a
        guest may be written: what it refuses is in the next inventory.
        """
        self._reads = reads
        self._host_uid = host_uid
        self._actor = actor
        self._submit = submit
        self._allows = allows
        # By guest, whether the ledger had it here once.
        self._past: dict[tuple[str, int], bool] = {}
        self._recorded = 0

    def is_undecided(self, vm_uid: str) -> bool:
        """Whether an unexpected guest of this VM is here, for which what its VM desires is not meant."""
        host = self._reads.inventory.hosts.get(self._host_uid)
        guest = host.unexpected.get(vm_uid) if host else None
        return guest is not None and guest.blocks_start

    def was_here(self, vm_uid: str, incarnation: int) -> bool:
        """Whether the ledger itself had this incarnation on this host, as far as that was looked up for a report."""
        return self._past.get((vm_uid, incarnation), False)

    async def inventory(self, inventory: api.GuestInventory) -> list[api.GuestReport]:
        """Records what the ledger does not expect of all that the host has. Returns what is left of the past."""
        guests, known = inventory.guests, self._reads.inventory.hosts[self._host_uid].unexpected
        # Guests that could not be read are there all the same.
        unread = {uid: known[uid] for uid in inventory.unreadable_guests if uid in known}
        found: dict[str, UnexpectedGuest] = dict(unread)
        leftovers: list[api.GuestReport] = []
        for each in guests:
            if each.observation.guest_state == GUEST_STATE_ABSENT or self._is_expected(each):
                continue
            if await self._is_past(each):
                leftovers.append(each)
            elif (guest := _guest_of(each)) is not None:
                found[guest.vm_uid] = guest
        host = self._reads.inventory.hosts[self._host_uid]
        floor = self._reads.lineage.floor
        is_news = host.guests_known_in != floor or {*host.unexpected} - found.keys()
        if is_news or any(self._is_news(guest) for guest in found.values()):
            await self._record(ReportGuests(self._host_uid, found, is_inventory=True))
        if len(found) > MOST_OF_A_HOST:
            log.warning("%s has %d guests that are not expected; not all are kept", host.name, len(found))
        return leftovers

    async def report(self, reported: api.GuestReport) -> bool:
        """Records one guest, as it is now. Returns whether it is left of the past instead."""
        if self._is_expected(reported):
            is_known = reported.vm_uid in self._reads.inventory.hosts[self._host_uid].unexpected
            gone = frozenset((reported.vm_uid,)) if is_known else frozenset[str]()
            found = dict[str, UnexpectedGuest]()
        elif reported.observation.guest_state == GUEST_STATE_ABSENT:
            known = self._reads.inventory.hosts[self._host_uid].unexpected.get(reported.vm_uid)
            gone = (
                frozenset((reported.vm_uid,))
                if known and known.incarnation <= reported.incarnation
                else frozenset[str]()
            )
            found = dict[str, UnexpectedGuest]()
        else:
            guest = _guest_of(reported)
            if guest is None or not self._is_news(guest):
                return False
            if await self._is_past(reported):
                return True
            gone, found = frozenset[str](), {guest.vm_uid: guest}
        if (gone or found) and self._allows(reported.vm_uid):
            await self._record(ReportGuests(self._host_uid, found, gone))
        return False

    def _is_expected(self, reported: api.GuestReport) -> bool:
        """Whether it is where the ledger has it, as it has it. What else is reported of it is for its VM to decide."""
        vm = self._reads.inventory.vms.get(reported.vm_uid)
        desired = agent_view.desired_on(vm, self._host_uid) if vm else None
        return desired is not None and desired.incarnation == reported.incarnation

    def _is_news(self, guest: UnexpectedGuest) -> bool:
        known = self._reads.inventory.hosts[self._host_uid].unexpected.get(guest.vm_uid)
        return known is None or not known.is_as(guest)

    async def _is_past(self, reported: api.GuestReport) -> bool:
        """Whether the ledger itself had this incarnation on this host: then it knows that it has ended since."""
        key = (reported.vm_uid, reported.incarnation)
        if key not in self._past:
            if len(self._past) >= MOST_LOOKED_UP or not _UID.fullmatch(reported.vm_uid):
                return False
            ledger, host_uid = self._reads.ledger, self._host_uid
            self._past[key] = await asyncio.to_thread(agent_view.was_on_host, ledger, *key, host_uid)
        return self._past[key]

    async def _record(self, command: ReportGuests) -> None:
        if self._recorded >= MOST_RECORDED:
            return
        self._recorded += 1
        if self._recorded == MOST_RECORDED:
            log.warning("%s reports other guests again and again; no more of it is recorded", self._actor)
        try:
            await self._submit(command)
        except DomainError as error:
            log.warning("unexpected guests of %s could not be recorded: %s", self._actor, error)


def _guest_of(reported: api.GuestReport) -> UnexpectedGuest | None:
    """None for what cannot be a guest of any control plane's VM."""
    states = GuestState.values()
    state = reported.observation.guest_state
    if not _UID.fullmatch(reported.vm_uid) or state not in states or not 0 < reported.incarnation < LARGEST_INCARNATION:
        return None
    name = reported.vm_name if _NAME.fullmatch(reported.vm_name) else ""
    reboots = reported.reboots if 0 <= reported.reboots < LARGEST_INCARNATION else 0
    cards = _cards_of(reported.network_cards)
    return UnexpectedGuest(reported.vm_uid, reported.incarnation, state, name, reboots, cards=cards)


def _cards_of(reported: Collection[api.GuestNetworkCard]) -> Cards:
    """None of what cannot be cards that a control plane has given."""
    try:
        found = {
            each.index: Card(
                each.index,
                str(UUID(each.network_uid)),
                _mac(each.mac_address),
                each.ipv4_address and str(IPv4Address(each.ipv4_address)),
                each.ipv6_address and str(IPv6Address(each.ipv6_address)),
            )
            for each in reported
        }
    except ValueError:
        return ()
    if len(found) < len(reported) or not all(0 <= place < MOST_INTERFACES for place in found):
        return ()
    return tuple(card for _, card in sorted(found.items()))


def _mac(text: str) -> str:
    """Raises ValueError."""
    if not _MAC.fullmatch(text):
        raise ValueError(f"no MAC address: {text!r}")
    return text
