"""The inventory: names in order, and what has gone."""

from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.vm_states import Verb
from controlplane.projections.inventory import Inventory, Names
from tests.support.controlplane import PROJECT, RUNNING, SHUTOFF, world_with_host

ids = st.text("abcdefghij-0123456789", min_size=1, max_size=4)


@given(st.sets(ids), st.sets(ids), ids)
def test_names_after_a_name_are_those_that_sort_after_it(added: set[str], removed: set[str], after: str) -> None:
    names = Names()
    for each in added:
        names.add(f"p/vms/{each}", each)
    for each in added & removed:
        names.remove(f"p/vms/{each}")
    left = sorted(f"p/vms/{each}" for each in added - removed)
    assert list(names.after("", "p/vms/")) == left
    assert list(names.after(f"p/vms/{after}", "p/vms/")) == [each for each in left if each > f"p/vms/{after}"]
    assert list(names.after("", "q/")) == []


def test_a_name_whose_project_is_the_beginning_of_anothers_is_not_that_ones() -> None:
    names = Names()
    for name in ("projects/a/vms/x", "projects/a-b/vms/x", "projects/ab/vms/x"):
        names.add(name, name)
    assert list(names.after("", "projects/a/vms/")) == ["projects/a/vms/x"]


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
