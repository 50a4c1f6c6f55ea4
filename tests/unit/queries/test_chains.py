"""Chains of causes that lead from one stream to another: from a host's drain to the moves of its VMs."""

from collections.abc import Generator

import pytest

from controlplane.commands.trouble import DrainHost
from controlplane.commands.vm import ReportVm
from controlplane.domain.vm.states import Verb
from controlplane.ledger.store import Ledger
from controlplane.queries.events.causation import chain
from tests.support.controlplane import RUNNING, World, inventory, register
from tests.support.trouble import moving, next_of_migration


@pytest.fixture
def drained() -> Generator[Ledger]:
    """A VM that a drain has moved, as the process that drains hosts requests it."""
    world = World()
    world.project()
    for name in ("node-1", "node-2"):
        world.carry_out(moving(register(name, inventory())))
    world.create(start=True)
    world.report(RUNNING)
    world.carry_out(DrainHost("hosts/node-1"))
    drain = world.history[-1]
    world.ask(Verb.MIGRATE)
    for event in (each.event for each in world.history[-2:]):
        event.causation = f"{drain.stream}@{drain.version}"
    for _ in range(4):
        cause = world.vm().desired_version
        reported = next_of_migration(world.vm(), world.now)[0]
        length = len(world.history)
        world.carry_out(ReportVm(reported.host_uid, "uid-web", reported.report))
        for each in world.history[length:]:
            each.event.causation = f"vms/uid-web@{cause}"
    with Ledger("memory:") as ledger:
        ledger.append(world.history, ledger.link(), "leader", world.now)
        yield ledger


def test_a_move_has_the_drain_that_led_to_it_in_its_chain_and_all_that_came_of_it(drained: Ledger) -> None:
    requested = next(each for each in drained.after(0, 1_000) if each.event.HasField("vm_migrate_requested"))
    found = [each.event.WhichOneof("payload") for each in chain(drained, f"{requested.stream}@{requested.version}")]
    assert found[:3] == ["host_drain_requested", "vm_migrate_requested", "capacity_held"]
    assert found[-2:] == ["vm_migrated", "capacity_released"]
    assert "vm_created" not in found


def test_the_end_of_a_move_leads_back_to_the_drain(drained: Ledger) -> None:
    migrated = next(each for each in drained.after(0, 1_000) if each.event.HasField("vm_migrated"))
    found = [each.event.WhichOneof("payload") for each in chain(drained, f"{migrated.stream}@{migrated.version}")]
    assert found[0] == "host_drain_requested"
    assert {"vm_migrate_requested", "vm_migrated"} <= {*found}
