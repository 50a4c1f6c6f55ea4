"""A VM, host or project as it is now."""

from controlplane.domain import project as projects
from controlplane.domain import vm as vms
from controlplane.domain.errors import NotFound
from controlplane.domain.host import Host
from controlplane.domain.project import Project
from controlplane.domain.vm import Vm
from controlplane.ledger.store import Ledger
from controlplane.projections.inventory import Inventory
from controlplane.queries.identity import live_project, live_vm, project_now, uid_in, vm_now


def vm(inventory: Inventory, ledger: Ledger, name: str) -> Vm:
    """A VM by name, or by uid when it may be deleted: then it is folded from its history. Raises NotFound. Blocks."""
    if live := live_vm(inventory, name):
        return live
    uid = vm_now(inventory, ledger, name)
    found = _folded(ledger, uid) if uid == uid_in(name) else None
    if found is None:
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


def recorded_project(ledger: Ledger, uid: str) -> Project:
    """A project by uid, deleted or not, folded from its history. Raises NotFound. Blocks."""
    state: Project | None = None
    for recorded in ledger.whole_stream(f"projects/{uid}"):
        state = projects.evolve(state, recorded.event, recorded.version)
    if state is None:
        raise NotFound("project", f"projects/{uid}")
    return state


def project(inventory: Inventory, ledger: Ledger, name: str) -> Project:
    """A project by name, or by uid when it may be deleted. Raises NotFound. Blocks."""
    if live := live_project(inventory, name):
        return live
    uid = uid_in(name)
    if not uid or project_now(inventory, ledger, name).uid != uid:
        raise NotFound("project", name)
    return recorded_project(ledger, uid)
