"""How far an operation is, and what it waits for: of one that runs, with what this server's agents and drains say."""

from collections.abc import Sequence
from typing import Protocol

from chronovisor.v1.operations_pb2 import OperationProgress
from chronovisor.v1.vm_pb2 import MigrationProgress

from controlplane.domain.host.aggregate import Drain, Host
from controlplane.domain.host.operations import drain_version
from controlplane.domain.host.trouble import FenceMethod, to_move
from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.imports import ImportProgress
from controlplane.domain.operations import Target
from controlplane.domain.time import Micros, duration_in, duration_of
from controlplane.domain.vm.aggregate import Migration, Vm
from controlplane.domain.vm.states import VmState
from controlplane.queries.reads import Reads

_WAITING_FOR_FENCING = {
    FenceMethod.FENCER: OperationProgress.WAITING_FOR_FENCER,
    FenceMethod.WATCHDOG: OperationProgress.WAITING_FOR_WATCHDOG,
}


class Agents(Protocol):
    """The agents of hosts, as far as this server hears them."""

    def is_connected(self, host_uid: str) -> bool: ...

    def last_error(self, vm_uid: str) -> str:
        """What its agent could not do yet for a VM, or how it saw its guest last; empty when there is nothing."""
        ...

    def migration_progress(self, vm_uid: str) -> MigrationProgress | None:
        """What the source's agent has copied of a VM, by its last heartbeat."""
        ...


class Drains(Protocol):
    """The drains that this server carries out."""

    def waiting_for(self, host_uid: str) -> Sequence[str]:
        """What the drain of a host waits for, a line each."""
        ...

    def remaining_s(self, host_uid: str) -> float | None:
        """How long it takes yet; None where that is not known."""
        ...


class Fencings(Protocol):
    """The fencings that this server sees to."""

    def remaining_s(self, host: Host) -> float | None:
        """How long it takes yet; None where that is not known."""
        ...


class Imports(Protocol):
    """The imports of images that this server carries out."""

    def progress(self, image_uid: str) -> ImportProgress | None:
        """How far the import of an image is; None of one that is not under way here."""
        ...


class ProgressReader:
    """Reads how far operations are. On the event loop, for those that run."""

    def __init__(self, reads: Reads, agents: Agents, drains: Drains, fencings: Fencings, imports: Imports) -> None:
        self._imports = imports
        self._reads = reads
        self._agents = agents
        self._drains = drains
        self._fencings = fencings

    def of(self, target: Target, version: int, steps: int, *, running: bool, failed: bool = False) -> OperationProgress:
        """Of the operation that the event of `version` began, with the target as the operation has it."""
        progress = OperationProgress(steps_total=steps, steps_done=steps - 1 if running or failed else steps)
        if isinstance(target, Vm):
            if running:
                self._of_vm(target, progress)
        elif isinstance(target, Image):
            if running:
                self._of_import(target, progress)
        elif target.drain and target.drain.version == version:
            self._of_drain(target, target.drain, progress, running=running)
        elif running and target.fence:
            progress.host = target.name
            progress.waiting_for = _WAITING_FOR_FENCING[FenceMethod(target.fence.method)]
            if (remaining_s := self._fencings.remaining_s(target)) is not None:
                progress.remaining.CopyFrom(duration_of(remaining_s))
        return progress

    def copied(self, vm: Vm) -> MigrationProgress | None:
        """What was copied of a VM that is moved now, by its source's agent."""
        return self._agents.migration_progress(vm.uid) if vm.migration else None

    def _of_vm(self, vm: Vm, progress: OperationProgress) -> None:
        """What is left is the last step, the agent's confirmation; of a migration, what its phase says."""
        host_uid, host = vm.host_uid, vm.host
        if vm.migration:
            progress.steps_done = vm.migration.phase
            self._of_migration(vm, vm.migration, progress)
            if vm.migration.phase == vm.migration.phase.REQUESTED:
                host_uid, host = vm.migration.host_uid, vm.migration.host
        progress.host = host
        progress.detail = self._agents.last_error(vm.uid)
        if vm.state is VmState.UNKNOWN:
            progress.waiting_for = OperationProgress.WAITING_FOR_HOST
        elif self._agents.is_connected(host_uid):
            progress.waiting_for = OperationProgress.WAITING_FOR_AGENT
        else:
            progress.waiting_for = OperationProgress.WAITING_FOR_AGENT_CONNECTION

    def _of_migration(self, vm: Vm, migration: Migration, progress: OperationProgress) -> None:
        copied = self._agents.migration_progress(vm.uid)
        current = self._reads.inventory.vms.get(vm.uid)
        if copied is None or current is None or current.pending != vm.pending:
            return
        progress.migration.CopyFrom(copied)
        if not migration.switched and current.pending:
            total = copied.memory_bytes_total + copied.disk_bytes_total
            left = copied.memory_bytes_left + copied.disk_bytes_left
            self._estimate(progress, vm.updated, done=total - left, left=left)

    def _of_drain(self, host: Host, drain: Drain, progress: OperationProgress, *, running: bool) -> None:
        left = to_move(host, move_disks=drain.move_disks)
        # VMs that came meanwhile, such as by a migration that was under way, make it more.
        progress.vms_total = max(drain.vms, left)
        progress.vms_done = progress.vms_total - left
        current = self._reads.inventory.hosts.get(host.uid)
        if not running or current is None or drain_version(current) != drain.version:
            return
        progress.host = host.name
        progress.details[:] = self._drains.waiting_for(host.uid)
        if (remaining_s := self._drains.remaining_s(host.uid)) is not None:
            progress.remaining.CopyFrom(duration_of(remaining_s))
        if host.is_away:
            progress.waiting_for = OperationProgress.WAITING_FOR_HOST
        elif progress.details and not self._moves(current):
            progress.waiting_for = OperationProgress.WAITING_FOR_CAPACITY
        else:
            progress.waiting_for = OperationProgress.WAITING_FOR_VMS

    def _of_import(self, image: Image, progress: OperationProgress) -> None:
        progress.waiting_for = OperationProgress.WAITING_FOR_BYTES
        if under_way := self._imports.progress(image.uid):
            progress.bytes_done, progress.bytes_total = under_way.done, under_way.total
            progress.detail = under_way.detail
            left = max(under_way.total - under_way.done, 0)
            self._estimate(progress, under_way.since, done=under_way.done - under_way.before, left=left)

    def _moves(self, host: Host) -> bool:
        """Whether something is under way with a VM of the host."""
        vms = self._reads.inventory.vms
        return any(vm.pending is not None for uid in host.holdings if (vm := vms.get(uid)))

    def _estimate(self, progress: OperationProgress, since: Micros, *, done: int, left: int) -> None:
        """As quickly as since then."""
        elapsed_us = self._reads.now() - since
        if done > 0 and left > 0 and elapsed_us > 0:
            progress.remaining.CopyFrom(duration_in(elapsed_us * left // done))
