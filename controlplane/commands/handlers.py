"""Which handler decides each kind of command: the one table of them. Runs inside the writer."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from controlplane.commands import (
    access,
    batch,
    clock,
    consoles,
    guests,
    host,
    host_credentials,
    image,
    network,
    project,
    rebalancing,
    rehome,
    secrets,
    security_group,
    service_account,
    snapshot,
    trouble,
    vm,
)
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
    vm.RestartVm: vm.restart,
    rehome.RehomeVm: rehome.rehome,
    vm.CancelMigration: vm.cancel_migration,
    host.RegisterHost: host.register,
    host.ReportHost: host.report,
    host.UpdateHost: host.update,
    host.HostCommand: host.execute,
    host.ReplaceMachine: host.replace_machine,
    trouble.LoseHost: trouble.lose,
    trouble.RegainHost: trouble.regain,
    trouble.DrainHost: trouble.drain,
    trouble.FinishDrain: trouble.finish_drain,
    trouble.CancelDrain: trouble.cancel_drain,
    trouble.FenceHost: trouble.fence,
    trouble.ConfirmFence: trouble.confirm_fence,
    trouble.FailFence: trouble.fail_fence,
    trouble.DecommissionHost: trouble.decommission,
    trouble.ReportDrift: trouble.report_drift,
    guests.ReportGuests: guests.report,
    guests.ReconcileHost: guests.reconcile,
    host_credentials.CreateHostToken: host_credentials.create_token,
    host_credentials.IssueHostCertificate: host_credentials.issue,
    host_credentials.RevokeHostCredentials: host_credentials.revoke,
    project.CreateProject: project.create,
    project.UpdateProject: project.update,
    project.DeleteProject: project.delete,
    service_account.CreateServiceAccount: service_account.create,
    service_account.UpdateServiceAccount: service_account.update,
    service_account.DeleteServiceAccount: service_account.delete,
    service_account.CreateToken: service_account.create_token,
    service_account.RevokeToken: service_account.revoke_token,
    service_account.RecordTokenUses: service_account.record_uses,
    network.CreateNetwork: network.create,
    network.UpdateNetwork: network.update,
    network.DeleteNetwork: network.delete,
    security_group.CreateSecurityGroup: security_group.create,
    security_group.UpdateSecurityGroup: security_group.update,
    security_group.DeleteSecurityGroup: security_group.delete,
    image.CreateImage: image.create,
    image.CaptureImage: image.capture,
    image.FinishImport: image.finish_import,
    image.FailImport: image.fail_import,
    image.UpdateImage: image.update,
    image.DeprecateImage: image.deprecate,
    image.DeleteImage: image.delete,
    access.SetPolicy: access.set_policy,
    access.CreateRole: access.create_role,
    access.UpdateRole: access.update_role,
    access.DeleteRole: access.delete_role,
    rebalancing.StartRebalance: rebalancing.start,
    rebalancing.AdvanceRebalance: rebalancing.advance,
    rebalancing.CancelRebalance: rebalancing.cancel,
    batch.Batch: _execute_batch,
    clock.RecordClockStep: clock.record_step,
    snapshot.VouchForSnapshot: snapshot.vouch,
    secrets.ForgetVmSecrets: secrets.forget,
    secrets.ForgetPerson: secrets.forget_person,
    consoles.RecordConsole: consoles.record,
}
