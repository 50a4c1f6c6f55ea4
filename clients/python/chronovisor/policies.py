"""Policies of google.iam.v1, changed in place: who has which roles, and under which conditions. Sends nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.iam.v1.policy_pb2 import Policy

# The version of policies that can have conditions.
WITH_CONDITIONS = 3


def condition_of(until: datetime | None = None, labels: Mapping[str, str] | None = None) -> str:
    """Before a time, and on projects with these labels; empty for always. A time without a zone is local."""
    parts: list[str] = []
    if until is not None:
        time = until.astimezone(UTC).replace(tzinfo=None).isoformat()
        parts.append(f'request.time < timestamp("{time}Z")')
    parts += [f'resource.labels["{key}"] == "{value}"' for key, value in sorted((labels or {}).items())]
    return " && ".join(parts)


def add(policy: "Policy", member: str, role: str, condition: str = "") -> bool:
    """Binds a role to a member, both by their whole names. Returns whether that is new."""
    for binding in policy.bindings:
        if (binding.role, binding.condition.expression) == (role, condition):
            if member in binding.members:
                return False
            binding.members.append(member)
            return True
    binding = policy.bindings.add(role=role, members=[member])
    if condition:
        binding.condition.expression = condition
    return True


def remove(policy: "Policy", member: str, role: str) -> bool:
    """Ends all bindings of a role to a member, whatever their conditions. Returns whether there were any."""
    found = [each for each in policy.bindings if each.role == role and member in each.members]
    for binding in found:
        binding.members.remove(member)
    kept = [each for each in policy.bindings if each.members]
    del policy.bindings[:]
    policy.bindings.extend(kept)
    return bool(found)
