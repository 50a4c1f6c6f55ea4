"""A VM's definition: what it is made of, its labels, its expected lifetime. Decide and evolve; performs no I/O."""

from collections.abc import Mapping
from dataclasses import replace
from sys import intern

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from controlplane.domain.errors import FieldViolation, InvalidField
from controlplane.domain.time import duration_in, micros_in, micros_of
from controlplane.domain.vm.aggregate import Spec, UserData, Vm, recorded_spec, spec_of
from controlplane.domain.vm.availability import (
    DEFAULT_AVAILABILITY,
    Availability,
    availability_of,
    recorded_availability,
)
from controlplane.domain.vm.interfaces import Interfaces, kept_cards
from controlplane.domain.vm.states import Verb, require
from controlplane.domain.vm.verb_rows import Changes, require_not_deleted


def decide_create(
    uid: str,
    name: str,
    project_uid: str,
    spec: Spec,
    labels: Mapping[str, str],
    expected_lifetime_us: int = 0,
    availability: Availability = DEFAULT_AVAILABILITY,
    user_data: ev.SealedText | None = None,
    deletion_protection: bool = False,
) -> list[Message]:
    return [
        ev.VmCreated(
            uid=uid,
            name=name,
            project_uid=project_uid,
            spec=recorded_spec(spec),
            labels=labels or None,
            expected_lifetime=_recorded_lifetime(expected_lifetime_us),
            availability=recorded_availability(availability),
            user_data=user_data,
            deletion_protection=deletion_protection,
        )
    ]


def decide_update(
    vm: Vm,
    spec: Spec,
    labels: tuple[tuple[str, str], ...],
    expected_lifetime_us: int = 0,
    availability: Availability = DEFAULT_AVAILABILITY,
    user_data: ev.SealedText | None = None,
    deletion_protection: bool = False,
) -> list[Message]:
    """Raises WrongState, and InvalidField for another disk where there is one already. Nothing changed: no event.

    `user_data` is None where it stays, and of no size where there is to be none any more.
    """
    known = (vm.spec, vm.labels, vm.expected_lifetime_us, vm.availability, vm.deletion_protection)
    text = user_data if user_data is not None and _differs(vm.user_data, user_data) else None
    if (spec, labels, expected_lifetime_us, availability, deletion_protection) == known and text is None:
        return []
    if spec == vm.spec:
        require(vm.name, vm.state, Verb.UPDATE_LABELS)
    elif _is_live(vm, spec):
        require_not_deleted(vm, Verb.GROW_DISK)
    else:
        require_not_deleted(vm, Verb.UPDATE_SPEC)
        _require_same_disk(vm, spec)
    lifetime = _recorded_lifetime(expected_lifetime_us)
    return [
        ev.VmUpdated(
            spec=recorded_spec(spec),
            labels=dict(labels) or None,
            expected_lifetime=lifetime,
            availability=recorded_availability(availability),
            user_data=text if text is not None and text.size_bytes else None,
            user_data_removed=text is not None and not text.size_bytes,
            deletion_protection=deletion_protection,
        )
    ]


def _differs(known: UserData | None, new: ev.SealedText) -> bool:
    """Of one VM, equal hashes are equal texts."""
    return new.keyed_hash != (known.keyed_hash if known else b"")


def _is_live(vm: Vm, spec: Spec) -> bool:
    """Whether nothing differs but limits, what a next start gives the guest, and the size of a disk, which grows."""
    held, disk_gib = vm.held.disk_gib, spec.resources.disk_gib
    if disk_gib != vm.spec.resources.disk_gib and not 0 < held < disk_gib:
        return False
    resources = vm.spec.resources.with_disk(disk_gib)
    limits = {"cpu_policy": spec.cpu_policy, "io_limits": spec.io_limits}
    if not _same_networks(vm.spec.interfaces, spec.interfaces):
        return False
    live = {"first_boot": spec.first_boot, "interfaces": spec.interfaces, **limits}
    return spec == replace(vm.spec, resources=resources, **live)


def _same_networks(before: Interfaces, after: Interfaces) -> bool:
    """Whether nothing differs of cards but who reaches them."""
    reached = {"security_groups": (), "security_group_uids": (), "published_ports": ()}
    return [each._replace(**reached) for each in before] == [each._replace(**reached) for each in after]


def _recorded_lifetime(expected_us: int) -> Duration | None:
    return duration_in(expected_us) if expected_us else None


def _require_same_disk(vm: Vm, spec: Spec) -> None:
    if not vm.held.disk_gib:
        return
    bad: list[FieldViolation] = []
    placed = f"its disk of {vm.held.disk_gib} GiB is on {vm.host} already"
    if spec.resources.disk_gib < vm.held.disk_gib:
        bad.append(FieldViolation("vm.spec.resources.disk_gib", f"{placed}, and does not shrink"))
    if (spec.image, spec.content) != (vm.spec.image, vm.spec.content):
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
        availability=_availability(payload),
        user_data=_user_data(payload, version),
        deletion_protection=payload.deletion_protection,
    )


def updated(vm: Vm, event: ev.Event, version: int) -> Changes:
    payload = event.vm_updated
    spec = spec_of(payload.spec)
    disk_gib = spec.resources.disk_gib
    # A disk that is there has the size that it is to have, and so much is held for it.
    grown = {"held": vm.held.with_disk(disk_gib)} if vm.held.disk_gib not in (0, disk_gib) else {}
    cards = kept_cards(vm.cards, spec.interfaces) if vm.cards else ()
    return {
        **grown,
        **({"cards": cards} if cards != vm.cards else {}),
        "spec": spec,
        "labels": _sorted(payload.labels),
        "expected_lifetime_us": _lifetime(payload),
        "availability": _availability(payload),
        "user_data": None if payload.user_data_removed else _user_data(payload, version) or vm.user_data,
        "deletion_protection": payload.deletion_protection,
    }


def _user_data(payload: ev.VmCreated | ev.VmUpdated, version: int) -> UserData | None:
    if not payload.HasField("user_data"):
        return None
    return UserData(version, payload.user_data.size_bytes, payload.user_data.keyed_hash)


def _availability(payload: ev.VmCreated | ev.VmUpdated) -> Availability:
    return availability_of(payload.availability) if payload.HasField("availability") else DEFAULT_AVAILABILITY


def _sorted(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items())) if labels else ()


def _lifetime(payload: ev.VmCreated | ev.VmUpdated) -> int:
    return micros_in(payload.expected_lifetime) if payload.HasField("expected_lifetime") else 0
