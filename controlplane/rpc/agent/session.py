"""One agent's stream: desired state down, reports up. Forgets everything when the stream ends."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping

from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1.vm_pb2 import GUEST_STATE_ABSENT, GuestState
from google.protobuf.timestamp_pb2 import Timestamp
from uuid_utils import uuid7

from controlplane.commands.vm import ReportVm
from controlplane.domain.command import Answer, Command, CommandContext, Outcome
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.errors import AgentQuarantined
from controlplane.domain.host.unexpected_guests import UnexpectedGuest
from controlplane.domain.text import bounded
from controlplane.domain.time import END_OF_TIME_S, Micros, duration_of, micros_of
from controlplane.domain.vm.aggregate import Observed, Vm
from controlplane.domain.vm.reports import Report
from controlplane.domain.vm.states import VmState
from controlplane.queries import agent_view
from controlplane.queries.reads import Reads
from controlplane.rpc.agent.clock import AgentClock
from controlplane.rpc.agent.report_limits import ReportLimits
from controlplane.rpc.agent.unexpected_guests import AgentGuests
from controlplane.rpc.dependencies import Commands
from controlplane.rpc.shared.convert import spec_message
from controlplane.rpc.shared.message_size import fitting
from controlplane.rpc.utilization.samples import take_samples

log = logging.getLogger(__name__)

GUEST_STATES: Mapping[int, str] = {
    number: name.removeprefix("GUEST_STATE_").lower() for name, number in GuestState.items() if number
}
# How long an unexpected guest has to power off by itself.
STOP_GRACE_S = 30.0
# Of what agents say in their own words, in bytes.
MOST_DETAIL = 500
MOST_STEP = 40
LONGEST_UID = 64
# Of the message with all that is desired, in bytes; agents take 4 MiB.
MOST_SNAPSHOT = 1 << 20
MOST_ERROR = 2000


def desired_guest(vm: Vm) -> api.DesiredGuest:
    return api.DesiredGuest(
        vm_uid=vm.uid,
        vm_name=vm.name,
        incarnation=vm.incarnation,
        power=api.DesiredPower.ValueType(agent_view.power_of(vm)),
        spec=spec_message(vm.spec),
        reboots=vm.reboots,
        force_reboot=vm.force_reboot,
        grace_period=duration_of(vm.grace_period_s),
        version=vm.desired_version,
    )


def stopped_guest(guest: UnexpectedGuest) -> api.DesiredGuest:
    """An unexpected guest that an operator had stopped. Its disk stays, and so does its definition."""
    return api.DesiredGuest(
        vm_uid=guest.vm_uid,
        vm_name=guest.vm_name,
        incarnation=guest.incarnation,
        power=api.DESIRED_POWER_SHUTOFF,
        grace_period=duration_of(STOP_GRACE_S),
    )


def leftover(vm_uid: str, incarnation: int) -> api.DesiredGuest:
    """A guest of an incarnation that is known to have ended, and has no place on this host any more."""
    return api.DesiredGuest(vm_uid=vm_uid, incarnation=incarnation, power=api.DESIRED_POWER_ABSENT)


def is_uid(text: str) -> bool:
    """Whether it can be a VM's: what is on a host is not ours alone to name."""
    return 0 < len(text) <= LONGEST_UID and text.isascii() and text.isprintable()


def time_of(timestamp: Timestamp) -> Micros:
    """0 for what no clock can read."""
    return micros_of(timestamp) if 0 <= timestamp.seconds < END_OF_TIME_S else Micros(0)


def report_of(reported: api.GuestReport, clock: AgentClock) -> Report:
    observation = reported.observation
    failure = reported.failure
    observed_at = clock.observed(time_of(observation.observe_time))
    return Report(
        reported.incarnation,
        Observed(observation.guest_state, observed_at, bounded(observation.detail, MOST_DETAIL)),
        reported.reboots,
        reported.started,
        reported.desired_version,
        bounded(failure.step, MOST_STEP),
        bounded(failure.error, MOST_ERROR),
        failure.permanent,
    )


