"""Resource names as identities: the project or VM that a name means. Blocks, except where it says otherwise.

A name is taken again once its owner is gone; a uid never is. A name means the resource that has it, or else the last
one that had it. Any other is named by its uid: `projects/{uid}`, and `projects/{project}/vms/{uid}`, where `{project}`
may be a uid, too. A VM is found in its own project alone, never in another one that took the project's name.
"""

from collections.abc import Iterable
from typing import NamedTuple

from controlplane.domain.errors import NotFound
from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.vm.aggregate import Vm
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.live.inventory import Inventory

UID_LENGTH, UID_DASHES = 36, 4


class ProjectIdentity(NamedTuple):
    """A project's uid, and the name that it was created with."""

    uid: str
    name: str


def uid_in(name: str) -> str:
    """The uid at the end of a name; empty where there is an id."""
    last = name.rpartition("/")[2]
    return last if len(last) == UID_LENGTH and last.count("-") == UID_DASHES else ""


def _in_project(name: str, project: str) -> str:
    """A VM's name with its project's own name, where it may have the uid."""
    return f"{project}/vms/{name.rpartition('/')[2]}"


def live_project(inventory: Inventory, name: str) -> Project | None:
    """A project that there is, by name or uid. Does not block."""
    return inventory.project_named(name) or inventory.projects.get(uid_in(name))


def live_vm(inventory: Inventory, name: str) -> Vm | None:
    """A VM that there is, by id or uid. Does not block."""
    project = live_project(inventory, name.partition("/vms/")[0])
    if project is None:
        return None
    vm = inventory.vm_named(_in_project(name, project.name)) or inventory.vms.get(uid_in(name))
    return vm if vm and vm.project_uid == project.uid else None


def project_now(inventory: Inventory, ledger: Ledger, name: str) -> ProjectIdentity:
    """The project that has the name, or had it last, or has this uid. Raises NotFound."""
    uid = inventory.project_names.uids.get(name) or inventory.tombstones.get(name)
    return ProjectIdentity(uid, name) if uid else project_with(inventory, ledger, uid_in(name), name)


def project_with(inventory: Inventory, ledger: Ledger, uid: str, name: str) -> ProjectIdentity:
    """The project of a uid. Raises NotFound of `name`."""
    if live := inventory.projects.get(uid):
        return ProjectIdentity(uid, live.name)
    first = ledger.of_stream(f"projects/{uid}", 0, 1) if uid else ()
    if not first:
        raise NotFound("project", name)
    return ProjectIdentity(uid, first[0].event.project_created.name)


def vm_now(inventory: Inventory, ledger: Ledger, name: str) -> str:
    """The uid of the VM of its project that has the name, or had it last, or has this uid. Raises NotFound."""
    try:
        project = project_now(inventory, ledger, name.partition("/vms/")[0])
    except NotFound:
        raise NotFound("vm", name) from None
    within = _in_project(name, project.name)
    for uid in (inventory.vm_names.uids.get(within), inventory.tombstones.get(within), uid_in(name)):
        if uid and project_of(inventory, ledger, f"vms/{uid}") == project.uid:
            return uid
    raise NotFound("vm", name)


def project_of(inventory: Inventory, ledger: Ledger, stream: str) -> str:
    """The uid of the project that a VM's or a project's stream is of; empty for any other stream."""
    return projects_of(inventory, ledger, [stream])[stream]


def projects_of(inventory: Inventory, ledger: Ledger, streams: Iterable[str]) -> dict[str, str]:
    """`project_of` of many streams. First events, of VMs that are destroyed, are read together."""
    found: dict[str, str] = {}
    ended: list[tuple[str, int]] = []
    for stream in streams:
        kind, _, uid = stream.partition("/")
        live = inventory.vms.get(uid) if kind == "vms" else None
        found[stream] = uid if kind == "projects" else live.project_uid if live else ""
        if kind == "vms" and live is None:
            ended.append((stream, 1))
    for first in ledger.at_addresses(ended):
        found[first.stream] = first.event.vm_created.project_uid
    return found


def project_then(view: HistoryView, name: str) -> Project:
    """`project_now`, as it was at a position; one that was deleted by then is DELETED. Raises NotFound."""
    found = view.project_named(name) or view.project(uid_in(name))
    if found is None:
        raise NotFound("project", name)
    return found


def vm_then(view: HistoryView, name: str) -> Vm:
    """`vm_now`, as it was at a position; one that was destroyed by then is DELETED. Raises NotFound."""
    try:
        project = project_then(view, name.partition("/vms/")[0])
    except NotFound:
        raise NotFound("vm", name) from None
    found = view.vm_named(_in_project(name, project.name), project.uid) or view.vm(uid_in(name))
    if found is None or found.project_uid != project.uid:
        raise NotFound("vm", name)
    return found


def host_then(view: HistoryView, name: str) -> Host:
    """The host as it was at a position. Raises NotFound."""
    found = view.host_named(name)
    if found is None:
        raise NotFound("host", name)
    return found


def live_host(inventory: Inventory, name: str) -> Host:
    """The host as it is. Raises NotFound. Does not block."""
    found = inventory.host_named(name)
    if found is None:
        raise NotFound("host", name)
    return found
