"""Totals summed anew equal those that were kept up by difference; what differs is reported, raised and ended."""

from collections.abc import Iterable

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.commands.host import ReportHost
from controlplane.consistency.alarms import MOST_KEPT, Alarms, Comparison, CompletedCheck
from controlplane.consistency.discrepancy import Discrepancy, TotalsSource, discrepancies
from controlplane.consistency.recount import broken_rules, held_beyond_capacity, recounted
from controlplane.consistency.recount_worker import Behind, CheckFailed, compared
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros
from controlplane.domain.totals import Totals
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.projector.rows.row_builder import RowBuilder
from tests.support.controlplane import PROJECT, World, inventory, register, world_with_host
from tests.support.random_lives import Lives, lived, steps

pytestmark = pytest.mark.slow

HOST = "hosts/node-1"


def ends_of(lives: Lives) -> list[int]:
    """The positions at which an append ended: within one, a host may hold what its VM does not yet."""
    return [each.position for each in lives.events if each.event.HasField("batch_sealed")]


def kept(events: Iterable[RecordedEvent]) -> Utilization:
    """The totals by difference, event for event."""
    utilization = Utilization()
    utilization.apply(Fleet().replay(list(events)))
    return utilization


@settings(max_examples=40, deadline=None)
@given(steps, st.data())
def test_after_every_append_the_sum_is_what_was_kept_up(taken: list[tuple[str, str]], data: st.DataObject) -> None:
    with lived(taken) as lives:
        at = data.draw(st.sampled_from(ends_of(lives)))
        events = [each for each in lives.events if each.position <= at]
        fleet = Fleet()
        fleet.replay(events)
        assert list(discrepancies(TotalsSource.ANSWERS, kept(events).scopes, recounted(fleet))) == []
        assert list(broken_rules(fleet)) == []


@settings(max_examples=20, deadline=None)
@given(steps, st.data())
def test_memory_rows_and_ledger_are_compared_at_one_position(taken: list[tuple[str, str]], data: st.DataObject) -> None:
    with lived(taken) as lives:
        at = data.draw(st.sampled_from(ends_of(lives)))
        views = rows_of(lives)
        found = compared(lives.reads.ledger, views, at, reported_at(lives, at), lambda: False)
        assert (found.position, found.found) == (at, 0)
        assert found.events == sum(each.position <= at for each in lives.events)
        wrong = reported_at(lives, at)
        wrong[TotalsSource.ANSWERS]["fleet"].hosts += 1
        wrong[TotalsSource.DECISIONS]["hosts/none"] = Totals(Resources(vcpus=1))
        found = compared(lives.reads.ledger, views, at, wrong, lambda: False)
        hosts = wrong[TotalsSource.ANSWERS]["fleet"].hosts
        assert found.differences == [
            Discrepancy(TotalsSource.ANSWERS, "fleet", "hosts", "", hosts, hosts - 1),
            Discrepancy(TotalsSource.DECISIONS, "hosts/none", "total", "vcpus", 1, 0),
        ]
        views.close()


def rows_of(lives: Lives) -> ReadDatabase:
    views = ReadDatabase("memory:")
    views.open()
    with views.writing() as connection:
        tables, _ = views.active(connection)
        assert views.advance(connection, tables, 0, lives.head)
        RowBuilder(tables).fold(Fleet().replay(list(lives.events))).write(connection)
    return views


def reported_at(lives: Lives, at: int) -> dict[TotalsSource, dict[str, Totals]]:
    fleet = Fleet()
    fleet.replay(events := [each for each in lives.events if each.position <= at])
    hosts = {each.name: Totals(each.capacity, each.allocated) for each in fleet.hosts.values()}
    projects = {each.name: Totals(allocated=fleet.held_by_project(each.uid)) for each in fleet.projects.values()}
    return {TotalsSource.ANSWERS: dict(kept(events).scopes), TotalsSource.DECISIONS: hosts | projects}


def test_what_cannot_be_compared_is_a_failure_and_no_difference() -> None:
    with lived([("create", "a")]) as lives:
        ledger, head, views = lives.reads.ledger, lives.head, rows_of(lives)
        reported = reported_at(lives, head)
        with pytest.raises(CheckFailed, match=f"the ledger ends at position {head}, and was at {head + 1} before"):
            compared(ledger, views, head + 1, reported, lambda: False)
        with pytest.raises(CheckFailed, match="it was stopped"):
            compared(ledger, views, head, reported, lambda: True)
        empty = ReadDatabase("memory:")
        empty.open()
        with pytest.raises(Behind):
            compared(ledger, empty, head, reported, lambda: False)
        empty.close()
        views.close()


def with_a_vm() -> World:
    world = world_with_host(vcpus=8, gpu__a100=2)
    world.create("web", start=True)
    return world


