"""Each step of each process is refused, repeated, and the last before the control plane ends: it comes to the same.

A process's steps are the commands that it submits.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from controlplane import processes
from controlplane.commands.clock import RecordClockStep
from controlplane.commands.guests import ReconcileHost
from controlplane.commands.host import ReportHost
from controlplane.commands.image import FailImport, FinishImport
from controlplane.commands.rebalancing import AdvanceRebalance, StartRebalance
from controlplane.commands.rehome import RehomeVm
from controlplane.commands.secrets import ForgetVmSecrets
from controlplane.commands.service_account import RecordTokenUses
from controlplane.commands.trouble import ConfirmFence, FailFence, FenceHost, FinishDrain, LoseHost
from controlplane.commands.vm import PassDeadline, RestartVm, VmCommand
from controlplane.domain.command import Command
from controlplane.domain.host.states import HostState
from controlplane.domain.rebalance.aggregate import Goal, MoveState, PlannedMove
from controlplane.domain.time import SECOND
from controlplane.domain.vm.availability import RestartWhen
from controlplane.domain.vm.states import VmState
from controlplane.processes.clock_watch import ClockWatch
from controlplane.processes.deadlines import Deadlines
from controlplane.processes.forgetting import Forgetting
from controlplane.processes.image_care import ImageCare
from controlplane.processes.image_imports import ImageImports
from controlplane.processes.leases import Leases
from controlplane.processes.strays import Strays
from controlplane.processes.token_uses import TokenUses
from tests.support.controlplane import PROJECT, inventory, register
from tests.support.processes import (
    LEASE_S,
    POOL,
    RESTART,
    STOP,
    WATCHDOG_S,
    Bench,
    FakeFencer,
    Trouble,
    cluster,
    running,
)

OPERATOR, FENCER, WATCHDOG = 1, 2, 3  # chronovisor.v1.FenceMethod


def drained() -> Bench:
    """A host to be drained with its disks, with a VM of each policy, and one to go to."""
    bench = cluster()
    bench.run_vm("live")
    bench.run_vm("restarted", RESTART)
    bench.run_vm("stopped", STOP)
    bench.host("b", POOL)
    bench.drain(max_parallel=2, move_disks=True)
    return bench


def is_drained(bench: Bench) -> bool:
    hosts = bench.world.fleet.hosts
    return (
        bench.state() is HostState.MAINTENANCE
        and bench.where() == {"live": "b", "restarted": "b"}
        and bench.vm("stopped").state is VmState.STOPPED
        and not hosts["uid-a"].holdings
        and (hosts["uid-b"].allocated.vcpus, hosts["uid-b"].allocated.disk_gib) == (4, 30)
    )


def fenced() -> Bench:
    """A host that was fenced, with VMs that are owed a start elsewhere: one after the other."""
    bench = cluster()
    bench.run_vm("db", when=RestartWhen.HOST_FAILED)
    bench.run_vm("web", when=RestartWhen.HOST_FAILED, after="app=db", priority=5)
    bench.run_vm("left")
    bench.host("b", POOL)
    bench.carry_out(FenceHost("hosts/a", method=OPERATOR))
    return bench


def is_restarted(bench: Bench) -> bool:
    web, db = bench.vm("web"), bench.vm("db")
    hosts = bench.world.fleet.hosts
    return (
        bench.where() == {"db": "b", "web": "b"}
        and db.started < web.started
        and (db.attempts, web.attempts) == (1, 1)
        and bench.vm("left").state is VmState.FAILED
        and (hosts["uid-a"].allocated.vcpus, hosts["uid-b"].allocated.vcpus) == (0, 4)
    )


def balanced() -> Bench:
    """VMs on two hosts that one has room for."""
    bench = cluster()
    bench.run_vm("one")
    bench.run_vm("two")
    bench.host("b", POOL)
    moves = [PlannedMove(f"uid-{name}", f"{PROJECT}/vms/{name}", "hosts/a", "hosts/b", "") for name in ("one", "two")]
    bench.carry_out(StartRebalance("r", Goal.FREE_HOSTS, "", 1, tuple(moves)))
    return bench


def is_balanced(bench: Bench) -> bool:
    rebalance = bench.world.fleet.rebalances["r"]
    hosts = bench.world.fleet.hosts
    return (
        rebalance.ended
        and [each.state for each in rebalance.moves] == [MoveState.MOVED] * 2
        and bench.where() == {"one": "b", "two": "b"}
        and (hosts["uid-a"].allocated.vcpus, hosts["uid-b"].allocated.vcpus) == (0, 4)
    )


def powered_off() -> Bench:
    """A host that its fencer is to power off, with a VM that is owed a start by that."""
    bench = watched()
    bench.fencer = FakeFencer()
    bench.carry_out(FenceHost("hosts/a", method=FENCER, has_fencer=True))
    return bench


def watched() -> Bench:
    """A host whose agent promised a watchdog, with a VM, and one to go to."""
    bench = cluster()
    bench.carry_out(
        ReportHost(replace(register("a", inventory()), traits=POOL, watchdog_us=round(WATCHDOG_S * SECOND)))
    )
    bench.run_vm("web", when=RestartWhen.HOST_FAILED)
    bench.host("b", POOL)
    return bench


def promised_off() -> Bench:
    """The same host, lost, which its watchdog stops."""
    bench = watched()
    bench.carry_out(LoseHost("uid-a", round(LEASE_S * SECOND)))
    bench.carry_out(FenceHost("hosts/a", method=WATCHDOG))
    return bench


def lost() -> Bench:
    """The same host, lost for longer than the system waits."""
    bench = watched()
    bench.auto_fence_after_s, bench.fencer = 600.0, FakeFencer(failures=1)
    bench.carry_out(LoseHost("uid-a", round(LEASE_S * SECOND)))
    bench.begin()
    return bench


def is_fenced(bench: Bench) -> bool:
    hosts = bench.world.fleet.hosts
    return (
        bench.state() is HostState.FENCED
        and bench.where() == {"web": "b"}
        and hosts["uid-a"].fence is None
        and (hosts["uid-a"].allocated.vcpus, hosts["uid-b"].allocated.vcpus) == (0, 2)
    )


# Processes of a single step, and that step: their own tests fail and repeat it.
ONE_STEP: dict[type, type[Command[Any]]] = {
    ClockWatch: RecordClockStep,
    Deadlines: PassDeadline,
    Forgetting: ForgetVmSecrets,
    ImageCare: FailImport,
    # Or the same that ImageCare has.
    ImageImports: FinishImport,
    Leases: LoseHost,
    Strays: ReconcileHost,
    TokenUses: RecordTokenUses,
}
# By which a walk begins, where nobody else begins it: see test_rebalancing.
BEGINNINGS = {StartRebalance}


class Walk(NamedTuple):
    """How a process begins, what it comes to, and the commands by which."""

    begun: Callable[[], Bench]
    is_done: Callable[[Bench], bool]
    steps: set[type[Command[Any]]]


WALKS = {
    "draining": Walk(drained, is_drained, {VmCommand, RehomeVm, RestartVm, FinishDrain}),
    "rebalancing": Walk(balanced, is_balanced, {AdvanceRebalance}),
    "restarts": Walk(fenced, is_restarted, {RestartVm}),
    "fencing by a fencer": Walk(powered_off, is_fenced, {ConfirmFence, RestartVm}),
    "fencing by a watchdog": Walk(promised_off, is_fenced, {ConfirmFence, RestartVm}),
    "fencing by the system": Walk(lost, is_fenced, {FenceHost, FailFence, ConfirmFence, RestartVm}),
}


async def to_its_end(walk: Walk, bench: Bench) -> None:
    async with running(bench):
        await bench.until(lambda: walk.is_done(bench))


@pytest.mark.parametrize("name", WALKS)
async def test_a_process_comes_to_its_end_by_its_steps(name: str) -> None:
    walk = WALKS[name]
    bench = walk.begun()
    await to_its_end(walk, bench)
    assert {type(command) for command, _ in bench.commands} == walk.steps


@pytest.mark.parametrize("trouble", Trouble)
@pytest.mark.parametrize("name", WALKS)
async def test_whatever_goes_wrong_with_a_step_it_comes_to_the_same(name: str, trouble: Trouble) -> None:
    walk = WALKS[name]
    bench = walk.begun()
    await to_its_end(walk, bench)
    for step in range(1, len(bench.commands) + 1):
        bench = walk.begun()
        bench.trouble = {step: trouble}
        async with running(bench):
            await bench.until(lambda bench=bench, step=step: len(bench.commands) >= step)
            if not trouble.is_crash:
                await bench.until(lambda bench=bench: walk.is_done(bench))
        if trouble.is_crash:
            bench.begin()
            await to_its_end(walk, bench)


def modules() -> Iterator[ModuleType]:
    for each in pkgutil.iter_modules(processes.__path__):
        yield importlib.import_module(f"{processes.__name__}.{each.name}")


def test_no_process_is_without_a_walk() -> None:
    """Whoever adds a process puts it on the bench, and adds its walk."""
    found = {
        value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and hasattr(value, "run")
    }
    assert found - {type(each) for each in Bench().processes} == ONE_STEP.keys()


def test_no_step_of_a_process_is_without_a_walk() -> None:
    """The commands that a process knows are its steps."""
    steps: set[type[Command[Any]]] = {
        value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Command) and value is not Command
    }
    walked = {step for walk in WALKS.values() for step in walk.steps}
    assert steps - walked == {*ONE_STEP.values(), *BEGINNINGS}
