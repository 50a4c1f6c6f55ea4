"""The project: the tenant that VMs belong to, and its quota. Decide and evolve."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import ProjectInUse, QuotaExceeded
from controlplane.domain.placement.policy import DEFAULT_POLICY, Policy, ZonePolicies, parse_policy
from controlplane.domain.placement.spare_capacity import SpareRule, SpareRules
from controlplane.domain.project.states import TRANSITIONS, ProjectState, ProjectVerb, require
from controlplane.domain.resources import NOTHING, Resources, amount_of, resources_of
from controlplane.domain.time import Micros, micros_of


class ProjectTerms(NamedTuple):
    """What a caller can change of a project. A class that `quota` has 0 of is not limited.

    Beside what hosts offer, it has classes of PROJECT_CLASSES.
    """

    display_name: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    quota: Resources = NOTHING
    # How hosts are chosen for its VMs, and how those of some zones are scored instead.
    policy: Policy = DEFAULT_POLICY
    zone_policies: ZonePolicies = ()
    # What may fail, and all of its VMs there have a place again: starts keep it so.
    spare_capacity: SpareRules = ()


DEFAULT_TERMS = ProjectTerms()


class Project(NamedTuple):
    """One project after some event of its stream."""

    uid: str
    name: str
    terms: ProjectTerms
    created: Micros
    updated: Micros
    version: int = 1
    state: ProjectState = ProjectState.ACTIVE

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        return self.terms.labels

    @property
    def quota(self) -> Resources:
        return self.terms.quota

    def placed_by(self, policy: Policy) -> "Project":
        """The project as if its hosts were chosen so in every zone."""
        return self._replace(terms=self.terms._replace(policy=policy, zone_policies=()))

    @property
    def is_deleted(self) -> bool:
        return self.state is ProjectState.DELETED


def _recorded_policy(policy: Policy) -> str:
    return "" if policy == DEFAULT_POLICY else policy.name


def _recorded_zones(terms: ProjectTerms) -> dict[str, str]:
    return {zone: policy.name for zone, policy in terms.zone_policies}


def _recorded_rules(rules: SpareRules) -> list[ev.SpareCapacityRule]:
    return [ev.SpareCapacityRule(zone=each.zone, survive=each.survive, within=each.within) for each in rules]


def decide_create(uid: str, name: str, terms: ProjectTerms) -> list[Message]:
    return [
        ev.ProjectCreated(
            uid=uid,
            name=name,
            display_name=terms.display_name,
            labels=dict(terms.labels),
            quota=amount_of(terms.quota),
            placement_policy=_recorded_policy(terms.policy),
            zone_policies=_recorded_zones(terms),
            spare_capacity=_recorded_rules(terms.spare_capacity),
        )
    ]


def decide_update(project: Project, terms: ProjectTerms) -> list[Message]:
    """Raises WrongState. Nothing changed is a success that appends nothing.

    A quota below what is held stops nothing: it keeps the project from holding more.
    """
    require(project.name, project.state, ProjectVerb.UPDATE)
    if terms == project.terms:
        return []
    return [
        ev.ProjectUpdated(
            display_name=terms.display_name,
            labels=dict(terms.labels),
            quota=amount_of(terms.quota),
            placement_policy=_recorded_policy(terms.policy),
            zone_policies=_recorded_zones(terms),
            spare_capacity=_recorded_rules(terms.spare_capacity),
        )
    ]


def decide_delete(project: Project, uses: Mapping[str, int]) -> list[Message]:
    """Raises WrongState, and ProjectInUse when it has resources, or hosts that nobody else could use.

    `uses` are how many of each there are.
    """
    require(project.name, project.state, ProjectVerb.DELETE)
    if any(uses.values()):
        raise ProjectInUse(project.name, uses)
    return [ev.ProjectDeleted()]


def check_quota(project: Project, held: Resources, more: Resources) -> None:
    """Raises QuotaExceeded when `held + more` is over the quota in some class of which there is more."""
    for name, limit in project.quota:
        if limit and held.of(name) + more.of(name) > limit and more.of(name):
            raise QuotaExceeded(project.name, name, limit, held.of(name), more.of(name))


def _terms_of(payload: ev.ProjectCreated | ev.ProjectUpdated) -> ProjectTerms:
    return ProjectTerms(
        payload.display_name,
        _sorted(payload.labels),
        resources_of(payload.quota),
        parse_policy(payload.placement_policy),
        tuple((zone, parse_policy(policy)) for zone, policy in _sorted(payload.zone_policies)),
        tuple(SpareRule(each.survive, each.within, each.zone) for each in payload.spare_capacity),
    )


def _sorted(entries: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(entries.items()))


_EVOLVE: dict[str, tuple[ProjectVerb, Callable[[ev.Event], dict[str, Any]]]] = {
    "project_updated": (ProjectVerb.UPDATE, lambda event: {"terms": _terms_of(event.project_updated)}),
    "project_deleted": (ProjectVerb.DELETE, lambda _event: {}),
}


def evolve(project: Project | None, event: ev.Event, version: int) -> Project:
    """The project after `event`, which is the stream's `version`."""
    at = micros_of(event.commit_time)
    if project is None:
        payload = event.project_created
        return Project(payload.uid, payload.name, _terms_of(payload), at, at, version)
    kind = event.WhichOneof("payload")
    assert kind is not None
    verb, changes = _EVOLVE[kind]
    after = TRANSITIONS[project.state, verb]
    return project._replace(state=after, version=version, updated=at, **changes(event))
