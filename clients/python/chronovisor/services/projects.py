"""Projects: the tenants that VMs belong to, and their quotas."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar, Unpack

from chronovisor import names
from chronovisor.services.base import Service
from chronovisor.v1 import project_service_pb2 as pb
from chronovisor.v1.project_pb2 import Project, SpareCapacityRule
from chronovisor.values import Change, Command, Reading, Size, resources_of

OneProject = TypeVar("OneProject")
AllProjects = TypeVar("AllProjects")


class ProjectCalls(Service, Generic[OneProject, AllProjects]):
    """The methods of ProjectService. A project is named by its id, or `projects/{id}`."""

    def create(
        self,
        name: str,
        *,
        display_name: str | None = None,
        labels: Mapping[str, str] | None = None,
        quota: Mapping[str, Size] | None = None,
        placement_policy: str | None = None,
        zone_policies: Mapping[str, str] | None = None,
        spare_capacity: Sequence[SpareCapacityRule] | None = None,
        **command: Unpack[Command],
    ) -> OneProject:
        """Makes a project. `quota`: the most it may hold, such as {"vcpus": 64, "memory": "256GiB"}.

        Raises AlreadyExists, InvalidArgument.
        """
        request = pb.CreateProjectRequest(project_id=names.last_part(names.project_name(name)))
        _put(request.project, display_name, labels, quota, placement_policy, zone_policies, spare_capacity)
        return self._send(request, command)

    def get(self, name: str | None = None, **reading: Unpack[Reading]) -> OneProject:
        """One project, by default the client's own, now or `at` a past position or time. Raises NotFound."""
        return self._send(pb.GetProjectRequest(name=self._project(name)), reading)

    def list(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, **reading: Unpack[Reading]
    ) -> AllProjects:
        """All projects, or those that a filter picks, such as `labels.tier = "gold"`. order_by: `name desc`."""
        request = pb.ListProjectsRequest(filter=filter, order_by=order_by, page_size=page_size)
        return self._list(request, reading, lambda page: page.projects)

    def update(
        self,
        name: str,
        *,
        display_name: str | None = None,
        labels: Mapping[str, str] | None = None,
        quota: Mapping[str, Size] | None = None,
        placement_policy: str | None = None,
        zone_policies: Mapping[str, str] | None = None,
        spare_capacity: Sequence[SpareCapacityRule] | None = None,
        etag: str = "",
        **command: Unpack[Command],
    ) -> OneProject:
        """Changes what is given, each as a whole. Raises Conflict, InvalidArgument, NotFound."""
        request = pb.UpdateProjectRequest(project=Project(name=names.project_name(name), etag=etag))
        request.update_mask.paths.extend(
            _put(request.project, display_name, labels, quota, placement_policy, zone_policies, spare_capacity)
        )
        if not request.update_mask.paths:
            raise ValueError("update needs at least one value to change, such as labels={...}")
        return self._send(request, command)

    def delete(self, name: str, **change: Unpack[Change]) -> OneProject:
        """Ends a project that has no VMs. Its history stays. Raises Conflict, InvalidArgument, NotFound, WrongState."""
        return self._send(pb.DeleteProjectRequest(name=names.project_name(name)), change)


def _put(
    project: Project,
    display_name: str | None,
    labels: Mapping[str, str] | None,
    quota: Mapping[str, Size] | None,
    placement_policy: str | None,
    zone_policies: Mapping[str, str] | None,
    spare_capacity: Sequence[SpareCapacityRule] | None,
) -> list[str]:
    """Sets what is given; returns the fields that were set."""
    paths: list[str] = []
    for field, text in (("display_name", display_name), ("placement_policy", placement_policy)):
        if text is not None:
            setattr(project, field, text)
            paths.append(field)
    if labels is not None:
        project.labels.update(labels)
        paths.append("labels")
    if zone_policies is not None:
        project.zone_policies.update(zone_policies)
        paths.append("zone_policies")
    if spare_capacity is not None:
        project.spare_capacity.extend(spare_capacity)
        paths.append("spare_capacity")
    if quota is not None:
        project.quota.CopyFrom(resources_of(quota))
        paths.append("quota")
    return paths