class AgentSession:
    """The server's end of one stream. `last_errors` has what the agent could not do yet, by VM."""

    def __init__(self, commands: Commands, reads: Reads, host: Host, actor: str, instance: str = "") -> None:
        self.host = host
        self.clock = AgentClock(host.name, reads.now)
        self._instance = instance
        self.last_errors: dict[str, str] = {}
        self._commands = commands
        self._reads = reads
        self._actor = actor
        self._guests = AgentGuests(reads, host.uid, actor, self._submit, self._allows)
        self._last: dict[str, Report] = {}
        # Of each guest that changed too often by itself, the newest report.
        self._held_back: dict[str, Report] = {}
        self._limits = ReportLimits(time.monotonic)
        self._sent: dict[str, int] = {}
        self._outbox: dict[str, api.DesiredGuest] = {}
        self._snapshot_due = False
        self._open = False
        self._ended: BaseException | None = None
        # Its commands that wait to be decided.
        self._submitted: set[asyncio.Future[Outcome[Answer | None]]] = set()
        self._over = asyncio.Event()
        self._wake = asyncio.Event()

    def vm_changed(self, vm: Vm) -> None:
        """Called for each event of a VM that is, or was, on this host."""
        here = vm.host_uid == self.host.uid
        if self._guests.is_undecided(vm.uid):
            # An operator decides about this guest.
            return
        if not self._open or (not here and vm.uid not in self._sent):
            return
        if not here or vm.state is VmState.DELETED:
            self._outbox[vm.uid] = leftover(vm.uid, self._sent.pop(vm.uid, vm.incarnation))
        else:
            self._outbox[vm.uid] = desired_guest(vm)
            self._sent[vm.uid] = vm.incarnation
        self._wake.set()

    def host_changed(self, before: Host, after: Host) -> None:
        """Called for each event of this host. Guests that are not unexpected any more are again as their VMs desire."""
        if before.unexpected is after.unexpected or not self._open:
            return
        for vm_uid in {*before.unexpected} - {*after.unexpected}:
            if (vm := self._reads.inventory.vms.get(vm_uid)) is not None:
                self.vm_changed(vm)
        for guest in after.unexpected.values():
            known = before.unexpected.get(guest.vm_uid)
            if guest.stop_requested and guest.is_active and guest != known:
                self._outbox[guest.vm_uid] = stopped_guest(guest)
                self._wake.set()

    def knows(self, vm_uid: str) -> bool:
        return vm_uid in self._sent

    def end(self, error: BaseException | None) -> None:
        """Ends the stream: with an error, or because the agent went."""
        self._ended = self._ended or error or ConnectionResetError()
        self._over.set()
        self._wake.set()
        for future in self._submitted:
            future.cancel()

    @property
    def ended(self) -> BaseException | None:
        """What it ended with; None while it is open."""
        return self._ended

    def is_of(self, instance: str) -> bool:
        """Whether it is this agent's own. An agent that does not say which it is has no claim on an older session."""
        return bool(instance) and instance == self._instance

    async def over(self, wait_s: float) -> bool:
        """Whether it ends within this time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), wait_s)
        return self._over.is_set()

    def last_word(self, vm: Vm) -> str:
        """What the agent could not do yet for a VM, or how it last reported its guest; empty without a report."""
        if error := self.last_errors.get(vm.uid):
            return error
        report = self._last.get(vm.uid)
        if report is None or report.incarnation != vm.incarnation or report.observed.guest_state not in GUEST_STATES:
            return ""
        detail = f": {report.observed.detail}" if report.observed.detail else ""
        return f"the guest is {GUEST_STATES[report.observed.guest_state]}{detail}"

    async def outgoing(self) -> AsyncIterator[api.ConnectResponse]:
        """What to send: all that is desired, once the agent has reported what it has; then every change."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if isinstance(self._ended, ConnectionResetError):
                return
            if self._ended:
                raise self._ended
            if self._snapshot_due:
                self._snapshot_due = False
                snapshot = self._snapshot()
                # What is not in the snapshot is sent all the same: guests that have no place here any more.
                self._outbox = {uid: guest for uid, guest in self._outbox.items() if uid not in self._sent}
                count = fitting([guest.ByteSize() for guest in snapshot], MOST_SNAPSHOT)
                yield api.ConnectResponse(desired_state=api.DesiredState(guests=snapshot[:count]))
                # The rest, one by one. What has changed meanwhile is in the outbox, and comes after.
                for guest in snapshot[count:]:
                    yield api.ConnectResponse(desired_guest=guest)
            waiting, self._outbox = self._outbox, {}
            for guest in waiting.values():
                yield api.ConnectResponse(desired_guest=guest)
            await self._repeat_reports(waiting)

    def _snapshot(self) -> list[api.DesiredGuest]:
        guests = [
            vm
            for vm in agent_view.guests_of(self._reads.inventory, self.host.uid)
            if not (self._guests.is_undecided(vm.uid) or self._was_starting(vm))
        ]
        self._sent = {vm.uid: vm.incarnation for vm in guests}
        return [desired_guest(vm) for vm in guests]

    def _was_starting(self, vm: Vm) -> bool:
        """Whether its start was requested before the ledger was restored, and its guest can be elsewhere by now.

        It has no disk that keeps it here. Nothing is desired of it until its start's deadline has passed.
        """
        lineage = self._reads.lineage
        if not lineage.forks or vm.state is not VmState.STARTING or vm.held.disk_gib:
            return False
        return vm.incarnation <= lineage.floor and vm.started <= lineage.forks[-1].time

    async def _repeat_reports(self, vm_uids: Iterable[str]) -> None:
        """What the agent reported before may be news to the VM as it is now; the agent does not report it twice."""
        for vm_uid in vm_uids:
            if (report := self._last.get(vm_uid)) is not None:
                await self._take(vm_uid, report)

    async def receive(self, incoming: AsyncIterator[api.ConnectRequest]) -> None:
        """Takes what the agent sends, until it goes."""
        try:
            async for message in incoming:
                if self._ended:
                    return
                match message.WhichOneof("message"):
                    case "report":
                        await self._report(message.report)
                    case "inventory":
                        await self._inventory(message.inventory)
                    case "heartbeat":
                        self.clock.heard(time_of(message.heartbeat.send_time))
                        take_samples(self._reads, self.host, message.heartbeat, self.clock.ours)
                        await self._take_held_back()
                    case _:
                        pass
        except Exception as error:  # noqa: BLE001 the stream's other half ends with what ended this one
            self.end(error)
        else:
            self.end(None)

    async def _report(self, reported: api.GuestReport) -> None:
        if not is_uid(reported.vm_uid):
            return
        report = report_of(reported, self.clock)
        if report.failed_step:
            self.last_errors[reported.vm_uid] = report.error
        else:
            # Newer than what was held back of it.
            self._held_back.pop(reported.vm_uid, None)
            self._last[reported.vm_uid] = report
        await self._take(reported.vm_uid, report)
        if self._open:
            await self._guests.report(reported)

    async def _take_held_back(self) -> None:
        """The newest report of each guest that had too many: what is so in the end is recorded."""
        held_back, self._held_back = self._held_back, {}
        for vm_uid, report in held_back.items():
            await self._take(vm_uid, report)

    async def _take(self, vm_uid: str, report: Report) -> None:
        vm = self._reads.inventory.vms.get(vm_uid)
        if self._ended or vm is None or vm.host_uid != self.host.uid or not agent_view.is_news(vm, report):
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
        future = self._commands.enqueue(command, CommandContext(self._actor, str(uuid7()), causation))
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
        if inventory.unreadable:
            log.warning("%s cannot read its guests: %s", self.host.name, bounded(inventory.unreadable, MOST_ERROR))
            return
        odd = [guest for guest in inventory.guests if not is_uid(guest.vm_uid)]
        if odd:
            log.warning("%s has %d guests whose uids are none, left alone", self.host.name, len(odd))
            named = [guest for guest in inventory.guests if is_uid(guest.vm_uid)]
            inventory = api.GuestInventory(guests=named, unreadable_guests=inventory.unreadable_guests)
        found = {*(guest.vm_uid for guest in inventory.guests), *inventory.unreadable_guests}
        for guest in inventory.guests:
            await self._report(guest)
        for vm in agent_view.guests_of(self._reads.inventory, self.host.uid):
            if vm.uid not in found and vm.state is not VmState.STARTING:
                await self._take(vm.uid, _absent(vm))
        for guest in await self._guests.inventory(inventory):
            if self._is_leftover(guest):
                self._outbox[guest.vm_uid] = leftover(guest.vm_uid, guest.incarnation)
        for guest in self._reads.inventory.hosts[self.host.uid].unexpected.values():
            if guest.stop_requested and guest.is_active:
                self._outbox[guest.vm_uid] = stopped_guest(guest)
        self._open = self._snapshot_due = True
        self._wake.set()

    def _is_leftover(self, guest: api.GuestReport) -> bool:
        """Whether a guest that the ledger had here once has no place here any more: its VM is elsewhere, or deleted."""
        vm = self._reads.inventory.vms.get(guest.vm_uid)
        return vm is None or (vm.host_uid != self.host.uid and guest.incarnation < vm.incarnation)


def _absent(vm: Vm) -> Report:
    """What a readable inventory says of a guest that it does not name."""
    observed = Observed(GUEST_STATE_ABSENT, vm.updated, "not in the agent's inventory")
    return Report(vm.incarnation, observed, started=True)
