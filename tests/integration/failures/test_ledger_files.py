"""A real chronovisord whose ledger's files are taken away, replaced, cut, locked or write-protected while it serves."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from chronovisor.v1 import history_service_pb2, history_service_pb2_grpc, vm_service_pb2, vm_service_pb2_grpc
from grpc import aio

from controlplane.ledger.read_only import ReadOnlyLedger
from controlplane.queries.audit import verify
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Refusal, a_vm, refused, vm_name
from tests.support.waiting import patient

WAIT_S = patient(30.0)
ADDRESS = re.compile(rb"127\.0\.0\.1:\d+")
# Root may write to what is read-only: without these it may not, as nobody else may.
PLAIN = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")


@dataclass
class Server:
    """A chronovisord that serves, its stubs, and its log."""

    process: asyncio.subprocess.Process
    vms: "vm_service_pb2_grpc.VmServiceAsyncStub"
    history: "history_service_pb2_grpc.HistoryServiceAsyncStub"
    log: Path

    async def create(self, name: str) -> None:
        await self.vms.CreateVm(
            vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=name, vm=a_vm()), metadata=ACTOR, timeout=WAIT_S
        )

    async def refuses(self, name: str) -> Refusal:
        refusal = await refused(
            self.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=name, vm=a_vm()), metadata=ACTOR)
        )
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "LEDGER_UNAVAILABLE")
        return refusal

    async def names(self) -> list[str]:
        listed = await self.vms.ListVms(vm_service_pb2.ListVmsRequest(parent=DEFAULT))
        return [vm.name for vm in listed.vms]

    async def says(self, words: str) -> None:
        """Waits until it is in the log."""
        deadline = time.monotonic() + WAIT_S
        while words not in self.log.read_text():
            assert time.monotonic() < deadline, self.log.read_text()
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(self.process.wait(), WAIT_S)

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def serving(ledger: Path) -> AsyncGenerator[Server]:
    log = ledger.parent.parent / "log"
    command = [*(PLAIN if os.geteuid() == 0 else ()), sys.executable, "-m", "controlplane"]
    command += ["--listen", "127.0.0.1:0", "--insecure", "--socket", "none", "--store", f"sqlite:///{ledger}"]
    with log.open("ab") as stderr:
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=stderr)
    try:
        assert process.stdout
        address = ADDRESS.search(await asyncio.wait_for(process.stdout.readline(), WAIT_S))
        assert address, log.read_text()
        async with aio.insecure_channel(address[0].decode()) as channel:
            yield Server(
                process,
                vm_service_pb2_grpc.VmServiceStub(channel),
                history_service_pb2_grpc.HistoryServiceStub(channel),
                log,
            )
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    directory = tmp_path / "ledger"
    directory.mkdir()
    return directory / "ledger.db"


def beside(ledger: Path, suffix: str) -> Path:
    return ledger.with_name(ledger.name + suffix)


def allow(path: Path, mode: int) -> None:
    path.chmod(mode)


def holds(ledger: Path) -> None:
    with ReadOnlyLedger(ledger) as evidence:
        assert verify(evidence).problem is None
        assert evidence.fault() == ""


def _away(ledger: Path, away: Path) -> None:
    ledger.rename(away)


def _copied_over(ledger: Path, away: Path) -> None:
    ledger.rename(away)
    shutil.copyfile(away, ledger)


@pytest.mark.parametrize("take", [_away, _copied_over])
async def test_a_file_that_was_taken_is_noticed_before_a_command_meets_it(
    ledger: Path, take: Callable[[Path, Path], None]
) -> None:
    away = ledger.with_name("away.db")
    async with serving(ledger) as server:
        await server.create("first")
        take(ledger, away)
        await server.says("commands are refused")
        assert "RetryInfo" in (await server.refuses("meanwhile")).details
        assert await server.names() == [vm_name("first")]
        away.replace(ledger)
        await server.says("commands are taken")
        await server.create("last")
        await server.kill()
    async with serving(ledger) as server:
        assert await server.names() == [vm_name("first"), vm_name("last")]
        await server.stop()
    holds(ledger)


async def test_a_log_that_was_removed_loses_nothing_when_the_server_is_stopped_in_the_ordinary_way(
    ledger: Path,
) -> None:
    async with serving(ledger) as server:
        for number in range(5):
            await server.create(f"vm-{number}")
        beside(ledger, "-wal").unlink()
        await server.refuses("meanwhile")
        await server.says("-wal was removed or replaced while in use")
        await server.stop()
    async with serving(ledger) as server:
        assert await server.names() == [vm_name(f"vm-{number}") for number in range(5)]
        await server.create("last")
        await server.stop()
    holds(ledger)


async def test_a_file_that_was_cut_takes_no_commands_and_is_reported(ledger: Path) -> None:
    async with serving(ledger) as server:
        for number in range(5):
            await server.create(f"vm-{number}")
        os.truncate(ledger, 100)
        await server.says("was cut while in use: restore it from a backup")
        await server.refuses("meanwhile")


async def test_a_file_that_another_process_has_locked_is_reported_within_seconds(ledger: Path) -> None:
    async with serving(ledger) as server:
        await server.create("first")
        other = sqlite3.connect(ledger, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        await server.refuses("meanwhile")
        assert time.monotonic() - began < patient(4)
        await server.says("database is locked")
        other.execute("ROLLBACK")
        other.close()
        await server.create("last")
        await server.stop()
    holds(ledger)


async def audit(server: Server) -> None:
    """Reads at once on several connections: those of a read-only file can never be written with."""
    walk = history_service_pb2.VerifyLedgerRequest()
    await asyncio.gather(*(server.history.VerifyLedger(walk) for _ in range(6)))


async def test_a_file_that_becomes_read_only_is_written_to_again_when_it_may_be(ledger: Path) -> None:
    async with serving(ledger) as server:
        for number in range(20):
            await server.create(f"vm-{number}")
        allow(ledger, 0o444)
        await audit(server)
        acknowledged = set(await server.names())
        for number in range(6):
            # A connection that was open before may still write: then it is durable all the same.
            with contextlib.suppress(aio.AioRpcError):
                await server.create(f"meanwhile-{number}")
                acknowledged.add(vm_name(f"meanwhile-{number}"))
        allow(ledger, 0o644)
        for number in range(20):
            await server.create(f"after-{number}")
            acknowledged.add(vm_name(f"after-{number}"))
        assert acknowledged <= set(await server.names())
        await server.stop()
    holds(ledger)


async def test_a_server_that_starts_on_a_read_only_file_reads_and_writes_when_it_may(ledger: Path) -> None:
    async with serving(ledger) as server:
        await server.create("first")
        await server.stop()
    allow(ledger, 0o444)
    async with serving(ledger) as server:
        await server.says("is read-only: commands are refused")
        assert await server.names() == [vm_name("first")]
        await server.refuses("meanwhile")
        allow(ledger, 0o644)
        await server.create("last")
        assert await server.names() == [vm_name("first"), vm_name("last")]
        await server.stop()
    holds(ledger)


async def test_a_directory_that_becomes_read_only_stops_nobody_who_has_its_files_open(ledger: Path) -> None:
    async with serving(ledger) as server:
        await server.create("first")
        allow(ledger.parent, 0o555)
        try:
            await server.create("second")
            await audit(server)
        finally:
            allow(ledger.parent, 0o755)
        await server.create("third")
        await server.stop()
    holds(ledger)
