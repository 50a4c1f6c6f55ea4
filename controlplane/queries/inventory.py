"""A VM, host or project as it is now."""

from controlplane.domain import project as projects
from controlplane.domain import vm as vms
from controlplane.domain.errors import NotFound
from controlplane.domain.host import Host
from controlplane.domain.project import Project
from controlplane.domain.vm import Vm
from controlplane.ledger.store import Ledger
from controlplane.projections.inventory import Inventory


def uid_of(inventory: Inventory, name: str) -> str:
    """The uid of a VM by name, by `projects/{project}/vms/{uid}`, or of the last one that had the name.

    Raises NotFound when no VM ever had that name; a uid is passed on without being looked up.
    """
    uid = inventory.vm_names.uids.get(name) or inventory.tombstones.get(name) or uid_in(name)
    if uid:
        return uid
    raise NotFound("vm", name)


def uid_in(name: str) -> str:
    """The uid at the end of a VM's name; empty when there is an id."""
    last = name.rpartition("/")[2]
    return last if len(last) == 36 and last.count("-") == 4 else ""


def vm(inventory: Inventory, ledger: Ledger, name: str) -> Vm:
    """A VM by name, or by uid when it may be deleted: then it is folded from its history. Raises NotFound. Blocks."""
    live = inventory.vm_named(name)
    if live is not None:
        return live
    if inventory.tombstones.get(name):
        raise NotFound("vm", name)
    uid = uid_of(inventory, name)
    found = inventory.vms.get(uid) or _folded(ledger, uid)
    if found is None or found.project != name.partition("/vms/")[0]:
        raise NotFound("vm", name)
    return found


def _folded(ledger: Ledger, uid: str) -> Vm | None:
    state: Vm | None = None
    for recorded in ledger.whole_stream(f"vms/{uid}"):
        state = vms.evolve(state, recorded.event, recorded.version)
    return state


def host(inventory: Inventory, name: str) -> Host:
    """Raises NotFound."""
    found = inventory.host_named(name)
    if found is None:
        raise NotFound("host", name)
    return found


def project_uid(inventory: Inventory, name: str) -> str:
    """The uid of the project that has the name, or had it last. Raises NotFound."""
    uid = inventory.project_names.uids.get(name) or inventory.tombstones.get(name)
    if not uid:
        raise NotFound("project", name)
    return uid


def recorded_project(ledger: Ledger, uid: str) -> Project:
    """A project by uid, deleted or not, folded from its history. Raises NotFound. Blocks."""
    state: Project | None = None
    for recorded in ledger.whole_stream(f"projects/{uid}"):
        state = projects.evolve(state, recorded.event, recorded.version)
    if state is None:
        raise NotFound("project", f"projects/{uid}")
    return state


def project(inventory: Inventory, name: str) -> Project:
    """Raises NotFound."""
    found = inventory.project_named(name)
    if found is None:
        raise NotFound("project", name)
    return found
