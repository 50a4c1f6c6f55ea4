"""VM commands: the requests of callers, the reports of agents, and deadlines that pass."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.commands.addresses import addresses_at_start, given_at_start, require_free, resolved
from controlplane.commands.elsewhere import MigrationRequest, migrate, place_start
from controlplane.commands.guests import newest_incarnation, require_hosts_reported, require_none_elsewhere
from controlplane.commands.image import require_not_captured
from controlplane.commands.spare_capacity import admission_of, require_spare_capacity
from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import AlreadyExists, FieldViolation, InvalidField, NotFound
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.placement.host_rules import host_rules, violated
from controlplane.domain.placement.selectors import TRAIT, Op
from controlplane.domain.project.aggregate import check_quota
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.resources import ADDRESSES, NOTHING, some_of
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm import definition, ends, migrations, reports
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.availability import DEFAULT_AVAILABILITY, Availability
from controlplane.domain.vm.images import made_from
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import Verb, VmState
from controlplane.domain.vm.terms import Terms
from controlplane.domain.vm.verb_rows import require_not_deleted, require_one_place
from controlplane.domain.vm.verbs import DELETE, GUEST_VERBS, MIGRATE, START, added_by_start
from controlplane.placement.engine import Engine

# In place of user data: there is to be none.
NO_TEXT = ev.SealedText()


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
    availability: Availability = DEFAULT_AVAILABILITY
    # Encrypted before it became a part of the command.
    user_data: ev.SealedText | None = None
    deletion_protection: bool = False


@dataclass(frozen=True, slots=True)
class VmCommand(Command[Answer]):
    """A verb for a named VM. `force` is for REBOOT, `grace_period_s` for STOP; an empty `etag` is not checked.

    `restarts`: of a STOP, that it is to be started elsewhere afterwards. `migration` is for MIGRATE.
    """

    verb: Verb
    name: str
    etag: str = ""
    force: bool = False
    grace_period_s: float = 0.0
    restarts: bool = False
    migration: MigrationRequest | None = None


class Definition(NamedTuple):
    """What a caller can change of a VM. The labels are sorted. A lifetime of 0 is not known."""

    spec: Spec
    labels: tuple[tuple[str, str], ...] = ()
    expected_lifetime_us: int = 0
    availability: Availability = DEFAULT_AVAILABILITY
    # Whether it is to have the command's user data, or none where that has none.
    changes_user_data: bool = False
    deletion_protection: bool = False


@dataclass(frozen=True, slots=True)
class UpdateVm(Command[Answer]):
    """`change` is a value that gives the new definition of the VM as it is found. An empty `etag` is not checked.

    `user_data` is encrypted, for the VM of the uid `sealed_for`.
    """

    name: str
    etag: str
    change: Callable[[Vm], Definition]
    user_data: ev.SealedText | None = None
    sealed_for: str = ""


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


@dataclass(frozen=True, slots=True)
class RestartVm(Command[Answer | None]):
    """The start that the VM is owed, if it still is."""

    vm_uid: str


@dataclass(frozen=True, slots=True)
class CancelMigration(Command[Answer | None]):
    """The migration that the VM's event of `version` began is to be given up."""

    vm_uid: str
    version: int


def create(unit: UnitOfWork, command: CreateVm) -> Answer:
    project = unit.project(command.project)
    if unit.fleet.vm_named(command.name) is not None:
        raise AlreadyExists("vm", command.name)
    spec = made_from(command.spec, unit.fleet.resource_named(IMAGES, command.spec.image))
    spec = resolved(unit, project.uid, spec)
    _check_known(unit, spec)
    stream = f"vms/{command.uid}"
    created = definition.decide_create(
        command.uid,
        command.name,
        project.uid,
        spec,
        command.labels,
        command.expected_lifetime_us,
        command.availability,
        command.user_data,
        command.deletion_protection,
    )
    unit.record(stream, created)
    vm = unit.fleet.vms[command.uid]
    require_free(unit, vm, spec)
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
    for term in spec.host_rules.require.terms:
        if term.op is Op.EXISTS and term.key.startswith(TRAIT) and not engine.some_host_obeys(term):
            rule = f"no host has the trait {term.key.removeprefix(TRAIT)!r}"
            implied = (field for field, each in spec.implied.items() if each == term)
            path = "placement.require" if term in spec.rules.require.terms else next(implied)
            unknown.append(FieldViolation(f"vm.spec.{path}", rule))
    if unknown:
        raise InvalidField(unknown)


