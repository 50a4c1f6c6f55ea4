"""A control plane that cannot take more: too many commands waiting, a caller that gave up, an end that has begun."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from chronovisor.v1 import vm_service_pb2, vm_service_pb2_grpc
from google.rpc import error_details_pb2
from grpc import StatusCode, aio

from controlplane.ledger.store_url import LOCK_TIMEOUT_S
from tests.integration.controlplane.daemon import daemon, fails, names
from tests.integration.controlplane.plane import DEFAULT, WAIT_S, Refusal, a_vm, refusal_in, refusal_of, vm_name
from tests.support.waiting import patient

CreateVm, Command = vm_service_pb2.CreateVmRequest, vm_service_pb2.ExecuteCommandsRequest
MOST_WAITING = 4
# How long a commit waits for the file.
LOCKED_S = float(LOCK_TIMEOUT_S)


def create(vm_id: str, request_id: str = "") -> vm_service_pb2.CreateVmRequest:
    return CreateVm(parent=DEFAULT, vm_id=vm_id, vm=a_vm(), request_id=request_id)


@contextmanager
def locked(ledger: Path) -> Generator[None]:
    """As long as another program has the file, no commit can end."""
    other = sqlite3.connect(ledger, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@asynccontextmanager
async def serving(home: Path) -> AsyncGenerator[tuple[str, "vm_service_pb2_grpc.VmServiceAsyncStub"]]:
    """A chronovisord in whose queue few commands may wait: its address, and a stub."""
    options = ("--most-waiting", str(MOST_WAITING))
    async with daemon(home, *options) as running, aio.insecure_channel(running.address) as channel:
        yield running.address, vm_service_pb2_grpc.VmServiceStub(channel)


@pytest.mark.provokes("OVERLOADED")
async def test_past_its_bound_the_queue_refuses_at_once_and_says_when_to_come_back(tmp_path: Path) -> None:
    async with serving(tmp_path) as (address, vms):
        refusals: list[Refusal] = []
        accepted: set[str] = set()

        async def ask(vm_id: str) -> None:
            try:
                await vms.CreateVm(create(vm_id))
                accepted.add(vm_name(vm_id))
            except aio.AioRpcError as error:
                refusals.append(refusal_of(error))

        with locked(tmp_path / "ledger.db"):
            began = time.monotonic()
            calls = [asyncio.create_task(ask(f"vm-{number}")) for number in range(40)]
            async with asyncio.timeout(WAIT_S):
                # One batch is being committed, and another waits: what comes then does not wait with them.
                while len(refusals) < len(calls) - 2 * MOST_WAITING:
                    await asyncio.wait([each for each in calls if not each.done()], return_when="FIRST_COMPLETED")
            took_s = time.monotonic() - began
        await asyncio.gather(*calls)
        assert took_s < patient(2.0)
        for refusal in refusals:
            assert (refusal.code, refusal.details) == (StatusCode.UNAVAILABLE, ["RetryInfo"])
            assert 0 < _retry_after_s(refusal) <= 1
        reasons = {refusal.reason for refusal in refusals}
        # On a machine so slow that the ledger has given up the lock meanwhile, its word is among them.
        assert reasons - ({"LEDGER_UNAVAILABLE"} if took_s > LOCKED_S else set()) == {"OVERLOADED"}
        assert 1 <= len(accepted) <= 2 * MOST_WAITING
        assert set(await names(address)) == accepted


def _retry_after_s(refusal: Refusal) -> float:
    info = error_details_pb2.RetryInfo()
    for detail in refusal.status.details:
        if detail.Unpack(info):
            return info.retry_delay.ToTimedelta().total_seconds()
    raise AssertionError(refusal)


async def test_a_command_whose_caller_gave_up_while_it_waited_is_not_carried_out(tmp_path: Path) -> None:
    async with serving(tmp_path) as (address, vms):
        decided, waiting, request_id = "", "", ""
        found: list[str] = []
        # On a slow machine the first comes too late to be decided, or its commit has given up: once more.
        for attempt in range(20):
            decided, waiting, request_id = f"decided-{attempt}", f"waiting-{attempt}", str(uuid4())
            with locked(tmp_path / "ledger.db"):
                # The first is decided already when its time is up; the second waits behind it.
                for vm_id, its_request in ((decided, ""), (waiting, request_id)):
                    with pytest.raises(aio.AioRpcError) as caught:
                        await vms.CreateVm(create(vm_id, its_request), timeout=0.5)
                    assert caught.value.code() is StatusCode.DEADLINE_EXCEEDED
            await vms.CreateVm(create(f"last-{attempt}"))
            found = await names(address)
            if vm_name(decided) in found:
                break
        assert vm_name(decided) in found
        assert vm_name(waiting) not in found
        await vms.CreateVm(create(waiting, request_id))
        assert vm_name(waiting) in await names(address)


@pytest.mark.provokes("SHUTTING_DOWN")
async def test_a_stream_of_commands_hears_of_the_end_and_what_was_accepted_before_is_there(tmp_path: Path) -> None:
    async with daemon(tmp_path) as running, aio.insecure_channel(running.address) as channel:
        stream = vm_service_pb2_grpc.VmServiceStub(channel).ExecuteCommands()
        acknowledged: list[str] = []
        refusal: Refusal | None = None
        async with asyncio.timeout(WAIT_S):
            for number in range(100_000):
                await stream.write(Command(tag=number, create_vm=create(f"vm-{number}")))
                response = await stream.read()
                assert isinstance(response, vm_service_pb2.ExecuteCommandsResponse)
                if response.HasField("error"):
                    refusal = refusal_in(response.error)
                    break
                acknowledged.append(vm_name(f"vm-{number}"))
                if number == 20:
                    running.process.terminate()
            await stream.done_writing()
            assert await stream.code() is StatusCode.OK
            assert await running.process.wait() == 0
        assert refusal
        assert (refusal.code, refusal.reason) == (StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
        assert refusal.details == ["RetryInfo"]
    async with daemon(tmp_path) as again:
        assert set(await names(again.address)) == set(acknowledged)


async def test_an_end_under_load_sends_every_caller_away_to_come_back_and_loses_nothing(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    enough = asyncio.Event()

    async def keep_creating(vms: "vm_service_pb2_grpc.VmServiceAsyncStub", worker: int) -> Refusal:
        for number in range(10_000):
            try:
                await vms.CreateVm(create(f"vm-{worker}-{number}"))
            except aio.AioRpcError as error:
                return refusal_of(error)
            acknowledged.append(vm_name(f"vm-{worker}-{number}"))
            if len(acknowledged) >= 100:
                enough.set()
        raise AssertionError("it did not end")

    async with daemon(tmp_path) as running, aio.insecure_channel(running.address) as channel:
        vms = vm_service_pb2_grpc.VmServiceStub(channel)
        workers = [asyncio.create_task(keep_creating(vms, worker)) for worker in range(32)]
        async with asyncio.timeout(WAIT_S):
            await enough.wait()
            running.process.terminate()
            refusals = await asyncio.gather(*workers)
            assert await running.process.wait() == 0
    # CANCELLED is what gRPC says of calls that it drops, and what no client tries again.
    assert {each.code for each in refusals} == {StatusCode.UNAVAILABLE}
    assert "SHUTTING_DOWN" in {each.reason for each in refusals}
    async with daemon(tmp_path) as again:
        assert set(await names(again.address)) == set(acknowledged)


@pytest.mark.parametrize("bound", ["0", "-1", "many", "1.5", "10000000"])
async def test_a_bound_that_is_none_is_a_usage_error(tmp_path: Path, bound: str) -> None:
    code, words = await fails(tmp_path, "--most-waiting", bound)
    assert code == 2
    assert "--most-waiting" in words.splitlines()[-1]
