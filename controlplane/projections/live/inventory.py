"""The inventory: every VM, host, project and service account as of the last committed event. Decides nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from controlplane.domain.fleet import Aggregate, FleetState, RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.service_account.aggregate import ServiceAccount
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.projections.live.label_index import Neighbours


class Names:
    """Resource names, each with the uid that has it now."""

    def __init__(self) -> None:
        self.uids: dict[str, str] = {}

    def add(self, name: str, uid: str) -> None:
        self.uids[name] = uid

    def add_all(self, uids: Mapping[str, str]) -> None:
        self.uids.update(uids)

    def remove(self, name: str) -> None:
        del self.uids[name]


class Inventory:
    """What is, now. Tombstones keep only the uid that the name of what has ended had last."""

    def __init__(self) -> None:
        self.vms: dict[str, Vm] = {}
        self.hosts: dict[str, Host] = {}
        self.projects: dict[str, Project] = {}
        self.service_accounts: dict[str, ServiceAccount] = {}
        self.vm_names = Names()
        self.host_names = Names()
        self.project_names = Names()
        self.account_names = Names()
        self.tombstones: dict[str, str] = {}
        # VMs by the host that they were last placed on, and of a migration by the other one, too.
        self.placed: defaultdict[str, set[str]] = defaultdict(set)
        self.neighbours = Neighbours()

    def apply(self, batch: Sequence[RecordedEvent]) -> None:
        for recorded in batch:
            match recorded.after:
                case Vm() as vm:
                    self._apply_vm(recorded.before, vm)
                case Host() as host:
                    self.neighbours.put_host(self.hosts.get(host.uid), host)
                    if host.uid not in self.hosts:
                        self.host_names.add(host.name, host.uid)
                    self.hosts[host.uid] = host
                case Project() as project:
                    self._apply_project(project)
                case ServiceAccount() as account:
                    self._apply_account(account)
                case None:
                    pass

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        self.vms.update((vm.uid, vm) for vm in state.vms)
        self.hosts.update((host.uid, host) for host in state.hosts)
        self.projects.update((project.uid, project) for project in state.projects)
        self.vm_names.add_all({vm.name: vm.uid for vm in state.vms})
        self.host_names.add_all({host.name: host.uid for host in state.hosts})
        self.project_names.add_all({project.name: project.uid for project in state.projects})
        self.service_accounts.update((account.uid, account) for account in state.service_accounts)
        self.account_names.add_all({account.name: account.uid for account in state.service_accounts})
        self.tombstones.update(state.tombstones)
        for vm in state.vms:
            self.neighbours.put_vm(None, vm)
            if vm.host_uid:
                self.placed[vm.host_uid].add(vm.uid)
            if vm.migration is not None:
                self.placed[vm.migration.host_uid].add(vm.uid)
        for host in state.hosts:
            self.neighbours.put_host(None, host)

    def captured(self, position: int, time: Micros) -> FleetState:
        """What is, without tombstones: a shallow copy, since aggregates never change."""
        projects, hosts, vms = list(self.projects.values()), list(self.hosts.values()), list(self.vms.values())
        return FleetState(projects, hosts, vms, {}, position, time)

    def _apply_vm(self, before: Aggregate | None, vm: Vm) -> None:
        self.neighbours.put_vm(before if isinstance(before, Vm) else None, vm)
        if isinstance(before, Vm) and (before.host_uid != vm.host_uid or before.migration is not vm.migration):
            for host_uid in before.hosts:
                self.placed[host_uid].discard(vm.uid)
        if vm.state is VmState.DELETED:
            if self.vms.pop(vm.uid, None):
                self.vm_names.remove(vm.name)
            self.tombstones[vm.name] = vm.uid
            return
        if before is None:
            self.vm_names.add(vm.name, vm.uid)
        for host_uid in vm.hosts:
            self.placed[host_uid].add(vm.uid)
        self.vms[vm.uid] = vm

    def _apply_project(self, project: Project) -> None:
        if project.is_deleted:
            if self.projects.pop(project.uid, None):
                self.project_names.remove(project.name)
            self.tombstones[project.name] = project.uid
            return
        if project.uid not in self.projects:
            self.project_names.add(project.name, project.uid)
        self.projects[project.uid] = project

    def _apply_account(self, account: ServiceAccount) -> None:
        if account.is_deleted:
            if self.service_accounts.pop(account.uid, None):
                self.account_names.remove(account.name)
            self.tombstones[account.name] = account.uid
            return
        if account.uid not in self.service_accounts:
            self.account_names.add(account.name, account.uid)
        self.service_accounts[account.uid] = account

    def vm_named(self, name: str) -> Vm | None:
        return self.vms.get(self.vm_names.uids.get(name, ""))

    def host_named(self, name: str) -> Host | None:
        return self.hosts.get(self.host_names.uids.get(name, ""))

    def project_named(self, name: str) -> Project | None:
        return self.projects.get(self.project_names.uids.get(name, ""))

    def service_account_named(self, name: str) -> ServiceAccount | None:
        return self.service_accounts.get(self.account_names.uids.get(name, ""))
