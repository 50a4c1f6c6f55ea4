"""An operation folded from all of its VM's history: what its row in the read database must say."""

from collections.abc import Sequence

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm import evolve as vms
from controlplane.domain.vm import operations
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.operations import Operation, key_of, method_of, outcome_of, runs


def folded(history: Sequence[RecordedEvent], version: int) -> Operation | None:
    """The operation that the event of `version` began; None when there is none."""
    vm: Vm | None = None
    began: RecordedEvent | None = None
    for recorded in history:
        was, vm = vm, vms.evolve(vm, recorded.event, recorded.version)
        if recorded.version < version:
            continue
        if began is None:
            began = recorded
            if not runs(vm, version):
                return _operation(history, began, vm, recorded)
        elif not runs(vm, version):
            assert was is not None
            assert was.pending is not None
            outcome = outcome_of(was.pending.step, recorded.event)
            return _operation(history, began, vm, recorded, outcome)
    return _operation(history, began, vm) if began and vm else None


def found_so(history: Sequence[RecordedEvent], version: int, unchanged: str) -> Operation | None:
    """The operation of a command that found the VM's `version` as it was to be; None where it was not so."""
    key = key_of(f"operations/uid.{version}.{unchanged}")
    vm: Vm | None = None
    for recorded in history[:version]:
        vm = vms.evolve(vm, recorded.event, recorded.version)
    if key is None or vm is None or vm.version != version:
        return None
    return operations.found_so(history[version - 1], vm, unchanged)


def _operation(
    history: Sequence[RecordedEvent],
    began: RecordedEvent,
    vm: Vm,
    ended: RecordedEvent | None = None,
    outcome: str = "",
) -> Operation:
    together = began.version == 2 and began.event.request_id == history[0].event.request_id
    method = method_of(began.event.WhichOneof("payload") or "", together=together)
    return Operation(began, vm, method, ended.position if ended else 0, outcome)
