"""VM commands: the requests of callers, the reports of agents, and deadlines that pass."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from google.protobuf.message import Message

from controlplane.commands.guests import newest_incarnation, require_hosts_reported, require_none_elsewhere
from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import AlreadyExists, FieldViolation, InvalidField
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.placement.selectors import TRAIT, Op
from controlplane.domain.project.aggregate import check_quota
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm import definition, reports
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.reports import Report
from controlplane.domain.vm.states import Verb
from controlplane.domain.vm.terms import Terms
from controlplane.domain.vm.verb_rows import require_not_deleted
from controlplane.domain.vm.verbs import GUEST_VERBS, START, added_by_start
from controlplane.placement.engine import Engine


@dataclass(frozen=True, slots=True)
class CreateVm(Command[Answer]):
    """`uid` is new. With `start`, the VM is created and placed, or neither."""

    uid: str
    project: str
    name: str
    spec: Spec
    labels: Mapping[str, str]
    start: bool = False
    expected_lifetime_us: int = 0


@dataclass(frozen=True, slots=True)
class VmCommand(Command[Answer]):
    """A verb for a named VM. `force` is for REBOOT, `grace_period_s` for STOP; an empty `etag` is not checked."""

    verb: Verb
    name: str
    etag: str = ""
    force: bool = False
    grace_period_s: float = 0.0


class Definition(NamedTuple):
    """What a caller can change of a VM. The labels are sorted. A lifetime of 0 is not known."""

    spec: Spec
    labels: tuple[tuple[str, str], ...] = ()
    expected_lifetime_us: int = 0


@dataclass(frozen=True, slots=True)
class UpdateVm(Command[Answer]):
    """`change` is a value that gives the new definition of the VM as it is found. An empty `etag` is not checked."""

    name: str
    etag: str
    change: Callable[[Vm], Definition]


@dataclass(frozen=True, slots=True)
class ReportVm(Command[Answer | None]):
    """What the agent of a host reports of a VM's guest there."""

    host_uid: str
    vm_uid: str
    report: Report


@dataclass(frozen=True, slots=True)
class PassDeadline(Command[Answer | None]):
    """The request of `version`, of that VM, has lasted too long. `error` is the agent's last word on it."""

    vm_uid: str
    version: int
    error: str


def create(unit: UnitOfWork, command: CreateVm) -> Answer:
    project = unit.project(command.project)
    if unit.fleet.vm_named(command.name) is not None:
        raise AlreadyExists("vm", command.name)
    _check_known(unit, command.spec)
    stream = f"vms/{command.uid}"
    lifetime = command.expected_lifetime_us
    unit.record(
        stream, definition.decide_create(command.uid, command.name, project.uid, command.spec, command.labels, lifetime)
    )
    vm = unit.fleet.vms[command.uid]
    return _start(unit, vm) if command.start else Answer(vm, vm.version)


def _check_known(unit: UnitOfWork, spec: Spec) -> None:
    """A file or a trait that no host has can only be a mistake, once there are hosts. Raises InvalidField."""
    if not unit.fleet.hosts:
        return
    engine = unit.fleet.index(Engine)
    unknown: list[FieldViolation] = []
    if not engine.some_host_has(spec.files):
        fields = {
            "boot.image.image": spec.image,
            "boot.kernel.kernel": spec.kernel,
            "boot.kernel.initramfs": spec.initramfs,
        }
        unknown = [
            FieldViolation(f"vm.spec.{path}", f"no host has the file {name!r} in its image directory")
            for path, name in fields.items()
            if name and not engine.some_host_has((name,))
        ]
    for term in spec.rules.require.terms:
        if term.op is Op.EXISTS and term.key.startswith(TRAIT) and not engine.some_host_obeys(term):
            rule = f"no host has the trait {term.key.removeprefix(TRAIT)!r}"
            unknown.append(FieldViolation("vm.spec.placement.require", rule))
    if unknown:
        raise InvalidField(unknown)


