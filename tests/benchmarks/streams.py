"""WatchEvents: fan-out to 100 subscribers, how long an event takes to them, and what 2,000 idle ones cost."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from chronovisor.v1 import history_service_pb2 as api
from chronovisor.v1 import vm_pb2, vm_service_pb2
from grpc import aio

from tests.benchmarks import bare_stream
from tests.benchmarks.load import BATCH, LARGE_MESSAGES, PARENT, Load, load_on
from tests.benchmarks.measure import Row, at_least, interleave, under
from tests.benchmarks.servers import Server, control_plane, server

WATCH = "/chronovisor.v1.HistoryService/WatchEvents"
SUBSCRIBERS = 100
CHANNELS = 10
COMMANDS_A_SECOND = 500
# A checkpoint, and that it has caught up.
GREETING = 2
Messages = AsyncIterator[bytes]


@asynccontextmanager
async def subscribers(
    address: str, method: str, request: api.WatchEventsRequest, count: int
) -> AsyncGenerator[list[Messages]]:
    """Streams of messages as bytes, of a few connections."""
    async with AsyncExitStack() as stack:
        channels: list[Any] = [
            # Without an option of its own, each would share one connection.
            await stack.enter_async_context(
                aio.insecure_channel(address, options=(*LARGE_MESSAGES, ("grpc.use_local_subchannel_pool", 1)))
            )
            for _ in range(min(CHANNELS, count))
        ]
        calls = [
            channels[each % len(channels)].unary_stream(method)(request.SerializeToString()) for each in range(count)
        ]
        yield [aiter(each) for each in calls]
        for each in calls:
            each.cancel()


async def _greeted(streams: Sequence[Messages]) -> None:
    for each in streams:
        for _ in range(GREETING):
            await anext(each)


async def _read(stream: Messages, messages: int) -> None:
    for _ in range(messages):
        await anext(stream)


async def _read_events(stream: Messages, events: int) -> None:
    while events > 0:
        events -= len(api.WatchEventsResponse.FromString(await anext(stream)).events.events)


def _batches(load: Load, count: int) -> list[vm_service_pb2.BatchCreateVmsRequest]:
    """VMs that are created and not started: an event each, and one for the seal of each batch."""
    batches = load.batches(count)
    for batch in batches:
        for request in batch.requests:
            request.start = False
    return batches


async def _fan_out(directory: Path, ours: Server, load: Load, count: int, rounds: int) -> list[Row]:
    now = api.WatchEventsRequest(from_now=True)
    many = api.WatchEventsRequest(from_now=True, max_batch_size=1000)
    events = count + -(-count // BATCH)
    async with subscribers(ours.address, WATCH, now, 1) as [one]:
        await _greeted([one])
        await load.batched(_batches(load, count))
        bare_stream.written([await anext(one) for _ in range(events)], directory / "messages")
    async with server("-m", "tests.benchmarks.bare_stream", str(directory / "messages")) as bare:

        async def baseline() -> float:
            began = time.perf_counter()
            async with subscribers(bare.address, bare_stream.METHOD, now, SUBSCRIBERS) as streams:
                await asyncio.gather(*(_read(each, events) for each in streams))
            return SUBSCRIBERS * events / (time.perf_counter() - began)

        async def alone() -> float:
            async with subscribers(ours.address, WATCH, now, SUBSCRIBERS) as streams:
                await _greeted(streams)
                began = time.perf_counter()
                await asyncio.gather(load.batched(_batches(load, count)), *(_read(each, events) for each in streams))
                return SUBSCRIBERS * events / (time.perf_counter() - began)

        async def batched() -> float:
            async with subscribers(ours.address, WATCH, many, SUBSCRIBERS) as streams:
                await _greeted(streams)
                began = time.perf_counter()
                await asyncio.gather(
                    load.batched(_batches(load, count)), *(_read_events(each, events) for each in streams)
                )
                return SUBSCRIBERS * events / (time.perf_counter() - began)

        bared, single, several = await interleave(rounds, baseline, alone, batched)
    name = f"events to {SUBSCRIBERS} subscribers"
    return [
        at_least(f"{name}, each alone", "events/s", bared, single, 0.7),
        at_least(f"{name}, max_batch_size 1000", "events/s", bared, several, 0.7),
    ]


async def _latency(ours: Server, load: Load, seconds: float) -> Row:
    """From the event's commit time, which is set before its commit, until a subscriber has it and has decoded it."""
    taken: list[float] = []

    async def receive(stream: Messages) -> None:
        async for message in stream:
            now = time.time()
            events = api.WatchEventsResponse.FromString(message).events.events
            if events:
                # The first of a message has waited longest.
                committed = events[0].commit_time
                taken.append(now - committed.seconds - committed.nanos / 1e9)

    request = api.WatchEventsRequest(from_now=True, max_batch_size=1000)
    async with subscribers(ours.address, WATCH, request, SUBSCRIBERS) as streams:
        await _greeted(streams)
        receiving = [asyncio.create_task(receive(each)) for each in streams]
        await _paced(load, seconds)
        for each in receiving:
            each.cancel()
        await asyncio.gather(*receiving, return_exceptions=True)
    taken.sort()
    name = f"event to subscriber, p99, {SUBSCRIBERS} of them, {COMMANDS_A_SECOND} commands/s"
    return under(name, "ms", taken[int(len(taken) * 0.99)] * 1e3, 100)


async def _paced(load: Load, seconds: float) -> None:
    """Commands at their times, whether or not those before are answered."""
    began = time.perf_counter()
    calls: set[asyncio.Task[object]] = set()
    for number, request in enumerate(load.requests(int(seconds * COMMANDS_A_SECOND))):
        request.start = False
        await asyncio.sleep(max(began + number / COMMANDS_A_SECOND - time.perf_counter(), 0))
        calls.add(asyncio.ensure_future(load.vms.CreateVm(request)))
    await asyncio.gather(*calls)


async def _idle(ours: Server, load: Load, idle: int, count: int, rounds: int) -> list[Row]:
    """Each subscriber waits for a VM to which nothing happens, while others are created."""
    vm = vm_pb2.Vm()
    vm.CopyFrom(load.requests(1)[0].vm)
    await load.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=PARENT, vm_id="quiet", vm=vm))
    request = api.WatchEventsRequest(parent=f"{PARENT}/vms/quiet", from_now=True)
    grown: list[float] = []

    async def without() -> float:
        return await load.unary(count)

    async def beside() -> float:
        before = ours.resident_bytes()
        async with subscribers(ours.address, WATCH, request, idle) as streams:
            await _greeted(streams)
            grown.append((ours.resident_bytes() - before) / idle / 1024)
            return await load.unary(count)

    alone, accompanied = await interleave(rounds, without, beside)
    return [
        at_least(f"create-and-start, unary, beside {idle:,} idle subscribers", "calls/s", alone, accompanied, 0.9),
        # The first has the server's memory grow; those after it find it grown.
        under("memory of an idle subscriber", "KB", grown[0], 60),
    ]


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, seconds, idle, calls, rounds = (20, 0.2, 20, 100, 1) if quick else (2_000, 10.0, 2_000, 6_000, 5)
    async with control_plane(f"sqlite:///{directory / 'streams.db'}") as ours, load_on(ours.address) as load:
        await load.unary(calls // 10)
        rows = await _idle(ours, load, idle, calls, rounds)
        rows += await _fan_out(directory, ours, load, count, rounds)
        return [*rows, await _latency(ours, load, seconds)]
