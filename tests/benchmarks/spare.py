"""What a rule of spare capacity costs a start: the same creates and starts, decided with a rule and without.

Decisions alone, without ledger and network. Hosts are half full; each VM is stopped again later, so that they stay so.
"""

import random
import time
from collections import deque
from pathlib import Path

from controlplane.commands import vm as commands
from controlplane.commands.vm import CreateVm, ReportVm, VmCommand
from controlplane.domain.command import CommandContext
from controlplane.domain.fleet import Fleet
from controlplane.domain.placement.spare_capacity import SpareRule, SpareRules
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Observed, Spec
from controlplane.domain.vm.limits import Limits
from controlplane.domain.vm.reports import Report
from controlplane.domain.vm.states import GuestState, Verb
from tests.benchmarks.measure import Row, at_most
from tests.benchmarks.placement import PROJECT, fleet_of

SIZES = (Resources(1, 4096, 10), Resources(2, 8192, 10), Resources(4, 16_384, 10))
A_HOST = 20
ROUNDS = 3


class Life:
    """VMs that are created, started and stopped on one fleet."""

    def __init__(self, hosts: int, rules: SpareRules) -> None:
        self._fleet = fleet_of(hosts)
        self._limits = Limits().keeping(rules)
        self._chance = random.Random(1)
        self._specs = [Spec(size, image="x") for size in SIZES]
        self._running: deque[str] = deque()
        self._count = 0

    @property
    def fleet(self) -> Fleet:
        return self._fleet

    def _unit(self, actor: str) -> UnitOfWork:
        return UnitOfWork(self._fleet, CommandContext(actor, "r"), Micros(0), self._limits)

    def fill(self, count: int) -> None:
        for _ in range(count):
            self.start("system:fill")

    def start(self, actor: str = "user:benchmark") -> None:
        uid, spec = f"u{self._count}", self._chance.choice(self._specs)
        self._count += 1
        commands.create(self._unit(actor), CreateVm(uid, PROJECT, f"{PROJECT}/vms/{uid}", spec, {}, True))
        self._fleet.settle()
        self._running.append(uid)

    def stop(self) -> None:
        """The one that was started first."""
        uid = self._running.popleft()
        commands.execute(self._unit("user:benchmark"), VmCommand(Verb.STOP, f"{PROJECT}/vms/{uid}"))
        vm = self._fleet.vms[uid]
        seen = Observed(GuestState.SHUTOFF, Micros(0), "")
        ended = Report(vm.incarnation, seen, started=True, desired_version=vm.desired_version)
        commands.report(self._unit("agent:benchmark"), ReportVm(vm.host_uid, uid, ended))
        self._fleet.settle()


def started(hosts: int, rules: SpareRules, count: int) -> tuple[float, float]:
    """Microseconds of a start, and seconds of the first one with its rules."""
    life = Life(hosts, rules)
    life.fill(hosts * A_HOST)
    began = time.perf_counter()
    life.start()
    first_s = time.perf_counter() - began
    taken = 0.0
    for _ in range(count):
        life.stop()
        began = time.perf_counter()
        life.start()
        taken += time.perf_counter() - began
    return taken / count * 1e6, first_s


async def run(directory: Path, *, quick: bool) -> list[Row]:
    del directory
    sizes, count, rounds = ((10,), 20, 1) if quick else ((100, 1_000), 500, ROUNDS)
    rows: list[Row] = []
    for hosts in sizes:
        plain: list[float] = []
        by_host: list[float] = []
        by_rack: list[float] = []
        firsts: list[float] = []
        for _ in range(rounds):
            plain.append(started(hosts, (), count)[0])
            taken, first_s = started(hosts, (SpareRule(),), count)
            by_host.append(taken)
            firsts.append(first_s * 1e3)
            by_rack.append(started(hosts, (SpareRule(within="rack"),), count)[0])
        of = f"a start is decided, {hosts:,} hosts of {A_HOST} VMs"
        rows.append(at_most(f"{of}, rule by host", "us", plain, by_host, 5))
        rows.append(at_most(f"{of}, rule by rack", "us", plain, by_rack, 5))
        rows.append(at_most(f"the first one with the rule by host, {hosts:,} hosts", "ms", [1.0], firsts, 5_000))
    return rows