def update(unit: UnitOfWork, command: UpdateVm) -> Answer:
    """Raises NotFound, EtagMismatch, WrongState and InvalidField."""
    vm = unit.vm(command.name, command.etag)
    new = command.change(vm)
    payloads = definition.decide_update(vm, new.spec, new.labels, new.expected_lifetime_us)
    if not payloads:
        return Answer(vm, vm.version, unchanged="update")
    if new.spec != vm.spec:
        _check_known(unit, new.spec)
    unit.record(f"vms/{vm.uid}", payloads)
    after = _latest(unit, vm)
    return Answer(after, after.version)


def execute(unit: UnitOfWork, command: VmCommand) -> Answer:
    """Raises NotFound, EtagMismatch, WrongState, and what placement and quotas raise."""
    vm = unit.vm(command.name, command.etag)
    row = GUEST_VERBS[command.verb]
    if row.is_under_way(vm):
        return _joined(vm)
    if row.is_done(vm):
        return Answer(vm, vm.version, unchanged=row.unchanged)
    if row.places:
        return _start(unit, vm)
    require_none_elsewhere(unit, vm, row)
    limit_s, floor = unit.limits.of(row.step), unit.fleet.lineage.floor
    payloads = row.decide(vm, Terms(unit.now, limit_s, command.grace_period_s, command.force, floor))
    if not payloads:
        return _joined(vm)
    first = len(unit.recorded)
    unit.record(f"vms/{vm.uid}", payloads)
    return Answer(_latest(unit, vm), unit.recorded[first].version)


def _joined(vm: Vm) -> Answer:
    """An earlier request of the same verb is under way: its operation is this one's, too."""
    assert vm.pending is not None
    return Answer(vm, vm.pending.version)


def _latest(unit: UnitOfWork, vm: Vm) -> Vm:
    """The VM as the unit's last event left it, deleted or not."""
    after = unit.recorded[-1].after
    return after if isinstance(after, Vm) else unit.fleet.vms[vm.uid]


def _start(unit: UnitOfWork, vm: Vm) -> Answer:
    """The VM's start and the host's hold are one append: neither can be without the other."""
    # Before a host is looked for, so that a refusal names the right reason.
    require_not_deleted(vm, Verb.START)
    require_none_elsewhere(unit, vm, START)
    require_hosts_reported(unit, vm)
    added = added_by_start(vm)
    project = unit.fleet.projects[vm.project_uid]
    check_quota(project, unit.fleet.held_by_project(project.uid), added)
    placed = unit.fleet.index(Engine).place(vm, added, unit.now)
    host = unit.fleet.hosts[placed.host_uid]
    newest, limit_s = newest_incarnation(unit, vm), unit.limits.of(START.step)
    unit.record(f"vms/{vm.uid}", START.decide(vm, Terms(unit.now, limit_s, newest_incarnation=newest, placed=placed)))
    version = unit.recorded[-1].version
    unit.hold(host, vm.uid, added, placed.parts)
    return Answer(unit.fleet.vms[vm.uid], version, placed)


def report(unit: UnitOfWork, command: ReportVm) -> Answer | None:
    """None when it changes nothing. What the VM no longer holds is released in the same append."""
    vm = unit.fleet.vms.get(command.vm_uid)
    # Meanwhile the VM may have been placed elsewhere.
    if vm is None or vm.host_uid != command.host_uid:
        return None
    return _record_release(unit, vm, reports.decide_report(vm, command.report))


def pass_deadline(unit: UnitOfWork, command: PassDeadline) -> Answer | None:
    """None when the request had ended before."""
    vm = unit.fleet.vms.get(command.vm_uid)
    if vm is None:
        return None
    return _record_release(unit, vm, reports.decide_deadline(vm, command.version, command.error))


def end_with_machine(unit: UnitOfWork, vm_uid: str) -> None:
    """The machine that the VM is on was replaced, and is off for good."""
    vm = unit.fleet.vms[vm_uid]
    _record_release(unit, vm, reports.decide_machine_replaced(vm, unit.now))


def _record_release(unit: UnitOfWork, vm: Vm, payloads: Sequence[Message]) -> Answer | None:
    if not payloads:
        return None
    unit.record(f"vms/{vm.uid}", payloads)
    after = _latest(unit, vm)
    if released := vm.held - after.held if vm.held else None:
        host = unit.fleet.hosts[vm.host_uid]
        unit.record(f"hosts/{host.uid}", hosts.decide_release(host, vm.uid, released))
    return Answer(after, after.version)
