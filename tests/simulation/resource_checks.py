"""What must hold of networks and images in every history: counted anew from the events as they were committed."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from hostagent.drivers.base import VmUid

from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.image.aggregate import Image
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resource_kinds import IMAGES, NETWORKS, RESOURCE_KINDS, ProjectResource, R, ResourceKind
from controlplane.domain.resources import ADDRESSES, NOTHING, some_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.projections.live.inventory import Inventory
from tests.simulation.host import SimulatedHost


class ResourceChecks:
    """`violated` is called with what does not hold."""

    def __init__(self, violated: Callable[[str], None]) -> None:
        self._violated = violated
        self._live: dict[str, dict[str, ProjectResource]] = {collection: {} for collection in RESOURCE_KINDS}
        # Which card of which VM had a MAC address: by the VM's uid and the card's place.
        self._macs: dict[str, tuple[str, int]] = {}
        # Of the project, since what it holds of its own classes was looked at last; and what it held then.
        self._quotas = [NOTHING]
        self._held = NOTHING

    def of(self, kind: ResourceKind[R]) -> Collection[R]:
        """Those that there are."""
        return cast("Collection[R]", self._live[kind.collection].values())

    def follow(self, recorded: RecordedEvent, after: object) -> bool:
        """Whether the event was of a resource."""
        collection, _, uid = recorded.stream.partition("/")
        if isinstance(after, Project):
            self._quotas.append(after.quota)
        if collection not in RESOURCE_KINDS:
            return False
        resource = cast("ProjectResource", after)
        if resource.is_deleted:
            del self._live[collection][uid]
        else:
            self._live[collection][uid] = resource
        return True

    def check(self, vms: Iterable[Vm]) -> None:
        """No address is held twice, none of a network that is not there; what runs has all its cards."""
        vms = list(vms)
        self._check_quota(vms)
        holders: dict[tuple[str, str], Vm] = {}
        networks = self._live[NETWORKS.collection]
        for vm in vms:
            for interface in vm.spec.interfaces:
                if interface.network_uid not in networks:
                    self._violated(f"{vm.uid} is to be on {interface.network}, which is not there")
            if vm.holds_compute and len(vm.cards) < len(vm.spec.interfaces):
                self._violated(f"{vm.uid} holds {vm.held} and has not all its cards: {vm.cards}")
            for card in vm.cards:
                for address in card.addresses:
                    other = holders.setdefault((card.network_uid, address), vm)
                    if other is not vm:
                        self._violated(f"{address} of {card.network_uid} is held by {other.uid} and by {vm.uid}")
                if self._macs.setdefault(card.mac_address, (vm.uid, card.place)) != (vm.uid, card.place):
                    self._violated(f"{card.mac_address} of {vm.uid} was a card of {self._macs[card.mac_address]}")

    def _check_quota(self, vms: Iterable[Vm]) -> None:
        """A quota may be set below what is held: then no more is."""
        addresses = sum(len(card.addresses) for vm in vms for card in vm.cards)
        images = cast("Iterable[Image]", self._live[IMAGES.collection].values())
        held = some_of(ADDRESSES, addresses) + sum((image.held for image in images), NOTHING)
        for name, amount in held.extended:
            limits = [quota.of(name) for quota in self._quotas]
            if all(limits) and amount > max(*limits, self._held.of(name)):
                self._violated(f"the project holds {amount} {name} of its quotas of {limits}")
        self._held, self._quotas = held, self._quotas[-1:]

    def unsettled(self, vm: Vm, hosts: Mapping[str, SimulatedHost]) -> list[str]:
        """What the guest of a VM that runs has else than the ledger."""
        host = hosts.get(vm.host.removeprefix("hosts/"))
        has = host.driver.macs(VmUid(vm.uid)) if host else ()
        expected = tuple(card.mac_address for card in vm.cards)
        return [] if has == expected else [f"{vm.uid} has the cards {expected}, and its guest {has}"]

    def compare(self, inventory: Inventory) -> None:
        if inventory.resources != self._live:
            self._violated("the resources of a rebuilt control plane are others than those that were committed")

    def recount(self, fleet: Fleet, vms: Sequence[Vm]) -> None:
        """What a fleet has as held is what cards hold, and nothing else."""
        project_uids = {vm.project_uid for vm in vms} | {each.project_uid for each in fleet.of(IMAGES).values()}
        for uid in project_uids:
            inside = [vm.counted for vm in vms if vm.project_uid == uid]
            images = [each.held for each in fleet.of(IMAGES).values() if each.project_uid == uid]
            if fleet.held_by_project(uid) != sum([*inside, *images], NOTHING):
                self._violated(f"the project {uid} has {fleet.held_by_project(uid)}, and holds {inside} and {images}")
        held = {f"{card.network_uid}/{each}": vm.uid for vm in vms for card in vm.cards for each in card.addresses}
        known: dict[str, Any] = fleet._addresses  # pyright: ignore[reportPrivateUsage] all of it, whoever held it
        if known != held:
            self._violated(f"addresses are held as {known}, and cards hold {held}")
        for network in self.of(NETWORKS):
            counted = sum(key.startswith(f"{network.uid}/") for key in held)
            if fleet.held_addresses(network.uid) != counted:
                self._violated(f"{network.name} has {fleet.held_addresses(network.uid)} held, and cards hold {counted}")
