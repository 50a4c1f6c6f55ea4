"""A VM's definition: what it is made of, its labels, its expected lifetime. Decide and evolve; performs no I/O."""

from collections.abc import Mapping
from sys import intern

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from controlplane.domain.errors import FieldViolation, InvalidField
from controlplane.domain.time import duration_in, micros_in, micros_of
from controlplane.domain.vm.aggregate import Spec, Vm, recorded_spec, spec_of
from controlplane.domain.vm.states import Verb, require
from controlplane.domain.vm.verb_rows import Changes, require_not_deleted


def decide_create(
    uid: str, name: str, project_uid: str, spec: Spec, labels: Mapping[str, str], expected_lifetime_us: int = 0
) -> list[Message]:
    return [
        ev.VmCreated(
            uid=uid,
            name=name,
            project_uid=project_uid,
            spec=recorded_spec(spec),
            labels=labels or None,
            expected_lifetime=_recorded_lifetime(expected_lifetime_us),
        )
    ]


def decide_update(
    vm: Vm, spec: Spec, labels: tuple[tuple[str, str], ...], expected_lifetime_us: int = 0
) -> list[Message]:
    """Raises WrongState, and InvalidField for another disk where there is one already. Nothing changed: no event."""
    if (spec, labels, expected_lifetime_us) == (vm.spec, vm.labels, vm.expected_lifetime_us):
        return []
    if spec == vm.spec:
        require(vm.name, vm.state, Verb.UPDATE_LABELS)
    else:
        require_not_deleted(vm, Verb.UPDATE_SPEC)
        _require_same_disk(vm, spec)
    lifetime = _recorded_lifetime(expected_lifetime_us)
    return [ev.VmUpdated(spec=recorded_spec(spec), labels=dict(labels) or None, expected_lifetime=lifetime)]


def _recorded_lifetime(expected_us: int) -> Duration | None:
    return duration_in(expected_us) if expected_us else None


def _require_same_disk(vm: Vm, spec: Spec) -> None:
    if not vm.held.disk_gib:
        return
    bad: list[FieldViolation] = []
    placed = f"its disk of {vm.held.disk_gib} GiB is on {vm.host} already"
    if spec.resources.disk_gib != vm.held.disk_gib:
        bad.append(FieldViolation("vm.spec.resources.disk_gib", f"{placed}, and keeps its size"))
    if spec.image != vm.spec.image:
        bad.append(FieldViolation("vm.spec.boot", f"{placed}, made from {vm.spec.image or 'no image'}"))
    if bad:
        raise InvalidField(bad)


def created(event: ev.Event, version: int) -> Vm:
    """The VM that a stream's first event makes."""
    payload = event.vm_created
    at = micros_of(event.commit_time)
    return Vm(
        payload.uid,
        payload.name,
        intern(payload.project_uid),
        spec_of(payload.spec),
        _sorted(payload.labels),
        at,
        at,
        version,
        expected_lifetime_us=_lifetime(payload),
    )


def updated(_vm: Vm, event: ev.Event, _version: int) -> Changes:
    payload = event.vm_updated
    return {
        "spec": spec_of(payload.spec),
        "labels": _sorted(payload.labels),
        "expected_lifetime_us": _lifetime(payload),
    }


def _sorted(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items())) if labels else ()


def _lifetime(payload: ev.VmCreated | ev.VmUpdated) -> int:
    return micros_in(payload.expected_lifetime) if payload.HasField("expected_lifetime") else 0
