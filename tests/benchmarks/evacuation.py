"""Hosts that are emptied in a fleet that is nearly full: VMs that find a place, chosen together, against one by one.

Both choose by the engine and its rules, on the same fleet. One by one is as a loop over the VMs of a host would: as
they come, each to the best host by its project's policy.
"""

import random
import time
from pathlib import Path

from controlplane.domain.errors import NoCapacity
from controlplane.domain.fleet import Fleet
from controlplane.domain.placement.policy import parse_policy
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.definition import decide_create
from controlplane.domain.vm.terms import Terms
from controlplane.domain.vm.verbs import START
from controlplane.placement import evacuation
from controlplane.placement.engine import Engine
from controlplane.placement.trial import Trial
from tests.benchmarks.measure import Row, at_most
from tests.benchmarks.placement import PROJECT, draft_on, fleet_of

SIZES = (Resources(1, 4096, 10), Resources(4, 8192, 10), Resources(8, 49_152, 10), Resources(16, 98_304, 10))
EMPTIED = 4
FULL = 0.77


def filled(hosts: int, share: float, seed: int) -> Fleet:
    """Hosts that hold so much of their memory, by VMs of four sizes that came in any order."""
    fleet, chance = fleet_of(hosts), random.Random(seed)
    # Room is left on every host, and no more than a little.
    fleet.projects.update((uid, each.placed_by(parse_policy("spread"))) for uid, each in fleet.projects.items())
    engine, left, number = fleet.index(Engine), round(hosts * 262_144 * share), 0
    specs = [Spec(size, image="x") for size in SIZES]
    while left > 0:
        spec, uid, unit = chance.choice(specs), f"u{number}", draft_on(fleet)
        number += 1
        left -= spec.resources.memory_mib
        unit.record(f"vms/{uid}", decide_create(uid, f"{PROJECT}/vms/v{number}", "uid-default", spec, {}))
        vm = fleet.vms[uid]
        try:
            placed = engine.place(vm, spec.resources, Micros(0))
        except NoCapacity:
            break
        unit.record(f"vms/{uid}", START.decide(vm, Terms(Micros(0), START.limit_s, placed=placed)))
        unit.hold(fleet.hosts[placed.host_uid], uid, spec.resources, placed.parts)
        fleet.settle()
    return fleet


def one_by_one(fleet: Fleet, sources: list[str]) -> int:
    """How many VMs find a place, in the order in which their hosts hold them."""
    mark, trial, placed = fleet.mark(), Trial(fleet), 0
    for uid in sources:
        trial.close(fleet.hosts[uid])
    for uid in sources:
        for vm_uid in fleet.hosts[uid].holdings:
            try:
                trial.move(fleet.vms[vm_uid], "")
                placed += 1
            except NoCapacity:
                continue
    fleet.undo(mark)
    return placed


async def run(directory: Path, *, quick: bool) -> list[Row]:
    del directory
    hosts, seeds = (12, 2) if quick else (60, 20)
    left_alone = left_together = 0
    alone_us: list[float] = []
    together_us: list[float] = []
    for seed in range(seeds):
        fleet = filled(hosts, FULL, seed)
        sources = random.Random(seed).sample(sorted(fleet.hosts), EMPTIED)
        vms = sum(len(fleet.hosts[uid].holdings) for uid in sources)
        one_by_one(fleet, sources)
        began = time.perf_counter()
        left_alone += vms - one_by_one(fleet, sources)
        alone_us.append((time.perf_counter() - began) / vms * 1e6)
        began = time.perf_counter()
        left_together += len(evacuation.plan(fleet, sources).unplaced)
        together_us.append((time.perf_counter() - began) / vms * 1e6)
    of = f"{EMPTIED} of {hosts} hosts emptied, {FULL:.0%} full, {seeds} times"
    return [
        at_most(f"{of}: VMs without a place", "VMs", [max(left_alone, 1)], [max(left_together, 1)], 0.5),
        at_most(f"the same: time a VM, {evacuation.TRIES} orders at most", "us", alone_us, together_us, 8),
    ]
