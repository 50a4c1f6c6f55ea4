"""Hosts that are drained, and VMs that are restarted, by real agents on simulated hosts."""

from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hostagent.drivers.base import Power
from hostagent.drivers.simulated.behaviour import Behaviour, Fault
from uuid_utils import uuid7

from controlplane.commands.trouble import CancelDrain, DrainHost, FenceHost
from controlplane.commands.vm import CreateVm, VmCommand
from controlplane.domain.command import Command, CommandContext
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.availability import Availability, OnMaintenance, RestartWhen
from controlplane.domain.vm.states import Verb, VmState
from tests.integration.controlplane.plane import DEFAULT, Plane, running, vm_name
from tests.integration.controlplane.simulated_hosts import SimulatedHosts, simulated_hosts
from tests.support.waiting import until as until_it_holds

LIVE, RESTART, STOP = OnMaintenance.LIVE, OnMaintenance.RESTART, OnMaintenance.STOP
OPERATOR = 1  # chronovisor.v1.FenceMethod


class Drained:
    """A control plane, and hosts of which `node-1` has had VMs for longest."""

    def __init__(self, plane: Plane, hosts: SimulatedHosts) -> None:
        self.plane = plane
        self.hosts = hosts

    async def submit(self, command: Command[Any]) -> Any:
        context = CommandContext("user:alice", str(uuid7()))
        return await self.plane.control_plane.writer.submit(command, context)

    async def run_vm(self, vm_id: str, policy: OnMaintenance = LIVE, disk_gib: int = 5, **terms: Any) -> None:
        """One that runs on the first host, before there are others."""
        spec = Spec(Resources(2, 512, disk_gib), image="tiny")
        availability = Availability(policy)._replace(**terms)
        labels = {"app": vm_id}
        command = CreateVm(str(uuid7()), DEFAULT, vm_name(vm_id), spec, labels, True, availability=availability)
        await self.submit(command)
        await self.until(lambda: self.vm(vm_id).state is VmState.RUNNING)

    async def add(self, *host_ids: str) -> None:
        for host_id in host_ids:
            self.hosts.add(host_id)
        await self.until(lambda: len(self.plane.control_plane.reads.inventory.hosts) == len(self.hosts.drivers))

    def host(self, host_id: str = "node-1") -> Host:
        found = self.plane.control_plane.reads.inventory.host_named(f"hosts/{host_id}")
        assert found is not None
        return found

    def vm(self, vm_id: str) -> Vm:
        found = self.plane.control_plane.reads.inventory.vm_named(vm_name(vm_id))
        assert found is not None
        return found

    def waiting_for(self) -> list[str]:
        return self.plane.control_plane.draining.waiting_for(self.host().uid)

    async def until(self, holds: Callable[[], object]) -> None:
        async def look() -> bool:
            return bool(holds())

        await until_it_holds(look)

    async def until_state(self, state: HostState, host_id: str = "node-1") -> None:
        await self.until(lambda: self.host(host_id).state is state)

    async def until_only(self, where: dict[str, str]) -> None:
        """Until these VMs run there, and each nowhere else, by the ledger and by the hypervisors."""
        expected = {self.vm(vm_id).uid: [host_id] for vm_id, host_id in where.items()}
        await self.until(lambda: all(self.vm(each).state is VmState.RUNNING for each in where))
        await self.until(lambda: {uid: sorted(on) for uid, on in self.hosts.running().items()} == expected)
        assert {vm_id: self.vm(vm_id).host.removeprefix("hosts/") for vm_id in where} == where

    def guests(self, host_id: str) -> Collection[Power]:
        return [guest.power for guest in self.hosts.drivers[host_id].guests.values()]


@asynccontextmanager
async def drained(plane: Plane, disk_pool: str = "san") -> AsyncGenerator[Drained]:
    async with simulated_hosts(plane, "node-1", disk_pool=disk_pool) as hosts:
        found = Drained(plane, hosts)
        await found.add()
        yield found


async def test_a_host_is_drained_by_each_vms_policy(plane: Plane) -> None:
    async with drained(plane) as world:
        await world.run_vm("live")
        await world.run_vm("restarted", RESTART)
        await world.run_vm("stopped", STOP)
        await world.add("node-2")
        await world.submit(DrainHost("hosts/node-1"))
        await world.until_state(HostState.MAINTENANCE)
        await world.until_only({"live": "node-2", "restarted": "node-2"})
        assert world.vm("stopped").state is VmState.STOPPED
        assert not world.host().allocated.vcpus
        await world.until(lambda: set(world.guests("node-1")) <= {Power.SHUTOFF})
        kinds = await plane.events(vm_name("restarted"))
        assert kinds.count("vm_stop_requested") == 1
        assert "vm_migrate_requested" not in kinds
        assert "vm_migrated" in await plane.events(vm_name("live"))


