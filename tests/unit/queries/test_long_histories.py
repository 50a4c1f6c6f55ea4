"""A VM that lives long enough to have more events than a page."""

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fleet import Recorded
from controlplane.domain.vm_states import VmState
from controlplane.ledger.store import PAGE, Ledger
from controlplane.projections.inventory import Inventory
from controlplane.queries import history, pages
from controlplane.queries import inventory as queries
from controlplane.queries.event_scan import Window
from controlplane.queries.history import Asked
from tests.support.controlplane import NOW, RUNNING, World, world_with_host

pytestmark = pytest.mark.slow

UID = "01234567-89ab-4cde-8f01-23456789abcd"


def long_life() -> tuple[World, Ledger, Inventory]:
    """A VM that was rebooted over and over, then destroyed."""
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    vm = world.vm()
    history_of_vm = [each for each in world.history if each.stream == "vms/uid-web"]
    version = vm.version
    for reboots in range(1, PAGE):
        for payload in (
            ev.Event(vm_reboot_requested=ev.VmRebootRequested(reboots=reboots)),
            ev.Event(vm_rebooted=ev.VmRebooted(incarnation=1, reboots=reboots)),
        ):
            version += 1
            history_of_vm.append(Recorded("vms/uid-web", version, payload))
    for payload in (ev.Event(vm_delete_requested=ev.VmDeleteRequested()), ev.Event(vm_deleted=ev.VmDeleted())):
        version += 1
        history_of_vm.append(Recorded("vms/uid-web", version, payload))
    ledger = Ledger("memory:")
    ledger.append([each._replace(stream=f"vms/{UID}") for each in history_of_vm], ledger.link(), "leader", NOW)
    inventory = Inventory()
    inventory.apply(world.history[:1])
    inventory.tombstones["projects/default/vms/web"] = UID
    return world, ledger, inventory


def test_a_long_life_is_read_to_its_end() -> None:
    _, ledger, inventory = long_life()
    last = ledger.head() - 2
    assert queries.vm(inventory, ledger, f"projects/default/vms/{UID}").state is VmState.DELETED
    assert history.operation(ledger, f"operations/{UID}.{last}").vm.state is VmState.DELETED
    asked = Asked("projects/default/vms/web", Window(0, ledger.head()), pages.Asked(10, "", "this"), ["VmDeleted"])
    found = history.list_events(inventory, ledger, ledger.head(), asked)
    assert [each.WhichOneof("payload") for each in found.items] == ["vm_deleted"]
