"""A VM, host or project as it was at a position. Blocks: use a thread."""

from collections.abc import Sequence

from controlplane.domain.errors import NotFound
from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.page_query import Comparison, PageQuery
from controlplane.projections.live.inventory import Inventory
from controlplane.queries.identity import project_then, uid_in, vm_then
from controlplane.queries.violations.group_rule_violations import MOST_LOOKED_AT, is_wide
from controlplane.queries.violations.report import ViolationsReport
from controlplane.queries.violations.violation import Violation


def vm(history_reader: HistoryReader, name: str, at: int) -> Vm:
    """The VM that had the name then, or by `projects/{project}/vms/{uid}`, destroyed or not. Raises NotFound."""
    found = vm_then(history_reader, name, at)
    if found.state is VmState.DELETED and uid_in(name) != found.uid:
        raise NotFound("vm", name)
    return found


def host(history_reader: HistoryReader, name: str, at: int) -> Host:
    """Raises NotFound."""
    found = history_reader.host_named(name, at)
    if found is None:
        raise NotFound("host", name)
    return found


def project(history_reader: HistoryReader, name: str, at: int) -> Project:
    """The project that had the name then, or by `projects/{uid}`, deleted or not. Raises NotFound."""
    found = project_then(history_reader, name, at)
    if found.is_deleted and uid_in(name) != found.uid:
        raise NotFound("project", name)
    return found


def violations(history_reader: HistoryReader, hosts: Sequence[Host], at: int) -> list[list[Violation]]:
    """The rules of its VMs that each host did not obey then."""
    then = Inventory()
    then.vms.update(history_reader.vms_of([uid for host in hosts for uid in host.holdings], at))
    if any(is_wide(rule) for vm in then.vms.values() for rule in vm.spec.rules.groups):
        _add_neighbours(then, history_reader, at)
    then.hosts.update((host.uid, host) for host in hosts)
    report = ViolationsReport(then)
    return [report.of(host) for host in hosts]


def _add_neighbours(then: Inventory, history_reader: HistoryReader, at: int) -> None:
    """All VMs and hosts that rules between VMs may be about; where they are too many, none: some would mislead."""
    hosts = history_reader.offers(at, MOST_LOOKED_AT + 1)
    if len(hosts) > MOST_LOOKED_AT:
        return
    for host in hosts:
        then.hosts[host.uid] = host
        then.neighbours.put_host(None, host)
    having = {vm.project for vm in then.vms.values() if any(is_wide(rule) for rule in vm.spec.rules.groups)}
    for project in sorted(having):
        members = history_reader.vms(
            PageQuery(f"{project}/vms/", at, MOST_LOOKED_AT + 1, [Comparison("host", False, "")])
        )
        if len(members) <= MOST_LOOKED_AT:
            for vm in members:
                then.vms[vm.uid] = vm
                then.neighbours.put_vm(None, vm)
