"""Hosts: what they offer, whether they take VMs, and the guests on them that nobody expects."""

from collections.abc import Mapping, Sequence
from typing import Generic, Literal, TypeAlias, TypeVar, Unpack

from chronovisor import names
from chronovisor.services.base import Service
from chronovisor.v1 import host_service_pb2 as pb
from chronovisor.v1.host_pb2 import Host, HostPlatform
from chronovisor.v1.rebalance_pb2 import PlanRebalanceRequest
from chronovisor.v1.resources_pb2 import ResourceInventory
from chronovisor.values import GIB, MIB, Change, Command, Options, Reading, Size, size_in

OneHost = TypeVar("OneHost")
AllHosts = TypeVar("AllHosts")
Guests = TypeVar("Guests")
Plan = TypeVar("Plan")

# By class: vcpus, memory, disk (or memory_mib, disk_gib), and extended ones. An amount is the total.
Inventory: TypeAlias = Mapping[str, Size | ResourceInventory]


class HostCalls(Service, Generic[OneHost, AllHosts, Guests, Plan]):
    """The methods of HostService. A host is named by its id, or `hosts/{id}`."""

    def register(
        self,
        name: str,
        *,
        inventory: Inventory | None = None,
        zone: str = "",
        labels: Mapping[str, str] | None = None,
        traits: Sequence[str] = (),
        dedicated_project: str = "",
        platform: HostPlatform | None = None,
        host: Host | None = None,
        **command: Unpack[Command],
    ) -> OneHost:
        """Makes a host known. Its agent does so by itself; this is for one that is to come.

        `host` is what it begins with, and what else is given is set in it. Raises AlreadyExists, InvalidArgument.
        """
        request = pb.RegisterHostRequest(host_id=names.last_part(names.host_name(name)), host=host)
        _put(request.host, inventory, zone or None, labels, traits or None, self._owner(dedicated_project) or None)
        if platform:
            request.host.platform.CopyFrom(platform)
        return self._send(request, command)

    def get(self, name: str, **reading: Unpack[Reading]) -> OneHost:
        """One host, now or `at` a past position or time. Raises NotFound."""
        return self._send(pb.GetHostRequest(name=names.host_name(name)), reading)

    def list(self, *, filter: str = "", page_size: int = 0, **reading: Unpack[Reading]) -> AllHosts:
        """All hosts, or those that a filter picks, such as `zone = "eu-1a"`."""
        request = pb.ListHostsRequest(filter=filter, page_size=page_size)
        return self._list(request, reading, lambda page: page.hosts)

    def update(
        self,
        name: str,
        *,
        inventory: Inventory | None = None,
        zone: str | None = None,
        labels: Mapping[str, str] | None = None,
        traits: Sequence[str] | None = None,
        dedicated_project: str | None = None,
        etag: str = "",
        **command: Unpack[Command],
    ) -> OneHost:
        """Changes what is given, each as a whole. Raises Conflict, Exhausted, InvalidArgument, NotFound, WrongState."""
        request = pb.UpdateHostRequest(host=Host(name=names.host_name(name), etag=etag))
        owner = None if dedicated_project is None else self._owner(dedicated_project)
        request.update_mask.paths.extend(_put(request.host, inventory, zone, labels, traits, owner))
        if not request.update_mask.paths:
            raise ValueError("update needs at least one value to change, such as labels={...}")
        return self._send(request, command)

    def cordon(self, name: str, **change: Unpack[Change]) -> OneHost:
        """From now on no new VMs on a host; it keeps what it has. Raises Conflict, NotFound, WrongState."""
        return self._send(pb.CordonHostRequest(name=names.host_name(name)), change)

    def uncordon(self, name: str, **change: Unpack[Change]) -> OneHost:
        """Takes VMs again. Raises Conflict, NotFound, WrongState."""
        return self._send(pb.UncordonHostRequest(name=names.host_name(name)), change)

    def drain(self, name: str, **change: Unpack[Change]) -> OneHost:
        """Moves a host's VMs away."""
        return self._send(pb.DrainHostRequest(name=names.host_name(name)), change)

    def fence(self, name: str, **change: Unpack[Change]) -> OneHost:
        """Says that a machine is off for certain: its VMs become FAILED and hold nothing."""
        return self._send(pb.FenceHostRequest(name=names.host_name(name)), change)

    def replace_machine(
        self, name: str, *, held_vms: Literal["keep", "fail"] | None = None, **change: Unpack[Change]
    ) -> OneHost:
        """Releases a host from its machine: the next other one whose agent connects as this host is bound to it.

        held_vms: what becomes of VMs that it holds capacity for. Raises Conflict, NotFound, WrongState.
        """
        request = pb.ReplaceHostMachineRequest(name=names.host_name(name))
        if held_vms:
            request.held_vms = pb.ReplaceHostMachineRequest.HeldVms.Value(f"HELD_VMS_{held_vms.upper()}")
        return self._send(request, change)

    def decommission(self, name: str, **change: Unpack[Change]) -> OneHost:
        """Ends an empty host. Its history stays."""
        return self._send(pb.DecommissionHostRequest(name=names.host_name(name)), change)

    def list_unexpected_guests(self, host: str = "-", *, page_size: int = 0, **options: Unpack[Options]) -> Guests:
        """Guests that agents report and the ledger does not expect where they are; of one host, or of all."""
        request = pb.ListUnexpectedGuestsRequest(parent=names.host_name(host), page_size=page_size)
        return self._list(request, options, lambda page: page.unexpected_guests)

    def reconcile(
        self,
        name: str,
        action: Literal["adopt", "stop", "assume_empty"],
        *,
        vm_uid: str = "",
        **change: Unpack[Change],
    ) -> OneHost:
        """Decides what becomes of a host's unexpected guests, or of the one of `vm_uid`.

        Raises Conflict, Exhausted, NotFound, WrongState.
        """
        decided = pb.ReconcileHostRequest.Action.Value(f"ACTION_{action.upper()}")
        request = pb.ReconcileHostRequest(name=names.host_name(name), action=decided, vm_uid=vm_uid)
        return self._send(request, change)

    def plan_rebalance(
        self,
        goal: Literal["free_hosts", "violations"] = "free_hosts",
        *,
        zone: str = "",
        max_migrations: int = 0,
        **options: Unpack[Options],
    ) -> Plan:
        """Proposes migrations that free hosts, or that bring VMs where their rules allow them. Changes nothing."""
        requested = PlanRebalanceRequest.Goal.Value(f"GOAL_{goal.upper()}")
        return self._send(PlanRebalanceRequest(goal=requested, zone=zone, max_migrations=max_migrations), options)

    def _owner(self, project: str) -> str:
        return names.project_name(project) if project else ""


def _put(
    host: Host,
    inventory: Inventory | None,
    zone: str | None,
    labels: Mapping[str, str] | None,
    traits: Sequence[str] | None,
    dedicated_project: str | None,
) -> list[str]:
    """Sets what is given; returns the fields that were set."""
    paths: list[str] = []
    for each, amount in (inventory or {}).items():
        host.inventory[_class_of(each)].CopyFrom(_offered(each, amount))
    if inventory is not None:
        paths.append("inventory")
    if zone is not None:
        host.zone = zone
        paths.append("zone")
    if labels is not None:
        host.labels.update(labels)
        paths.append("labels")
    if traits is not None:
        host.traits[:] = traits
        paths.append("traits")
    if dedicated_project is not None:
        host.dedicated_project = dedicated_project
        paths.append("dedicated_project")
    return paths


def _class_of(name: str) -> str:
    return {"memory": "memory_mib", "disk": "disk_gib"}.get(name, name)


def _offered(name: str, amount: Size | ResourceInventory) -> ResourceInventory:
    if isinstance(amount, ResourceInventory):
        return amount
    unit = {"memory_mib": MIB, "disk_gib": GIB}.get(_class_of(name))
    return ResourceInventory(total=int(amount) if unit is None else size_in(unit, amount, name))
