"""PostgreSQL that is away, or there and silent: refused in time, used again at once, nothing is stored unnoticed."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError

from controlplane.domain.errors import ConcurrentChange, Unavailable
from controlplane.ledger.store import Ledger
from controlplane.queries.audit import verify
from tests.conformance.stores.benches import Bench, FaultyLedger, once, writing
from tests.support.postgresql import Cluster
from tests.support.waiting import patient

DEADLINE_S = patient(60.0)


def processes(cluster: Cluster) -> list[int]:
    """PostgreSQL's main process, and those that it started."""
    main = int((cluster.directory / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return [main, *map(int, children)]


def backends_of(url: str) -> list[int]:
    """The server's processes for all who are connected to this database."""
    others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(others)]


def wait_until_ended(url: str, backends: list[int]) -> None:
    while set(backends) & set(backends_of(url)):
        time.sleep(0.02)


@contextmanager
def frozen(cluster: Cluster) -> Generator[None]:
    """A server whose connections are open and that answers nothing."""
    stopped = processes(cluster)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


async def refused_in(bench: Bench, number: int) -> float:
    """Seconds until the command was refused."""
    began = time.monotonic()
    with pytest.raises(Unavailable) as refused:
        await bench.create(f"vm-{number}", once(number))
    assert refused.value.reason == "LEDGER_UNAVAILABLE"
    assert refused.value.retry_after_s
    return time.monotonic() - began


async def again(bench: Bench, number: int) -> float:
    """Seconds until the command was carried out, tried again and again."""
    began = time.monotonic()
    while True:
        try:
            await bench.create(f"vm-{number}", once(number))
        except (Unavailable, ConcurrentChange):
            await asyncio.sleep(0.02)
        else:
            return time.monotonic() - began


def created(ledger: Ledger) -> list[str]:
    events = (each.event for each in ledger.all_after(0))
    return sorted(each.vm_created.name.rpartition("/")[2] for each in events if each.HasField("vm_created"))


async def test_a_server_that_is_down_is_refused_at_once_and_used_at_once_when_it_is_back(cluster: Cluster) -> None:
    ledger = FaultyLedger(cluster.new_database())
    async with asyncio.timeout(DEADLINE_S), writing(ledger) as bench:
        await asyncio.to_thread(cluster.stop, "immediate")
        try:
            taken = [await refused_in(bench, 1) for _ in range(5)]
        finally:
            await asyncio.to_thread(cluster.start)
        assert max(taken) < patient(1.0)
        assert await again(bench, 1) < patient(1.0)
        assert created(ledger) == ["vm-1"]
    ledger.close()


async def test_a_server_that_is_silent_is_given_up_and_what_it_did_then_is_found(cluster: Cluster) -> None:
    ledger = FaultyLedger(cluster.new_database())
    async with asyncio.timeout(DEADLINE_S), writing(ledger) as bench:
        await bench.create("before")
        with frozen(cluster):
            assert await refused_in(bench, 1) < patient(6.0)
            assert max([await refused_in(bench, 2) for _ in range(3)]) < patient(4.0)
        # The server now gets to what it was sent while it was frozen, or it was cancelled: either way once.
        assert await again(bench, 3) < patient(4.0)
        for number in (1, 2):
            await again(bench, number)
        assert created(ledger) == ["before", "vm-1", "vm-2", "vm-3"]
        assert bench.names() == created(ledger)
        assert verify(ledger).problem is None
    ledger.close()


async def test_a_statement_that_was_given_up_cannot_pass_for_the_next_batch(cluster: Cluster) -> None:
    """Both have the same number in the chain of seals, and the same leader."""
    ledger = FaultyLedger(cluster.new_database())
    async with asyncio.timeout(DEADLINE_S), writing(ledger) as bench:
        await bench.create("before")
        backends = backends_of(ledger.url)
        for pid in backends:
            os.kill(pid, signal.SIGSTOP)
        try:
            await refused_in(bench, 1)
            ledger.gate.clear()
            ledger.entered.clear()
            following = asyncio.create_task(again(bench, 2))
            # Long enough to decide the next batch, if anything is decided while the first can still be stored.
            await asyncio.to_thread(ledger.entered.wait, 3.0)
        finally:
            for pid in backends:
                os.kill(pid, signal.SIGCONT)
        await asyncio.to_thread(wait_until_ended, ledger.url, backends)
        ledger.gate.set()
        await following
        assert "vm-2" in created(ledger)
        await again(bench, 1)
        assert created(ledger) == ["before", "vm-1", "vm-2"]
        assert verify(ledger).problem is None
    ledger.close()


def test_an_address_that_never_answers_is_given_up() -> None:
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen()
        port = hole.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(OSError, match="connection timeout expired") as failed:
            Ledger(f"postgresql://alice:open%20sesame@127.0.0.1:{port}/ledger")
        assert time.monotonic() - began < patient(5.0)
        assert "sesame" not in str(failed.value)


async def test_two_that_append_to_the_same_streams_in_another_order_do_not_wait_for_each_other(
    cluster: Cluster,
) -> None:
    url = cluster.new_database()
    ledgers = [FaultyLedger(url), FaultyLedger(url)]
    async with asyncio.timeout(DEADLINE_S), writing(ledgers[0]) as one, writing(ledgers[1]) as two:

        async def client(bench: Bench, numbers: range) -> None:
            for number in numbers:
                await again(bench, number)

        ascending = [client(one, range(start, 100, 4)) for start in range(4)]
        descending = [client(two, range(99 - start, -1, -4)) for start in range(4)]
        await asyncio.gather(*ascending, *descending)
        assert created(ledgers[0]) == sorted(f"vm-{number}" for number in range(100))
        assert verify(ledgers[0]).problem is None
    for ledger in ledgers:
        ledger.close()


async def test_many_that_open_a_new_database_at_once_all_can(cluster: Cluster) -> None:
    for _ in range(3):
        url = cluster.new_database()
        opened = await asyncio.gather(*(asyncio.to_thread(Ledger, url) for _ in range(6)))
        for ledger in opened:
            assert ledger.head() == 0
            ledger.close()


async def test_a_unix_socket_and_libpq_parameters_are_used(cluster: Cluster) -> None:
    database = cluster.new_database().rpartition("/")[2]
    url = (
        f"postgresql:///{database}?host={cluster.directory}&port={cluster.port}&user=chronovisor&application_name=mine"
    )
    with Ledger(url) as ledger:
        assert ledger.head() == 0
    with pytest.raises(OSError, match="SSL"):
        Ledger(cluster.url(database) + "?sslmode=require")


def test_a_password_with_special_characters_is_neither_refused_nor_shown(cluster: Cluster) -> None:
    cluster.stop()
    try:
        with pytest.raises(OSError, match="cannot open the ledger") as failed:
            Ledger(cluster.url("ledger").replace("@", ":p%40ss%2Fword@"))
    finally:
        cluster.start()
    assert "chronovisor:***@" in str(failed.value)
    assert "ss%2Fword" not in str(failed.value)


async def test_a_read_that_waits_for_anothers_lock_is_given_up(cluster: Cluster) -> None:
    ledger = Ledger(cluster.new_database())
    with psycopg.connect(ledger.url) as other:
        other.execute("LOCK TABLE chronovisor_events")
        with pytest.raises(PersistenceError, match="did not answer in"):
            await asyncio.to_thread(ledger.head)
    ledger.close()
