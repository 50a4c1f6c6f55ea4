"""Stores, ledgers that fail on request, and a writer with its followers around it."""

import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import OperationalError

from controlplane.commands.handlers import handle
from controlplane.commands.project import CreateProject
from controlplane.commands.vm import VmCommand
from controlplane.domain.command import A, Answer, Command, CommandContext, IdempotencyKey, Outcome
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.limits import Limits
from controlplane.domain.vm.states import Verb
from controlplane.ledger.events.dispatcher import EventDispatcher, Phase
from controlplane.ledger.seals import ChainHead
from controlplane.ledger.store import Appended, Ledger
from controlplane.ledger.writer.writer import Writer
from controlplane.projections.live.inventory import Inventory
from controlplane.rpc.errors import refusal_bytes
from tests.support.controlplane import NOW, PROJECT, create, inventory, register
from tests.support.waiting import WAIT_S


class FaultyLedger(Ledger):
    """A real ledger that fails, or waits, when a test requests it."""

    # The library names tables by it, and would by this class.
    name = Ledger.name

    def __init__(self, url: str) -> None:
        super().__init__(url)
        # What the next appends do, in turn: fail `before` or `after` storing, or because an earlier one of the same
        # leader, long given up, was stored in its place (`late`). Empty: store.
        self.faults: list[str] = []
        self.unreadable_streams = ""
        self.unreadable = False
        self.appends = 0
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def append(self, recorded: Sequence[RecordedEvent], last: ChainHead, leader: str, now: Micros) -> Appended:
        self.appends += 1
        self.entered.set()
        assert self.gate.wait(WAIT_S)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "before":
            raise OperationalError("the disk is full")
        if fault == "late":
            late = super().append([RecordedEvent("requests/late", 1, event())], last, leader, now)
            self.attempted = replace(late.link, hash=b"of what was not stored")
            raise OperationalError("the connection broke")
        appended = super().append(recorded, last, leader, now)
        if fault == "after":
            raise OperationalError("the connection broke")
        return appended

    def after(
        self, position: int, limit: int, stop: int | None = None, topics: Sequence[str] = ()
    ) -> list[RecordedEvent]:
        if self.unreadable:
            raise OperationalError("the disk is gone")
        return super().after(position, limit, stop, topics)

    def of_stream(
        self, stream: str, after: int = 0, limit: int = 5_000, topics: Sequence[str] = ()
    ) -> list[RecordedEvent]:
        if self.unreadable_streams and stream.startswith(self.unreadable_streams):
            raise OperationalError("the disk is gone")
        return super().of_stream(stream, after, limit, topics)

    def stored(self) -> list[RecordedEvent]:
        """Everything but the seals."""
        return [each for each in self.all_after(0) if each.stream != "ledger"]

    def kinds(self) -> list[str]:
        return [each.event.WhichOneof("payload") or "" for each in self.stored()]


@dataclass
class Store:
    """`open` gives a ledger on the same events each time, as after a restart."""

    open: Callable[[], FaultyLedger]


@dataclass
class Bench:
    """A writer at work, and what its followers have seen."""

    writer: Writer
    dispatcher: EventDispatcher
    inventory: Inventory
    published: list[RecordedEvent] = field(default_factory=list[RecordedEvent])

    async def submit(
        self, command: Command[Answer], once: IdempotencyKey | None = None, *, validate_only: bool = False
    ) -> Outcome[Answer]:
        return await self.writer.submit(command, CommandContext("user:test", "r"), once, validate_only=validate_only)

    async def create(
        self, name: str, once: IdempotencyKey | None = None, *, validate_only: bool = False
    ) -> Outcome[Answer]:
        return await self.submit(create_work(name), once, validate_only=validate_only)

    async def ask(self, verb: Verb, name: str, once: IdempotencyKey | None = None) -> Outcome[Answer]:
        command = VmCommand(verb, f"{PROJECT}/vms/{name}")
        return await self.submit(command, once)

    async def host(self, name: str = "node-1") -> Outcome[Answer]:
        return await self.submit(register(name, inventory()))

    def names(self) -> list[str]:
        """The VMs that followers know."""
        return sorted(vm.name.rpartition("/")[2] for vm in self.inventory.vms.values())


def create_work(name: str) -> Command[Answer]:
    return create(name)


def project_work() -> Command[Answer]:
    return CreateProject("uid-default", PROJECT)


def once(number: int, payload: bytes = b"the payload", method: str = "CreateVm") -> IdempotencyKey:
    return IdempotencyKey(f"00000000-0000-4000-8000-{number:012}", method, payload)


def result_of(outcome: Outcome[Answer]) -> str:
    """The first answer's name of the result, whether this was the first answer or a repeat."""
    if outcome.repeated is not None:
        return outcome.repeated.result
    assert outcome.answer is not None
    return outcome.answer.result


@dataclass(frozen=True, slots=True)
class Broken(Command[Answer]):
    """A command whose handler has a fault."""

    records: Command[Answer]


def decided(unit: UnitOfWork, command: Command[A]) -> A:
    """What handlers decide, and that of a broken command."""
    if isinstance(command, Broken):
        handle(unit, command.records)
        raise ZeroDivisionError
    return handle(unit, command)


@asynccontextmanager
async def writing(ledger: Ledger) -> AsyncGenerator[Bench]:
    """A writer on `ledger`, started, with the default project in it."""
    dispatcher, inventory = EventDispatcher(), Inventory()
    bench = Bench(Writer(ledger, dispatcher, decided, refusal_bytes, lambda: NOW, Limits()), dispatcher, inventory)
    dispatcher.register(Phase.READ_MODELS, inventory.apply)
    dispatcher.register(Phase.STREAMS, bench.published.extend)
    await bench.writer.start()
    try:
        if not inventory.projects:
            await bench.submit(project_work())
        yield bench
    finally:
        await bench.writer.close()


def event(text: str = "x") -> ev.Event:
    return ev.Event(actor="user:test", reason=text, vm_delete_requested=ev.VmDeleteRequested())
