"""Security group commands."""

from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import Message

from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import AlreadyExists, FieldViolation, InvalidField
from controlplane.domain.fleet import Fleet
from controlplane.domain.resource_kinds import SECURITY_GROUPS
from controlplane.domain.security_group import aggregate as groups
from controlplane.domain.security_group.aggregate import GroupTerms, SecurityGroup
from controlplane.domain.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CreateSecurityGroup(Command[Answer]):
    """`uid` is new. `name` is in the project. Rules name groups without their uids."""

    uid: str
    project: str
    name: str
    terms: GroupTerms


@dataclass(frozen=True, slots=True)
class UpdateSecurityGroup(Command[Answer]):
    """`change` is a value that gives the new terms of the group as it is found. An empty `etag` is not checked."""

    name: str
    etag: str
    change: Callable[[SecurityGroup], GroupTerms]


@dataclass(frozen=True, slots=True)
class DeleteSecurityGroup(Command[Answer]):
    """An empty `etag` is not checked."""

    name: str
    etag: str = ""


def create(unit: UnitOfWork, command: CreateSecurityGroup) -> Answer:
    """Raises NotFound of the project, AlreadyExists, and InvalidField for a rule with a group that there is not."""
    project = unit.project(command.project)
    if unit.fleet.resource_named(SECURITY_GROUPS, command.name) is not None:
        raise AlreadyExists("security_group", command.name)
    terms = _resolved(unit.fleet, project.uid, command.terms, {command.name: command.uid})
    unit.record(
        SECURITY_GROUPS.stream(command.uid), groups.decide_create(command.uid, command.name, project.uid, terms)
    )
    return Answer(unit.resource(SECURITY_GROUPS, command.name), 1)


def update(unit: UnitOfWork, command: UpdateSecurityGroup) -> Answer:
    """Raises NotFound, EtagMismatch and InvalidField."""
    group = unit.resource(SECURITY_GROUPS, command.name, command.etag)
    terms = _resolved(unit.fleet, group.project_uid, command.change(group), {})
    return _recorded(unit, group, groups.decide_update(group, terms))


def delete(unit: UnitOfWork, command: DeleteSecurityGroup) -> Answer:
    """Raises NotFound, EtagMismatch, SecurityGroupInUse."""
    group = unit.resource(SECURITY_GROUPS, command.name, command.etag)
    naming = sum(
        group.uid in other.remote_groups
        for other in unit.fleet.of(SECURITY_GROUPS).values()
        if other.project_uid == group.project_uid and other.uid != group.uid
    )
    return _recorded(unit, group, groups.decide_delete(group, unit.fleet.uses(group.uid), naming))


def _resolved(fleet: Fleet, project_uid: str, terms: GroupTerms, known: dict[str, str]) -> GroupTerms:
    """The terms with the uids of the groups that rules name. `known` are not there yet. Raises InvalidField."""
    violations: list[FieldViolation] = []
    uids = dict(known)
    for place, rule in enumerate(terms.rules):
        name = rule.remote_group
        if not name or name in uids:
            continue
        group = fleet.resource_named(SECURITY_GROUPS, name)
        if group is None or group.project_uid != project_uid:
            path = f"security_group.rules[{place}].remote_group"
            violations.append(FieldViolation(path, f"there is no {name} in the group's project"))
        else:
            uids[name] = group.uid
    if violations:
        raise InvalidField(violations)
    rules = (each._replace(remote_group_uid=uids.get(each.remote_group, "")) for each in terms.rules)
    return terms._replace(rules=tuple(rules))


def _recorded(unit: UnitOfWork, group: SecurityGroup, payloads: list[Message]) -> Answer:
    if not payloads:
        return Answer(group, group.version)
    unit.record(SECURITY_GROUPS.stream(group.uid), payloads)
    after = unit.recorded[-1].after
    assert isinstance(after, SecurityGroup)
    return Answer(after, after.version)
