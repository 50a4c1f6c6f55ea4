"""Policies: who has which roles on a project, or on the root. Decide and evolve; performs no I/O."""

from collections.abc import Sequence
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.access.conditions import ALWAYS, Condition, parse
from controlplane.domain.time import Micros, micros_of, timestamp_of

STREAM = "policies"
# The stream of the root's policy ends so; any other with a project's uid.
ROOT = "root"
# The root by name, as callers write it.
ROOT_NAME = "/"
EVERYBODY = "allAuthenticatedUsers"


class Binding(NamedTuple):
    """A role of a member. `since` is when it came into the policy, and `set_by` who brought it there."""

    role: str
    member: str
    condition: Condition = ALWAYS
    since: Micros = Micros(0)
    set_by: str = ""
    # Of a service account, which of those that had the name.
    member_uid: str = ""

    @property
    def key(self) -> tuple[str, str, Condition, str]:
        """Which binding it is, whoever set it and when."""
        return self.role, self.member, self.condition, self.member_uid


class Policy(NamedTuple):
    """All bindings of a resource. `version` counts its changes; 0 is that of a policy that was never set."""

    project_uid: str = ""
    bindings: tuple[Binding, ...] = ()
    version: int = 0

    @property
    def stream(self) -> str:
        return stream_of(self.project_uid)

    @property
    def etag(self) -> str:
        """It as it is now: see AIP-154."""
        return f'"{self.project_uid or ROOT}.{self.version}"'

    @property
    def has_conditions(self) -> bool:
        return any(each.condition.expression for each in self.bindings)


def stream_of(project_uid: str) -> str:
    """The stream of a project's policy; of the root's for an empty uid."""
    return f"{STREAM}/{project_uid or ROOT}"


def decide_set(policy: Policy, bindings: Sequence[Binding], now: Micros, actor: str) -> list[Message]:
    """Replaces all bindings. One that was there keeps since when it is. Nothing where nothing changes."""
    known = {each.key: each for each in policy.bindings}
    requested = dict.fromkeys(each.key for each in bindings)
    if requested.keys() == known.keys():
        return []
    after = [known.get(key) or Binding(*key[:3], now, actor, key[3]) for key in requested]
    return [ev.AccessPolicySet(project_uid=policy.project_uid, bindings=[_recorded(each) for each in after])]


def _recorded(binding: Binding) -> ev.RoleBinding:
    condition = binding.condition
    return ev.RoleBinding(
        role=binding.role,
        member=binding.member,
        condition=condition.expression,
        condition_title=condition.title,
        condition_description=condition.description,
        since_time=timestamp_of(binding.since),
        set_by=binding.set_by,
        member_uid=binding.member_uid,
    )


def policy_of(event: ev.Event, version: int) -> Policy:
    """The policy after an event of its stream."""
    recorded = event.access_policy_set
    return Policy(recorded.project_uid, tuple(_binding(each) for each in recorded.bindings), version)


def _binding(recorded: ev.RoleBinding) -> Binding:
    condition = parse(recorded.condition, recorded.condition_title, recorded.condition_description)
    since = micros_of(recorded.since_time)
    return Binding(recorded.role, recorded.member, condition, since, recorded.set_by, recorded.member_uid)
