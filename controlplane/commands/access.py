"""Commands for policies and custom roles."""

from collections.abc import Sequence
from dataclasses import dataclass

from controlplane.domain.access import policy as policies
from controlplane.domain.access import roles
from controlplane.domain.access.policy import Binding, Policy
from controlplane.domain.access.roles import BUILT_IN, Role
from controlplane.domain.command import Command, PolicyAnswer, RoleAnswer
from controlplane.domain.errors import AlreadyExists, EtagMismatch, NotFound, invalid
from controlplane.domain.resource_kinds import SERVICE_ACCOUNTS
from controlplane.domain.unit_of_work import UnitOfWork

SERVICE_ACCOUNT = "serviceAccount"
# The uid of an account that there is not.
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class SetPolicy(Command[PolicyAnswer]):
    """Replaces the bindings of a project, or of the root for an empty name. An empty `etag` is not checked.

    Without an etag, conditions are not overwritten: who did not read them may not know them. Whoever does not see all
    gets no answer that depends on whether another project has a service account.
    """

    project: str
    bindings: Sequence[Binding]
    etag: str = ""
    sees_all: bool = True


@dataclass(frozen=True, slots=True)
class CreateRole(Command[RoleAnswer]):
    """A custom role."""

    name: str
    title: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpdateRole(Command[RoleAnswer]):
    """An empty `etag` is not checked."""

    name: str
    title: str
    permissions: tuple[str, ...]
    etag: str = ""


@dataclass(frozen=True, slots=True)
class DeleteRole(Command[RoleAnswer]):
    """An empty `etag` is not checked."""

    name: str
    etag: str = ""


def set_policy(unit: UnitOfWork, command: SetPolicy) -> PolicyAnswer:
    """Raises NotFound, EtagMismatch, InvalidField."""
    project_uid = unit.project(command.project).uid if command.project else ""
    before = unit.fleet.policy(project_uid)
    if command.etag and command.etag != before.etag:
        raise EtagMismatch(command.project or policies.ROOT_NAME, command.etag, before.etag)
    if not command.etag and before.has_conditions:
        raise invalid("policy.etag", "is required where bindings have conditions: read the policy first")
    bindings = [_bound(unit, command, place, before) for place in range(len(command.bindings))]
    if events := policies.decide_set(before, bindings, unit.now, unit.context.actor):
        unit.record(before.stream, events)
    return PolicyAnswer(unit.fleet.policy(project_uid))


def _bound(unit: UnitOfWork, command: SetPolicy, place: int, before: Policy) -> Binding:
    """A binding with the uid of the service account that it names. Raises InvalidField."""
    binding = command.bindings[place]
    if unit.fleet.role(binding.role) is None:
        raise invalid(f"policy.bindings[{place}].role", f"{binding.role[:80]} does not exist")
    kind, _, name = binding.member.partition(":")
    if kind != SERVICE_ACCOUNT:
        return binding
    # One that stays is of whom it was of, also where another has the name by now.
    known = next((each for each in before.bindings if each.key[:3] == binding.key[:3]), None)
    if known and known.member_uid != NOBODY:
        return binding._replace(member_uid=known.member_uid)
    if account := unit.fleet.resource_named(SERVICE_ACCOUNTS, name):
        return binding._replace(member_uid=account.uid)
    if command.sees_all or name.startswith(f"{command.project}/"):
        raise invalid(f"policy.bindings[{place}].members", f"{binding.member[:120]} does not exist")
    return binding._replace(member_uid=NOBODY)


def create_role(unit: UnitOfWork, command: CreateRole) -> RoleAnswer:
    """Raises AlreadyExists."""
    if unit.fleet.role(command.name) is not None:
        raise AlreadyExists("role", command.name)
    unit.record(
        roles.stream_of(command.name), roles.decide_define(None, command.name, command.title, command.permissions)
    )
    return RoleAnswer(_role(unit, command.name, ""))


def update_role(unit: UnitOfWork, command: UpdateRole) -> RoleAnswer:
    """Raises NotFound, EtagMismatch, and InvalidField for a built-in one."""
    before = _role(unit, command.name, command.etag)
    if events := roles.decide_define(before, command.name, command.title, command.permissions):
        unit.record(roles.stream_of(command.name), events)
    return RoleAnswer(_role(unit, command.name, ""))


def delete_role(unit: UnitOfWork, command: DeleteRole) -> RoleAnswer:
    """Raises NotFound, EtagMismatch, and InvalidField for a built-in one."""
    before = _role(unit, command.name, command.etag)
    unit.record(roles.stream_of(command.name), roles.decide_delete(before))
    return RoleAnswer(before)


def _role(unit: UnitOfWork, name: str, etag: str) -> Role:
    if name in BUILT_IN:
        raise invalid("name", f"{name} is built in, and cannot be changed")
    role = unit.fleet.role(name)
    if role is None:
        raise NotFound("role", name)
    if etag and etag != role.etag:
        raise EtagMismatch(name, etag, role.etag)
    return role