def update(unit: UnitOfWork, command: UpdateVm) -> Answer:
    """A disk that grows is held for in the same append.

    Raises NotFound, EtagMismatch, WrongState, InvalidField; of a larger disk InsufficientResources and QuotaExceeded.
    """
    vm = unit.vm(command.name, command.etag)
    new = command.change(vm)
    new = new._replace(spec=resolved(unit, vm.project_uid, new.spec))
    text = _user_data(vm, command) if new.changes_user_data else None
    image = unit.fleet.resource_named(IMAGES, new.spec.image)
    new = new._replace(spec=made_from(new.spec, image, vm.spec))
    terms = (new.expected_lifetime_us, new.availability, text, new.deletion_protection)
    payloads = definition.decide_update(vm, new.spec, new.labels, *terms)
    if not payloads:
        return Answer(vm, vm.version, unchanged="update")
    if new.spec != vm.spec:
        _check_known(unit, new.spec)
        _check_policy(unit, vm, new.spec)
        require_free(unit, vm, new.spec)
    unit.record(f"vms/{vm.uid}", payloads)
    after = _latest(unit, vm)
    if grown := after.held - vm.held if vm.held else None:
        project = unit.fleet.projects[vm.project_uid]
        check_quota(project, unit.fleet.held_by_project(project.uid) - grown, grown)
        unit.hold(unit.fleet.hosts[vm.host_uid], vm.uid, grown)
    return Answer(after, after.version)


def _user_data(vm: Vm, command: UpdateVm) -> ev.SealedText:
    """Raises NotFound where it was encrypted for another VM, which had the name."""
    if command.user_data is None:
        return NO_TEXT
    if command.sealed_for != vm.uid:
        raise NotFound("vm", command.name)
    return command.user_data


def _check_policy(unit: UnitOfWork, vm: Vm, spec: Spec) -> None:
    """A promise that the host of a running VM cannot keep is not made. Raises InvalidField."""
    if spec.cpu_policy is vm.spec.cpu_policy or not vm.holds_compute:
        return
    host = unit.fleet.hosts[vm.host_uid]
    before = host_rules(vm.project, spec.files, vm.spec.host_rules, spec.resources)
    after = host_rules(vm.project, spec.files, spec.host_rules, spec.resources)
    if broken := violated(host, [rule for rule in after if rule not in before]):
        rule = f"cannot be so on {vm.host}, where it runs: {', '.join(each.name for each in broken)}"
        raise InvalidField([FieldViolation("vm.spec.cpu_policy", rule)])


def execute(unit: UnitOfWork, command: VmCommand) -> Answer:
    """Raises NotFound, EtagMismatch, WrongState, and what placement and quotas raise."""
    vm = unit.vm(command.name, command.etag)
    row = GUEST_VERBS[command.verb]
    if row.is_under_way(vm):
        return _joined(vm)
    if row.is_done(vm):
        return Answer(vm, vm.version, unchanged=row.unchanged)
    if row is START:
        return _start(unit, vm)
    if row is MIGRATE:
        return migrate(unit, vm, command.migration or MigrationRequest())
    require_none_elsewhere(unit, vm, row)
    if row is DELETE:
        require_not_captured(unit, vm, row.method)
    limit_s, floor = unit.limits.of(row.step), unit.fleet.lineage.floor
    terms = Terms(unit.now, limit_s, command.grace_period_s, command.force, floor, restarts=command.restarts)
    payloads = row.decide(vm, terms)
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


