"""VMs by the networks that they have a card on, and by the security groups of these. Costs others nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState


class _Sets:
    """VMs' uids by key, in the order in which they came. A key without any is not kept."""

    def __init__(self) -> None:
        self._of: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def of(self, key: str) -> Collection[str]:
        return self._of.get(key, {}).keys()

    def change(self, vm_uid: str, before: frozenset[str], after: frozenset[str]) -> None:
        for key in before - after:
            vms = self._of[key]
            vms.pop(vm_uid, None)
            if not vms:
                del self._of[key]
        for key in after - before:
            self._of[key][vm_uid] = None


class NetworkMembers:
    """Kept up with every change of a VM that has cards, or had some."""

    def __init__(self) -> None:
        self._networks = _Sets()
        self._groups = _Sets()

    def put_vm(self, before: Vm | None, after: Vm) -> None:
        had = before.cards if before else ()
        if not had and not after.cards:
            return
        if (
            before is not None
            and (had, before.spec) == (after.cards, after.spec)
            and after.state is not VmState.DELETED
        ):
            return
        self._networks.change(after.uid, networks_of(before), networks_of(after))
        self._groups.change(after.uid, groups_of(before), groups_of(after))

    def on_network(self, network_uid: str) -> Collection[str]:
        """The uids of the VMs that have a card on it."""
        return self._networks.of(network_uid)

    def in_group(self, group_uid: str) -> Collection[str]:
        """The uids of the VMs that have a card in it."""
        return self._groups.of(group_uid)


def networks_of(vm: Vm | None) -> frozenset[str]:
    """The uids of the networks that its cards are on. Of one that is deleted, none."""
    return frozenset(card.network_uid for card in vm.cards) if _is_there(vm) and vm else frozenset()


def groups_of(vm: Vm | None) -> frozenset[str]:
    """The uids of the security groups that its cards are in."""
    return frozenset(_groups(vm)) if _is_there(vm) and vm else frozenset()


def _is_there(vm: Vm | None) -> bool:
    return vm is not None and vm.state is not VmState.DELETED


def _groups(vm: Vm) -> Iterator[str]:
    for card in vm.cards:
        if card.place < len(vm.spec.interfaces):
            yield from vm.spec.interfaces[card.place].security_group_uids
