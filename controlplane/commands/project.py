"""Project commands."""

from collections.abc import Mapping
from dataclasses import dataclass

from controlplane.domain import project as projects
from controlplane.domain.draft import Answer, Draft
from controlplane.domain.errors import AlreadyExists
from controlplane.domain.policy import DEFAULT_POLICY, Policy
from controlplane.domain.resources import NOTHING, Resources


@dataclass(frozen=True, slots=True)
class CreateProject:
    """`uid` is new. A class that `quota` has 0 of is not limited."""

    uid: str
    name: str
    display_name: str
    labels: Mapping[str, str]
    quota: Resources = NOTHING
    policy: Policy = DEFAULT_POLICY


def create(draft: Draft, command: CreateProject) -> Answer:
    """Raises AlreadyExists."""
    if draft.fleet.project_named(command.name) is not None:
        raise AlreadyExists("project", command.name)
    created = projects.decide_create(
        command.uid, command.name, command.display_name, command.labels, command.quota, command.policy
    )
    draft.record(f"projects/{command.uid}", created)
    return Answer(draft.project(command.name), 1)
