"""Exactly once: the same request id and payload is carried out once, however often, whenever and wherever it comes."""

import asyncio
from pathlib import Path

import pytest

from controlplane.domain.command import IdempotencyKey
from controlplane.domain.errors import NotFound, RequestIdReused, Unavailable
from controlplane.domain.vm.states import Verb
from tests.conformance.stores.benches import FaultyLedger, Store, once, result_of, writing

FIRST = "operations/uid-web.1"


async def test_the_same_request_again_gets_the_first_answer(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        first = await bench.create("web", once(1))
        assert first.answer
        assert first.answer.result == FIRST
        for _ in range(3):
            again = await bench.create("web", once(1))
            assert (again.answer, result_of(again)) == (None, FIRST)
        assert ledger.kinds() == ["project_created", "vm_created", "request_accepted"]


async def test_the_same_request_again_is_not_carried_out_in_a_state_that_would_take_it(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        await bench.create("web", once(1))
        await bench.ask(Verb.DELETE, "web", once(2, method="DeleteVm"))
        again = await bench.create("web", once(1))
        assert result_of(again) == FIRST
        assert bench.names() == []


async def test_the_same_request_after_a_restart_gets_the_first_answer(store: Store) -> None:
    async with writing(store.open()) as bench:
        await bench.create("web", once(1))
    async with writing(store.open()) as bench:
        assert result_of(await bench.create("web", once(1))) == FIRST


async def test_the_same_request_many_times_at_once_is_carried_out_once(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        outcomes = await asyncio.gather(*(bench.create("web", once(1)) for _ in range(20)))
        results = [result_of(each) for each in outcomes]
        assert results == [FIRST] * 20
        assert ledger.kinds() == ["project_created", "vm_created", "request_accepted"]


@pytest.mark.parametrize("other", [once(1, b"another payload"), once(1, method="StartVm")])
async def test_a_request_id_with_another_payload_or_method_is_refused(store: Store, other: IdempotencyKey) -> None:
    async with writing(store.open()) as bench:
        await bench.create("web", once(1))
        for name in ("web", "other"):
            with pytest.raises(RequestIdReused):
                await bench.create(name, other)
        assert bench.names() == ["web"]


async def test_a_reused_request_id_does_not_harm_its_neighbours(store: Store) -> None:
    async with writing(store.open()) as bench:
        await bench.create("web", once(1))
        outcomes = await asyncio.gather(
            bench.create("one", once(2)),
            bench.create("reused", once(1, b"another payload")),
            bench.create("web", once(1)),
            bench.create("two"),
            return_exceptions=True,
        )
        assert isinstance(outcomes[1], RequestIdReused)
        assert not isinstance(outcomes[2], BaseException)
        assert result_of(outcomes[2]) == FIRST
        assert bench.names() == ["one", "two", "web"]


async def test_both_payloads_at_once_carry_out_the_first(store: Store) -> None:
    async with writing(store.open()) as bench:
        outcomes = await asyncio.gather(
            bench.create("web", once(1)), bench.create("other", once(1, b"another payload")), return_exceptions=True
        )
        assert not isinstance(outcomes[0], BaseException)
        assert isinstance(outcomes[1], RequestIdReused)
        assert bench.names() == ["web"]


async def test_a_refused_command_is_not_remembered(store: Store) -> None:
    async with writing(store.open()) as bench:
        with pytest.raises(NotFound):
            await bench.ask(Verb.DELETE, "web", once(1))
        await bench.create("web")
        assert (await bench.ask(Verb.DELETE, "web", once(1))).answer


async def test_a_validated_command_is_not_remembered(store: Store) -> None:
    async with writing(store.open()) as bench:
        await bench.create("web", once(1), validate_only=True)
        assert (await bench.create("web", once(1))).answer


async def test_a_request_with_nothing_to_do_is_remembered_and_does_nothing_later(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        await bench.host()
        await bench.create("web")
        stop = once(1, method="StopVm")
        first = await bench.ask(Verb.STOP, "web", stop)
        assert first.unchanged
        assert result_of(first) == f"{FIRST}.stop"
        assert ledger.kinds()[-2:] == ["vm_created", "request_accepted"]
        await bench.ask(Verb.START, "web")
        again = await bench.ask(Verb.STOP, "web", stop)
        assert (again.answer, result_of(again)) == (None, f"{FIRST}.stop")
        assert ledger.kinds()[-1] == "capacity_held"


async def test_a_request_id_of_a_request_with_nothing_to_do_is_used_up(store: Store) -> None:
    async with writing(store.open()) as bench:
        await bench.create("web")
        outcomes = await asyncio.gather(
            *(bench.ask(Verb.STOP, "web", once(1, method="StopVm")) for _ in range(5)),
            bench.ask(Verb.STOP, "web", once(1, b"another payload", method="StopVm")),
            return_exceptions=True,
        )
        assert isinstance(outcomes[-1], RequestIdReused)
        assert not any(isinstance(each, BaseException) for each in outcomes[:-1])
        with pytest.raises(RequestIdReused):
            await bench.create("other", once(1))
        assert bench.names() == ["web"]


async def test_a_repeat_that_has_nothing_to_do_any_more_does_not_harm_its_neighbours(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        await bench.host()
        await bench.create("web")
        started = await bench.ask(Verb.START, "web", once(1, method="StartVm"))
        before = ledger.appends
        again, _ = await asyncio.gather(bench.ask(Verb.START, "web", once(1, method="StartVm")), bench.create("db"))
        assert result_of(again) == result_of(started)
        # One append that held: the repeat was found before it, not by its failing.
        assert ledger.appends == before + 1


async def test_a_request_with_nothing_to_do_whose_lookup_fails_leaves_no_trace(store: Store) -> None:
    ledger = store.open()
    async with writing(ledger) as bench:
        await bench.create("web")
        ledger.unreadable_streams = "requests/"
        outcomes = await asyncio.gather(
            bench.create("db"), bench.ask(Verb.STOP, "web", once(1, method="StopVm")), return_exceptions=True
        )
        assert [type(each) for each in outcomes] == [Unavailable, Unavailable]
        ledger.unreadable_streams = ""
        await bench.create("db")
        assert bench.names() == ["db", "web"]
        assert ledger.kinds() == ["project_created", "vm_created", "vm_created"]


async def test_two_writers_on_one_file_carry_the_same_request_out_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    one, two = FaultyLedger(url), FaultyLedger(url)
    async with writing(one) as first, writing(two) as second:
        outcomes = await asyncio.gather(first.create("web", once(1)), second.create("web", once(1)))
        results = [result_of(each) for each in outcomes]
        assert results == [FIRST, FIRST]
        assert one.kinds().count("vm_created") == 1
    one.close()
    two.close()
