"""The inventory: every VM, host, project and resource of a project as of the last committed event. Decides nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from controlplane.domain.fleet import Aggregate, FleetState, RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import RESOURCE_KINDS, ProjectResource, R, ResourceKind
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.projections.live.label_index import Neighbours
from controlplane.projections.live.network_members import NetworkMembers


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
        # What projects have beside VMs, by collection.
        self.resources: dict[str, dict[str, Any]] = {collection: {} for collection in RESOURCE_KINDS}
        self.vm_names = Names()
        self.host_names = Names()
        self.project_names = Names()
        self.resource_names = Names()
        self.tombstones: dict[str, str] = {}
        self._tables: dict[str, dict[str, Any]] = {
            "vms": self.vms,
            "hosts": self.hosts,
            "projects": self.projects,
            **self.resources,
        }
        # VMs by the host that they were last placed on, and of a migration by the other one, too.
        self.placed: defaultdict[str, set[str]] = defaultdict(set)
        self.neighbours = Neighbours()
        self.network_members = NetworkMembers()

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
                case None:
                    pass
                case resource:
                    self._apply_resource(self.resources[recorded.stream.partition("/")[0]], resource)

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        self.vms.update((vm.uid, vm) for vm in state.vms)
        self.hosts.update((host.uid, host) for host in state.hosts)
        self.projects.update((project.uid, project) for project in state.projects)
        self.vm_names.add_all({vm.name: vm.uid for vm in state.vms})
        self.host_names.add_all({host.name: host.uid for host in state.hosts})
        self.project_names.add_all({project.name: project.uid for project in state.projects})
        for collection, resources in state.resources.items():
            self.resources[collection].update((each.uid, each) for each in resources)
            self.resource_names.add_all({each.name: each.uid for each in resources})
        self.tombstones.update(state.tombstones)
        for vm in state.vms:
            self.neighbours.put_vm(None, vm)
            self.network_members.put_vm(None, vm)
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
        known = before if isinstance(before, Vm) else None
        self.neighbours.put_vm(known, vm)
        self.network_members.put_vm(known, vm)
        if known is not None and (known.host_uid != vm.host_uid or known.migration is not vm.migration):
            for host_uid in known.hosts:
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

    def _apply_resource(self, living: dict[str, Any], resource: ProjectResource) -> None:
        if resource.is_deleted:
            if living.pop(resource.uid, None):
                self.resource_names.remove(resource.name)
            self.tombstones[resource.name] = resource.uid
            return
        if resource.uid not in living:
            self.resource_names.add(resource.name, resource.uid)
        living[resource.uid] = resource

    def vm_named(self, name: str) -> Vm | None:
        return self.vms.get(self.vm_names.uids.get(name, ""))

    def host_named(self, name: str) -> Host | None:
        return self.hosts.get(self.host_names.uids.get(name, ""))

    def project_named(self, name: str) -> Project | None:
        return self.projects.get(self.project_names.uids.get(name, ""))

    def of(self, kind: ResourceKind[R]) -> Mapping[str, R]:
        """The resources of a kind, by uid."""
        return self.resources[kind.collection]

    def living(self, collection: str, uid: str) -> Aggregate | None:
        """What there is of a kind of streams, such as `vms`; None for any other kind."""
        return self._tables.get(collection, {}).get(uid)
