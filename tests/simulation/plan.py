"""What happens in a history: drawn from its seed before it begins, so that a part of it can be left out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from controlplane.domain.resources import PROJECT_CLASSES

VMS = ("a", "b", "c", "d")
STEPS = (
    *("define", "start", "stop", "pause", "resume", "reboot", "delete"),
    *("prepare_incoming", "migrate", "migrate.finish", "migrate.confirm"),
)
# An agent gives up for good what fails for good. What ends a guest is never given up.
CAN_FAIL_FOR_GOOD = ("define", "start", "pause", "resume", "reboot", "prepare_incoming")
RESTARTS = ("", "", "restarts with its host", "restarts always")
# Of which `slim` has one address to give.
NETWORKS = ("wide", "slim")
IMAGES = ("base",)
CARDS = ("", "", "on wide", "on wide", "on slim", "on wide slim", "on wide as 10.0.0.3")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, at a time: `subject` is a VM, a host, or nothing. `number` is its place in the plan."""

    number: int
    at_s: float
    kind: str
    subject: str = ""
    amount: float = 0.0
    word: str = ""

    def __str__(self) -> str:
        words = [self.kind.replace("_", " ")]
        if self.subject:
            words.append(self.subject)
        if self.word:
            words.append(self.word)
        if self.amount:
            words.append(f"({self.amount:.3g})")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Plan:
    """A history before it happens. `slowest_s`: of the network; `delay_s`: of a hypervisor's steps."""

    seed: int
    hosts: tuple[str, ...]
    vms: tuple[str, ...]
    steps: tuple[Step, ...]
    slowest_s: float
    delay_s: float
    repeating: float
    # Of the disks that all hosts share; empty: each has its own.
    pool: str
    # Whether control planes start from snapshots.
    snapshots: bool

    def only(self, numbers: Collection[int]) -> "Plan":
        return replace(self, steps=tuple(step for step in self.steps if step.number in numbers))


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of step: how often it is drawn, and what of."""

    weight: float
    draw: Callable[[Random, "_Place"], Step]


@dataclass(frozen=True, slots=True)
class _Place:
    number: int
    at_s: float
    kind: str
    hosts: Sequence[str]
    vms: Sequence[str]

    def step(self, subject: str = "", amount: float = 0.0, word: str = "") -> Step:
        return Step(self.number, self.at_s, self.kind, subject, round(amount, 3), word)


def _of_vm(random: Random, place: _Place) -> Step:
    return place.step(random.choice(place.vms))


def _create(random: Random, place: _Place) -> Step:
    words = random.choice(("", "started", "started")), random.choice(RESTARTS), random.choice(CARDS)
    image = random.choice(("", "", f"from {IMAGES[0]}"))
    return place.step(random.choice(place.vms), random.randint(1, 3), ", ".join(filter(None, (*words, image))))


def _change_cards(random: Random, place: _Place) -> Step:
    return place.step(random.choice(place.vms), word=random.choice(CARDS))


def _of_network(random: Random, place: _Place) -> Step:
    return place.step(random.choice(NETWORKS))


def _of_image(random: Random, place: _Place) -> Step:
    return place.step(random.choice(IMAGES))


def _quota(random: Random, place: _Place) -> Step:
    """`amount` is the most of a class; 0: not limited."""
    return place.step(random.choice(PROJECT_CLASSES), random.choice((0, 1, 1, 2)))


def _drain(random: Random, place: _Place) -> Step:
    policy = random.choice(("", "", "live", "restart", "stop"))
    with_disks = random.choice(("", "with disks"))
    return place.step(random.choice(place.hosts), random.randint(1, 2), f"{policy} {with_disks}".strip())


def _migrate(random: Random, place: _Place) -> Step:
    limit_s = random.choice((0.0, 0.0, 2.0))
    return place.step(random.choice(place.vms), limit_s, random.choice(("", *place.hosts)))


def _stop(random: Random, place: _Place) -> Step:
    return place.step(random.choice(place.vms), random.choice((0.0, 0.0, 1.0, 5.0)))


def _reboot(random: Random, place: _Place) -> Step:
    return place.step(random.choice(place.vms), word=random.choice(("", "force")))


def _of_host(random: Random, place: _Place) -> Step:
    return place.step(random.choice(place.hosts))


def _host_for_a_while(random: Random, place: _Place) -> Step:
    return place.step(random.choice(place.hosts), _span(random))


def _for_a_while(random: Random, place: _Place) -> Step:
    return place.step(amount=_span(random))


def _at_append(random: Random, place: _Place) -> Step:
    return place.step(amount=_span(random), word=random.choice(("before", "after")))


def _at_step(random: Random, place: _Place) -> Step:
    return place.step(random.choice(place.hosts), _span(random), random.choice(("before", "after")))


def _failing(random: Random, place: _Place) -> Step:
    step = random.choice(STEPS)
    for_good = step in CAN_FAIL_FOR_GOOD and random.random() < 0.3
    return place.step(random.choice(place.hosts), random.randint(1, 4), f"{step}{' for good' if for_good else ''}")


def _span(random: Random) -> float:
    """Seconds: mostly few."""
    return random.choice((0.0, 0.2, random.uniform(0.1, 3.0), random.uniform(3.0, 15.0), random.uniform(15.0, 70.0)))


# What callers request, and what goes wrong.
COMMANDS: Mapping[str, Row] = {
    "create": Row(6, _create),
    "start": Row(6, _of_vm),
    "stop": Row(4, _stop),
    "reboot": Row(2, _reboot),
    "pause": Row(2, _of_vm),
    "resume": Row(2, _of_vm),
    "delete": Row(2, _of_vm),
    "migrate": Row(4, _migrate),
    "cancel_migration": Row(1, _of_vm),
    "label": Row(1, _of_vm),
    "resize": Row(1, _of_vm),
    "change_cards": Row(2, _change_cards),
    "create_network": Row(1, _of_network),
    "reserve_addresses": Row(0.5, _of_network),
    "delete_network": Row(1, _of_network),
    "create_image": Row(0.5, _of_image),
    "import_image": Row(1, _of_image),
    "deprecate_image": Row(0.5, _of_image),
    "delete_image": Row(0.5, _of_image),
    "set_quota": Row(0.5, _quota),
    "cordon": Row(0.5, _of_host),
    "uncordon": Row(2, _of_host),
    "drain": Row(2, _drain),
    "cancel_drain": Row(0.5, _of_host),
    "fence": Row(1, _host_for_a_while),
}
FAULTS: Mapping[str, Row] = {
    "kill_plane": Row(2, _for_a_while),
    "kill_plane_at_append": Row(3, _at_append),
    "kill_agent": Row(2, _host_for_a_while),
    "kill_agent_at_step": Row(3, _at_step),
    "crash_host": Row(2, _host_for_a_while),
    "break_stream": Row(2, _of_host),
    "part": Row(3, _host_for_a_while),
    "part_hypervisors": Row(1, _host_for_a_while),
    "hypervisor_outage": Row(1, _host_for_a_while),
    "fail_step": Row(1, _failing),
    "guest_ends": Row(1, _of_vm),
    "guest_crashes": Row(1, _of_vm),
    "guest_vanishes": Row(1, _of_vm),
    "guest_is_paused": Row(1, _of_vm),
}
ROWS = {**COMMANDS, **FAULTS}


def plan_of(seed: int) -> Plan:
    random = Random(seed)
    hosts = tuple(f"h{number}" for number in range(1, random.choice((2, 2, 3)) + 1))
    vms = VMS[: random.choice((1, 2, 2, 3, 4))]
    # Some histories are calm, so that what is rare without faults is seen, too.
    faults = random.choice((0.0, 0.2, 0.4, 0.6))
    kinds = [*COMMANDS, *FAULTS]
    weights = [row.weight for row in COMMANDS.values()]
    weights += [row.weight * faults * sum(weights) / _sum(FAULTS) / max(1 - faults, 0.1) for row in FAULTS.values()]
    at_s, steps = 0.0, list[Step]()
    for number, kind in enumerate(_kinds(random, kinds, weights)):
        at_s += random.choice((0.0, random.uniform(0.0, 0.1), random.uniform(0.0, 2.0), random.expovariate(0.25)))
        steps.append(ROWS[kind].draw(random, _Place(number, round(at_s, 3), kind, hosts, vms)))
    slowest_s, delay_s = random.choice((0.01, 0.1, 2.0)), random.choice((0.0, 0.05, 1.0))
    repeating, pool = random.choice((0.0, 0.0, 0.1)), random.choice(("", "shared"))
    return Plan(seed, hosts, vms, tuple(steps), slowest_s, delay_s, repeating, pool, random.random() < 0.5)


def _kinds(random: Random, kinds: Sequence[str], weights: Sequence[float]) -> list[str]:
    there = random.choice(
        ((), ("create_network",), ("create_network", "create_network", "create_image", "import_image"))
    )
    return [*there, "create", *random.choices(kinds, weights, k=random.randint(6, 28))]


def _sum(rows: Mapping[str, Row]) -> float:
    return sum(row.weight for row in rows.values())
