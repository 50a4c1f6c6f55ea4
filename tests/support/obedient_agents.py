"""Agents that do all that is desired of them, one report of each VM at a time, for tests without agents."""

from dataclasses import replace

from controlplane.commands.vm import ReportVm
from controlplane.domain.vm.aggregate import Observed, Vm
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import VmState
from tests.support.controlplane import ABSENT, PAUSED, RUNNING, SHUTOFF, World

ADDRESS = {"uri": "tcp://10.0.0.2:49152"}
_REPORTED = {
    VmState.STARTING: RUNNING,
    VmState.REBOOTING: RUNNING,
    VmState.STOPPING: SHUTOFF,
    VmState.DELETING: ABSENT,
}


def report_of(world: World, vm: Vm, incarnation: int, guest_state: int, detail: str = "") -> Report:
    """What an agent that knows all that is desired reports of a guest."""
    return Report(incarnation, Observed(guest_state, world.now, detail), vm.reboots, True, vm.desired_version)


def next_report(world: World, vm: Vm) -> ReportVm | None:
    """The next of a VM with which something is under way."""
    if vm.state is VmState.MIGRATING:
        return _of_migration(world, vm)
    if vm.state is VmState.FAILED and vm.holds_compute and vm.pending:
        return ReportVm(vm.host_uid, vm.uid, report_of(world, vm, vm.incarnation, SHUTOFF))
    state = _REPORTED.get(vm.state)
    return ReportVm(vm.host_uid, vm.uid, report_of(world, vm, vm.incarnation, state)) if state else None


def _of_migration(world: World, vm: Vm) -> ReportVm:
    migration = vm.migration
    assert migration is not None
    if migration.switched:
        state = PAUSED if vm.paused else RUNNING
        return ReportVm(vm.host_uid, vm.uid, report_of(world, vm, vm.incarnation, state))
    if not migration.address:
        ready = replace(report_of(world, vm, migration.incarnation, ABSENT), address=ADDRESS)
        return ReportVm(migration.host_uid, vm.uid, ready)
    if not migration.departure:
        return ReportVm(vm.host_uid, vm.uid, report_of(world, vm, vm.incarnation, SHUTOFF, "migrated"))
    return ReportVm(migration.host_uid, vm.uid, report_of(world, vm, migration.incarnation, PAUSED))


def failed_move(world: World, vm: Vm) -> ReportVm:
    """The source's report that its guest could not be moved."""
    report = replace(
        report_of(world, vm, vm.incarnation, RUNNING), failed_step="migrate", error="the link broke", permanent=True
    )
    return ReportVm(vm.host_uid, vm.uid, report)


def act(world: World) -> int:
    """One report of each VM with which something is under way; returns of how many."""
    reports = [report for vm in [*world.fleet.vms.values()] if (report := next_report(world, vm))]
    for each in reports:
        world.carry_out(each)
    return len(reports)
