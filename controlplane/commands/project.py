"""Project commands."""

from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import Message

from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import AlreadyExists, invalid
from controlplane.domain.project import aggregate as projects
from controlplane.domain.project.aggregate import DEFAULT_TERMS, Project, ProjectTerms
from controlplane.domain.resource_kinds import RESOURCE_KINDS
from controlplane.domain.unit_of_work import UnitOfWork

# VMs and tools that name no project are of this one.
DEFAULT_PROJECT = "projects/default"


@dataclass(frozen=True, slots=True)
class CreateProject(Command[Answer]):
    """`uid` is new."""

    uid: str
    name: str
    terms: ProjectTerms = DEFAULT_TERMS


@dataclass(frozen=True, slots=True)
class UpdateProject(Command[Answer]):
    """`change` is a value that gives the new terms of the project as it is found. An empty `etag` is not checked."""

    name: str
    etag: str
    change: Callable[[Project], ProjectTerms]


@dataclass(frozen=True, slots=True)
class DeleteProject(Command[Answer]):
    """An empty `etag` is not checked."""

    name: str
    etag: str = ""


def create(unit: UnitOfWork, command: CreateProject) -> Answer:
    """Raises AlreadyExists."""
    if unit.fleet.project_named(command.name) is not None:
        raise AlreadyExists("project", command.name)
    created = projects.decide_create(command.uid, command.name, command.terms)
    unit.record(f"projects/{command.uid}", created)
    return Answer(unit.project(command.name), 1)


def update(unit: UnitOfWork, command: UpdateProject) -> Answer:
    """Raises NotFound, EtagMismatch and InvalidField."""
    project = unit.project(command.name, command.etag)
    return _recorded(unit, project, projects.decide_update(project, command.change(project)))


def delete(unit: UnitOfWork, command: DeleteProject) -> Answer:
    """Raises NotFound, EtagMismatch, ProjectInUse, and InvalidField for the default project."""
    if command.name == DEFAULT_PROJECT:
        raise invalid("name", f"{DEFAULT_PROJECT} is there for ever")
    project = unit.project(command.name, command.etag)
    fleet = unit.fleet
    dedicated = sum(host.dedicated == project.name for host in fleet.hosts.values())
    uses = {"vms": fleet.count("vms", project.uid), "dedicated_hosts": dedicated}
    uses |= {kind.plural: fleet.count(kind.collection, project.uid) for kind in RESOURCE_KINDS.values()}
    return _recorded(unit, project, projects.decide_delete(project, uses))


def _recorded(unit: UnitOfWork, project: Project, payloads: list[Message]) -> Answer:
    if not payloads:
        return Answer(project, project.version)
    unit.record(f"projects/{project.uid}", payloads)
    after = unit.recorded[-1].after
    assert isinstance(after, Project)
    return Answer(after, after.version)