def _start(unit: UnitOfWork, vm: Vm, restart_attempt: int = 0) -> Answer:
    """The VM's start and the host's hold are one append: neither can be without the other."""
    # Before a host is looked for, so that a refusal names the right reason.
    require_not_deleted(vm, Verb.START)
    require_one_place(vm, Verb.START)
    require_none_elsewhere(unit, vm, START)
    require_not_captured(unit, vm, START.method)
    require_hosts_reported(unit, vm)
    added = added_by_start(vm)
    project = unit.fleet.projects[vm.project_uid]
    counted = added + some_of(ADDRESSES, addresses_at_start(unit, vm))
    check_quota(project, unit.fleet.held_by_project(project.uid), counted)
    admission = admission_of(unit)
    placed = place_start(unit, vm, added)
    host = unit.fleet.hosts[placed.host_uid]
    newest, limit_s = newest_incarnation(unit, vm), unit.limits.of(START.step)
    cards = given_at_start(unit, vm)
    terms = Terms(
        unit.now, limit_s, newest_incarnation=newest, placed=placed, restart_attempt=restart_attempt, cards=cards
    )
    unit.record(f"vms/{vm.uid}", START.decide(vm, terms))
    version = unit.recorded[-1].version
    if vm.held and host.uid != vm.host_uid:
        # Its disk is on storage that both share.
        before = unit.fleet.hosts[vm.host_uid]
        unit.record(f"hosts/{before.uid}", hosts.decide_release(before, vm.uid, vm.held))
        added = vm.spec.resources
    unit.hold(unit.fleet.hosts[host.uid], vm.uid, added, placed.parts)
    if admission is not None:
        require_spare_capacity(unit, vm, admission)
    return Answer(unit.fleet.vms[vm.uid], version, placed)


def restart(unit: UnitOfWork, command: RestartVm) -> Answer | None:
    """None when none is owed any more, or not yet. Raises what a start raises: then it is still owed."""
    vm = unit.fleet.vms.get(command.vm_uid)
    if vm is None or vm.restart is None or vm.restart.due > unit.now:
        return None
    return _start(unit, vm, vm.restart.attempt)


def cancel_migration(unit: UnitOfWork, command: CancelMigration) -> Answer | None:
    """None when that migration is over, has switched, or is given up already."""
    vm = unit.fleet.vms.get(command.vm_uid)
    if vm is None or vm.pending is None or vm.pending.version != command.version:
        return None
    return record_released(unit, vm, migrations.decide_cancel(vm))


def report(unit: UnitOfWork, command: ReportVm) -> Answer | None:
    """None when it changes nothing. What the VM no longer holds is released in the same append."""
    vm, host = unit.fleet.vms.get(command.vm_uid), unit.fleet.hosts.get(command.host_uid)
    if vm is None or (host is not None and host.is_away):
        # Once a lost host is back, its agent reports everything.
        return None
    return record_released(unit, vm, reports.decide_report(vm, command.report, command.host_uid, unit.now))


def pass_deadline(unit: UnitOfWork, command: PassDeadline) -> Answer | None:
    """None when the request had ended before."""
    vm = unit.fleet.vms.get(command.vm_uid)
    if vm is None:
        return None
    return record_released(unit, vm, reports.decide_deadline(vm, command.version, command.error))


def end_with_machine(unit: UnitOfWork, vm_uid: str, host_uid: str) -> None:
    """The machine of a host that holds something for the VM was replaced, and is off for good."""
    vm = unit.fleet.vms[vm_uid]
    record_released(unit, vm, ends.decide_machine_replaced(vm, host_uid, unit.now))


def _has_switched_to_lost_host(unit: UnitOfWork, before: Vm) -> bool:
    """A copy that had arrived is all that there is of the VM, and its host was lost since."""
    after = unit.fleet.vms.get(before.uid)
    if after is None or after.host_uid == before.host_uid or after.state is VmState.UNKNOWN:
        return False
    return unit.fleet.hosts[after.host_uid].is_away


def record_released(unit: UnitOfWork, vm: Vm, payloads: Sequence[Message]) -> Answer | None:
    """Records what becomes of a VM, and in the same append, that its hosts hold no more for it than it has then."""
    if not payloads:
        return None
    unit.record(f"vms/{vm.uid}", payloads)
    if _has_switched_to_lost_host(unit, vm):
        unit.record(f"vms/{vm.uid}", [ev.VmHostLost(host_uid=unit.fleet.vms[vm.uid].host_uid)])
    after = _latest(unit, vm)
    left = {host_uid: held for host_uid, _, held in after.holdings()}
    for host_uid, _, held in vm.holdings():
        if released := held - left.get(host_uid, NOTHING):
            host = unit.fleet.hosts[host_uid]
            unit.record(f"hosts/{host_uid}", hosts.decide_release(host, vm.uid, released))
    return Answer(after, after.version)