def test_an_event_that_holds_more_than_is_free_is_found_and_a_machine_that_shrank_is_not() -> None:
    world = with_a_vm()
    world.carry_out(ReportHost(register("node-1", inventory(vcpus=1))))
    found = [each for recorded in world.history for each in held_beyond_capacity(recorded)]
    assert found == []
    held = ev.Event(capacity_held=ev.CapacityHeld())
    held.capacity_held.holdings.add(vm_uid="uid-other").amount.vcpus = 1
    recorded = world.fleet.apply("hosts/uid-node-1", None, held)
    assert list(held_beyond_capacity(recorded)) == [Discrepancy(TotalsSource.LEDGER, HOST, "capacity", "vcpus", 1, 3)]


def test_a_host_that_holds_other_than_its_vms_is_found() -> None:
    world = with_a_vm()
    (host,) = world.fleet.hosts.values()
    held = world.vm().held
    assert list(broken_rules(world.fleet)) == []

    world.fleet.hosts[host.uid] = host._replace(allocated=held + Resources(vcpus=7))
    assert list(broken_rules(world.fleet)) == [
        Discrepancy(TotalsSource.LEDGER, HOST, "holdings", "vcpus", 2, 9),
        Discrepancy(TotalsSource.LEDGER, HOST, "held_by_vms", "vcpus", 2, 9),
    ]
    world.fleet.hosts[host.uid] = host._replace(holdings=host.holdings.remove(world.vm().uid))
    assert {each.measure for each in broken_rules(world.fleet)} == {"holdings"}
    world.fleet.hosts[host.uid] = host
    world.fleet.vms["uid-web"] = world.vm()._replace(host_uid="gone")
    assert {each.scope for each in broken_rules(world.fleet)} == {HOST, "hosts/gone"}


def test_totals_differ_by_class_and_by_count_and_say_so_in_words() -> None:
    reported = {
        "fleet": Totals(Resources(8, 100, 10), Resources(2, 0, 0, (("gpu.a100", 1),)), 2, 1),
        "zones/empty": Totals(),
    }
    expected = {
        "fleet": Totals(Resources(8, 99, 10), Resources(2), 1, 3),
        PROJECT: Totals(allocated=Resources(vcpus=1)),
    }
    found = list(discrepancies(TotalsSource.ROWS, reported, expected))
    assert [each[1:] for each in found] == [
        ("fleet", "total", "memory_mib", 100, 99),
        ("fleet", "allocated", "gpu.a100", 1, 0),
        ("fleet", "hosts", "", 2, 1),
        ("fleet", "running_vms", "", 1, 3),
        (PROJECT, "allocated", "vcpus", 0, 1),
    ]
    assert str(found[0]) == "fleet: total memory_mib is 100 in the read database, and 99 by the ledger"
    assert str(found[2]) == "fleet: hosts is 2 in the read database, and 1 by the ledger"
    assert str(Discrepancy(TotalsSource.LEDGER, HOST, "capacity", "vcpus", 8, 9)) == (
        f"{HOST}: capacity vcpus is 8 by the ledger, and 9 is allocated"
    )
    assert len(list(discrepancies(TotalsSource.ROWS, reported, expected, counts=False))) == 3


def check(position: int, *differences: Discrepancy, found: int = 0) -> CompletedCheck:
    return CompletedCheck(
        Comparison(position, 1, 1, differences, found or len(differences)), Micros(position), Micros(1)
    )


def of(scope: str, measure: str = "total", reported: int = 2) -> Discrepancy:
    return Discrepancy(TotalsSource.ANSWERS, scope, measure, "vcpus", reported, 1)


def test_an_alarm_is_raised_once_goes_on_and_ends() -> None:
    alarms = Alarms(300.0)
    raised, ended = alarms.take(check(5, of(HOST)))
    assert ([each.difference for each in raised], ended) == ([of(HOST)], [])
    assert alarms.take(check(7, of(HOST, reported=3))) == ([], [])
    (alarm,) = alarms.open
    assert (alarm.difference.reported, alarm.first_position, alarm.last_position, alarm.raised) == (3, 5, 7, 6)
    alarms.fail(Micros(8), "killed")
    assert alarms.open == [alarm], "a check that failed says nothing of what was found before"
    raised, ended = alarms.take(check(9, of("fleet")))
    assert [each.difference.scope for each in raised] == ["fleet"]
    assert ended == alarms.over == [alarm._replace(ended=Micros(10))]
    assert alarms.failure is None


def test_what_is_not_among_the_first_of_very_many_is_not_over() -> None:
    alarms = Alarms(300.0)
    alarms.take(check(1, of("hosts/b")))
    assert alarms.take(check(2, of("hosts/a"), found=1000))[1] == []
    assert len(alarms.open) == 2
    for number in range(MOST_KEPT * 2):
        alarms.take(check(number, of(f"hosts/{number}")))
    assert len(alarms.over) == MOST_KEPT


def test_what_the_fleet_offers_concerns_projects() -> None:
    alarms = Alarms(300.0)
    alarms.take(check(1, of("fleet"), of("fleet", "allocated"), of(PROJECT, "allocated"), of(HOST)))
    assert {scope: alarms.of(scope) for scope in ("fleet", PROJECT, HOST, "hosts/other")} == {
        "fleet": 2,
        PROJECT: 2,
        HOST: 1,
        "hosts/other": 0,
    }
