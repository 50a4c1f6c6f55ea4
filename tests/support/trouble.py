"""What befalls VMs and hosts beside requests: moves, lost and fenced hosts. Values and commands for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from controlplane.commands.host import RegisterHost
from controlplane.commands.trouble import (
    CancelDrain,
    ConfirmFence,
    DecommissionHost,
    DrainHost,
    FailFence,
    FenceHost,
    FinishDrain,
    LoseHost,
    RegainHost,
)
from controlplane.domain.command import Answer, Command
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Observed, Vm
from controlplane.domain.vm.availability import Availability, OnMaintenance, RestartWhen
from controlplane.domain.vm.report import Report
from tests.support.controlplane import ABSENT, CRASHED, PAUSED, RUNNING, SHUTOFF

# Of hosts that move guests to each other, and share the storage of their disks.
MOVING = frozenset({"migration.test", "disk.pool.test"})
AVAILABILITIES = (
    Availability(),
    Availability(when=RestartWhen.HOST_FAILED, priority=-5),
    Availability(OnMaintenance.RESTART, RestartWhen.ALWAYS, 2, 5 * SECOND, 60 * SECOND, 100, "app=db"),
    Availability(OnMaintenance.STOP, RestartWhen.ALWAYS, 1, 0),
)
ADDRESS: Mapping[str, str] = {"uri": "tcp://10.0.0.2:49152", "copy": "nbd"}


def moving(registration: RegisterHost) -> RegisterHost:
    """The same host, which moves guests."""
    return replace(registration, traits=MOVING)


class AgentReport(NamedTuple):
    """An agent's report of a guest of one VM."""

    host_uid: str
    report: Report


def _report(vm: Vm, incarnation: int, guest_state: int, now: Micros, detail: str = "") -> Report:
    return Report(incarnation, Observed(guest_state, now, detail), vm.reboots, True, vm.desired_version)


def next_of_migration(vm: Vm, now: Micros) -> list[AgentReport]:
    """What the agents of a migration that goes well may say next."""
    migration = vm.migration
    assert migration is not None
    if migration.switched:
        return [AgentReport(vm.host_uid, _report(vm, vm.incarnation, PAUSED if vm.paused else RUNNING, now))]
    if not migration.address:
        ready = _report(vm, migration.incarnation, ABSENT, now)
        return [AgentReport(migration.host_uid, replace(ready, address=ADDRESS))]
    arrived = AgentReport(migration.host_uid, _report(vm, migration.incarnation, PAUSED, now))
    departed = AgentReport(vm.host_uid, _report(vm, vm.incarnation, SHUTOFF, now, "migrated"))
    return [*([] if migration.arrived else [arrived]), *([] if migration.departure else [departed])]


def trouble_of_migration(vm: Vm, now: Micros) -> list[AgentReport]:
    """What goes wrong while a VM is moved."""
    migration = vm.migration
    assert migration is not None
    failed = {"failed_step": "migrate", "error": "it broke", "permanent": True}
    there, here = _report(vm, migration.incarnation, ABSENT, now), _report(vm, vm.incarnation, RUNNING, now)
    return [
        AgentReport(migration.host_uid, there),
        AgentReport(migration.host_uid, replace(there, **failed)),  # pyright: ignore[reportArgumentType]
        AgentReport(vm.host_uid, here),
        AgentReport(vm.host_uid, replace(here, **failed)),  # pyright: ignore[reportArgumentType]
        AgentReport(vm.host_uid, _report(vm, vm.incarnation, CRASHED, now)),
        AgentReport(vm.host_uid, _report(vm, vm.incarnation, ABSENT, now)),
    ]


def of_host(host: Host, now: Micros) -> Sequence[Command[Answer] | Command[Answer | None]]:
    """What may befall a host, or be requested of it: some of it is refused, or changes nothing."""
    drain, fence = host.drain.version if host.drain else 0, host.fence.version if host.fence else 0
    return (
        LoseHost(host.uid, 30 * SECOND, Micros(now - 30 * SECOND)),
        RegainHost(host.uid, host.state),
        RegainHost(host.uid, host.state),
        DrainHost(host.name, policy=2, max_parallel=3, move_disks=True),
        FinishDrain(host.uid, drain),
        CancelDrain(host.uid, drain),
        FenceHost(host.name, method=FenceMethod.OPERATOR),
        FenceHost(host.name, has_fencer=True, is_connected=True),
        ConfirmFence(host.uid, fence, "it is off"),
        FailFence(host.uid, fence, "no answer"),
        DecommissionHost(host.name),
    )
