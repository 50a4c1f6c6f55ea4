"""A decision with capacity, a required label and anti-affinity: the engine's against a plain loop's, and how it grows.

Each decision is applied, so that the next one finds other hosts changed. The VMs are of four sizes and fifty groups;
those that are made from images, of twenty, each of which half of the hosts have.
"""

import gc
import random
import time
from pathlib import Path
from statistics import median

from controlplane.commands import host as hosts
from controlplane.commands import project as projects
from controlplane.commands.host import RegisterHost
from controlplane.commands.project import CreateProject
from controlplane.domain.command import CommandContext
from controlplane.domain.fleet import Fleet
from controlplane.domain.host.aggregate import Platform
from controlplane.domain.image.content import ImageContent, ImageFormat
from controlplane.domain.placement.rules import GroupKind, GroupRule, PlacementRules
from controlplane.domain.placement.selectors import parse
from controlplane.domain.resources import ClassInventory, Resources
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import FETCHES_IMAGES, Spec
from controlplane.domain.vm.definition import decide_create
from controlplane.domain.vm.limits import Limits
from controlplane.domain.vm.terms import Terms
from controlplane.domain.vm.verbs import START
from controlplane.placement.engine import Engine
from tests.benchmarks import nova
from tests.benchmarks.measure import Row, under

PROJECT = "projects/default"
SIZES = (Resources(1, 2048, 10), Resources(2, 4096, 10), Resources(4, 16384, 10), Resources(8, 14336, 10))
GROUPS = 50
TOTAL = {"vcpus": 64, "memory_mib": 262_144, "disk_gib": 10_000}
LIMITS = Limits()
TRAITS = frozenset({FETCHES_IMAGES})
CONTENTS = [ImageContent(f"i{number}", bytes([number]) * 32, ImageFormat.QCOW2, 1 << 30, 1) for number in range(20)]


def labels_of(number: int) -> dict[str, str]:
    return {"rack": f"r{number % 200}", "ssd": "yes" if number % 2 else "no"}


def draft_on(fleet: Fleet) -> UnitOfWork:
    return UnitOfWork(fleet, CommandContext("user:benchmark", "r"), Micros(0), LIMITS)


def fleet_of(count: int) -> Fleet:
    fleet = Fleet()
    projects.create(draft_on(fleet), CreateProject("uid-default", PROJECT))
    inventory = {name: ClassInventory(total) for name, total in TOTAL.items()}
    copies = [frozenset(each.sha256 for each in CONTENTS[start::2]) for start in (0, 1)]
    platforms = [Platform(images=frozenset("*"), copies=each) for each in copies]
    for number in range(count):
        platform, zone = platforms[number % 4 // 2], f"z{number % 5}"
        hosts.register(
            draft_on(fleet),
            RegisterHost(f"h{number}", f"hosts/h{number}", inventory, platform, zone, labels_of(number), TRAITS),
        )
        fleet.settle()
    return fleet


def specs(*, from_images: bool = False) -> list[list[Spec]]:
    """By group, by size: every VM of a group keeps apart from the others, and is of one image."""
    rules = [
        PlacementRules(require=parse("ssd=yes"), groups=(GroupRule(GroupKind.ANTI_AFFINITY, parse(f"group=g{group}")),))
        for group in range(GROUPS)
    ]
    contents = [CONTENTS[group % len(CONTENTS)] if from_images else None for group in range(GROUPS)]
    return [
        [Spec(size, image="x", rules=each, content=content) for size in SIZES]
        for each, content in zip(rules, contents, strict=True)
    ]


def ours(fleet: Fleet, count: int, *, from_images: bool = False) -> list[float]:
    """Seconds of each decision alone: what is recorded of it is not counted."""
    engine, chance, kinds = fleet.index(Engine), random.Random(1), specs(from_images=from_images)
    taken: list[float] = []
    for number in range(count):
        group, size = chance.randrange(GROUPS), chance.randrange(len(SIZES))
        spec, uid, unit = kinds[group][size], f"u{number}", draft_on(fleet)
        created = decide_create(uid, f"{PROJECT}/vms/v{number}", "uid-default", spec, {"group": f"g{group}"})
        unit.record(f"vms/{uid}", created)
        vm = fleet.vms[uid]
        began = time.perf_counter()
        placed = engine.place(vm, spec.resources, Micros(0))
        taken.append(time.perf_counter() - began)
        unit.record(f"vms/{uid}", START.decide(vm, Terms(Micros(0), START.limit_s, placed=placed)))
        unit.hold(fleet.hosts[placed.host_uid], uid, spec.resources, placed.parts)
        fleet.settle()
    return taken


def loop(hosts_count: int, count: int) -> list[float]:
    """Seconds of each decision of the plain loop."""
    fleet = [nova.HostState(f"h{number}", 64, 262_144, 10_000, labels_of(number)) for number in range(hosts_count)]
    chance = random.Random(1)
    taken: list[float] = []
    for _ in range(count):
        group, size = chance.randrange(GROUPS), SIZES[chance.randrange(len(SIZES))]
        request = nova.Request(size.vcpus, size.memory_mib, size.disk_gib, {"ssd": "yes"}, f"g{group}")
        began = time.perf_counter()
        assert nova.place(fleet, request)
        taken.append(time.perf_counter() - began)
    return taken


def resident_bytes() -> int:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * 4096


def p99(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.99)]


async def run(directory: Path, *, quick: bool) -> list[Row]:
    del directory
    small, large, decisions, loops = (50, 100, 40, 5) if quick else (10_000, 100_000, 5_000, 30)
    gc.collect()
    before = resident_bytes()
    big = fleet_of(large)
    on_large = ours(big, decisions)
    taken_mb = (resident_bytes() - before) / 1e6
    del big
    on_small = ours(fleet_of(small), decisions)
    from_images = ours(fleet_of(small), decisions, from_images=True)
    plain = loop(small, loops)
    times = median(plain) / median(on_small)
    measured = f"a decision, {small:,} hosts"
    return [
        Row(f"{measured}, p50", "us", median(plain) * 1e6, median(on_small) * 1e6, times, ">= 100 times", times >= 100),
        Row(
            f"{measured}, of an image that half of them have, p50",
            "us",
            median(on_small) * 1e6,
            median(from_images) * 1e6,
            median(from_images) / median(on_small),
            "<= 1.5 times",
            median(from_images) <= 1.5 * median(on_small),
        ),
        under(f"{measured}, p99", "us", p99(on_small) * 1e6, 1_000),
        under(f"a decision, {large:,} hosts, p99", "us", p99(on_large) * 1e6, 3_000),
        under(f"memory of {large:,} hosts and {decisions:,} VMs", "MB", max(taken_mb, 0.1), 400),
    ]
