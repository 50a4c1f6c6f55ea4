"""An operation folded from all of its target's history: what its row in the read database must say."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from controlplane.domain import operations
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.operations import BY_COLLECTION, Operation, Target, key_of, runs
from controlplane.domain.vm import evolve as vms
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.operations import method_of

_EVOLVE: Mapping[str, Callable[[Any, Any, int], Target]] = {"vms": vms.evolve, "hosts": hosts.evolve}


def folded(history: Sequence[RecordedEvent], version: int) -> Operation | None:
    """The operation that the event of `version` began; None when there is none."""
    collection = history[0].stream.partition("/")[0] if history else "vms"
    kind, evolve = BY_COLLECTION[collection], _EVOLVE[collection]
    target: Target | None = None
    began: RecordedEvent | None = None
    for recorded in history:
        was, target = target, evolve(target, recorded.event, recorded.version)
        if recorded.version < version:
            continue
        if began is None:
            began = recorded
            if not runs(target, version):
                return _operation(history, began, target, recorded)
        elif not runs(target, version):
            outcome = kind.outcome(was, version, recorded.event)
            return _operation(history, began, target, recorded, outcome)
    return _operation(history, began, target) if began and target else None


def found_so(history: Sequence[RecordedEvent], version: int, unchanged: str) -> Operation | None:
    """The operation of a command that found the VM's `version` as it was to be; None where it was not so."""
    key = key_of(f"operations/uid.{version}.{unchanged}")
    vm: Vm | None = None
    for recorded in history[:version]:
        vm = vms.evolve(vm, recorded.event, recorded.version)
    if key is None or vm is None or vm.version != version:
        return None
    return operations.found_so(history[version - 1], vm, unchanged)


def vm_of(operation: Operation) -> Vm:
    assert isinstance(operation.target, Vm)
    return operation.target


def _operation(
    history: Sequence[RecordedEvent],
    began: RecordedEvent,
    target: Target,
    ended: RecordedEvent | None = None,
    outcome: str = "",
) -> Operation:
    kind = began.event.WhichOneof("payload") or ""
    together = began.version == 2 and began.event.request_id == history[0].event.request_id
    method = (
        method_of(kind, together=together) if isinstance(target, Vm) else operations.KINDS[type(target)].methods[kind]
    )
    return Operation(began, target, method, ended.position if ended else 0, outcome)
