"""Hosts in trouble, and hosts that go: what is recorded of them, and in the same append of their VMs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.commands import host_credentials
from controlplane.commands.vm import record_released
from controlplane.domain.command import Answer, Command
from controlplane.domain.host import trouble
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm import ends
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import TRANSITIONS, Observation, VmState


@dataclass(frozen=True, slots=True)
class LoseHost(Command[Answer | None]):
    """The lease of the host's agent was missed. `heard`: when it was heard last, if since the start."""

    host_uid: str
    lease_us: int
    heard: Micros | None = None


@dataclass(frozen=True, slots=True)
class RegainHost(Command[Answer | None]):
    """The host's agent is back, and nothing is left there of what has no place there any more.

    `state`: by which that was judged. A host that was fenced since has to be looked at anew.
    """

    host_uid: str
    state: HostState


@dataclass(frozen=True, slots=True)
class DrainHost(Command[Answer]):
    """`policy` is a chronovisor.v1.Availability.OnMaintenance; 0: the VMs' own. An empty `etag` is not checked."""

    name: str
    etag: str = ""
    policy: int = 0
    max_parallel: int = trouble.DEFAULT_PARALLEL
    move_disks: bool = False


@dataclass(frozen=True, slots=True)
class FinishDrain(Command[Answer | None]):
    """The drain that the host's event of `version` began has nothing left to move."""

    host_uid: str
    version: int


@dataclass(frozen=True, slots=True)
class CancelDrain(Command[Answer | None]):
    """The drain that the host's event of `version` began is to be given up."""

    host_uid: str
    version: int


@dataclass(frozen=True, slots=True)
class FenceHost(Command[Answer]):
    """`method` is a chronovisor.v1.FenceMethod. An empty `etag` is not checked.

    `has_fencer`: one is configured for it. `is_connected`: its agent is.
    """

    name: str
    etag: str = ""
    method: int = 0
    has_fencer: bool = False
    is_connected: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmFence(Command[Answer | None]):
    """By the fencing that the host's event of `version` began, the host is off for certain."""

    host_uid: str
    version: int
    detail: str


@dataclass(frozen=True, slots=True)
class FailFence(Command[Answer | None]):
    """The fencing that the host's event of `version` began could not be confirmed, or is cancelled."""

    host_uid: str
    version: int
    error: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class DecommissionHost(Command[Answer]):
    """An empty `etag` is not checked."""

    name: str
    etag: str = ""


@dataclass(frozen=True, slots=True)
class ReportDrift(Command[Answer | None]):
    """Guests of a host that were other than expected: what was expected and reported, by VM uid."""

    host_uid: str
    items: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])


def lose(unit: UnitOfWork, command: LoseHost) -> Answer | None:
    """None for a host that is away already. Its VMs are UNKNOWN in the same append; what it holds stays held."""
    host = unit.fleet.hosts.get(command.host_uid)
    if host is None or not trouble.is_losable(host):
        return None
    unit.record(f"hosts/{host.uid}", trouble.decide_lost(host, command.heard, command.lease_us))
    _lose_vms(unit, host)
    return _answer(unit, host)


def _lose_vms(unit: UnitOfWork, host: Host) -> None:
    for vm in _vms_of(unit, host):
        if vm.host_uid == host.uid and vm.holds_compute and (vm.state, Observation.HOST_LOST) in TRANSITIONS:
            unit.record(f"vms/{vm.uid}", [ev.VmHostLost(host_uid=host.uid)])


def _vms_of(unit: UnitOfWork, host: Host) -> list[Vm]:
    """Those that the host holds something for."""
    return [unit.fleet.vms[uid] for uid in sorted(host.holdings)]


def regain(unit: UnitOfWork, command: RegainHost) -> Answer | None:
    """None for a host that is not away. Its VMs are as before in the same append."""
    host = unit.fleet.hosts.get(command.host_uid)
    if host is None or not host.is_away or host.state is not command.state:
        return None
    unit.record(f"hosts/{host.uid}", trouble.decide_regained(host))
    for vm in _vms_of(unit, host):
        if vm.state is VmState.UNKNOWN and vm.host_uid == host.uid:
            unit.record(f"vms/{vm.uid}", [ev.VmHostRegained(host_uid=host.uid)])
    return _answer(unit, host)


