"""What is desired of guests, as messages to the agent of their host. Looks nothing up."""

from collections.abc import Mapping

from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1.agent_networks_pb2 import DesiredInterface
from chronovisor.v1.vm_pb2 import DiskMove

from controlplane.domain.host.unexpected_guests import UnexpectedGuest
from controlplane.domain.network.aggregate import Network
from controlplane.domain.time import duration_of
from controlplane.domain.vm.aggregate import Migration, Vm
from controlplane.domain.vm.states import DesiredPower
from controlplane.queries.agent_view import DesiredOnHost
from controlplane.queries.network_view import GuestCard
from controlplane.rpc.agent.network_messages import desired_interface
from controlplane.rpc.shared.convert import spec_message

# How long an unexpected guest has to power off by itself.
STOP_GRACE_S = 30.0


def takes_user_data(desired: DesiredOnHost) -> bool:
    """Whether the guest is to have user data: one that is to run, or to be paused."""
    return desired.vm.user_data is not None and desired.power in (DesiredPower.RUNNING, DesiredPower.PAUSED)


def desired_guest(desired: DesiredOnHost, networks: Mapping[str, Network]) -> api.DesiredGuest:
    """Without the user data that it takes. `networks`: by uid."""
    vm = desired.vm
    return api.DesiredGuest(
        vm_uid=vm.uid,
        vm_name=vm.name,
        incarnation=desired.incarnation,
        power=api.DesiredPower.ValueType(desired.power),
        spec=spec_message(vm.spec),
        reboots=vm.reboots,
        force_reboot=vm.force_reboot,
        grace_period=duration_of(vm.grace_period_s),
        version=vm.desired_version,
        incoming=api.IncomingGuest(disk=DiskMove.ValueType(desired.incoming.disk)) if desired.incoming else None,
        outgoing=_outgoing(desired.outgoing) if desired.outgoing else None,
        network_interfaces=_interfaces(vm, networks) if vm.cards else None,
    )


def _interfaces(vm: Vm, networks: Mapping[str, Network]) -> list[DesiredInterface]:
    return [
        desired_interface(GuestCard(vm, card), networks[card.network_uid])
        for card in vm.cards
        if card.network_uid in networks
    ]


def _outgoing(migration: Migration) -> api.OutgoingGuest:
    return api.OutgoingGuest(
        endpoint=api.MigrationEndpoint(address=migration.addresses),
        incarnation=migration.incarnation,
        disk=DiskMove.ValueType(migration.disk),
        bandwidth_mib_s=migration.bandwidth_mib_s,
        auto_converge=migration.auto_converge,
    )


def stopped_guest(guest: UnexpectedGuest) -> api.DesiredGuest:
    """An unexpected guest that an operator had stopped. Its disk stays, and so does its definition."""
    return stopped(guest.vm_uid, guest.vm_name, guest.incarnation)


def stopped(vm_uid: str, vm_name: str, incarnation: int) -> api.DesiredGuest:
    return api.DesiredGuest(
        vm_uid=vm_uid,
        vm_name=vm_name,
        incarnation=incarnation,
        power=api.DESIRED_POWER_SHUTOFF,
        grace_period=duration_of(STOP_GRACE_S),
    )


def leftover(vm_uid: str, incarnation: int, *, keep_disk: bool) -> api.DesiredGuest:
    """A guest that has no place on this host any more. `keep_disk`: its VM uses the disk elsewhere."""
    return api.DesiredGuest(vm_uid=vm_uid, incarnation=incarnation, power=api.DESIRED_POWER_ABSENT, keep_disk=keep_disk)
