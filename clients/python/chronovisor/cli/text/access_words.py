"""The events of policies and roles in words: the part of the table of `event_words` that is theirs."""

from collections.abc import Callable, Mapping

from chronovisor.events.v1.event_pb2 import Event, RoleBinding


def _bound(binding: RoleBinding) -> str:
    condition = f" while {binding.condition}" if binding.condition else ""
    return f"{binding.member} has {binding.role}{condition}"


def _policy(event: Event) -> str:
    bindings = event.access_policy_set.bindings
    return f"access set: {'; '.join(_bound(each) for each in bindings) or 'nobody has a role'}"


def _role(event: Event) -> str:
    payload = event.role_defined
    return f"{payload.name} grants {', '.join(payload.permissions) or 'nothing'}"


ACCESS_WORDS: Mapping[str, Callable[[Event], str]] = {
    "access_policy_set": _policy,
    "role_defined": _role,
    "role_deleted": lambda event: f"{event.role_deleted.name} ended, and grants nothing any more",
}
