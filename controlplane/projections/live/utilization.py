"""Totals and utilization per scope, kept up by difference with every committed event."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.image.aggregate import Image
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.resources import ADDRESSES, NOTHING, Resources, some_of
from controlplane.domain.totals import FLEET, Totals
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.interfaces import address_count


class Utilization:
    """Totals of the fleet, each host, each zone and each project, by scope name."""

    def __init__(self) -> None:
        self.scopes: defaultdict[str, Totals] = defaultdict(Totals)
        # VMs count where their host is.
        self._zones: dict[str, str] = {}

    def apply(self, batch: Sequence[RecordedEvent]) -> None:
        for recorded in batch:
            after, before = recorded.after, recorded.before
            if isinstance(after, Vm):
                self._apply_vm(before if isinstance(before, Vm) else None, after)
            elif isinstance(after, Host):
                self._apply_host(before if isinstance(before, Host) else None, after)
            elif isinstance(after, Image):
                self._apply_image(before if isinstance(before, Image) else None, after)
            elif isinstance(after, Project) and after.is_deleted:
                # The next project of the name begins with nothing.
                self.scopes.pop(after.name, None)

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        for host in state.hosts:
            self._apply_host(None, host)
        for vm in state.vms:
            self._apply_vm(None, vm)
        for image in state.of(IMAGES):
            self._apply_image(None, image)

    def zone_of(self, host_uid: str) -> str:
        """The zone that a host is in; empty for none."""
        return self._zones.get(host_uid, "")

    def resume(self, scopes: Mapping[str, Totals], zones: Mapping[str, str]) -> None:
        """Begins from totals, and from the zone that each host, by uid, is in."""
        self.scopes.update(scopes)
        self._zones.update(zones)

    def _apply_host(self, before: Host | None, after: Host) -> None:
        if before is not None and before.capacity is after.capacity and before.state is after.state:
            # By far the most events: something was held or released, and nothing else changed.
            for scope in scopes_of(after.name, after.zone):
                totals = self.scopes[scope]
                totals.allocated = totals.allocated + after.allocated - before.allocated
            self._exceed(before, after)
            return
        self._zones[after.uid] = after.zone
        if before is not None and before.zone != after.zone:
            running = self.scopes[after.name].running_vms
            self._move(before.zone, -running)
            self._move(after.zone, running)
        self._exceed(before, after)
        if before is not None and before.state is not HostState.DECOMMISSIONED:
            for scope in scopes_of(before.name, before.zone):
                totals = self.scopes[scope]
                totals.total = totals.total - before.capacity
                totals.allocated = totals.allocated - before.allocated
                totals.hosts -= 1
        if after.state is not HostState.DECOMMISSIONED:
            for scope in scopes_of(after.name, after.zone):
                totals = self.scopes[scope]
                totals.total = totals.total + after.capacity
                totals.allocated = totals.allocated + after.allocated
                totals.hosts += 1
        if before is not None and before.zone != after.zone and not self.scopes[f"zones/{before.zone}"].hosts:
            # A zone is there for as long as a host is in it.
            del self.scopes[f"zones/{before.zone}"]

    def _exceed(self, before: Host | None, after: Host) -> None:
        """What hosts hold beyond their capacity: of almost every host at almost every time, nothing."""
        was, now = overcommitted(before), overcommitted(after)
        if was is now:
            return
        for scope in scopes_of(after.name, after.zone):
            self.scopes[scope].overcommitted = self.scopes[scope].overcommitted + now
        for scope in scopes_of(before.name, before.zone) if before else ():
            self.scopes[scope].overcommitted = self.scopes[scope].overcommitted - was

    def _move(self, zone: str, running_vms: int) -> None:
        """The VMs of a host come to a zone, or leave it, with their host."""
        if zone:
            self.scopes[f"zones/{zone}"].running_vms += running_vms

    def _apply_vm(self, before: Vm | None, after: Vm) -> None:
        had = before.cards if before is not None else ()
        if after.cards is not had:
            project = self.scopes[after.project]
            more, less = some_of(ADDRESSES, address_count(after.cards)), some_of(ADDRESSES, address_count(had))
            project.allocated = project.allocated + more - less
        if before is not None and before.held is after.held and before.migration is after.migration:
            return
        project = self.scopes[after.project]
        if before is not None and before.held:
            project.allocated = project.allocated - before.held
            self._count(before, -1)
        if after.held:
            project.allocated = project.allocated + after.held
            self._count(after, 1)
        if before is not None and before.migration is not None:
            project.allocated = project.allocated - before.migration.held
        if after.migration is not None:
            project.allocated = project.allocated + after.migration.held

    def _apply_image(self, before: Image | None, after: Image) -> None:
        was = before.held if before is not None else NOTHING
        if was != after.held:
            project = self.scopes[after.project]
            project.allocated = project.allocated + after.held - was

    def _count(self, vm: Vm, change: int) -> None:
        if vm.holds_compute:
            for scope in (vm.project, *scopes_of(vm.host, self.zone_of(vm.host_uid))):
                self.scopes[scope].running_vms += change


def overcommitted(host: Host | None) -> Resources:
    """What counts as held beyond capacity. NOTHING itself where there is nothing."""
    return NOTHING if host is None or host.state is HostState.DECOMMISSIONED else host.overcommitted


def scopes_of(host: str, zone: str) -> tuple[str, ...]:
    """The scopes that count a host, by its name and zone."""
    return (FLEET, host, f"zones/{zone}") if zone else (FLEET, host)
