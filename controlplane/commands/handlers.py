"""Which handler decides each kind of command: the one table of them. Runs inside the writer."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from controlplane.commands import batch, clock, guests, host, project, snapshot, vm
from controlplane.domain.command import A, AnyAnswer, BatchAnswer, Command
from controlplane.domain.unit_of_work import UnitOfWork


def handle(unit: UnitOfWork, command: Command[A]) -> A:
    """Decides a command against the unit's fleet, and records its events. Raises what its handler raises."""
    return cast("A", HANDLERS[type(command)](unit, command))


def _execute_batch(unit: UnitOfWork, command: batch.Batch) -> BatchAnswer:
    return batch.execute(unit, command, handle)


HANDLERS: Mapping[type[Command[AnyAnswer]], Callable[[UnitOfWork, Any], AnyAnswer]] = {
    vm.CreateVm: vm.create,
    vm.VmCommand: vm.execute,
    vm.UpdateVm: vm.update,
    vm.ReportVm: vm.report,
    vm.PassDeadline: vm.pass_deadline,
    host.RegisterHost: host.register,
    host.ReportHost: host.report,
    host.UpdateHost: host.update,
    host.HostCommand: host.execute,
    host.ReplaceMachine: host.replace_machine,
    guests.ReportGuests: guests.report,
    guests.ReconcileHost: guests.reconcile,
    project.CreateProject: project.create,
    project.UpdateProject: project.update,
    project.DeleteProject: project.delete,
    batch.Batch: _execute_batch,
    clock.RecordClockStep: clock.record_step,
    snapshot.VouchForSnapshot: snapshot.vouch,
}
