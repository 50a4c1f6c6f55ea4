"""The writer over every store: one order, one append a batch, answers after the commit."""

import asyncio
from pathlib import Path

import pytest

from controlplane.commands.batch import Batch
from controlplane.commands.vm import CreateVm, VmCommand
from controlplane.domain.command import CommandContext, Refused
from controlplane.domain.errors import AlreadyExists, NotFound, Unavailable
from controlplane.domain.vm.states import Verb
from tests.conformance.stores.benches import WAIT_S, Broken, FaultyLedger, Store, create_work, writing
from tests.support.controlplane import PROJECT, create


async def entered(ledger: FaultyLedger) -> None:
    assert await asyncio.to_thread(ledger.entered.wait, WAIT_S)


async def test_a_command_is_answered_only_after_its_commit(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.entered.clear()
        ledger.gate.clear()
        pending = asyncio.create_task(bench.create("web"))
        await entered(ledger)
        assert not pending.done()
        assert bench.names() == []
        ledger.gate.set()
        outcome = await pending
        assert bench.names() == ["web"]
        stored = ledger.stored()[-1]
        assert (stored.stream, stored.position) == ("vms/uid-web", bench.published[-2].position)
        assert outcome.position == ledger.head() - 1


async def test_commands_that_wait_together_are_one_append(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        appends = ledger.appends
        await asyncio.gather(*(bench.create(f"vm-{number}") for number in range(50)))
        assert ledger.appends == appends + 1
        assert len(bench.names()) == 50


async def test_a_command_is_decided_against_what_the_one_before_it_left(store: Store) -> None:
    async with writing(store.open()) as bench:
        created, deleted, again = await asyncio.gather(
            bench.create("web"), bench.ask(Verb.DELETE, "web"), bench.submit(create_again("web"))
        )
        assert created.answer
        assert deleted.answer
        assert again.answer
        assert list(bench.inventory.vms) == ["uid-again"]


def create_again(name: str) -> CreateVm:
    return create(name, uid="uid-again")


async def test_a_refused_command_leaves_its_neighbours_untouched(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        outcomes = await asyncio.gather(
            bench.create("one"),
            bench.create("one"),
            bench.ask(Verb.START, "nobody"),
            bench.create("two"),
            return_exceptions=True,
        )
        assert isinstance(outcomes[1], AlreadyExists)
        assert isinstance(outcomes[2], NotFound)
        assert bench.names() == ["one", "two"]
        assert ledger.kinds() == ["project_created", "vm_created", "vm_created"]


async def test_a_fault_in_one_command_fails_only_that_one_and_leaves_no_trace(store: Store) -> None:
    async with writing(store.open()) as bench:
        outcomes = await asyncio.gather(
            bench.create("one"), bench.submit(Broken(create("half"))), bench.create("two"), return_exceptions=True
        )
        assert isinstance(outcomes[1], ZeroDivisionError)
        assert bench.names() == ["one", "two"]
        await bench.create("half")


async def test_validate_only_answers_and_changes_nothing(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        head = ledger.head()
        outcome = await bench.create("web", validate_only=True)
        assert outcome.answer
        assert outcome.position == 0
        assert ledger.head() == head
        assert bench.names() == []
        await bench.create("web")
        with pytest.raises(AlreadyExists):
            await bench.create("web", validate_only=True)


async def test_the_command_of_a_caller_that_went_away_is_dropped(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.entered.clear()
        ledger.gate.clear()
        first = asyncio.create_task(bench.create("first"))
        await entered(ledger)
        impatient = asyncio.create_task(bench.create("impatient"))
        patient = asyncio.create_task(bench.create("patient"))
        await asyncio.sleep(0)
        impatient.cancel()
        ledger.gate.set()
        await asyncio.gather(first, patient)
        assert bench.names() == ["first", "patient"]
        assert impatient.cancelled()


async def test_a_caller_that_goes_away_during_the_commit_does_not_undo_it(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.entered.clear()
        ledger.gate.clear()
        pending = asyncio.create_task(bench.create("web"))
        await entered(ledger)
        pending.cancel()
        ledger.gate.set()
        await bench.create("next")
        assert bench.names() == ["next", "web"]


async def test_closing_carries_out_what_waits_and_takes_no_more(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.entered.clear()
        ledger.gate.clear()
        first = asyncio.create_task(bench.create("first"))
        await entered(ledger)
        waiting = asyncio.create_task(bench.create("waiting"))
        await asyncio.sleep(0)
        closing = asyncio.create_task(bench.writer.close())
        await asyncio.sleep(0)
        with pytest.raises(Unavailable) as refused:
            await bench.create("late")
        assert refused.value.reason == "SHUTTING_DOWN"
        ledger.gate.set()
        await asyncio.gather(closing, first, waiting)
        assert bench.names() == ["first", "waiting"]


async def test_a_writer_that_starts_again_knows_all_that_was_committed(store: Store) -> None:
    async with writing(store.open()) as bench:
        await asyncio.gather(bench.create("one"), bench.create("two"))
        await bench.ask(Verb.DELETE, "two")
        before, position = dict(bench.inventory.vms), bench.dispatcher.position
    async with writing(store.open()) as bench:
        assert bench.inventory.vms == before
        assert bench.dispatcher.position == position
        await bench.submit(create_again("two"))


async def test_events_are_published_in_order_without_a_gap_or_a_repeat(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        for number in range(5):
            await asyncio.gather(*(bench.create(f"vm-{number}-{each}") for each in range(3)))
        assert [each.position for each in bench.published] == [each.position for each in ledger.all_after(0)]
        assert [each.version for each in bench.published] == [each.version for each in ledger.all_after(0)]


async def test_two_writers_on_one_file_lose_and_double_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    one, two = FaultyLedger(url), FaultyLedger(url)
    async with writing(one) as first, writing(two) as second:
        for number in range(10):
            await asyncio.gather(
                first.create(f"a-{number}"), second.create(f"b-{number}"), second.create(f"c-{number}")
            )
        # Each learns of the other's at its next append, at the latest.
        await first.create("a-last")
        await second.create("b-last")
        created = [each.event.vm_created.name for each in one.stored() if each.event.HasField("vm_created")]
        assert len(created) == len(set(created)) == 32
        assert set(second.names()) == {name.rpartition("/")[2] for name in created}
        batches = [each.event.batch_sealed for each in one.of_stream("ledger")]
        assert [each.batch for each in batches] == list(range(1, len(batches) + 1))
        assert len({each.leader for each in batches}) == 2
    one.close()
    two.close()


async def test_a_writer_that_lost_the_race_refuses_by_what_the_other_wrote(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    one, two = FaultyLedger(url), FaultyLedger(url)
    async with writing(one) as first, writing(two) as second:
        await first.create("web")
        # `two` has not heard of it: its append fails, it reads on, decides again, and refuses.
        with pytest.raises(AlreadyExists):
            await second.submit(create_again("web"))
        assert second.names() == ["web"]
    one.close()
    two.close()


async def test_a_refusal_of_a_writer_that_lost_the_race_is_decided_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    one, two = FaultyLedger(url), FaultyLedger(url)
    async with writing(one) as first, writing(two) as second:
        await first.create("web")
        # `two` knows no `web` when it decides the batch; the batch's other command shows it that it is behind.
        _, deleted = await asyncio.gather(second.submit(create_work("other")), second.ask(Verb.DELETE, "web"))
        assert deleted.answer
        assert second.names() == ["other"]
    one.close()
    two.close()


async def test_a_batch_of_refusals_alone_of_a_writer_that_lost_the_race_is_decided_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    one, two = FaultyLedger(url), FaultyLedger(url)
    async with writing(one) as first, writing(two) as second:
        await first.create("web")
        # `two` knows no `web`, and so would refuse all of the batch: nothing is appended that could prove it wrong.
        delete = VmCommand(Verb.DELETE, f"{PROJECT}/vms/web")
        outcome = await second.writer.submit(Batch((delete,), allow_partial=True), CommandContext("user:test", "r"))
        assert outcome.answer
        (item,) = outcome.answer.items
        assert not isinstance(item, Refused)
        assert second.names() == []
    one.close()
    two.close()
