"""`make twins`: two control planes on one database compete for the same hosts; then every promise is checked."""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

# The control planes are processes of their own, and use nothing of this one's gRPC.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import uvloop
from chronovisor.v1 import (
    host_pb2,
    host_service_pb2,
    host_service_pb2_grpc,
    resources_pb2,
    vm_pb2,
    vm_service_pb2,
    vm_service_pb2_grpc,
)
from grpc import StatusCode, aio

from tests.chaos.audit import Audit
from tests.chaos.daemon import Daemon, problems_of
from tests.chaos.promises import shown
from tests.chaos.stores import STORES, Store, installed

PARENT = "projects/default"
HOSTS = 8
# Of the commands, how many find room: the last ones must be refused, by either server.
FIT = 0.9
# Of the batches, how many are sent to both servers at once, with the same request id.
DOUBLED = 0.1
CALL_S = 60.0
# There is no agent: no start may fail for that, and give its room back.
PATIENT = ("--deadline", "start=864000")
AGAIN = {StatusCode.UNAVAILABLE: "UNAVAILABLE", StatusCode.ABORTED: "ABORTED", StatusCode.DEADLINE_EXCEEDED: "late"}
OPTIONS = (("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20))
COUNTS = (
    "commands",
    "accepted",
    "refused",
    "sent to both",
    "UNAVAILABLE",
    "ABORTED",
    "late",
    "events",
    "seals",
    "changes of leader",
)


@dataclass(slots=True)
class Sent:
    """A batch, and the operations that each of its answers named: an empty one for an item that was refused."""

    request_id: str
    answers: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])


@dataclass(slots=True)
class Report:
    """What was done, and what was found."""

    done: Counter[str] = field(default_factory=Counter[str])
    problems: list[str] = field(default_factory=list[str])
    seconds: float = 0.0
    # The longest that a batch waited for its answer, with all its attempts.
    longest_s: float = 0.0


class Twins:
    """One store, two servers, one load on both."""

    def __init__(self, store: Store, directory: Path, seed: int, commands: int, batch: int, clients: int) -> None:
        self.report = Report()
        self._store = store
        self._random = random.Random(seed)
        self._commands = commands
        self._clients = clients
        self._daemons = [Daemon(store.url, directory / f"chronovisord-{number}.log", *PATIENT) for number in range(2)]
        self._left = [min(batch, commands - begun) for begun in range(0, commands, batch)]
        self._begun = 0
        self._sent: list[Sent] = []

    async def run(self) -> Report:
        """Starts both at once on the empty database. Leaves no process behind."""
        try:
            for daemon in self._daemons:
                await daemon.begin()
            addresses = [await daemon.listens() for daemon in self._daemons]
            async with AsyncExitStack() as stack:
                channels = [
                    await stack.enter_async_context(aio.insecure_channel(address, options=OPTIONS))
                    for address in addresses
                ]
                await self._register(*channels)
                began = time.monotonic()
                work = [self._work(channels, number % 2) for number in range(2 * self._clients)]
                await asyncio.gather(*work)
                self.report.seconds = time.monotonic() - began
                await self._check(channels)
            for daemon in self._daemons:
                if code := await daemon.stop():
                    self.report.problems.append(f"a server ended with code {code} at SIGTERM")
        finally:
            for daemon in self._daemons:
                await daemon.kill()
        self.report.problems += await problems_of(self._store.url)
        return self.report

    @property
    def _vcpus(self) -> int:
        """Of each host. Each command requires one."""
        return max(1, int(self._commands * FIT) // HOSTS)

    async def _register(self, one: aio.Channel, other: aio.Channel) -> None:
        """Through one server, and waits until the other knows of it."""
        hosts, theirs = host_service_pb2_grpc.HostServiceStub(one), host_service_pb2_grpc.HostServiceStub(other)
        totals = {"vcpus": self._vcpus, "memory_mib": 10**9, "disk_gib": 10**9}
        inventory = {name: resources_pb2.ResourceInventory(total=total) for name, total in totals.items()}
        host = host_pb2.Host(inventory=inventory, platform=host_pb2.HostPlatform(images=["*"]))
        for number in range(HOSTS):
            await hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id=f"host-{number}", host=host))
        listed = await hosts.ListHosts(host_service_pb2.ListHostsRequest())
        await theirs.ListHosts(host_service_pb2.ListHostsRequest(min_position=listed.position), timeout=CALL_S)

    async def _work(self, channels: Sequence[aio.Channel], mine: int) -> None:
        """One client, of one server; some of its batches it sends to the other too."""
        while self._left:
            request = self._request(self._left.pop())
            sent = Sent(request.request_id)
            self._sent.append(sent)
            both = self._random.random() < DOUBLED
            self.report.done["sent to both"] += both
            began = time.monotonic()
            await asyncio.gather(
                *(self._until_answered(channels[each], request, sent) for each in ((0, 1) if both else (mine,)))
            )
            self.report.longest_s = max(self.report.longest_s, time.monotonic() - began)

    def _request(self, size: int) -> vm_service_pb2.BatchCreateVmsRequest:
        vm = vm_pb2.Vm()
        vm.spec.resources.vcpus, vm.spec.resources.memory_mib, vm.spec.resources.disk_gib = 1, 64, 1
        vm.spec.boot.image.image = "any"
        ids = range(self._begun, self._begun + size)
        self._begun += size
        return vm_service_pb2.BatchCreateVmsRequest(
            parent=PARENT,
            request_id=str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            requests=[
                vm_service_pb2.CreateVmRequest(parent=PARENT, vm_id=f"vm-{each}", vm=vm, start=True) for each in ids
            ],
            allow_partial=True,
        )

    async def _until_answered(
        self, channel: aio.Channel, request: vm_service_pb2.BatchCreateVmsRequest, sent: Sent
    ) -> None:
        stub = vm_service_pb2_grpc.VmServiceStub(channel)
        while True:
            try:
                response = await stub.BatchCreateVms(request, timeout=CALL_S)
            except aio.AioRpcError as error:
                if error.code() not in AGAIN:
                    self.report.problems.append(f"{request.request_id}: {error.code()} {error.details()}")
                    return
                self.report.done[AGAIN[error.code()]] += 1
                await asyncio.sleep(self._random.uniform(0.0, 0.1))
            else:
                sent.answers.append(tuple(item.operation for item in response.items))
                return

    async def _check(self, channels: Sequence[aio.Channel]) -> None:
        audit = Audit()
        await asyncio.to_thread(audit.read, self._store.url)
        problems = [*audit.problems, *broken(self._sent, audit)]
        # Of one that was sent to both, one server may have refused all and so remembered nothing.
        operations = [operation for sent in self._sent for operation in max(sent.answers, key=any, default=())]
        accepted = sum(map(bool, operations))
        if len(audit.named) != accepted:
            problems.append(f"{accepted} creations were acknowledged, and {len(audit.named)} VMs are there")
        # Nothing gives room back: what was refused on an old view of the hosts would have been so on the newest.
        if accepted != (fit := min(self._commands, HOSTS * self._vcpus)):
            problems.append(f"{accepted} commands were accepted, and there was room for {fit}")
        for number, channel in enumerate(channels):
            differences, position = await self._shown(channel, audit)
            if position != audit.position:
                differences.append(f"it is at position {position}, not {audit.position}")
            problems += [f"server {number}: {each}" for each in differences]
        self.report.problems += problems
        self.report.done += Counter(
            {
                "commands": len(operations),
                "accepted": accepted,
                "refused": len(operations) - accepted,
                "events": audit.events,
                "seals": audit.seals,
                "changes of leader": audit.epochs,
            }
        )

    async def _shown(self, channel: aio.Channel, audit: Audit) -> tuple[list[str], int]:
        """The one that was not the last to write hears of it four times a second."""
        attempts = 20
        while True:
            attempts -= 1
            differences, position = await shown(channel, audit)
            if position == audit.position or not attempts:
                return differences, position
            await asyncio.sleep(0.25)


