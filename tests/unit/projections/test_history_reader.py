"""What the read database says of any position is what the ledger, cut there, folds to."""

from collections.abc import Iterable, Mapping

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from hypothesis import settings
from sqlalchemy import select

from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.host.numa import NumaPart
from controlplane.domain.operations import KINDS, Key, Operation
from controlplane.domain.resources import Resources
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.ledger.store import Outline
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.history.operation_rows import OperationQuery
from controlplane.projections.history.page_query import Comparison, Count, PageQuery
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.projector.rows.row_builder import RowBuilder, outline_of
from controlplane.queries.scopes import Scope
from controlplane.queries.utilization import totals_between
from tests.support.controlplane import NOW
from tests.support.operation_fold import folded
from tests.unit.commands.test_random_histories import Histories

# Events that begin operations.
BEGINNINGS = {event for kind in KINDS.values() for event in kind.methods}

EVERYTHING = 10_000


def sealed(history: Iterable[RecordedEvent]) -> list[RecordedEvent]:
    """The history with a seal after every third event, all at their positions."""
    found: list[RecordedEvent] = []
    for number, recorded in enumerate(history, 1):
        found.append(recorded)
        if number % 3 == 0:
            seal = ev.Event(batch_sealed=ev.BatchSealed(), commit_time=recorded.event.commit_time)
            found.append(RecordedEvent("ledger", number // 3, seal))
    return [each._replace(position=number) for number, each in enumerate(found, 1)]


def write(database: ReadDatabase, events: list[RecordedEvent], sizes: Iterable[int]) -> None:
    """In batches of these sizes, each by a folder that knows only what is written."""
    rest, position, last = events, 0, list[RecordedEvent]()
    unsealed: list[Outline] = []
    for size in sizes:
        if not rest:
            return
        batch, rest = rest[:size], rest[size:]
        with database.writing() as connection:
            tables, _ = database.active(connection)
            assert database.advance(connection, tables, position, batch[-1].position)
            folder = RowBuilder(tables)
            folder.load(connection)
            folder.resume(last)
            folder.resume_batch(unsealed)
            folder.fold(batch).write(connection)
        position, last = batch[-1].position, [*last, *batch][-3:]
        for each in batch:
            unsealed.append(outline_of(each, each.after.project_uid if isinstance(each.after, Vm) else ""))
            if each.event.HasField("batch_sealed"):
                unsealed = []


def rows(database: ReadDatabase) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as connection:
        tables = database.active(connection).tables.all()
        return {each.name: sorted(map(tuple, connection.execute(select(each))), key=repr) for each in tables}


class AsOf(Histories):
    """Random histories, each read at every position of it."""

    def teardown(self) -> None:
        events = sealed(self.world.history)
        database = ReadDatabase("memory:")
        database.open()
        write(database, events, [1, 7, 2, *(30 for _ in events)])
        self.check(HistoryReader(database), events)
        at_once = ReadDatabase("memory:")
        at_once.open()
        write(at_once, events, [EVERYTHING])
        assert rows(database) == rows(at_once)
        database.close()

    def check(self, reader: HistoryReader, events: list[RecordedEvent]) -> None:
        fleet, utilization = Fleet(), Utilization()
        destroyed: dict[str, Vm] = {}
        for event in events:
            (recorded,) = fleet.replay([event])
            utilization.apply([recorded])
            if isinstance(recorded.after, Vm) and recorded.after.uid not in fleet.vms:
                destroyed[recorded.after.uid] = recorded.after
            at = event.position
            with reader.view(at) as view:
                check_view(view, fleet, utilization, destroyed)
                check_operations(view, [each for each in events if each.position <= at])
        with reader.view(events[-1].position) as view:
            assert [view.project(uid) for uid in fleet.projects] == list(fleet.projects.values())


def check_view(view: HistoryView, fleet: Fleet, utilization: Utilization, destroyed: dict[str, Vm]) -> None:
    for uid, vm in (fleet.vms | destroyed).items():
        assert view.vm(uid) == vm
    by_name = sorted(fleet.vms.values(), key=lambda vm: vm.name)
    assert view.vms(PageQuery("projects/", EVERYTHING)) == by_name
    check_counts(view, fleet)
    found = view.hosts(PageQuery("hosts/", EVERYTHING))
    # What VMs have of NUMA nodes is there only in sum.
    nothing: dict[str, tuple[NumaPart, ...]] = {}
    assert [each._replace(parts=nothing) for each in found] == [  # pyright: ignore[reportArgumentType]
        fleet.hosts[each.uid]._replace(parts=nothing, holdings=each.holdings)  # pyright: ignore[reportArgumentType]
        for each in found
    ]
    assert len(found) == len(fleet.hosts)
    assert view.totals(list(utilization.scopes)) == utilization.scopes
    assert {host.name: totals for host, totals in view.host_totals()} == {
        host.name: utilization.scopes[host.name] for host in fleet.hosts.values()
    }
    holders = sorted((vm for vm in fleet.vms.values() if vm.held), key=lambda vm: vm.uid)
    projects = sorted({vm.project for vm in fleet.vms.values()})
    assert sorted(view.placed_vms(projects, EVERYTHING), key=lambda vm: vm.uid) == holders
    check_holdings(view, fleet)


def check_counts(view: HistoryView, fleet: Fleet) -> None:
    """All of them, whatever page is requested; of what no index counts, up to a number."""
    assert view.count("vms", PageQuery("projects/", 1), EVERYTHING) == Count(len(fleet.vms), False)
    stopped = [vm for vm in fleet.vms.values() if vm.state is VmState.STOPPED]
    where = [Comparison("state", True, "STOPPED")]
    assert view.count("vms", PageQuery("projects/", 1, where), EVERYTHING) == Count(len(stopped), False)
    others = [Comparison("state", False, "STOPPED")]
    left = len(fleet.vms) - len(stopped)
    assert view.count("vms", PageQuery("projects/", 1, others), 1) == Count(min(left, 1), left > 1)
    hosts = len(fleet.hosts)
    assert view.count("hosts", PageQuery("hosts/", 1), 1) == Count(min(hosts, 1), hosts > 1)


def check_holdings(view: HistoryView, fleet: Fleet) -> None:
    for host in fleet.hosts.values():
        held: dict[str, Resources] = {vm.uid: vm.held for vm in fleet.vms.values() if vm.held and vm.host == host.name}
        found = view.host_named(host.name)
        assert found is not None
        assert dict(found.holdings) == held


def collection_of(by_position: Mapping[int, RecordedEvent], position: int) -> str:
    return by_position[position].stream.partition("/")[0]


def check_operations(view: HistoryView, events: list[RecordedEvent]) -> None:
    """Those that events began, the newest first, each as it is folded from its VM's history."""
    at = events[-1].position
    begun = [each for each in events if (each.event.WhichOneof("payload") or "") in BEGINNINGS]
    expected: list[Operation] = []
    for began in reversed(begun):
        found = folded([each for each in events if each.stream == began.stream], began.version)
        assert found
        expected.append(found)
    read = view.operations(OperationQuery(at, EVERYTHING))
    by_position = {each.position: each for each in events}
    assert [
        Operation(by_position[each.position], each.target, each.verb, each.end_position, each.outcome) for each in read
    ] == expected
    keys = [Key(each.target.uid, each.version, collection=collection_of(by_position, each.position)) for each in read]
    assert view.operations_of(keys) == dict(zip(keys, read, strict=True))


TestAsOf = AsOf.TestCase
TestAsOf.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestAsOf = pytest.mark.slow(TestAsOf)


def filled(history: list[RecordedEvent]) -> tuple[HistoryReader, list[RecordedEvent]]:
    database = ReadDatabase("memory:")
    database.open()
    events = sealed(history)
    write(database, events, [EVERYTHING])
    return HistoryReader(database), events


class Changes(Histories):
    """What changed between two positions is what is not as it was."""

    def teardown(self) -> None:
        reader, events = filled(self.world.history)
        last = events[-1].position
        for after, to in ((0, last), (last // 3, 2 * last // 3), (last // 2, last)):
            changed = {each.stream.partition("/")[2] for each in events if after < each.position <= to}
            with reader.view(to) as view:
                vms = {vm.uid for vm in view.vms(PageQuery("projects/", EVERYTHING, ended=True))}
                assert set(view.changed("vms", after)) == changed & vms
                at_end = view.totals(["fleet"])
            changes = list(totals_between(reader, Scope("fleet"), after, to))
            assert [each.position for each in changes] == sorted({each.position for each in changes})
            assert all(after < each.position <= to for each in changes)
            if changes:
                assert changes[-1].totals == at_end["fleet"]
            for each in changes:
                with reader.view(each.position) as view:
                    assert view.time() == each.time
        for event in events:
            # The seal's time is that of the events before it.
            with reader.view(event.position) as view:
                time = view.time()
            if time:
                assert reader.position_at(time) >= event.position


TestChanges = Changes.TestCase
TestChanges.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestChanges = pytest.mark.slow(TestChanges)


def test_a_scope_that_never_was_has_no_totals_and_position_nought_is_empty() -> None:
    reader, _ = filled([])
    with reader.view(5) as view:
        assert view.totals(["hosts/nowhere"]) == {}
        assert view.time() == 0
    with reader.view(0) as view:
        assert view.vms(PageQuery("projects/", 10)) == []
        assert view.vms(PageQuery("projects/", 10, [Comparison("state", True, "RUNNING")])) == []
    assert reader.position_at(NOW) == 0
