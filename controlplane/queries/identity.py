"""Resource names as identities: the project or VM that a name means. Blocks, except where it says otherwise.

A name is taken again once its owner is gone; a uid never is. A name means the resource that has it, or else the last
one that had it. Any other is named by its uid: `projects/{uid}`, and `projects/{project}/vms/{uid}`, where `{project}`
may be a uid, too. A VM is found in its own project alone, never in another one that took the project's name. So it is
with whatever else projects have, `projects/{project}/{collection}/{uid}`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from controlplane.domain.errors import Kind, NotFound
from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import CREATION, RESOURCE_KINDS, ProjectResource, R, ResourceKind
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.consoles import project_in, subject_of
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.live.inventory import Inventory, Names
from controlplane.queries import visible

UID_LENGTH, UID_DASHES = 36, 4
_T = TypeVar("_T", bound=Vm | ProjectResource)
# Streams that have a project's uid. The root's policy has none, and is of no project.
_OF_PROJECTS = ("projects", "policies")


class ProjectIdentity(NamedTuple):
    """A project's uid, and the name that it was created with."""

    uid: str
    name: str


def uid_in(name: str) -> str:
    """The uid at the end of a name; empty where there is an id."""
    last = name.rpartition("/")[2]
    return last if len(last) == UID_LENGTH and last.count("-") == UID_DASHES else ""


def live_project(inventory: Inventory, name: str) -> Project | None:
    """A project that there is, by name or uid. Does not block."""
    found = inventory.project_named(name) or inventory.projects.get(uid_in(name))
    return found if found and visible.shows(found.uid) else None


def project_now(inventory: Inventory, ledger: Ledger, name: str) -> ProjectIdentity:
    """The project that has the name, or had it last, or has this uid. Raises NotFound."""
    uid = inventory.project_names.uids.get(name) or inventory.tombstones.get(name)
    found = ProjectIdentity(uid, name) if uid else project_with(inventory, ledger, uid_in(name), name)
    if not visible.shows(found.uid):
        raise NotFound("project", name)
    return found


def project_with(inventory: Inventory, ledger: Ledger, uid: str, name: str) -> ProjectIdentity:
    """The project of a uid. Raises NotFound of `name`."""
    if live := inventory.projects.get(uid):
        return ProjectIdentity(uid, live.name)
    first = ledger.of_stream(f"projects/{uid}", 0, 1) if uid else ()
    if not first:
        raise NotFound("project", name)
    return ProjectIdentity(uid, first[0].event.project_created.name)


def project_of(inventory: Inventory, ledger: Ledger, stream: str) -> str:
    """The uid of the project that the stream of a project, or of what is in one, is of; empty for any other stream."""
    return projects_of(inventory, ledger, [stream])[stream]


def projects_of(inventory: Inventory, ledger: Ledger, streams: Iterable[str]) -> dict[str, str]:
    """`project_of` of many streams. First events, of what has ended, are read together."""
    found: dict[str, str] = {}
    ended: list[tuple[str, int]] = []
    for stream in streams:
        kind, _, uid = subject_of(stream).partition("/")
        child = CHILDREN.get(kind)
        live = child.living(inventory).get(uid) if child else None
        found[stream] = uid if kind in _OF_PROJECTS else live.project_uid if live else ""
        if child and live is None:
            # Of a console's, too: each of its events says which project it is of.
            ended.append((stream, 1))
    for first in ledger.at_addresses(ended):
        kind = first.stream.partition("/")[0]
        created = getattr(first.event, CREATION[kind]).project_uid if kind in CREATION else ""
        found[first.stream] = created or project_in(first.event)
    return found


def project_then(view: HistoryView, name: str) -> Project:
    """`project_now`, as it was at a position; one that was deleted by then is DELETED. Raises NotFound."""
    found = view.project_named(name) or view.project(uid_in(name))
    if found is None or not visible.shows(found.uid):
        raise NotFound("project", name)
    return found


def host_then(view: HistoryView, name: str) -> Host:
    """The host as it was at a position. Raises NotFound."""
    found = view.host_named(name)
    if found is None or not visible.shows(""):
        raise NotFound("host", name)
    return found


def live_host(inventory: Inventory, name: str) -> Host:
    """The host as it is. Raises NotFound. Does not block."""
    found = inventory.host_named(name)
    if found is None or not visible.shows(""):
        raise NotFound("host", name)
    return found


@dataclass(frozen=True)
class Child(Generic[_T]):
    """A kind of resource that projects have: how one is found by `projects/{project}/{collection}/{id}`, or by uid.

    `living` and `names` are those that there are; `named` and `with_uid` are of a past position, ended or not.
    """

    collection: str
    kind: Kind
    living: Callable[[Inventory], Mapping[str, _T]]
    names: Callable[[Inventory], Names]
    named: Callable[[HistoryView, str, str], _T | None]
    with_uid: Callable[[HistoryView, str], _T | None]

    def stream(self, uid: str) -> str:
        return f"{self.collection}/{uid}"

    def live(self, inventory: Inventory, name: str) -> _T | None:
        """One that there is. Does not block."""
        project = live_project(inventory, self._project_in(name))
        if project is None:
            return None
        living = self.living(inventory)
        uid = self.names(inventory).uids.get(self._within(name, project.name), "")
        found = living.get(uid) or living.get(uid_in(name))
        return found if found and found.project_uid == project.uid else None

    def now(self, inventory: Inventory, ledger: Ledger, name: str) -> str:
        """The uid of the one that has the name, or had it last, or has this uid. Raises NotFound."""
        try:
            project = project_now(inventory, ledger, self._project_in(name))
        except NotFound:
            raise NotFound(self.kind, name) from None
        within = self._within(name, project.name)
        for uid in (self.names(inventory).uids.get(within), inventory.tombstones.get(within), uid_in(name)):
            if uid and project_of(inventory, ledger, self.stream(uid)) == project.uid:
                return uid
        raise NotFound(self.kind, name)

    def then(self, view: HistoryView, name: str) -> _T:
        """`now`, as it was at a position; one that had ended by then is DELETED. Raises NotFound."""
        try:
            project = project_then(view, self._project_in(name))
        except NotFound:
            raise NotFound(self.kind, name) from None
        found = self.named(view, self._within(name, project.name), project.uid) or self.with_uid(view, uid_in(name))
        if found is None or found.project_uid != project.uid:
            raise NotFound(self.kind, name)
        return found

    def _project_in(self, name: str) -> str:
        return name.partition(f"/{self.collection}/")[0]

    def _within(self, name: str, project: str) -> str:
        """The name with its project's own name, where it may have the project's uid."""
        return f"{project}/{self.collection}/{name.rpartition('/')[2]}"


VMS = Child[Vm](
    "vms",
    "vm",
    lambda inventory: inventory.vms,
    lambda inventory: inventory.vm_names,
    HistoryView.vm_named,
    HistoryView.vm,
)


def _child_of(kind: ResourceKind[R]) -> Child[R]:
    return Child(
        kind.collection,
        kind.name,
        lambda inventory: inventory.of(kind),
        lambda inventory: inventory.resource_names,
        lambda view, name, project_uid: view.resource_named(kind, name, project_uid),
        lambda view, uid: view.resource(kind, uid),
    )


CHILDREN: Mapping[str, Child[Any]] = {
    VMS.collection: VMS,
    **{collection: _child_of(kind) for collection, kind in RESOURCE_KINDS.items()},
}


def child_of(kind: ResourceKind[R]) -> Child[R]:
    """How a resource of the kind is found."""
    return CHILDREN[kind.collection]
