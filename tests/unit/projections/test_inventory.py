"""The inventory: where VMs are, and what has gone."""

from controlplane.domain.vm.states import Verb
from controlplane.projections.live.inventory import Inventory
from tests.support.controlplane import PROJECT, RUNNING, SHUTOFF, world_with_host


def test_vms_are_placed_where_they_were_last_and_nowhere_once_destroyed() -> None:
    world = world_with_host()
    inventory = Inventory()
    world.create(start=True)
    world.report(RUNNING)
    world.ask(Verb.STOP)
    world.report(SHUTOFF)
    inventory.apply(world.history)
    assert inventory.placed["uid-node-1"] == {"uid-web"}
    since = len(world.history)
    world.ask(Verb.DELETE)
    world.report(5)
    inventory.apply(world.history[since:])
    assert inventory.placed["uid-node-1"] == set()
    assert inventory.tombstones == {f"{PROJECT}/vms/web": "uid-web"}
    assert inventory.vm_named(f"{PROJECT}/vms/web") is None
