"""The project: the tenant that VMs belong to, and its quota."""

from collections.abc import Mapping
from typing import NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import QuotaExceeded
from controlplane.domain.policy import DEFAULT_POLICY, Policy, parse_policy
from controlplane.domain.resources import Resources, amount_of, resources_of
from controlplane.domain.time import Micros, micros_of


class Project(NamedTuple):
    """One project after some event of its stream. A class that `quota` has 0 of is not limited."""

    uid: str
    name: str
    display_name: str
    labels: tuple[tuple[str, str], ...]
    quota: Resources
    created: Micros
    updated: Micros
    version: int = 1
    # How hosts are chosen for its VMs.
    policy: Policy = DEFAULT_POLICY

    @property
    def etag(self) -> str:
        return f'"{self.version}"'


def decide_create(
    uid: str,
    name: str,
    display_name: str,
    labels: Mapping[str, str],
    quota: Resources,
    policy: Policy = DEFAULT_POLICY,
) -> list[Message]:
    created = ev.ProjectCreated(
        uid=uid, name=name, display_name=display_name, labels=dict(labels), quota=amount_of(quota)
    )
    if policy != DEFAULT_POLICY:
        created.placement_policy = policy.name
    return [created]


def check_quota(project: Project, held: Resources, more: Resources) -> None:
    """Raises QuotaExceeded when `held + more` is over the quota in some class."""
    for name, limit in project.quota:
        if limit and held.of(name) + more.of(name) > limit and more.of(name):
            raise QuotaExceeded(project.name, name, limit, held.of(name), more.of(name))


def evolve(project: Project | None, event: ev.Event, version: int) -> Project:
    """The project after `event`. There is only one kind of event yet."""
    assert project is None
    told = event.project_created
    at = micros_of(event.commit_time)
    labels = tuple(sorted(told.labels.items()))
    quota, policy = resources_of(told.quota), parse_policy(told.placement_policy)
    return Project(told.uid, told.name, told.display_name, labels, quota, at, at, version, policy)