async def test_a_disk_on_its_host_alone_is_copied_with_its_vm(plane: Plane) -> None:
    async with drained(plane, disk_pool="") as world:
        await world.run_vm("web", RESTART)
        await world.add("node-2")
        await world.submit(DrainHost("hosts/node-1"))
        await world.until_state(HostState.MAINTENANCE)
        await world.until_only({"web": "node-2"})
        assert not world.host().holdings
        assert world.hosts.drivers["node-2"].has_disk(world.vm("web").uid)  # pyright: ignore[reportArgumentType]


async def test_a_disk_on_shared_storage_is_held_elsewhere_and_its_vm_starts_there(plane: Plane) -> None:
    async with drained(plane) as world:
        await world.run_vm("web")
        uid = world.vm("web").uid
        await world.submit(VmCommand(Verb.STOP, vm_name("web")))
        await world.until(lambda: world.vm("web").state is VmState.STOPPED)
        await world.add("node-2")
        await world.submit(DrainHost("hosts/node-1", move_disks=True))
        await world.until_state(HostState.MAINTENANCE)
        assert not world.host().holdings
        # The old host's definition of it goes, and the disk stays.
        await world.until(lambda: not world.guests("node-1"))
        assert world.hosts.drivers["node-2"].has_disk(uid)  # pyright: ignore[reportArgumentType]
        await world.submit(VmCommand(Verb.START, vm_name("web")))
        await world.until_only({"web": "node-2"})
        await world.submit(VmCommand(Verb.DELETE, vm_name("web")))
        await world.until(lambda: not world.hosts.drivers["node-2"].has_disk(uid))  # pyright: ignore[reportArgumentType]


async def test_what_does_not_fit_stays_until_there_is_a_host_for_it(plane: Plane) -> None:
    async with drained(plane) as world:
        await world.run_vm("web")
        world.hosts.add("small", Behaviour(totals={"vcpus": 1, "memory_mib": 256, "disk_gib": 1}, disk_pool="san"))
        await world.add()
        await world.submit(DrainHost("hosts/node-1"))
        await world.until(lambda: any("no host fits" in line for line in world.waiting_for()))
        assert world.vm("web").state is VmState.RUNNING
        await world.add("node-2")
        await world.until_state(HostState.MAINTENANCE)
        await world.until_only({"web": "node-2"})


async def test_a_drain_that_is_cancelled_leaves_the_rest_where_it_is(plane: Plane) -> None:
    async with drained(plane) as world:
        for number in range(3):
            await world.run_vm(f"vm-{number}")
        await world.add("node-2")
        world.hosts.drivers["node-1"].behaviour.delay_s["migrate"] = 0.5
        await world.submit(DrainHost("hosts/node-1", max_parallel=1))
        await world.until(lambda: any(world.vm(f"vm-{n}").state is VmState.MIGRATING for n in range(3)))
        drain = world.host().drain
        assert drain is not None
        await world.submit(CancelDrain(world.host().uid, drain.version))
        await world.until(lambda: all(world.vm(f"vm-{n}").state is VmState.RUNNING for n in range(3)))
        assert world.host().state is HostState.CORDONED
        assert sorted(world.vm(f"vm-{n}").host for n in range(3)) == ["hosts/node-1", "hosts/node-1", "hosts/node-2"]


async def test_a_move_that_fails_is_tried_again(plane: Plane) -> None:
    async with drained(plane) as world:
        await world.run_vm("web")
        await world.add("node-2", "node-3")
        world.hosts.drivers["node-1"].behaviour.faults["migrate"] = Fault(times=1, error="the link broke")
        await world.submit(DrainHost("hosts/node-1"))
        await world.until(lambda: any("the link broke" in line for line in world.waiting_for()))
        await world.until_state(HostState.MAINTENANCE)
        await world.until_only({"web": world.vm("web").host.removeprefix("hosts/")})
        kinds = await plane.events(vm_name("web"))
        assert kinds.count("vm_migrate_requested") == 2


