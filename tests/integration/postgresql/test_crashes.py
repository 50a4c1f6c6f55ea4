"""PostgreSQL that goes away, and answers that get lost: what was acknowledged is there, and all of it once."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from controlplane.domain.errors import Unavailable
from controlplane.ledger.store import Ledger
from controlplane.queries.audit import verify
from tests.conformance.stores.benches import Bench, FaultyLedger, once, writing
from tests.support.postgresql import Cluster
from tests.support.waiting import patient

DEADLINE_S = patient(60.0)


async def create_until_acknowledged(bench: Bench, number: int) -> None:
    """As a good client does: the same request again for as long as the answer is that there is none now."""
    while True:
        try:
            await bench.create(f"vm-{number}", once(number))
        except Unavailable:
            await asyncio.sleep(0.05)
        else:
            return


def created(ledger: Ledger) -> Counter[str]:
    names = [each.event.vm_created.name for each in ledger.all_after(0) if each.event.HasField("vm_created")]
    return Counter(name.rpartition("/")[2] for name in names)


async def test_a_server_that_crashes_under_load_loses_and_doubles_nothing(cluster: Cluster) -> None:
    ledger = FaultyLedger(cluster.new_database())
    async with asyncio.timeout(DEADLINE_S), writing(ledger) as bench:
        acknowledged = 0
        milestones = {60: asyncio.Event(), 180: asyncio.Event()}

        async def client(numbers: range) -> None:
            nonlocal acknowledged
            for number in numbers:
                await create_until_acknowledged(bench, number)
                acknowledged += 1
                if acknowledged in milestones:
                    milestones[acknowledged].set()

        clients = [asyncio.create_task(client(range(start, 400, 8))) for start in range(8)]
        for milestone in milestones.values():
            await milestone.wait()
            await asyncio.to_thread(cluster.stop, "immediate")
            await asyncio.to_thread(cluster.start)
        await asyncio.gather(*clients)
        assert created(ledger) == {f"vm-{number}": 1 for number in range(400)}
        assert verify(ledger).problem is None
    ledger.close()


async def test_commands_fail_in_time_while_the_server_is_away_and_go_on_after(cluster: Cluster) -> None:
    ledger = FaultyLedger(cluster.new_database())
    async with asyncio.timeout(DEADLINE_S), writing(ledger) as bench:
        await bench.create("before")
        cluster.stop("immediate")
        with pytest.raises(Unavailable) as refused:
            await bench.create("meanwhile", once(1))
        assert refused.value.reason == "LEDGER_UNAVAILABLE"
        cluster.start()
        await create_until_acknowledged(bench, 1)
        assert created(ledger) == {"before": 1, "vm-1": 1}
    ledger.close()


class Proxy:
    """Passes bytes on between a client and PostgreSQL; armed, it swallows the answer to the next batch and hangs up."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.armed = False
        self.swallowed = 0
        self.open = 0
        self.idle = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.idle.clear()
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        doomed = asyncio.Event()

        async def forth() -> None:
            while data := await reader.read(1 << 16):
                # Only a batch has a seal in it.
                if self.armed and b"BatchSealed" in data:
                    self.armed = False
                    doomed.set()
                server_writer.write(data)

        async def back() -> None:
            while data := await server_reader.read(1 << 16):
                if doomed.is_set():
                    self.swallowed += 1
                    return
                writer.write(data)

        tasks = [asyncio.create_task(forth()), asyncio.create_task(back())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in (writer, server_writer):
            each.close()
            with contextlib.suppress(ConnectionError):
                await each.wait_closed()
        self.open -= 1
        if not self.open:
            self.idle.set()


@asynccontextmanager
async def through_proxy(url: str) -> AsyncGenerator[tuple[Proxy, str]]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    proxy = Proxy(parts.hostname, parts.port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield proxy, url.replace(f":{parts.port}/", f":{port}/")
    finally:
        server.close()
        await proxy.idle.wait()


async def test_a_commit_whose_answer_was_lost_is_acknowledged_once(cluster: Cluster) -> None:
    direct = cluster.new_database()
    async with asyncio.timeout(DEADLINE_S), through_proxy(direct) as (proxy, url):
        ledger = await asyncio.to_thread(FaultyLedger, url)
        async with writing(ledger) as bench:
            await bench.create("before")
            for number in range(3):
                proxy.armed = True
                await bench.create(f"lost-{number}", once(number))
            await bench.create("after")
            assert proxy.swallowed == 3
            names = {"before", "lost-0", "lost-1", "lost-2", "after"}
            assert set(bench.names()) == names
        await asyncio.to_thread(ledger.close)
    with Ledger(direct) as stored:
        assert created(stored) == dict.fromkeys(names, 1)
        assert verify(stored).problem is None


async def test_a_dump_restores_to_a_ledger_that_verifies(cluster: Cluster, tmp_path: Path) -> None:
    source, target, dump = cluster.new_database(), cluster.new_database(), tmp_path / "ledger.dump"
    ledger = FaultyLedger(source)
    async with writing(ledger) as bench:
        for number in range(5):
            await bench.create(f"vm-{number}")
    ledger.close()
    for command in (
        ["pg_dump", "--format=custom", f"--file={dump}", source],
        ["pg_restore", f"--dbname={target}", "--exit-on-error", str(dump)],
    ):
        done = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL)
        assert await done.wait() == 0
    with Ledger(target) as restored:
        assert sum(created(restored).values()) == 5
        assert verify(restored).problem is None
