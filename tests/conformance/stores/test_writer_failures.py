"""When the store fails: nothing is acknowledged that is not stored, and memory goes back to what is."""

import asyncio

import pytest

from controlplane.domain.errors import AlreadyExists, Unavailable
from controlplane.domain.vm.states import Verb
from tests.conformance.stores.benches import Store, once, writing


async def test_a_commit_that_failed_is_not_acknowledged_and_leaves_no_trace(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.faults = ["before"]
        outcomes = await asyncio.gather(bench.create("one"), bench.create("two"), return_exceptions=True)
        assert all(isinstance(each, Unavailable) for each in outcomes)
        assert bench.names() == []
        assert ledger.kinds() == ["project_created"]


async def test_after_a_commit_that_failed_trying_again_works(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.faults = ["before"]
        with pytest.raises(Unavailable):
            await bench.create("web", once(1))
        outcome = await bench.create("web", once(1))
        assert outcome.answer
        assert outcome.answer.result == "operations/uid-web.1"
        assert ledger.kinds() == ["project_created", "vm_created", "request_accepted"]


async def test_a_commit_that_was_stored_although_the_answer_was_lost_is_acknowledged(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.faults = ["after"]
        outcomes = await asyncio.gather(bench.create("one"), bench.create("two"))
        assert all(each.answer for each in outcomes)
        assert bench.names() == ["one", "two"]
        assert ledger.kinds() == ["project_created", "vm_created", "vm_created"]
        assert [each.position for each in bench.published] == [each.position for each in ledger.all_after(0)]


async def test_another_batch_of_the_same_leader_in_the_place_of_ones_own_is_no_acknowledgement(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.faults = ["late"]
        with pytest.raises(Unavailable):
            await bench.create("web")
        assert bench.names() == []
        await bench.create("web")
        assert bench.names() == ["web"]
    ledger.close()


async def test_a_store_that_always_fails_acknowledges_nothing_and_works_again_when_it_is_back(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.faults = ["before"] * 20
        for number in range(20):
            with pytest.raises(Unavailable):
                await bench.create(f"vm-{number % 3}")
        await bench.create("vm-0")
        assert bench.names() == ["vm-0"]


async def test_a_store_that_cannot_even_be_read_acknowledges_nothing_until_it_can(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.faults, ledger.unreadable = ["after"], True
        with pytest.raises(Unavailable):
            await bench.create("web", once(1))
        with pytest.raises(Unavailable):
            await bench.create("other")
        ledger.unreadable = False
        # It was stored: the same request gets the first answer.
        outcome = await bench.create("web", once(1))
        assert outcome.repeated
        assert outcome.repeated.result == "operations/uid-web.1"
        assert bench.names() == ["web"]


async def test_a_refusal_that_rests_on_a_neighbour_that_was_not_stored_is_no_refusal(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        ledger.faults = ["before"]
        outcomes = await asyncio.gather(bench.create("web"), bench.create("web"), return_exceptions=True)
        assert [type(each) for each in outcomes] == [Unavailable, Unavailable]
        await bench.create("web")
        with pytest.raises(AlreadyExists):
            await bench.create("web")


async def test_a_request_id_that_cannot_be_looked_up_is_answered_and_the_writer_lives_on(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        await bench.create("web", once(1))
        ledger.unreadable_streams = "requests/"
        with pytest.raises(Unavailable):
            await bench.create("web", once(1))
        with pytest.raises(Unavailable):
            await bench.ask(Verb.STOP, "web", once(2))
        ledger.unreadable_streams = ""
        assert (await bench.create("web", once(1))).repeated
        await bench.create("next")