def broken(batches: Sequence[Sent], audit: Audit) -> list[str]:
    """Each batch was carried out once, and all its answers are what was stored then."""
    problems: list[str] = []
    for sent in batches:
        accepted = audit.requests.get(sent.request_id)
        stored = tuple(item.result for item in accepted.items) if accepted else ()
        if any(any(answer) and answer != stored for answer in sent.answers):
            problems.append(f"{sent.request_id}: it was answered with other operations than were stored")
        caused = audit.effects[sent.request_id]["vm_created"]
        if caused != sum(map(bool, stored)):
            problems.append(f"{sent.request_id}: it created {caused} VMs, not {sum(map(bool, stored))}")
        for operation in filter(None, stored):
            uid, version = operation.removeprefix("operations/").split(".")[:2]
            if int(version) > audit.versions[f"vms/{uid}"]:
                problems.append(f"{sent.request_id}: {operation} is lost")
    return problems


async def compete(names: Sequence[str], seed: int, commands: int, batch: int, clients: int) -> dict[str, Report]:
    """The report of each store, one after the other."""
    reports: dict[str, Report] = {}
    for name in names:
        with tempfile.TemporaryDirectory(prefix="chronovisor-twins-") as directory:
            async with STORES[name](Path(directory)) as store:
                reports[name] = await Twins(store, Path(directory), seed, commands, batch, clients).run()
    return reports


def summary(reports: dict[str, Report]) -> str:
    """A line for each count, a column for each store."""
    lines = [("", *reports)]
    lines += [(count, *(f"{each.done[count]:,}" for each in reports.values())) for count in COUNTS]
    lines.append(("commands a second", *(f"{each.done['commands'] / each.seconds:,.0f}" for each in reports.values())))
    lines.append(("longest wait, s", *(f"{each.longest_s:,.2f}" for each in reports.values())))
    lines.append(("problems", *(f"{len(each.problems):,}" for each in reports.values())))
    return "\n".join(f"{line[0]:<18}" + "".join(f"{cell:>14}" for cell in line[1:]) for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Two control planes on one database, and what they promised.")
    parser.add_argument("--commands", type=int, default=10_000, help="on each store; default %(default)s")
    parser.add_argument("--batch", type=int, default=100, help="commands in one call; default %(default)s")
    parser.add_argument("--clients", type=int, default=4, help="of each server; default %(default)s")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32), help="default: a new one")
    parser.add_argument("--store", action="append", choices=sorted(STORES), help="default: all that are installed")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    names = given.store or installed()
    reports = uvloop.run(compete(names, given.seed, given.commands, given.batch, given.clients))
    print(summary(reports))
    problems = [f"{name}: {problem}\n" for name, report in reports.items() for problem in report.problems[:20]]
    print(*problems, sep="", end="", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
