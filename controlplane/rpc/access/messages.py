"""Policies, roles and grants as messages, and back."""

from typing import Any

from chronovisor.v1 import access_service_pb2 as api
from google.iam.v1 import policy_pb2
from google.type import expr_pb2

from controlplane.domain.access.conditions import BadCondition, parse
from controlplane.domain.access.decision import Grant
from controlplane.domain.access.policy import EVERYBODY, ROOT_NAME, Binding, Policy
from controlplane.domain.access.roles import Role
from controlplane.domain.project.aggregate import Project
from controlplane.domain.time import timestamp_of
from controlplane.rpc.shared.validate import FieldRules

# The version of policies that can have conditions.
WITH_CONDITIONS = 3
MOST_BINDINGS, MOST_MEMBERS = 1_000, 1_500
LONGEST_MEMBER = 300
KINDS = ("user:", "group:", "serviceAccount:", "certificate:", "local:")
MEMBER_RULE = f"must be {', '.join(f'{each}NAME' for each in KINDS)} or {EVERYBODY}"


def policy_message(policy: Policy, version: int) -> policy_pb2.Policy:
    """One binding a role and condition, with all its members. Conditions are left out of none: see `version`."""
    message: Any = policy_pb2.Policy(
        version=WITH_CONDITIONS if policy.has_conditions else max(version, 1), etag=policy.etag.encode()
    )
    together: dict[tuple[str, Any], Any] = {}
    for each in policy.bindings:
        key = (each.role, each.condition)
        if (binding := together.get(key)) is None:
            binding = together[key] = message.bindings.add(role=each.role)
            if each.condition.expression:
                binding.condition.CopyFrom(
                    expr_pb2.Expr(
                        expression=each.condition.expression,
                        title=each.condition.title,
                        description=each.condition.description,
                    )
                )
        binding.members.append(each.member)
    return message


def bindings_of(policy: Any, rules: FieldRules) -> list[Binding]:
    """The bindings that a policy's message has, one a member."""
    found: list[Binding] = []
    rules.check(len(policy.bindings) <= MOST_BINDINGS, "policy.bindings", f"must be at most {MOST_BINDINGS}")
    rules.check(not policy.audit_configs, "policy.audit_configs", "must be empty: all access is logged as it is")
    for place, each in enumerate(policy.bindings[:MOST_BINDINGS]):
        field = f"policy.bindings[{place}]"
        rules.name(each.role, "roles/{role}", f"{field}.role")
        condition = parse("")
        try:
            if each.HasField("condition"):
                stated = each.condition
                condition = parse(stated.expression, stated.title, stated.description)
        except BadCondition as error:
            rules.check(False, f"{field}.condition.expression", str(error))
        rules.check(
            not condition.expression or policy.version == WITH_CONDITIONS,
            "policy.version",
            f"must be {WITH_CONDITIONS} where bindings have conditions",
        )
        for number, text in enumerate((condition.title, condition.description)):
            rules.text(text, f"{field}.condition.{('title', 'description')[number]}", 255)
        rules.check(each.members, f"{field}.members", "must name somebody")
        for member in each.members[:MOST_MEMBERS]:
            _check_member(member, f"{field}.members", rules)
            found.append(Binding(each.role, member, condition))
    rules.check(len(found) <= MOST_MEMBERS, "policy.bindings", f"must have at most {MOST_MEMBERS} members in all")
    return found


def _check_member(member: str, field: str, rules: FieldRules) -> None:
    rules.text(member, field, LONGEST_MEMBER)
    named = any(member.startswith(kind) and len(member) > len(kind) for kind in KINDS)
    rules.check(member == EVERYBODY or named, field, f"{MEMBER_RULE}, not {member[:80]!r}")


def role_message(role: Role) -> api.Role:
    return api.Role(
        name=role.name,
        title=role.title,
        permissions=role.permissions,
        built_in=role.is_built_in,
        etag="" if role.is_built_in else role.etag,
    )


def grant_message(grant: Grant, project: Project | None) -> api.RoleGrant:
    """`project` is the one of the grant, where that is not of the root and the project is known."""
    binding, resource = grant.binding, ROOT_NAME
    if grant.project_uid:
        resource = project.name if project else f"projects/{grant.project_uid}"
    message = api.RoleGrant(
        resource=resource,
        role=binding.role,
        member=binding.member,
        condition=binding.condition.expression,
        set_by=binding.set_by,
    )
    if binding.since:
        message.since_time.CopyFrom(timestamp_of(binding.since))
    return message
