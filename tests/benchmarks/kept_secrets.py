"""What secrets and pseudonyms cost, in microseconds, without network and ledger.

A decision is a create of a VM in memory. A command of a person who is known, an encryption, a name in a list of events,
and one key of many that is wrapped anew when another is destroyed are measured alone.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import history_service_pb2 as history

from controlplane.commands.vm import CreateVm
from controlplane.domain.command import CommandContext, Outcome
from controlplane.domain.time import Micros
from controlplane.keys.pseudonyms import Pseudonyms
from controlplane.keys.vault import sealed, store_in
from controlplane.rpc.dependencies import Commands
from controlplane.rpc.shared.actor_names import ActorNames
from tests.benchmarks.measure import Row, at_most, interleave, under
from tests.support.controlplane import World, create, world_with_host

ROUNDS = 5
WHO = "user:alice"
NOW = Micros(1)


class _Writer:
    """Takes commands, and does nothing."""

    def __init__(self) -> None:
        self._done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._done.set_result(Outcome(None))

    def enqueue(self, *_: object, **__: object) -> "asyncio.Future[Any]":
        return self._done


def _each_us(work: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) * 1e6 / times


async def run(directory: Path, *, quick: bool) -> list[Row]:
    times, keys = (20, 20) if quick else (20_000, 20_000)
    return [
        await _enqueued(times),
        await _decided(min(times, 2_000)),
        _encrypted(times),
        await _listed(10 if quick else 1_000),
        _wrapped(directory, keys),
    ]


async def _enqueued(times: int) -> Row:
    people, writer = Pseudonyms(store_in(None), lambda: NOW), _Writer()
    await people.of(WHO)
    context = CommandContext(WHO, "request")
    command: Any = create("web")
    known, plain = Commands(writer, (), people), Commands(writer)

    async def ours() -> float:
        return _each_us(lambda: known.enqueue(command, context), times)

    async def theirs() -> float:
        return _each_us(lambda: plain.enqueue(command, context), times)

    baseline, with_people = await interleave(ROUNDS, theirs, ours)
    added = min(with_people) - min(baseline)
    return under("a person's command, beyond one that names its actor", "us", max(added, 0.001), 5)


async def _decided(times: int) -> Row:
    """Creates of VMs with and without user data, in one fleet each."""
    text = ev.SealedText(ciphertext=bytes(1_052), keyed_hash=bytes(32), size_bytes=1_024)

    def creates(world: World, user_data: ev.SealedText | None) -> float:
        first = len(world.fleet.vms)
        made = iter([_numbered(first + number, user_data) for number in range(times)])
        return _each_us(lambda: world.carry_out(next(made)), times)

    without, having = world_with_host(), world_with_host()

    async def ours() -> float:
        return creates(having, text)

    async def theirs() -> float:
        return creates(without, None)

    baseline, with_text = await interleave(ROUNDS, theirs, ours)
    return at_most("a decision with 1 KiB of user data", "us", baseline, with_text, 1.5)


def _numbered(number: int, user_data: ev.SealedText | None) -> CreateVm:
    return replace(create(f"vm-{number}"), user_data=user_data)


def _encrypted(times: int) -> Row:
    (key,) = store_in(None).ensure(["vm:1"], NOW)
    return under("1 KiB encrypted and hashed", "us", _each_us(lambda: sealed(key, "1", bytes(1_024)), times), 50)


async def _listed(events: int) -> Row:
    """Names in a page of events, each."""
    people = Pseudonyms(store_in(None), lambda: NOW)
    actor = await people.of(WHO)
    names = ActorNames(people.name_of)
    page = history.ListEventsResponse(events=[ev.Event(actor=actor, vm_started=ev.VmStarted()) for _ in range(events)])
    pages = [history.ListEventsResponse.FromString(page.SerializeToString()) for _ in range(ROUNDS)]
    took = [_each_us(lambda each=each: names.resolve(each), 1) / events for each in pages]
    return under("a name in a list of events", "us", min(took), 20)


def _wrapped(directory: Path, keys: int) -> Row:
    store = store_in(directory / "keys")
    store.ensure([f"vm:{number}" for number in range(keys)], NOW)
    took = _each_us(lambda: store.destroy(["vm:0"]), 1)
    store.close()
    return under("a key destroyed, for each that is left", "us", took / keys, 100 if keys > 1_000 else 1e6)
