"""A VM that lives long enough to have more events than a page."""

from collections.abc import Sequence

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.ledger.store import PAGE, Ledger
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.projector.rows.row_builder import RowBuilder
from controlplane.queries import operations as queries
from controlplane.queries import page_tokens
from controlplane.queries.events import causation, reader
from controlplane.queries.events.reader import EventQuery
from controlplane.queries.events.replay import replay
from controlplane.queries.events.scan import Window
from tests.support.controlplane import NOW, RUNNING, World, world_with_host

pytestmark = pytest.mark.slow

UID = "01234567-89ab-4cde-8f01-23456789abcd"
NAME = "projects/default/vms/web"


def long_life() -> tuple[World, Ledger, Inventory]:
    """A VM that was rebooted over and over, then destroyed."""
    world = world_with_host()
    world.create(start=True)
    world.report(RUNNING)
    vm = world.vm()
    history_of_vm = [each for each in world.history if each.stream == "vms/uid-web"]
    history_of_vm[0].event.vm_created.uid = UID
    version = vm.version
    for reboots in range(1, PAGE):
        for payload in (
            ev.Event(vm_reboot_requested=ev.VmRebootRequested(reboots=reboots)),
            ev.Event(vm_rebooted=ev.VmRebooted(incarnation=1, reboots=reboots), causation=f"vms/{UID}@{version + 1}"),
        ):
            version += 1
            history_of_vm.append(RecordedEvent("vms/uid-web", version, payload))
    for payload in (ev.Event(vm_delete_requested=ev.VmDeleteRequested()), ev.Event(vm_deleted=ev.VmDeleted())):
        version += 1
        history_of_vm.append(RecordedEvent("vms/uid-web", version, payload))
    ledger = Ledger("memory:")
    ledger.append([each._replace(stream=f"vms/{UID}") for each in history_of_vm], ledger.link(), "leader", NOW)
    inventory = Inventory()
    inventory.apply(world.history[:1])
    inventory.tombstones[NAME] = UID
    return world, ledger, inventory


def reader_of(ledger: Ledger) -> HistoryReader:
    database = ReadDatabase("memory:")
    database.open()
    events = list(ledger.all_after(0))
    with database.writing() as connection:
        tables, _ = database.active(connection)
        assert database.advance(connection, tables, 0, events[-1].position)
        RowBuilder(tables).fold(Fleet().replay(events)).write(connection)
    return HistoryReader(database)


def test_a_long_life_is_read_to_its_end() -> None:
    _, ledger, inventory = long_life()
    query = EventQuery(NAME, Window(0, ledger.head()), page_tokens.PageRequest(10, "", "this"), ["VmDeleted"])
    found = reader.list_events(inventory, ledger, ledger.head(), query)
    assert [each.WhichOneof("payload") for each in found.items] == ["vm_deleted"]


def test_the_last_pages_of_a_long_life_go_on_from_its_rows() -> None:
    _, ledger, _ = long_life()
    history_reader, last = reader_of(ledger), ledger.head() - 1
    token, versions = page_tokens.token_for(f"{UID}.{last - 3}", "this"), list[int]()
    for _ in range(2):
        page = replay(ledger, history_reader, lambda: "", page_tokens.PageRequest(2, token, "this"))
        versions += [each.recorded.version for each in page.items]
        assert all(each.before and each.after.version == each.before.version + 1 for each in page.items)
        token = page.next_page_token
    assert versions == [last - 2, last - 1, last]
    assert not token


def test_operations_of_a_long_life_are_paged_newest_first() -> None:
    _, ledger, _ = long_life()
    head = ledger.head()
    with reader_of(ledger).view(head) as view:
        first = queries.page_of(view, ledger, queries.listing_of("", "", 2, ""))
    assert [(each.method, each.done, each.reason) for each in first.items] == [
        ("DeleteVm", True, ""),
        ("RebootVm", True, ""),
    ]
    with reader_of(ledger).view(head) as view:
        second = queries.page_of(view, ledger, queries.listing_of("", "", 2, first.next_page_token))
    assert [each.began.version for each in second.items] == [head - 6, head - 8]


def test_what_came_of_an_event_is_not_looked_for_beyond_the_next_that_was_sent_to_the_agent() -> None:
    _, ledger, _ = long_life()
    read: list[int] = []
    of_streams = ledger.of_streams

    def counted(
        streams: Sequence[tuple[str, int]], limit: int, topics: Sequence[str] = ()
    ) -> dict[str, list[RecordedEvent]]:
        found = of_streams(streams, limit, topics)
        read.extend(map(len, found.values()))
        return found

    ledger.of_streams = counted  # type: ignore[method-assign]  # pyright: ignore
    found = causation.chain(ledger, f"vms/{UID}@{4}")
    assert [each.version for each in found] == [4, 5]
    assert 0 < sum(read) < 100
