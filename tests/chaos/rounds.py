"""Rounds of load, each ended by a kill at a random moment, and what is checked after each."""

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from chronovisor.v1 import network_pb2, network_service_pb2, network_service_pb2_grpc, vm_service_pb2_grpc
from google.longrunning import operations_pb2, operations_pb2_grpc
from grpc import aio

from tests.chaos.agents import Agent
from tests.chaos.audit import Audit
from tests.chaos.callers import NETWORK_CIDR, NETWORK_ID, PARENT, Caller, Command, outcomes
from tests.chaos.daemon import Daemon, problems_of
from tests.chaos.promises import broken, shown
from tests.chaos.stores import Store
from tests.chaos.uploads import Uploader
from tests.support.waiting import patient

CALLERS, HOSTS = 12, 3
# Seconds of load before a kill: mostly short, so that a kill finds the server at everything that it does.
MEAN_S, LONGEST_S = 0.5, 2.0
READ_OPERATIONS = 40
MOST_PROBLEMS = 20
GOES_ON_S = patient(15.0)


@dataclass(slots=True)
class Report:
    """What was done to a store, and what was found."""

    done: Counter[str] = field(default_factory=Counter[str])
    problems: list[str] = field(default_factory=list[str])


class Chaos:
    """One store under one load. A seed makes the same load and the same kills, as far as a machine can do the same."""

    def __init__(self, store: Store, directory: Path, seed: int) -> None:
        self.report = Report()
        self._store = store
        self._random = random.Random(seed)
        self._callers = [Caller(f"caller-{number}", self._random.getrandbits(64)) for number in range(CALLERS)]
        self._agents = [Agent(f"host-{number}", self._random.getrandbits(64)) for number in range(HOSTS)]
        self._uploader = Uploader(self._random.getrandbits(64))
        self._daemon = Daemon(store.url, directory / "chronovisord.log")
        self._audit = Audit()

    async def run(self, seconds: float) -> Report:
        """Rounds for about so long, at least one, then the last check. Leaves no process behind."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        try:
            while not self.report.done["rounds"] or loop.time() < until:
                await self._round()
                if len(self.report.problems) >= MOST_PROBLEMS:
                    break
            await self._end()
        finally:
            await self._daemon.kill()
        self.report.done += outcomes(self._commands())
        self.report.done += Counter(events=self._audit.events, seals=self._audit.seals)
        return self.report

    async def _round(self) -> None:
        self.report.done["rounds"] += 1
        address = await self._start()
        async with aio.insecure_channel(address) as channel:
            await ensure_network(channel)
            await self._check(channel)
            stopping = asyncio.Event()
            agents = [asyncio.create_task(agent.work(channel)) for agent in self._agents]
            callers = [asyncio.create_task(each.work(channel, stopping)) for each in (*self._callers, self._uploader)]
            await self._wait()
            await self._strike()
            stopping.set()
            await asyncio.gather(*callers)
            for agent in agents:
                agent.cancel()
            await asyncio.gather(*agents, return_exceptions=True)

    async def _start(self) -> str:
        """Now and then the first attempt to start is killed too."""
        await self._daemon.begin()
        if self._random.random() < 0.15:
            await asyncio.sleep(self._random.uniform(0.0, 0.8))
            await self._daemon.kill()
            self.report.done["killed at start"] += 1
            await self._daemon.begin()
        return await self._daemon.listens()

    async def _wait(self) -> None:
        await asyncio.sleep(min(self._random.expovariate(1 / MEAN_S), LONGEST_S))

    async def _strike(self) -> None:
        """Mostly kill -9, of the control plane, or its database's server, or both; now and then an orderly end."""
        chance = self._random.random()
        if chance < 0.1:
            self.report.done["orderly ends"] += 1
            if code := await self._daemon.stop():
                self.report.problems.append(f"it ended with code {code} at SIGTERM")
            return
        if self._store.has_server and chance < 0.7:
            self.report.done["database kills"] += 1
            await self._store.kill()
            if chance < 0.4:
                # The control plane lives on, and goes on when its database does.
                await asyncio.sleep(self._random.uniform(0.0, 0.3))
                await self._store.start()
                await self._goes_on()
                await self._wait()
                await self._kill()
                return
            await self._kill()
            await self._store.start()
        else:
            await self._kill()

    async def _kill(self) -> None:
        self.report.done["kills"] += 1
        if not self._daemon.lives:
            self._found(["it had ended by itself before it was killed"])
        await self._daemon.kill()

    async def _goes_on(self) -> None:
        """Commands are acknowledged again, now that the database is back."""
        loop = asyncio.get_running_loop()
        before, until = self._acknowledged(), loop.time() + GOES_ON_S
        while self._acknowledged() == before:
            if loop.time() > until or not self._daemon.lives:
                self._found([f"it acknowledged nothing in {GOES_ON_S} s after its database came back"])
                return
            await asyncio.sleep(0.02)

    def _acknowledged(self) -> int:
        return sum(len(command.answers) for command in self._commands())

    async def _check(self, channel: aio.Channel) -> None:
        """While nobody calls: what was promised, what is stored and what is shown are the same."""
        for attempt in range(5):
            await asyncio.to_thread(self._audit.read, self._store.url)
            problems, position = await shown(channel, self._audit)
            if position != self._audit.position:
                problems.append(f"shown at position {position}, stored up to {self._audit.position}")
            # A deadline may have passed between the two: then look again.
            if not problems:
                break
            if attempt == 4:
                self._found(problems)
        self._found(self._audit.problems)
        self._audit.problems.clear()
        self._found(broken(self._commands(), self._audit))
        acknowledged = [operation for each in self._commands() for answer in each.answers for operation in answer]
        await self._read_operations(channel, self._random.sample(acknowledged, min(READ_OPERATIONS, len(acknowledged))))

    async def _read_operations(self, channel: aio.Channel, names: list[str]) -> None:
        stub: Any = operations_pb2_grpc.OperationsStub(channel)  # pyright: ignore[reportUnknownMemberType]
        for name in names:
            try:
                await stub.GetOperation(operations_pb2.GetOperationRequest(name=name))
            except aio.AioRpcError as error:
                self._found([f"{name} cannot be read: {error.details()}"])

    async def _end(self) -> None:
        """Every outcome is known; then the ledger is read again from its beginning, and verified by its own command."""
        await self._daemon.begin()
        async with AsyncExitStack() as stack:
            channel = await stack.enter_async_context(aio.insecure_channel(await self._daemon.listens()))
            stub = vm_service_pb2_grpc.VmServiceStub(channel)
            await asyncio.gather(*(caller.finish(stub) for caller in self._callers))
            await self._check(channel)
            operations = {each for command in self._commands() for answer in command.answers for each in answer}
            await self._read_operations(channel, sorted(operations))
            self._found(await self._uploader.problems(channel, self._daemon.image_dir))
            self.report.done["images"] += len(self._uploader.ready)
        if code := await self._daemon.stop():
            self._found([f"it ended with code {code} at SIGTERM"])
        again = Audit()
        await asyncio.to_thread(again.read, self._store.url)
        self._found(again.problems)
        if (again.position, again.digest) != (self._audit.position, self._audit.digest):
            self._found(["the ledger is not what it was when it was read round by round"])
        self._found(await problems_of(self._store.url))
        self._found([fault for caller in self._callers for fault in caller.faults])

    def _commands(self) -> list[Command]:
        return [command for caller in self._callers for command in caller.commands]

    def _found(self, problems: list[str]) -> None:
        """Each problem once, however many rounds it lasts."""
        self.report.problems += [each for each in problems if each not in self.report.problems]


async def ensure_network(channel: aio.Channel) -> None:
    network = network_pb2.Network(ipv4_cidr=NETWORK_CIDR)
    request = network_service_pb2.CreateNetworkRequest(parent=PARENT, network_id=NETWORK_ID, network=network)
    try:
        await network_service_pb2_grpc.NetworkServiceStub(channel).CreateNetwork(request)
    except aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.ALREADY_EXISTS:
            raise