async def test_a_drain_goes_on_after_a_restart_of_the_control_plane(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    names = [f"vm-{number}" for number in range(4)]
    async with running(store) as plane:
        port = plane.control_plane.port
        hosts = SimulatedHosts(plane, disk_pool="san")
        world = Drained(plane, hosts)
        await world.add("node-1")
        for number, name in enumerate(names):
            await world.run_vm(name, RESTART if number % 2 else LIVE)
        await world.add("node-2")
        hosts.drivers["node-1"].behaviour.delay_s["migrate"] = 0.2
        await world.submit(DrainHost("hosts/node-1", max_parallel=1))
        await world.until(lambda: any(world.vm(name).host == "hosts/node-2" for name in names))
    async with running(store, listen=f"127.0.0.1:{port}") as plane:
        world.plane = plane
        try:
            await world.until_state(HostState.MAINTENANCE)
            await world.until_only(dict.fromkeys(names, "node-2"))
        finally:
            await hosts.close()


async def test_a_host_that_is_fenced_while_it_is_drained_is_drained_by_that(plane: Plane) -> None:
    async with drained(plane) as world:
        await world.run_vm("kept", when=RestartWhen.HOST_FAILED)
        await world.run_vm("lost")
        await world.add("node-2")
        world.hosts.drivers["node-1"].behaviour.delay_s["migrate"] = 60.0
        await world.submit(DrainHost("hosts/node-1", max_parallel=1))
        await world.until(lambda: VmState.MIGRATING in (world.vm("kept").state, world.vm("lost").state))
        # Off for certain: neither its agent nor any guest of it is there any more.
        await world.hosts.end("node-1")
        world.hosts.drivers["node-1"].guests.clear()
        await world.submit(FenceHost("hosts/node-1", method=OPERATOR))
        await world.until_only({"kept": "node-2"})
        assert world.host().place is HostState.MAINTENANCE
        assert world.vm("lost").state is VmState.FAILED


async def test_restarts_come_in_order_of_priority_and_of_what_comes_after_what(plane: Plane) -> None:
    async with drained(plane) as world:
        await world.run_vm("web", when=RestartWhen.HOST_FAILED, after="app=db", priority=9)
        await world.run_vm("low", when=RestartWhen.HOST_FAILED, priority=-1)
        await world.run_vm("db", when=RestartWhen.HOST_FAILED)
        await world.hosts.end("node-1")
        await world.submit(FenceHost("hosts/node-1", method=OPERATOR))
        await world.until(lambda: "no host fits" in plane.control_plane.restarts.waiting_for(world.vm("db").uid))
        world.hosts.drivers["node-1"].guests.clear()
        await world.add("node-2")
        await world.until_only({"web": "node-2", "low": "node-2", "db": "node-2"})
        started = {name: world.vm(name).started for name in ("web", "low", "db")}
        assert started["db"] <= started["low"]
        assert started["db"] < started["web"]
        assert [world.vm(name).attempts for name in started] == [1, 1, 1]


async def test_a_guest_that_ends_again_and_again_is_started_so_often_and_no_more(plane: Plane) -> None:
    async with drained(plane) as world:
        await world.run_vm("web", when=RestartWhen.ALWAYS, max_attempts=2, backoff_us=50_000)
        world.hosts.drivers["node-1"].behaviour.ends_after_s = 0.05
        (guest,) = world.hosts.drivers["node-1"].guests.values()
        world.hosts.drivers["node-1"].end(guest.vm_uid)
        await world.until(lambda: "2 starts in a row were in vain" in world.vm("web").failure)
        kinds = await plane.events(vm_name("web"))
        assert kinds.count("vm_start_requested") == 3


async def test_a_stop_wins_over_a_restart_that_is_owed(plane: Plane) -> None:
    async with drained(plane) as world:
        await world.run_vm("web", when=RestartWhen.HOST_FAILED, priority=1)
        await world.run_vm("other", when=RestartWhen.HOST_FAILED)
        await world.hosts.end("node-1")
        world.hosts.drivers["node-1"].guests.clear()
        await world.submit(FenceHost("hosts/node-1", method=OPERATOR))
        assert world.vm("web").restart is not None
        await world.submit(VmCommand(Verb.STOP, vm_name("web")))
        await world.add("node-2")
        # Its turn would have come before.
        await world.until_only({"other": "node-2"})
        assert world.vm("web").state is VmState.STOPPED
