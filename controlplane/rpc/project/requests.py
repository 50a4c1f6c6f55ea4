"""Project requests to commands: what is checked before any state is looked at, and how an update is made of them."""

from collections.abc import Sequence
from typing import NamedTuple

from chronovisor.v1 import project_pb2
from chronovisor.v1 import project_service_pb2 as api
from uuid_utils import uuid7

from controlplane.commands.project import CreateProject, DeleteProject, UpdateProject
from controlplane.domain.placement.policy import DEFAULT_POLICY, BadPolicy, Policy, parse_policy
from controlplane.domain.placement.spare_capacity import SpareRules
from controlplane.domain.project.aggregate import Project, ProjectTerms
from controlplane.rpc.shared.convert import project_message
from controlplane.rpc.shared.spare_rules import spare_rule
from controlplane.rpc.shared.update_masks import merged, updated_paths
from controlplane.rpc.shared.validate import FieldRules

NAME = "projects/{project}"
UPDATABLE = ("display_name", "labels", "quota", "placement_policy", "zone_policies", "spare_capacity")
LONGEST_DISPLAY_NAME = 255
MOST_ZONE_POLICIES = 64
MOST_SPARE_RULES = 8


def create_command(request: api.CreateProjectRequest) -> CreateProject:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.id(request.project_id, "project_id")
    rules.mutation(request.request_id, request.reason)
    terms = _terms(request.project, rules)
    rules.done()
    return CreateProject(str(uuid7()), f"projects/{request.project_id}", terms)


def update_command(request: api.UpdateProjectRequest) -> UpdateProject:
    """Raises InvalidField."""
    rules = FieldRules()
    project = request.project
    rules.name(project.name, NAME, "project.name")
    rules.mutation(request.request_id, request.reason)
    paths = updated_paths(request.update_mask, project, UPDATABLE, rules)
    rules.done()
    # Only what the mask names is looked at: nobody sends back what they do not change.
    _changed(project_pb2.Project(), project, paths)
    return UpdateProject(project.name, project.etag, ProjectPatch(project, tuple(paths)))


def delete_command(request: api.DeleteProjectRequest) -> DeleteProject:
    """Raises InvalidField."""
    rules = FieldRules()
    rules.name(request.name, NAME, "name")
    rules.mutation(request.request_id, request.reason)
    rules.done()
    return DeleteProject(request.name, request.etag)


class ProjectPatch(NamedTuple):
    """New values of the fields of a project that `paths` names."""

    project: project_pb2.Project
    paths: tuple[str, ...]

    def __call__(self, project: Project) -> ProjectTerms:
        """The terms of a project with these values. Raises InvalidField."""
        return _changed(project_message(project), self.project, self.paths)


def _changed(before: project_pb2.Project, project: project_pb2.Project, paths: Sequence[str]) -> ProjectTerms:
    """Raises InvalidField."""
    rules = FieldRules()
    terms = _terms(merged(before, project, paths), rules, before)
    rules.done()
    return terms


def _terms(project: project_pb2.Project, rules: FieldRules, before: project_pb2.Project | None = None) -> ProjectTerms:
    """What is as it was `before` is not checked again: it may be older than some rule."""
    if not before or project.display_name != before.display_name:
        rules.text(project.display_name, "project.display_name", LONGEST_DISPLAY_NAME)
    rules.labels(project.labels, "project.labels", before.labels if before else None)
    quota = rules.quota(project.quota, "project.quota")
    policy = _policy(project.placement_policy, "project.placement_policy", rules)
    most = f"must have at most {MOST_ZONE_POLICIES} entries"
    rules.check(len(project.zone_policies) <= MOST_ZONE_POLICIES, "project.zone_policies", most)
    zones: list[tuple[str, Policy]] = []
    for zone, text in sorted(project.zone_policies.items()):
        field = f"project.zone_policies[{zone[:63]}]"
        rules.id(zone, field)
        rules.check(text, field, "must be a policy")
        zones.append((zone, _policy(text, field, rules)))
    labels = tuple(sorted(project.labels.items()))
    return ProjectTerms(project.display_name, labels, quota, policy, tuple(zones), _spare_rules(project, rules))


def _spare_rules(project: project_pb2.Project, rules: FieldRules) -> SpareRules:
    most = f"must have at most {MOST_SPARE_RULES} rules"
    rules.check(len(project.spare_capacity) <= MOST_SPARE_RULES, "project.spare_capacity", most)
    return tuple(
        spare_rule(each, f"project.spare_capacity[{place}].", rules)
        for place, each in enumerate(project.spare_capacity)
    )


def _policy(text: str, field: str, rules: FieldRules) -> Policy:
    try:
        return parse_policy(text)
    except BadPolicy as error:
        rules.check(False, field, str(error))
        return DEFAULT_POLICY
