"""VMs that move while they run, by real agents on simulated hosts."""

from collections.abc import Callable

import pytest
from chronovisor.v1 import vm_pb2, vm_service_pb2
from google.longrunning import operations_pb2 as longrunning
from hostagent.drivers.base import Power
from hostagent.drivers.simulated.behaviour import Fault

from tests.integration.controlplane.plane import ACTOR, Plane, refused, vm_name, vm_of
from tests.integration.controlplane.simulated_hosts import SimulatedHosts, simulated_hosts
from tests.support.waiting import until as until_it_holds


async def until(holds: Callable[[], bool]) -> None:
    async def look() -> bool:
        return holds()

    await until_it_holds(look)


async def migrate(plane: Plane, vm_id: str = "web") -> longrunning.Operation:
    request = vm_service_pb2.MigrateVmRequest(name=vm_name(vm_id))
    return await plane.vms.MigrateVm(request, metadata=ACTOR)


async def begun(plane: Plane, hosts: SimulatedHosts, disk_gib: int = 5) -> vm_pb2.Vm:
    """A VM that runs on the first of two hosts."""
    await until(lambda: len(plane.control_plane.reads.inventory.hosts) == len(hosts.drivers))
    return vm_of(await plane.wait(await plane.create(start=True, disk_gib=disk_gib)))


def places(hosts: SimulatedHosts, vm: vm_pb2.Vm) -> dict[str, Power]:
    """Where something of a VM is, and what that is."""
    return {
        f"hosts/{name}": guest.power
        for name, driver in hosts.drivers.items()
        for guest in driver.guests.values()
        if guest.vm_uid == vm.uid
    }


async def allocated(plane: Plane) -> dict[str, int]:
    return {name: held for name, (_, held) in (await plane.used()).items()}


@pytest.mark.parametrize("disk_pool", ["", "san"])
async def test_a_vm_moves_and_runs_on_one_host_alone(plane: Plane, disk_pool: str) -> None:
    async with simulated_hosts(plane, "node-1", "node-2", disk_pool=disk_pool) as hosts:
        vm = await begun(plane, hosts)
        moved = vm_of(await plane.wait(await migrate(plane)))
        assert (moved.state, moved.incarnation) == (vm_pb2.VM_STATE_RUNNING, vm.incarnation + 1)
        assert {vm.host, moved.host} == {"hosts/node-1", "hosts/node-2"}
        await until(lambda: places(hosts, vm) == {moved.host: Power.RUNNING})
        assert hosts.drivers[moved.host.removeprefix("hosts/")].has_disk(moved.uid)  # pyright: ignore[reportArgumentType]
        assert await allocated(plane) == {"vcpus": 2, "memory_mib": 512, "disk_gib": 5}
        types = ("VmMigrateRequested", "VmMigrationAdvanced", "VmMigrated")
        events = await plane.events(vm_name("web"), *types)
        assert events.count("vm_migration_advanced") == 4
        assert events.count("vm_migrated") == 1


async def test_both_hosts_hold_a_vm_that_moves(plane: Plane) -> None:
    async with simulated_hosts(plane, "node-1", "node-2") as hosts:
        vm = await begun(plane, hosts)
        for driver in hosts.drivers.values():
            driver.behaviour.delay_s["migrate"] = 60.0
        await migrate(plane)
        await until(lambda: Power.ARRIVING in places(hosts, vm).values())
        assert (await allocated(plane))["vcpus"] == 4
        await plane.wait(await plane.stop())
        assert await allocated(plane) == {"vcpus": 0, "memory_mib": 0, "disk_gib": 5}
        await until(lambda: places(hosts, vm) == {vm.host: Power.SHUTOFF})


async def test_a_migration_that_fails_leaves_the_vm_where_it_was(plane: Plane) -> None:
    async with simulated_hosts(plane, "node-1", "node-2") as hosts:
        vm = await begun(plane, hosts)
        source = hosts.drivers[vm.host.removeprefix("hosts/")]
        source.behaviour.faults["migrate"] = Fault(times=1, error="the link broke")
        failed = await plane.wait(await migrate(plane))
        assert "the link broke" in failed.error.message
        after = await plane.get()
        assert (after.state, after.host, after.incarnation) == (vm_pb2.VM_STATE_RUNNING, vm.host, vm.incarnation)
        await until(lambda: places(hosts, vm) == {vm.host: Power.RUNNING})
        assert await allocated(plane) == {"vcpus": 2, "memory_mib": 512, "disk_gib": 5}
        # And the next attempt succeeds, by an incarnation of its own.
        assert vm_of(await plane.wait(await migrate(plane))).host != vm.host


async def test_no_other_host_is_no_capacity(plane: Plane) -> None:
    async with simulated_hosts(plane, "node-1") as hosts:
        await begun(plane, hosts)
        assert (await refused(migrate(plane))).reason == "NO_CAPACITY"


async def test_an_agent_that_moves_nothing_is_no_source(plane: Plane) -> None:
    await plane.register("node-1")
    await plane.create(start=True)
    found = await refused(migrate(plane))
    assert found.reason in ("WRONG_STATE", "INVALID_FIELD")
