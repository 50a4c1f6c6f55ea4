"""Where a VM of known lifetime goes."""

from controlplane.commands import vm as vm_commands
from controlplane.commands.vm import CreateVm
from controlplane.domain.command import CommandContext
from controlplane.domain.placement.rules import PlacementRules, Preference
from controlplane.domain.placement.selectors import parse
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Spec
from controlplane.domain.vm.states import Verb
from controlplane.placement.engine import Engine
from tests.support.controlplane import PROJECT, RUNNING, SHUTOFF, World, spec

HOUR = 3600 * SECOND


def world(*hosts: str) -> World:
    made = World()
    made.project()
    for name in hosts:
        made.host(name)
    return made


def start(fleet: World, name: str, hours: float, *, of: Spec | None = None, on: str = "") -> str:
    """Starts a VM, on one host alone if it is given, and returns the host that it is on."""
    made = Spec(spec().resources, "tiny", rules=PlacementRules(host=f"hosts/{on}" if on else ""))
    lifetime = round(hours * HOUR)
    command = CreateVm(
        f"uid-{name}", PROJECT, f"{PROJECT}/vms/{name}", of or made, {}, start=True, expected_lifetime_us=lifetime
    )
    fleet.carry_out(command)
    return fleet.vm(name).host


def test_a_vm_joins_the_host_that_it_keeps_in_use_no_longer() -> None:
    fleet = world("short", "long")
    start(fleet, "one", 1, on="short")
    start(fleet, "ten", 10, on="long")
    assert start(fleet, "nine", 9) == "hosts/long"
    assert start(fleet, "half", 0.5) == "hosts/short"


def test_an_empty_host_is_the_last_to_be_chosen() -> None:
    fleet = world("empty", "short")
    start(fleet, "one", 0.1, on="short")
    assert start(fleet, "ten", 100) == "hosts/short"


def test_a_host_of_a_vm_of_unknown_lifetime_is_expected_to_stay() -> None:
    fleet = world("known", "unknown")
    start(fleet, "one", 1, on="known")
    start(fleet, "pet", 0, on="unknown")
    assert start(fleet, "five", 5) == "hosts/unknown"
    assert start(fleet, "three-quarters", 0.75) == "hosts/known"


def test_what_has_outlived_its_lifetime_is_expected_to_run_as_long_again() -> None:
    fleet = world("late")
    start(fleet, "one", 1, on="late")
    engine, began = fleet.fleet.index(Engine), fleet.now
    assert engine.expected_end("uid-late", began) == began // 60 // SECOND * 60 * SECOND + HOUR
    for hours in (1, 2, 30):
        end = engine.expected_end("uid-late", Micros(began + hours * HOUR))
        assert end is not None
        assert abs(end - (began + 2 * hours * HOUR)) < 60 * SECOND


def test_a_vm_that_stops_or_changes_its_lifetime_counts_no_more_as_it_did() -> None:
    fleet = world("node")
    start(fleet, "one", 1)
    start(fleet, "ten", 10)
    engine = fleet.fleet.index(Engine)
    before = engine.expected_end("uid-node", fleet.now)
    fleet.report(RUNNING, "ten")
    fleet.ask(Verb.STOP, "ten")
    fleet.report(SHUTOFF, "ten")
    # Its disk is there, and nobody knows for how long.
    assert engine.expected_end("uid-node", fleet.now) is None
    fleet.ask(Verb.START, "ten")
    assert engine.expected_end("uid-node", fleet.now) == before


def test_a_preference_outweighs_the_ends() -> None:
    fleet = world("short", "long")
    start(fleet, "one", 1, on="short")
    start(fleet, "year", 8760, on="long")
    prefer = Spec(spec().resources, "tiny", rules=PlacementRules(prefer=(Preference(parse("host=short"), 100),)))
    assert start(fleet, "other-year", 8760, of=prefer) == "hosts/short"


def test_a_refused_command_leaves_no_end_behind() -> None:
    fleet = world("node")
    engine = fleet.fleet.index(Engine)
    spare = Spec(spec().resources, "tiny")
    unit = UnitOfWork(fleet.fleet, CommandContext("user:test", "test"), fleet.now, fleet.limits)
    mark = unit.mark()
    command = CreateVm("u", PROJECT, f"{PROJECT}/vms/u", spare, {}, start=True, expected_lifetime_us=HOUR)
    vm_commands.create(unit, command)
    assert engine.expected_end("uid-node", fleet.now) is not None
    unit.undo(mark)
    assert engine.expected_end("uid-node", fleet.now) is None
