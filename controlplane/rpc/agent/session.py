"""One agent's stream: desired state down, reports up. Forgets everything when the stream ends."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1.vm_pb2 import MigrationProgress
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.commands.trouble import RegainHost, ReportDrift
from controlplane.commands.vm import ReportVm
from controlplane.domain.command import Answer, Command, Outcome
from controlplane.domain.errors import RateLimited, Unavailable
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.errors import AgentQuarantined, HostDecommissioned
from controlplane.domain.host.states import HostState
from controlplane.domain.text import bounded
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.errors import SecretsForgotten
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import Desired, VmState
from controlplane.queries import agent_view, drift
from controlplane.queries.reads import Reads
from controlplane.rpc.agent.clock import AgentClock
from controlplane.rpc.agent.desires import Desires
from controlplane.rpc.agent.guest_reports import (
    MOST_ERROR,
    GuestReports,
    absent,
    is_uid,
    leftovers_of,
    report_of,
    time_of,
)
from controlplane.rpc.agent.network_book import NetworkBook
from controlplane.rpc.agent.network_desires import NetworkDesires
from controlplane.rpc.agent.network_reports import NetworkReports
from controlplane.rpc.agent.report_limits import ReportLimits, StreamLimits
from controlplane.rpc.agent.unexpected_guests import AgentGuests
from controlplane.rpc.dependencies import Commands, command_context
from controlplane.rpc.utilization.samples import take_samples
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)

# Messages of an agent that wait to be carried out: heartbeats do not wait behind them.
MOST_WAITING = 1_000


# When what could not be had of a guest is tried again.
RETRY_S = 2.0
_TAKE_USER_DATA = (api.DESIRED_POWER_RUNNING, api.DESIRED_POWER_PAUSED)


class GuestUserData(Protocol):
    """The user data of VMs, for the agents of their hosts. Raises SecretsForgotten, Unavailable."""

    async def of(self, vm: Vm) -> bytes: ...


def _unheard() -> None:
    """Nobody keeps a lease."""


class AgentSession:
    """The server's end of one stream. `last_errors` has what the agent could not do yet, by VM.

    What the agent reports is carried out in order, one after the other. Its heartbeats, and their answers, do not wait
    for that: a ledger that is slow costs no host its lease.
    """

    def __init__(
        self,
        commands: Commands,
        reads: Reads,
        book: NetworkBook,
        host: Host,
        actor: str,
        instance: str = "",
        heard: Callable[[], None] = _unheard,
        user_data: GuestUserData | None = None,
    ) -> None:
        """`heard` is called for each message of the agent."""
        self.host = host
        self.clock = AgentClock(host.name, reads.now)
        self.reports = GuestReports()
        self._instance = instance
        # The fingerprint of that by which it was opened; empty without one.
        self.certificate = ""
        self.last_errors: dict[str, str] = {}
        # How far migrations from this host are, by VM, as of the last heartbeat.
        self.migrations: dict[str, MigrationProgress] = {}
        self._commands = commands
        self._reads = reads
        self._actor = actor
        self._heard = heard
        self._user_data = user_data
        self._guests = AgentGuests(reads, host.uid, actor, self._submit, self._allows)
        self._wake = asyncio.Event()
        self._desires = Desires(reads, host.uid, self._guests.is_undecided, self._wake.set, commands.trace_of)
        self._networks = NetworkDesires(book, host.uid, self._wake.set)
        self.network_reports = NetworkReports(book.view, host.name)
        # Of each guest that changed too often by itself, the newest report.
        self._held_back: dict[str, Report] = {}
        self._limits = ReportLimits(time.monotonic)
        self._flood = StreamLimits(time.monotonic)
        self._renewal: Timestamp | None = None
        # When the agent was heard last.
        self.last_heard = reads.now()
        # Those who wait for all guests to be reported once more, and whether that is to be requested of the agent.
        self._waiting_for_inventory: list[asyncio.Future[None]] = []
        self._request_due = False
        # The kinds of tunnels that the agent opens, and the requests that it has not been sent.
        self.tunnels: frozenset[int] = frozenset()
        self._tunnel_requests: list[api.TunnelRequest] = []
        self._ended: BaseException | None = None
        # Its commands that wait to be decided.
        self._submitted: set[asyncio.Future[Outcome[Answer | None]]] = set()
        self._over = asyncio.Event()
        self._inbox: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._room = asyncio.Semaphore(MOST_WAITING)
        self._look_waits = False

    def vm_changed(self, vm: Vm) -> None:
        """Called for each event of a VM that is, or was, on this host."""
        self._desires.vm_changed(vm)

    def host_changed(self, before: Host, after: Host) -> None:
        """Called for each event of this host."""
        if after.state is not before.state:
            if after.state is HostState.DECOMMISSIONED:
                self.end(HostDecommissioned(after.name))
            elif after.state is HostState.FENCED:
                # What was reported is from before that: its agent is to report all that is left.
                self.end(None)
        if after.is_away:
            self._desires.only_ends = True
        self._desires.host_changed(before, after)

    def end(self, error: BaseException | None) -> None:
        """Ends the stream: with an error, or because the agent went."""
        self._ended = self._ended or error or ConnectionResetError()
        self._over.set()
        self._wake.set()
        self._networks.close()
        for future in self._submitted:
            future.cancel()
        self._inventory_came()

    @property
    def ended(self) -> BaseException | None:
        """What it ended with; None while it is open."""
        return self._ended

    def is_of(self, instance: str) -> bool:
        """Whether it is this agent's own. An agent that does not say which it is has no claim on an older session."""
        return bool(instance) and instance == self._instance

    async def over(self, wait_s: float) -> bool:
        """Whether it ends within this time."""
        return await wait_for_event(self._over, wait_s)

    def last_word(self, vm: Vm) -> str:
        """What the agent could not do yet for a VM, or how it last reported its guest; empty without a report."""
        return self.last_errors.get(vm.uid) or self.reports.words(vm)

    def request_tunnel(self, request: api.TunnelRequest) -> None:
        """Has the agent open a tunnel."""
        self._tunnel_requests.append(request)
        self._wake.set()

    async def refreshed(self, wait_s: float) -> bool:
        """Has the agent read and report everything once more. Whether it did within this time."""
        future = asyncio.get_running_loop().create_future()
        self._waiting_for_inventory.append(future)
        self._request_due = True
        self._wake.set()
        done, _ = await asyncio.wait([future], timeout=wait_s)
        return bool(done) and self._ended is None

    def _inventory_came(self) -> None:
        waiting, self._waiting_for_inventory = self._waiting_for_inventory, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def outgoing(self) -> AsyncIterator[api.ConnectResponse]:
        """What to send: all that is desired, once the agent has reported what it has; then every change."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if isinstance(self._ended, ConnectionResetError):
                return
            if self._ended:
                raise self._ended
            if self._request_due:
                self._request_due = False
                yield api.ConnectResponse(inventory_request=api.InventoryRequest())
            requests, self._tunnel_requests = self._tunnel_requests, []
            for request in requests:
                yield api.ConnectResponse(tunnel_request=request)
            messages, changed = self._desires.take()
            for message in self._networks.take(_cards_in(messages)):
                yield message
            for message in messages:
                if renewal := self._renewed():
                    yield renewal
                if await self._is_whole(message):
                    yield message
            if renewal := self._renewed():
                yield renewal
            if changed:
                self._later(partial(self._repeat_reports, changed))

    async def _is_whole(self, message: api.ConnectResponse) -> bool:
        """Adds the user data that a guest takes. False where it cannot be had now: it is sent later."""
        guest = message.desired_guest
        vm = self._reads.inventory.vms.get(guest.vm_uid) if guest.power in _TAKE_USER_DATA else None
        if vm is None or vm.user_data is None or self._user_data is None:
            return True
        try:
            guest.user_data = await self._user_data.of(vm)
        except SecretsForgotten as error:
            log.error("%s gets its guest without user data: %s", vm.name, error)
        except Unavailable as error:
            log.warning("%s is sent to %s later: %s", vm.name, self.host.name, error)
            asyncio.get_running_loop().call_later(RETRY_S, self._send_again, vm.uid)
            return False
        return True

    def _send_again(self, vm_uid: str) -> None:
        if (vm := self._reads.inventory.vms.get(vm_uid)) is not None and not self._ended:
            self._desires.vm_changed(vm)

    def _renewed(self) -> api.ConnectResponse | None:
        """The answer to the newest heartbeat, once."""
        at, self._renewal = self._renewal, None
        return api.ConnectResponse(lease_renewal=api.LeaseRenewal(heartbeat_time=at)) if at is not None else None

    async def _repeat_reports(self, vm_uids: Iterable[str]) -> None:
        """What the agent reported before may be news to the VM as it is now; the agent does not report it twice."""
        for vm_uid in vm_uids:
            if (report := self.reports.last.get(vm_uid)) is not None:
                await self._take(vm_uid, report)

    async def receive(self, incoming: AsyncIterator[api.ConnectRequest]) -> None:
        """Takes what the agent sends, until it goes."""
        working = asyncio.create_task(self._work())
        try:
            async for message in incoming:
                if self._ended:
                    return
                if not self._flood.allows(message.ByteSize(), len(message.inventory.guests)):
                    raise self._flooded()
                self.last_heard = self._reads.now()
                self._heard()
                if message.HasField("heartbeat"):
                    self._beat(message.heartbeat)
                else:
                    await self._room.acquire()
                    self._later(partial(self._take_message, message))
            self._later(self._finish)
            await working
        except RateLimited:
            # What all callers are held to can be met first, by an agent that is quick: it is a flood no less.
            self.end(self._flooded())
        except Exception as error:  # noqa: BLE001 the stream's other half ends with what ended this one
            self.end(error)
        finally:
            working.cancel()

    def _flooded(self) -> AgentQuarantined:
        return AgentQuarantined(self.host.name, why="sends more than any host has to say")

    def _later(self, work: Callable[[], Awaitable[None]]) -> None:
        self._inbox.put_nowait(work)

    async def _work(self) -> None:
        """Carries out what the agent sent, one after the other."""
        try:
            while not self._ended:
                work = await self._inbox.get()
                await work()
        except Exception as error:  # noqa: BLE001 as above
            self.end(error)

    async def _finish(self) -> None:
        self.end(None)

    async def _take_message(self, message: api.ConnectRequest) -> None:
        self._heard()
        try:
            if message.HasField("report"):
                await self._report(message.report)
            elif message.HasField("inventory"):
                await self._inventory(message.inventory)
            elif message.HasField("network_report"):
                self.network_reports.take(message.network_report)
        finally:
            self._room.release()

    def _beat(self, heartbeat: api.AgentHeartbeat) -> None:
        self.clock.heard(time_of(heartbeat.send_time))
        take_samples(self._reads, self.host, heartbeat, self.clock.ours)
        if heartbeat.migrations:
            self.migrations = {each.vm_uid: each.progress for each in heartbeat.migrations}
        if heartbeat.HasField("send_time"):
            # One that does not say when it was sent has nothing that an answer could name.
            self._renewal = heartbeat.send_time
        self._wake.set()
        if (self._held_back or self._desires.only_ends) and not self._look_waits:
            self._look_waits = True
            self._later(self._look)

    async def _look(self) -> None:
        """What could not be done before may be possible by now."""
        self._look_waits = False
        await self._take_held_back()
        await self._settle()

    async def _report(self, reported: api.GuestReport) -> None:
        if not is_uid(reported.vm_uid):
            return
        report = report_of(reported, self.clock)
        if report.failed_step:
            self.last_errors[reported.vm_uid] = report.error
        else:
            # Newer than what was held back of it.
            self._held_back.pop(reported.vm_uid, None)
            self.reports.last[reported.vm_uid] = report
        await self._take(reported.vm_uid, report)
        is_all_known = self.reports.inventory_time is not None
        if is_all_known and await self._guests.report(reported) and self._is_leftover(reported.vm_uid):
            # Such as a copy that has come since its VM was stopped.
            self._desires.end(reported.vm_uid, reported.incarnation)
        await self._settle()

    async def _take_held_back(self) -> None:
        """The newest report of each guest that had too many: what is so in the end is recorded."""
        held_back, self._held_back = self._held_back, {}
        for vm_uid, report in held_back.items():
            await self._take(vm_uid, report)

    async def _take(self, vm_uid: str, report: Report) -> None:
        vm = self._reads.inventory.vms.get(vm_uid)
        if self._ended or vm is None or not agent_view.is_news(vm, report, self.host.uid):
            return
        if vm.pending is None and not self._allows(vm_uid):
            self._held_back[vm_uid] = report
            return
        await self._submit(ReportVm(self.host.uid, vm_uid, report), f"vms/{vm.uid}@{vm.desired_version}")
        self.last_errors.pop(vm_uid, None)

    def _allows(self, vm_uid: str) -> bool:
        """Whether an event of this guest that nobody requested may be written. Where far too many are not, the end."""
        if self._limits.allows(vm_uid, len(self._reads.inventory.placed[self.host.uid])):
            return True
        if self._limits.is_beyond_sense():
            self.end(AgentQuarantined(self.host.name))
        return False

    async def _submit(self, command: Command[Answer | None], causation: str = "") -> None:
        """Submits what the agent reports. The session's end takes it back: another one may have taken over."""
        if self._ended:
            return
        context = command_context(self._actor, causation=causation)
        context = context._replace(trace=self._commands.trace_of(causation))
        future = self._commands.enqueue(command, context)
        self._submitted.add(future)
        try:
            # Unlike the future itself, this goes on when the future is cancelled.
            await asyncio.wait([future])
        finally:
            self._submitted.discard(future)
            future.cancel()
        if not future.cancelled():
            future.result()

    async def _inventory(self, inventory: api.GuestInventory) -> None:
        reports = self.reports
        if inventory.unreadable:
            reports.unreadable = bounded(inventory.unreadable, MOST_ERROR)
            log.warning("%s cannot read its guests: %s", self.host.name, reports.unreadable)
            self._inventory_came()
            return
        reports.leftovers = leftovers_of(inventory)
        named = [guest for guest in inventory.guests if is_uid(guest.vm_uid)]
        if odd := len(inventory.guests) - len(named):
            log.warning("%s has %d guests whose uids are none, left alone", self.host.name, odd)
            inventory = api.GuestInventory(guests=named, unreadable_guests=inventory.unreadable_guests)
        found = {guest.vm_uid: report_of(guest, self.clock) for guest in named}
        reports.take_all(found, frozenset(inventory.unreadable_guests), self._reads.now())
        reports.missing = {
            vm.uid: vm.incarnation
            for vm in agent_view.guests_of(self._reads.inventory, self.host.uid)
            if vm.uid not in found and vm.uid not in reports.unread and _is_to_be_there(vm)
        }
        for vm_uid in found:
            self._held_back.pop(vm_uid, None)
        left = [guest.vm_uid for guest in await self._guests.inventory(inventory)]
        await self._report_drift(left)
        for vm_uid in left:
            if self._is_leftover(vm_uid):
                self._desires.end(vm_uid, found[vm_uid].incarnation)
        self._desires.stop_unexpected()
        # What is reported is taken once more, whatever is known already.
        self._desires.only_ends = True
        await self._settle()
        self._send_all()
        self._inventory_came()

    def _is_leftover(self, vm_uid: str) -> bool:
        """Whether a guest that the ledger had here once has no place here any more: its VM is elsewhere, or deleted."""
        vm = self._reads.inventory.vms.get(vm_uid)
        return vm is None or agent_view.desired_on(vm, self.host.uid) is None

    async def _report_drift(self, left: Sequence[str]) -> None:
        """What is other than the ledger has it, before it follows. `left`: what it had here once."""
        reports, inventory = self.reports, self._reads.inventory
        items = {uid: drift.drift_of_leftover(reports.last[uid]) for uid in left if drift.is_active(reports.last[uid])}
        for vm in agent_view.guests_of(inventory, self.host.uid):
            different = drift.drift(vm, self.host.uid, reports.last.get(vm.uid))
            if different and vm.uid not in reports.unread:
                items[vm.uid] = different
        if items and self._allows(""):
            await self._submit(ReportDrift(self.host.uid, items))

    async def _settle(self) -> None:
        """Once all guests are known: a host that is away is back, and what they are by now is taken over.

        A host is not back before nothing is left that has no place there. Until then, only ends are sent to its agent.
        """
        if self._ended or not self._desires.only_ends or not self.reports.is_readable:
            return
        host = self._reads.inventory.hosts[self.host.uid]
        if host.is_away:
            if left := self._left():
                for vm_uid, incarnation in left:
                    self._desires.end(vm_uid, incarnation)
                return
            await self._submit(RegainHost(host.uid, host.state))
            if self._reads.inventory.hosts[self.host.uid].is_away:
                return
        await self._repeat_reports(list(self.reports.last))
        for vm_uid, incarnation in self.reports.missing.items():
            vm = self._reads.inventory.vms.get(vm_uid)
            is_same = vm is not None and vm.incarnation == incarnation and vm_uid not in self.reports.last
            if vm is not None and is_same and _is_to_be_there(vm):
                await self._take(vm_uid, absent(vm))
        self._desires.only_ends = False
        self._send_all()

    def _send_all(self) -> None:
        self._networks.send_all()
        self._desires.send_all()

    def _left(self) -> list[tuple[str, int]]:
        """Guests that run on this host, which is away, and are to run here no more: by VM uid, with the incarnation."""
        return [
            (vm_uid, report.incarnation)
            for vm_uid, report in self.reports.last.items()
            if drift.is_active(report) and self._has_ended(vm_uid, report.incarnation)
        ]

    def _has_ended(self, vm_uid: str, incarnation: int) -> bool:
        """Whether the ledger had this guest here, and it is to run here no more. Others' guests are not of account."""
        vm = self._reads.inventory.vms.get(vm_uid)
        desired = agent_view.desired_on(vm, self.host.uid) if vm else None
        if vm is None or desired is None or desired.incarnation != incarnation:
            return self._guests.was_here(vm_uid, incarnation)
        if vm.host_uid == self.host.uid:
            return not vm.holds_compute
        return vm.migration is not None and vm.migration.switched


def _cards_in(messages: Sequence[api.ConnectResponse]) -> list[tuple[str, str]]:
    """The networks' uids and the MAC addresses of the guests that are about to be sent one by one."""
    return [
        (card.network_uid, card.mac_address)
        for message in messages
        for card in message.desired_guest.network_interfaces
    ]


def _is_to_be_there(vm: Vm) -> bool:
    """Whether a host without the VM's guest has lost it.

    A start may be under way on the host, even of a VM that is to be stopped or destroyed by now. Of what is not to
    run, the agent reports the end itself, once it knows that.
    """
    return vm.desired is Desired.RUNNING and vm.known_state is not VmState.STARTING
