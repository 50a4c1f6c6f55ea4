"""What the control plane needs of a store, over every store there is."""

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import IntegrityError

from controlplane.domain.fleet import RecordedEvent
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.seals import GENESIS
from controlplane.ledger.store import Ledger
from tests.conformance.stores.benches import Store, event
from tests.support.controlplane import NOW

LEADER = "leader-1"


def fill(ledger: Ledger, *batches: list[RecordedEvent]) -> list[int]:
    """Appends each batch on the chain's end; returns the positions of all but the seals."""
    positions: list[int] = []
    for batch in batches:
        appended = ledger.append(batch, ledger.link(), LEADER, NOW)
        assert len(appended.positions) == len(batch) + 1
        positions += appended.positions[:-1]
    return positions


def run(stream: str, first: int, last: int) -> list[RecordedEvent]:
    return [RecordedEvent(stream, version, event(f"{stream}@{version}")) for version in range(first, last + 1)]


def addresses(found: list[RecordedEvent]) -> list[tuple[str, int]]:
    return [(each.stream, each.version) for each in found if each.stream != "ledger"]


def test_an_empty_ledger_is_at_position_0(ledger: Ledger) -> None:
    assert ledger.head() == 0
    assert ledger.link() == GENESIS
    assert list(ledger.all_after(0)) == []


def test_what_is_appended_is_read_back_in_order_with_its_positions(ledger: Ledger) -> None:
    positions = fill(ledger, run("vms/a", 1, 2) + run("hosts/h", 1, 1), run("vms/a", 3, 3))
    found = [each for each in ledger.all_after(0) if each.stream != "ledger"]
    assert addresses(found) == [("vms/a", 1), ("vms/a", 2), ("hosts/h", 1), ("vms/a", 3)]
    assert [each.position for each in found] == positions
    assert [each.event.reason for each in found] == ["vms/a@1", "vms/a@2", "hosts/h@1", "vms/a@3"]


def test_positions_only_grow(ledger: Ledger) -> None:
    positions = fill(ledger, *(run(f"vms/{number}", 1, 3) for number in range(20)))
    assert positions == sorted(set(positions))
    assert ledger.head() > positions[-1]


def test_a_version_that_is_taken_refuses_the_whole_append(ledger: Ledger) -> None:
    fill(ledger, run("vms/a", 1, 2))
    head, link = ledger.head(), ledger.link()
    with pytest.raises(IntegrityError):
        ledger.append(run("vms/b", 1, 1) + run("vms/a", 2, 2) + run("vms/c", 1, 1), link, LEADER, NOW)
    assert (ledger.head(), ledger.link()) == (head, link)
    assert ledger.of_stream("vms/b") == []


def test_a_version_twice_in_one_append_refuses_all_of_it(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError):
        ledger.append(run("vms/a", 1, 1) + run("vms/a", 1, 1), ledger.link(), LEADER, NOW)
    assert ledger.head() == 0


def test_an_append_on_an_old_end_of_the_chain_is_refused(ledger: Ledger) -> None:
    old = ledger.link()
    fill(ledger, run("vms/a", 1, 1))
    with pytest.raises(IntegrityError):
        ledger.append(run("vms/b", 1, 1), old, "leader-2", NOW)
    assert ledger.of_stream("vms/b") == []


def test_the_chain_grows_by_one_seal_a_batch(ledger: Ledger) -> None:
    fill(ledger, run("vms/a", 1, 1), run("vms/a", 2, 5))
    assert ledger.link().batch == 2
    assert ledger.link(1).batch == 1
    seals = [each.event.batch_sealed for each in ledger.of_stream("ledger")]
    assert [each.events for each in seals] == [1, 4]