def drain(unit: UnitOfWork, command: DrainHost) -> Answer:
    """Raises NotFound, EtagMismatch, WrongState. The answer's version is that of the drain under way."""
    host = unit.host(command.name, command.etag)
    requested = ev.HostDrainRequested(
        policy=command.policy,
        max_parallel=command.max_parallel,
        move_disks=command.move_disks,
        vms=trouble.to_move(host, move_disks=command.move_disks),
    )
    payloads = trouble.decide_drain(host, requested)
    unit.record(f"hosts/{host.uid}", payloads)
    after = unit.fleet.hosts[host.uid]
    if not payloads and after.place is HostState.MAINTENANCE:
        return Answer(after, after.version, unchanged="drain", operates=True)
    assert after.drain is not None
    return Answer(after, after.drain.version, operates=True)


def finish_drain(unit: UnitOfWork, command: FinishDrain) -> Answer | None:
    """None where that drain is not under way any more, or something is left."""
    return _record(unit, command.host_uid, lambda host: trouble.decide_drained(host, command.version))


def cancel_drain(unit: UnitOfWork, command: CancelDrain) -> Answer | None:
    """None where that drain is not under way any more."""
    return _record(unit, command.host_uid, lambda host: trouble.decide_drain_cancelled(host, command.version))


def fence(unit: UnitOfWork, command: FenceHost) -> Answer:
    """An operator's word confirms it at once.

    Raises NotFound, EtagMismatch, WrongState, HostConnected, InvalidField.
    """
    host = unit.host(command.name, command.etag)
    if host.state is HostState.FENCED:
        return Answer(host, host.version, unchanged="fence", operates=True)
    method = trouble.method_of(host, command.method, has_fencer=command.has_fencer)
    payloads = trouble.decide_fence(host, method, is_connected=command.is_connected)
    unit.record(f"hosts/{host.uid}", payloads)
    after = unit.fleet.hosts[host.uid]
    assert after.fence is not None
    version = after.fence.version
    if method is FenceMethod.OPERATOR:
        _fenced(unit, after, version, "an operator says so")
    return Answer(unit.fleet.hosts[host.uid], version, operates=True)


def confirm_fence(unit: UnitOfWork, command: ConfirmFence) -> Answer | None:
    """None where that fencing is not under way any more."""
    host = unit.fleet.hosts.get(command.host_uid)
    if host is None or host.fence is None or host.fence.version != command.version:
        return None
    _fenced(unit, host, command.version, command.detail)
    return _answer(unit, host)


def _fenced(unit: UnitOfWork, host: Host, version: int, detail: str) -> None:
    """The host is off for certain, and with it, in the same append, what ran there. A drain of it is done by that."""
    if trouble.is_losable(host):
        # Whatever its agent says: it is off.
        unit.record(f"hosts/{host.uid}", trouble.decide_lost(host, None, 0))
        _lose_vms(unit, host)
    for vm in _vms_of(unit, host):
        disk_left = bool(vm.held.disk_gib) and not vm.pools_beside(host.disk_pools)
        record_released(unit, vm, ends.decide_fenced(vm, host.uid, unit.now, disk_left=disk_left))
    # Last: as of this event, which ends the operation, the host holds no more than it will.
    unit.record(f"hosts/{host.uid}", trouble.decide_fenced(host, version, detail))
    after = unit.fleet.hosts[host.uid]
    if after.drain:
        unit.record(f"hosts/{host.uid}", trouble.decide_drained(after, after.drain.version))


def fail_fence(unit: UnitOfWork, command: FailFence) -> Answer | None:
    """None where that fencing is not under way any more."""
    return _record(
        unit,
        command.host_uid,
        lambda host: trouble.decide_fence_failed(host, command.version, command.error, cancelled=command.cancelled),
    )


def decommission(unit: UnitOfWork, command: DecommissionHost) -> Answer:
    """Raises NotFound, EtagMismatch, WrongState, HostInUse."""
    host = unit.host(command.name, command.etag)
    unit.record(f"hosts/{host.uid}", trouble.decide_decommission(host))
    host_credentials.revoke_with(unit, host.name)
    return _answer(unit, host)


def report_drift(unit: UnitOfWork, command: ReportDrift) -> Answer | None:
    """None where nothing was other than expected."""
    return _record(unit, command.host_uid, lambda _host: trouble.decide_drift(command.items))


def _record(unit: UnitOfWork, host_uid: str, decide: Callable[[Host], Sequence[Message]]) -> Answer | None:
    """Records what is decided of a host; None where that is nothing, or there is no such host."""
    host = unit.fleet.hosts.get(host_uid)
    payloads = decide(host) if host else ()
    if host is None or not payloads:
        return None
    unit.record(f"hosts/{host.uid}", payloads)
    return _answer(unit, host)


def _answer(unit: UnitOfWork, host: Host) -> Answer:
    after = unit.fleet.hosts[host.uid]
    return Answer(after, after.version)
