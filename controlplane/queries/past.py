"""A VM, host or project as it was at a position. Blocks: use a thread."""

from controlplane.domain.errors import NotFound
from controlplane.domain.host import Host
from controlplane.domain.project import Project
from controlplane.domain.vm import Vm
from controlplane.domain.vm_states import VmState
from controlplane.projections.inventory import Inventory
from controlplane.projections.timeline import Timeline
from controlplane.queries.violations import violations_of


def vm(timeline: Timeline, name: str, at: int) -> Vm:
    """The VM that had the name then, or by `projects/{project}/vms/{uid}`, destroyed or not. Raises NotFound."""
    found = timeline.vm_named(name, at)
    if found is not None and found.state is not VmState.DELETED:
        return found
    project, _, uid = name.partition("/vms/")
    by_uid = timeline.vm(uid, at)
    if by_uid is None or by_uid.project != project:
        raise NotFound("vm", name)
    return by_uid


def host(timeline: Timeline, name: str, at: int) -> Host:
    """Raises NotFound."""
    found = timeline.host_named(name, at)
    if found is None:
        raise NotFound("host", name)
    return found


def project(timeline: Timeline, name: str, at: int) -> Project:
    """Raises NotFound."""
    found = project_ever(timeline, name, at)
    if found.is_deleted:
        raise NotFound("project", name)
    return found


def project_ever(timeline: Timeline, name: str, at: int) -> Project:
    """The project that had the name then, or the last that had had it. Raises NotFound."""
    found = timeline.project_named(name, at)
    if found is None:
        raise NotFound("project", name)
    return found


def violations(timeline: Timeline, host: Host, at: int) -> list[str]:
    """The rules of its VMs that a host did not obey then."""
    if not host.holdings:
        return []
    then = Inventory()
    then.vms.update((vm.uid, vm) for vm in timeline.vms_on(host.name, at))
    return violations_of(then, host)
