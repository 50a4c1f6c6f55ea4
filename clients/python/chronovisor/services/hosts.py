"""Hosts: what they offer, whether they take VMs, and the guests on them that nobody expects."""

from collections.abc import Mapping, Sequence
from typing import Generic, Literal, TypeAlias, TypeVar, Unpack

from google.protobuf.duration_pb2 import Duration

from chronovisor import names
from chronovisor.services.base import Service
from chronovisor.v1 import host_service_pb2 as pb
from chronovisor.v1.host_credentials_pb2 import (
    CreateHostTokenRequest,
    GetHostCredentialsRequest,
    RevokeHostCredentialsRequest,
)
from chronovisor.v1.host_pb2 import FenceMethod, Host, HostPlatform
from chronovisor.v1.rebalance_pb2 import PlanRebalanceRequest, RunRebalanceRequest
from chronovisor.v1.resources_pb2 import ResourceInventory
from chronovisor.v1.vm_pb2 import Availability
from chronovisor.values import GIB, MIB, Change, Command, Options, Reading, Size, size_in

OneHost = TypeVar("OneHost")
AllHosts = TypeVar("AllHosts")
Guests = TypeVar("Guests")
Checked = TypeVar("Checked")
Plan = TypeVar("Plan")
Begun = TypeVar("Begun")
Rebalancing = TypeVar("Rebalancing")
Token = TypeVar("Token")
Proofs = TypeVar("Proofs")

# By class: vcpus, memory, disk (or memory_mib, disk_gib), and extended ones. An amount is the total.
Inventory: TypeAlias = Mapping[str, Size | ResourceInventory]


class HostCalls(Service, Generic[OneHost, AllHosts, Guests, Checked, Plan, Begun, Rebalancing, Token, Proofs]):
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

    def list(self, *, filter: str = "", order_by: str = "", page_size: int = 0, **reading: Unpack[Reading]) -> AllHosts:
        """All hosts, or those that a filter picks, such as `zone = "eu-1a"`. order_by: `name`, `create_time desc`."""
        request = pb.ListHostsRequest(filter=filter, order_by=order_by, page_size=page_size)
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

    def drain(
        self,
        name: str,
        *,
        policy: Literal["live", "restart", "stop"] | None = None,
        max_parallel: int = 0,
        move_disks: bool = False,
        **change: Unpack[Change],
    ) -> Begun:
        """Moves a host's VMs away, each as its own policy says unless one is given: it is in MAINTENANCE in the end.

        Raises Conflict, NotFound, WrongState.
        """
        request = pb.DrainHostRequest(name=names.host_name(name), max_parallel=max_parallel, move_disks=move_disks)
        if policy:
            request.policy = Availability.OnMaintenance.Value(f"ON_MAINTENANCE_{policy.upper()}")
        return self._begin(request, change)

    def fence(
        self, name: str, *, method: Literal["operator", "fencer", "watchdog"] | None = None, **change: Unpack[Change]
    ) -> Begun:
        """Makes certain that a machine is off: its VMs are FAILED then, and start elsewhere if their policy says so.

        method: how; `operator` is the caller's word for it. Raises Conflict, NotFound, WrongState.
        """
        request = pb.FenceHostRequest(name=names.host_name(name))
        if method:
            request.method = FenceMethod.Value(f"FENCE_METHOD_{method.upper()}")
        return self._begin(request, change)

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
        action: Literal["adopt", "stop", "assume_empty", "refresh"],
        *,
        vm_uid: str = "",
        **change: Unpack[Change],
    ) -> OneHost:
        """Decides what becomes of a host's unexpected guests, or of the one of `vm_uid`. `refresh` has all read anew.

        Raises Conflict, Exhausted, NotFound, WrongState.
        """
        decided = pb.ReconcileHostRequest.Action.Value(f"ACTION_{action.upper()}")
        request = pb.ReconcileHostRequest(name=names.host_name(name), action=decided, vm_uid=vm_uid)
        return self._send(request, change)

    def check(self, name: str, **options: Unpack[Options]) -> Checked:
        """Compares what is desired of a host's guests with what its agent reported last. Raises NotFound."""
        return self._send(pb.CheckHostRequest(name=names.host_name(name)), options)

    def create_token(self, name: str, *, ttl_s: int = 0, **command: Unpack[Command]) -> Token:
        """A token by which one host joins, once, within `ttl_s`; an hour by default. It is in this answer alone.

        Raises InvalidArgument, WrongState.
        """
        ttl = Duration(seconds=ttl_s) if ttl_s else None
        return self._send(CreateHostTokenRequest(host_id=names.last_part(names.host_name(name)), ttl=ttl), command)

    def get_credentials(self, name: str, **options: Unpack[Options]) -> Proofs:
        """The tokens and certificates of a host, without the tokens themselves. Raises NotFound."""
        return self._send(GetHostCredentialsRequest(name=names.host_name(name)), options)

    def revoke_credentials(self, name: str, *, token_id: str = "", **command: Unpack[Command]) -> Proofs:
        """All tokens and certificates of a host, or one token, are of no use from now on. Raises NotFound."""
        return self._send(RevokeHostCredentialsRequest(name=names.host_name(name), token_id=token_id), command)

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

    def run_rebalance(
        self,
        goal: Literal["free_hosts", "violations"] = "free_hosts",
        *,
        zone: str = "",
        max_migrations: int = 0,
        max_parallel: int = 0,
        **command: Unpack[Command],
    ) -> Rebalancing:
        """Plans migrations as `plan_rebalance` does, and carries them out, at most `max_parallel` at once."""
        requested = PlanRebalanceRequest.Goal.Value(f"GOAL_{goal.upper()}")
        request = RunRebalanceRequest(
            goal=requested, zone=zone, max_migrations=max_migrations, max_parallel=max_parallel
        )
        return self._begin(request, command)

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