def test_reading_stops_where_requested_and_picks_the_requested_topics(ledger: Ledger) -> None:
    created = ev.Event(vm_created=ev.VmCreated(uid="u"))
    positions = fill(ledger, [RecordedEvent("vms/u", 1, created), *run("vms/u", 2, 4)])
    assert addresses(ledger.after(positions[0], 2)) == [("vms/u", 2), ("vms/u", 3)]
    assert addresses(ledger.after(0, 10, stop=positions[1])) == [("vms/u", 1), ("vms/u", 2)]
    assert addresses(ledger.after(0, 10, topics=[TOPICS["vm_created"]])) == [("vms/u", 1)]
    assert addresses(ledger.after(positions[-1] + 1, 10)) == []


def test_one_stream_is_read_after_a_position_and_up_to_a_limit(ledger: Ledger) -> None:
    positions = fill(ledger, run("vms/a", 1, 2) + run("vms/b", 1, 2), run("vms/a", 3, 4))
    assert addresses(ledger.of_stream("vms/a")) == [("vms/a", number) for number in (1, 2, 3, 4)]
    assert addresses(ledger.of_stream("vms/a", positions[1])) == [("vms/a", 3), ("vms/a", 4)]
    assert addresses(ledger.of_stream("vms/a", 0, 3)) == [("vms/a", 1), ("vms/a", 2), ("vms/a", 3)]
    assert [each.position for each in ledger.of_stream("vms/b")] == positions[2:4]
    assert ledger.of_stream("vms/nobody") == []


def test_many_streams_are_read_together_each_after_a_position_of_its_own(ledger: Ledger) -> None:
    names = [f"vms/{number}" for number in range(300)]
    positions = fill(ledger, [each for version in (1, 2, 3) for name in names for each in run(name, version, version)])
    after = dict(zip(names, positions, strict=False))
    found = ledger.of_streams([*after.items(), ("vms/nobody", 0)], 1)
    assert {name: addresses(events) for name, events in found.items()} == {
        **{name: [(name, 2)] for name in names},
        "vms/nobody": [],
    }
    found = ledger.of_streams([(names[0], 0), (names[1], positions[1])], 9)
    assert [addresses(found[name]) for name in names[:2]] == [
        [(names[0], 1), (names[0], 2), (names[0], 3)],
        [(names[1], 2), (names[1], 3)],
    ]
    assert ledger.of_streams([(names[0], 0)], 9, ["no.such.Topic"]) == {names[0]: []}
    assert ledger.of_streams([], 9) == {}


def test_more_events_than_a_page_are_all_read_once(ledger: Ledger) -> None:
    fill(ledger, run("vms/long", 1, 12_000))
    assert addresses(list(ledger.all_after(0))) == [("vms/long", number) for number in range(1, 12_001)]


def test_any_text_and_a_large_payload_come_back_as_they_were(ledger: Ledger) -> None:
    texts = ["", "é 漢字 🖥\u200d \x00 \\ ' \"; DROP TABLE", "x" * 3_000_000]
    batch = [RecordedEvent(f"vms/{number}", 1, event(text)) for number, text in enumerate(texts)]
    fill(ledger, batch)
    found = [each for each in ledger.all_after(0) if each.stream != "ledger"]
    assert [each.event for each in found] == [each.event for each in batch]


def test_a_stream_name_is_never_taken_for_another(ledger: Ledger) -> None:
    fill(ledger, run("vms/a", 1, 1) + run("vms/a%", 1, 1) + run("vms/A", 1, 1) + run("vms/a ", 1, 1))
    assert addresses(ledger.of_stream("vms/a")) == [("vms/a", 1)]


def test_what_is_stored_is_there_when_it_is_opened_again(store: Store) -> None:
    first = store.open()
    fill(first, run("vms/a", 1, 3))
    again = store.open()
    assert addresses(list(again.all_after(0))) == [("vms/a", 1), ("vms/a", 2), ("vms/a", 3)]
    assert again.link() == first.link()


@pytest.mark.parametrize("url", ["", "mysql://x", "/tmp/ledger.db", "postgres"])
def test_a_store_that_is_not_known_is_refused_in_words(url: str) -> None:
    with pytest.raises(ValueError, match=r"a store is .*sqlite:///PATH"):
        Ledger(url)
