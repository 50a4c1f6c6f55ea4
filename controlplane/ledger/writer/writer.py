"""The one writer: decides all waiting commands, appends their events in one transaction, answers after the commit."""

import asyncio
import logging
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import coroutine
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import IntegrityError, PersistenceError
from uuid_utils import uuid7

from controlplane.domain.command import (
    A,
    Answer,
    AnyAnswer,
    BatchAnswer,
    Command,
    CommandContext,
    IdempotencyKey,
    Outcome,
    Refused,
)
from controlplane.domain.errors import ConcurrentChange, DomainError, LedgerUntrusted, RequestIdReused, Unavailable
from controlplane.domain.fleet import Fleet, RecordedEvent, snapshot_stream
from controlplane.domain.history import Lineage
from controlplane.domain.host.aggregate import Host
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros, Ticks, micros_of
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.limits import Limits
from controlplane.ledger.alterations import StoreAltered
from controlplane.ledger.events.dispatcher import EventDispatcher
from controlplane.ledger.seals import GENESIS, STREAM, origin_of
from controlplane.ledger.store import PAGE, Ledger

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
# How often a command is decided again after another writer was first.
ATTEMPTS = 5
MOST_WAITING = 10_000
WATCH_EVERY_S = 0.25
# In events. Fewer are folded at the next start as soon as a snapshot is read.
SNAPSHOT_AT_CLOSE = 5_000
# A call takes a few turns of the event loop from its arrival to the queue.
IDLE_TURNS = 10
RETRY_OVERLOADED_S = 0.2


class Handle(Protocol):
    """Decides a command against a unit of work, which records its events. Raises DomainError for a refusal."""

    def __call__(self, unit: UnitOfWork, command: Command[A]) -> A: ...


EncodeRefusal = Callable[[DomainError], bytes]


@dataclass(slots=True)
class QueuedCommand:
    command: Command[AnyAnswer]
    context: CommandContext
    key: IdempotencyKey | None
    validate_only: bool
    future: asyncio.Future[Outcome[AnyAnswer]]
    attempts: int = 0


@dataclass(slots=True)
class _Decided:
    waiting: QueuedCommand
    answer: AnyAnswer
    # Where its events are in the batch.
    first: int
    events: int
    unchanged: bool


class Writer:
    """Runs on the event loop; only the commit blocks, on a thread of its own. Nothing else may write to the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        dispatcher: EventDispatcher,
        handle: Handle,
        encode_refusal: EncodeRefusal,
        clock: Callable[[], Micros],
        limits: Limits,
        most_waiting: int = MOST_WAITING,
        follow_time: Callable[[Micros], None] | None = None,
    ) -> None:
        """`handle` decides each command; `encode_refusal` gives what is recorded of a batch's item that was refused.

        `follow_time` gets the time up to which another writer on the same ledger has written.
        """
        self._handle = handle
        self._encode_refusal = encode_refusal
        self._follow_time = follow_time
        self._most_waiting = most_waiting
        self._ledger = ledger
        self._dispatcher = dispatcher
        self._clock = clock
        self._limits = limits
        self._leader = str(uuid7())
        self._fleet = Fleet()
        self._link = GENESIS
        self._folded_batch: int = 0
        self._position = 0
        # The last batch, when its append was answered.
        self._committed: Sequence[RecordedEvent] = ()
        self._time = Micros(0)
        # True while memory may be behind the store: nothing is decided before it has caught up.
        self._stale = True
        self._queue: list[QueuedCommand] = []
        self._wake = asyncio.Event()
        self._closing = False
        # Whether the last batch had more than one command.
        self._crowded = False
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._task: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        # True when the ledger has an event that cannot be folded: nothing after it is known here.
        self._ends_here = False
        # Why no command is taken, although reads go on.
        self._untrusted: LedgerUntrusted | None = None
        # The position of the last snapshot that the ledger vouches for.
        self._snapshotted = 0

    async def start(self) -> None:
        """Rebuilds the fleet, from a snapshot if there is one and from the ledger after it, then takes commands."""
        self._fleet.lineage = await self._blocking(self._ledger.lineage)
        snapshot = await self._blocking(self._ledger.snapshot)
        if snapshot:
            self._fleet.restore(snapshot.state)
            self._dispatcher.restore(snapshot.state)
            self._position = self._snapshotted = snapshot.state.position
            self._time = snapshot.state.time
            self._folded_batch = snapshot.batch
        await self._catch_up()
        self._task = asyncio.create_task(self._run(), name="writer")
        self._watching = asyncio.create_task(self._watch(), name="other writers")

    def prepare(self, index: Callable[[Fleet], object]) -> None:
        """Makes an index of the fleet now, so that no command waits for it."""
        self._fleet.index(index)

    async def close(self) -> None:
        """Takes no more commands, and carries out those that it has."""
        self._closing = True
        self._wake.set()
        if self._watching:
            self._watching.cancel()
        if self._task:
            await asyncio.wait([self._task])
        if self._position - self._snapshotted >= SNAPSHOT_AT_CLOSE:
            await self._snapshot()
        self._thread.shutdown()

    @property
    def untrusted(self) -> LedgerUntrusted | None:
        """Why the ledger is read-only; None while it is trusted."""
        return self._untrusted

    def distrust(self, untrusted: LedgerUntrusted) -> None:
        """Takes no commands any more. What this process knows already goes on to be read; the first reason stays."""
        if self._untrusted is None:
            self._untrusted = untrusted
            log.critical("%s", untrusted)

    @property
    def last_commit(self) -> tuple[Micros, Ticks]:
        """The time of the last commit, and when after which boot it was made; 0 before the first."""
        return self._time, self._link.ticks

    def decides_by(self) -> tuple[list[Host], list[tuple[str, Resources]]] | None:
        """The hosts, and what each project holds, as of the dispatcher's position. None while a commit is under way."""
        fleet = self._fleet
        if not fleet.is_settled:
            return None
        held = [(each.name, fleet.held_by_project(each.uid)) for each in fleet.projects.values()]
        return list(fleet.hosts.values()), held

    @property
    def lineage(self) -> Lineage:
        """The ledger's history, as of the last commit."""
        return self._fleet.lineage

    async def failed(self) -> None:
        """Waits for as long as the writer works. Raises what it failed by: then memory cannot be trusted any more."""
        assert self._task is not None
        await asyncio.shield(self._task)

    async def submit(
        self,
        command: Command[A],
        context: CommandContext,
        idempotency_key: IdempotencyKey | None = None,
        *,
        validate_only: bool = False,
    ) -> Outcome[A]:
        """Carries a command out and answers when it is durable. Raises its refusal, ConcurrentChange, Unavailable.

        A caller that goes away, or whose deadline passes, while its command waits takes it back.
        """
        return await self.enqueue(command, context, idempotency_key, validate_only=validate_only)

    def enqueue(
        self,
        command: Command[A],
        context: CommandContext,
        idempotency_key: IdempotencyKey | None = None,
        *,
        validate_only: bool = False,
    ) -> "asyncio.Future[Outcome[A]]":
        """`submit`, to be awaited later. Whoever cancels the future while the command waits takes the command back."""
        if self._closing or self._task is None or self._task.done():
            raise Unavailable("SHUTTING_DOWN", "the control plane is shutting down")
        if self._untrusted:
            raise self._untrusted
        if len(self._queue) >= self._most_waiting:
            raise Unavailable("OVERLOADED", f"{self._most_waiting} commands are waiting already", RETRY_OVERLOADED_S)
        future: asyncio.Future[Outcome[A]] = asyncio.get_running_loop().create_future()
        # The queue does not care what each command answers; its caller does.
        self._queue.append(
            QueuedCommand(
                command, context, idempotency_key, validate_only, cast("asyncio.Future[Outcome[Any]]", future)
            )
        )
        self._wake.set()
        return future

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            await self._gather()
            self._wake.clear()
            batch, self._queue = self._queue, []
            self._crowded = len(batch) > 1
            if batch or (self._stale and not self._closing):
                await self._fail_stop(batch)
            elif self._closing:
                return
            if self._queue or self._closing:
                self._wake.set()

    async def _fail_stop(self, batch: Sequence[QueuedCommand]) -> None:
        """Whatever goes wrong here that is not the store's fault is ours: better no writer than a wrong one."""
        try:
            await self._carry_out(batch)
        except BaseException as error:
            waiting, self._queue = [*batch, *self._queue], []
            for each in waiting:
                _fail(each, error)
            raise

    async def _watch(self) -> None:
        """Notices what another writer on the same ledger has written, so that reads here do not fall behind."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            if self._ends_here:
                return
            try:
                behind = await self._blocking(self._ledger.head) > self._position
            except PersistenceError:
                # The next command will meet it too, and say so.
                continue
            if behind:
                self._stale = True
                self._wake.set()

    async def _gather(self) -> None:
        """Lets calls that have arrived already join the batch: a few turns of the loop while it grows, and no timer.

        A command that comes alone, after one that came alone, does not wait for company.
        """
        idle = 0
        waiting = len(self._queue)
        turns = IDLE_TURNS if self._crowded or waiting > 1 else 1
        while idle < turns:
            await _turn()
            idle = idle + 1 if len(self._queue) == waiting else 0
            waiting = len(self._queue)

    async def _carry_out(self, batch: Sequence[QueuedCommand]) -> None:
        if self._stale and not await self._is_current():
            _fail_all(batch)
            return
        if self._untrusted:
            _fail_all(batch, self._untrusted)
            return
        self._time = max(self._clock(), self._time)
        recorded, decided, refused = self._decide_all(batch)
        # What was refused was so by the state that the batch left: without the batch, that says nothing.
        concerned = [*(each.waiting for each in decided), *(waiting for waiting, _ in refused)]
        try:
            decided = await self._accept_unchanged(recorded, decided)
            if await self._commit(recorded, concerned):
                if await self._is_overtaken(decided, refused):
                    # What appended nothing was decided by a state that is not the last one: it is decided again.
                    unproven = [each.waiting for each in decided if not each.events]
                    decided = [each for each in decided if each.events]
                    await self._try_again([*unproven, *(waiting for waiting, _ in refused)])
                    refused = []
                await self._answer(decided)
                await self._refuse(refused)
        except PersistenceError as error:
            log.error("the ledger could not be read: %s", error)
            self._fleet.undo(0)
            self._stale = True
            _fail_all(concerned)
        if self._untrusted:
            _fail_all(concerned, self._untrusted)

    def _decide_all(
        self, batch: Sequence[QueuedCommand]
    ) -> tuple[list[RecordedEvent], list[_Decided], list[tuple[QueuedCommand, DomainError]]]:
        """Decides each command against the state that the ones before it left."""
        recorded: list[RecordedEvent] = []
        decided: list[_Decided] = []
        refused: list[tuple[QueuedCommand, DomainError]] = []
        accepted: set[str] = set()
        for waiting in batch:
            if waiting.future.done():
                continue
            if waiting.key and waiting.key.request_id in accepted:
                # The same request twice in one batch: the second is answered from what the first leaves.
                self._queue.append(waiting)
                continue
            try:
                events, answer = self._decide(waiting)
            except DomainError as error:
                refused.append((waiting, error))
                continue
            except Exception as error:  # noqa: BLE001 a fault in one command must not harm its neighbours
                _fail(waiting, error)
                continue
            if waiting.key and not waiting.validate_only:
                accepted.add(waiting.key.request_id)
            recorded += events
            unchanged = not (events or waiting.validate_only)
            decided.append(_Decided(waiting, answer, len(recorded) - len(events), len(events), unchanged))
        return recorded, decided, refused

    def _decide(self, waiting: QueuedCommand) -> tuple[list[RecordedEvent], AnyAnswer]:
        mark = self._fleet.mark()
        unit = UnitOfWork(self._fleet, waiting.context, self._time, self._limits)
        try:
            answer = self._handle(unit, waiting.command)
        except BaseException:
            self._fleet.undo(mark)
            raise
        if waiting.validate_only:
            self._fleet.undo(mark)
            return [], answer
        if waiting.key and answer and unit.recorded:
            self._accept(unit, waiting.key, answer)
        return unit.recorded, answer

    def _accept(self, unit: UnitOfWork, key: IdempotencyKey, answer: Answer | BatchAnswer) -> None:
        accepted = ev.RequestAccepted(
            method=key.method,
            payload_sha256=key.payload_sha256,
            result=answer.result,
            items=[self._item(each) for each in answer.items] if isinstance(answer, BatchAnswer) else (),
        )
        unit.record(f"requests/{key.request_id}", [accepted])

    def _item(self, answer: Answer | Refused) -> ev.ItemOutcome:
        if isinstance(answer, Refused):
            return ev.ItemOutcome(refusal=self._encode_refusal(answer.error))
        return ev.ItemOutcome(result=answer.result)

    async def _accept_unchanged(self, recorded: list[RecordedEvent], decided: Sequence[_Decided]) -> list[_Decided]:
        """A request with nothing to do is accepted too: when it comes again, there may be something to do.

        So is a batch whose items were all refused: the refusals are its answer. It is looked up first: a repeat of what
        has been done often has nothing to do, and would fail the commit.
        """
        kept: list[_Decided] = []
        for each in decided:
            waiting, answer = each.waiting, each.answer
            if each.unchanged and waiting.key and answer:
                if first := await self._first_answer(waiting):
                    _succeed(waiting, first)
                    continue
                unit = UnitOfWork(self._fleet, waiting.context, self._time, self._limits)
                self._accept(unit, waiting.key, answer)
                each.first, each.events = len(recorded), 1
                recorded += unit.recorded
            kept.append(each)
        return kept

    async def _commit(self, recorded: list[RecordedEvent], concerned: Sequence[QueuedCommand]) -> bool:
        """True when all that was decided is durable. Otherwise each command has had its own outcome, or waits again.

        Raises PersistenceError when the store can't be read.
        """
        self._committed = ()
        if not recorded:
            return True
        try:
            appended = await self._blocking(self._ledger.append, recorded, self._link, self._leader, self._time)
        except PersistenceError as error:
            return await self._recover(error, concerned)
        except StoreAltered as error:
            # Nothing was stored, and nothing will be.
            self._fleet.undo(0)
            self._stale = True
            self.distrust(LedgerUntrusted(self._position + 1, str(error)))
            return False
        self._fleet.settle()
        self._link = appended.link
        self._folded_batch = appended.link.batch
        if appended.link.batch == 1:
            self._fleet.lineage = Lineage(origin_of(appended.link))
        committed = [
            each.at(position) for each, position in zip([*recorded, appended.sealed], appended.positions, strict=True)
        ]
        self._position = committed[-1].position
        self._committed = committed
        self._dispatcher.publish(committed)
        return True

    async def _recover(self, error: PersistenceError, concerned: Sequence[QueuedCommand]) -> bool:
        """After a failed commit, memory goes back to what is stored. The seals tell whether the batch is in it."""
        mine = self._link.batch + 1
        self._fleet.undo(0)
        self._stale = True
        if not await self._is_current():
            _fail_all(concerned)
            return False
        if self._link.batch >= mine and (await self._blocking(self._ledger.link, mine)) == self._ledger.attempted:
            # It was stored; only the answer was lost.
            return True
        if not isinstance(error, IntegrityError):
            log.error("the ledger could not be written: %s", error)
            _fail_all(concerned)
            return False
        await self._try_again(concerned)
        return False

    async def _try_again(self, concerned: Sequence[QueuedCommand]) -> None:
        """Either a request came twice, and its first answer stands, or somebody else wrote first: decide again."""
        for waiting in concerned:
            if waiting.key and (first := await self._first_answer(waiting)):
                _succeed(waiting, first)
                continue
            waiting.attempts += 1
            if waiting.attempts >= ATTEMPTS:
                _fail(waiting, ConcurrentChange())
            else:
                self._queue.append(waiting)

    async def _is_current(self) -> bool:
        try:
            await self._catch_up()
        except PersistenceError as error:
            log.error("the ledger could not be read: %s", error)
            return False
        return True

    async def _catch_up(self) -> None:
        """Folds what is stored and not yet known, whoever wrote it. Raises PersistenceError.

        An event that no rule allows ends it: what is before can be read, and no command is taken any more.
        """
        link = await self._blocking(self._ledger.link)
        await self._fold_stored()
        # A link that is ahead of what was folded would let the next append skip what lies between.
        while link.batch != self._folded_batch and not self._ends_here:
            link = await self._blocking(self._ledger.link)
            await self._fold_stored()
        self._link = link
        if link.batch and not self._fleet.lineage.origin:
            self._fleet.lineage = await self._blocking(self._ledger.lineage)
        self._stale = False

    async def _fold_stored(self) -> None:
        size = PAGE
        while not self._ends_here:
            try:
                page = await self._blocking(self._ledger.after, self._position, size)
                folded = self._fleet.replay(page)
            except (PersistenceError, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001 stored bytes and events of any kind, whoever altered them
                self._fleet.undo(0)
                self._ends_here = size == 1
                # One of the page is at fault: find which.
                size = 1
                if self._ends_here:
                    self._end_at(error)
                continue
            if not page:
                return
            self._position = folded[-1].position
            self._time = max(self._time, micros_of(folded[-1].event.commit_time))
            if self._follow_time and self._task:
                self._follow_time(self._time)
            self._folded_batch = max(
                (each.version for each in folded if each.stream == STREAM), default=self._folded_batch
            )
            self._dispatcher.publish(folded)

    def _end_at(self, error: Exception) -> None:
        why = f"the event after position {self._position} cannot be folded ({type(error).__name__}: {error})"
        self.distrust(LedgerUntrusted(self._position + 1, why))

    async def _is_overtaken(
        self, decided: Sequence[_Decided], refused: Sequence[tuple[QueuedCommand, DomainError]]
    ) -> bool:
        """Whether another writer has gone on, when something was decided that no append proves: memory is stale."""
        if not refused and all(each.events for each in decided):
            return False
        self._stale = self._stale or await self._blocking(self._ledger.head) > self._position
        return self._stale

    @property
    def snapshotted(self) -> int:
        """The position of the last snapshot that the ledger vouches for; 0 before the first."""
        return self._snapshotted

    def vouched(self, position: int) -> None:
        """The ledger vouches for a snapshot as of this position from now on."""
        self._snapshotted = max(self._snapshotted, position)

    async def _snapshot(self) -> None:
        """The last thing that is done: captures the fleet and vouches for it. Without, the next start takes longer."""
        if self._stale or self._untrusted or self._task is None or self._task.exception():
            return
        state = self._fleet.captured(self._position, self._time)
        try:
            save = self._ledger.save_snapshot
            taken = await self._blocking(save, state, self._link, keep=self._snapshotted)
            if taken:
                unit = UnitOfWork(self._fleet, snapshot_context(), self._time, self._limits)
                unit.record(snapshot_stream(taken.position), [taken])
                await self._commit(unit.recorded, ())
        except PersistenceError as error:
            log.warning("no snapshot was written: %s", error)

    def _blocking(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, partial(call, *args, **kwargs))

    async def _answer(self, decided: Sequence[_Decided]) -> None:
        for each in decided:
            first = None
            if each.waiting.key and not each.events:
                first = await self._first_answer(each.waiting)
            _succeed(each.waiting, first or Outcome(each.answer, self._position_of(each), unchanged=each.unchanged))

    def _position_of(self, decided: _Decided) -> int:
        if not decided.events:
            return 0
        mine = self._committed[decided.first : decided.first + decided.events]
        answer = decided.answer
        if isinstance(answer, Answer):
            for each in mine:
                if each.version == answer.version and each.after and each.after.uid == answer.resource.uid:
                    return each.position
        return mine[-1].position if mine else self._position

    async def _refuse(self, refused: Sequence[tuple[QueuedCommand, DomainError]]) -> None:
        """A command that was carried out before may be refused now, by its own effects: the first answer stands."""
        for waiting, error in refused:
            first = await self._first_answer(waiting) if waiting.key else None
            if first:
                _succeed(waiting, first)
            else:
                _fail(waiting, error)

    async def _first_answer(self, waiting: QueuedCommand) -> Outcome[AnyAnswer] | None:
        key = waiting.key
        assert key is not None
        found = await self._blocking(self._ledger.of_stream, f"requests/{key.request_id}")
        if not found:
            return None
        accepted = found[0].event.request_accepted
        if (accepted.method, accepted.payload_sha256) != (key.method, key.payload_sha256):
            _fail(waiting, RequestIdReused(key.request_id))
        return Outcome(None, found[0].position, accepted)


@coroutine
def _turn() -> Generator[None]:
    """Lets the event loop go round once: `asyncio.sleep(0)` without what it costs."""
    yield


def snapshot_context() -> CommandContext:
    """Of commands about snapshots."""
    return CommandContext("system:snapshots", str(uuid7()))


def _unwritable() -> Unavailable:
    return Unavailable("LEDGER_UNAVAILABLE", "the ledger cannot be written now; try again with the same request_id")


def _fail_all(concerned: Sequence[QueuedCommand], error: DomainError | None = None) -> None:
    for waiting in concerned:
        _fail(waiting, error or _unwritable())


def _succeed(waiting: QueuedCommand, outcome: Outcome[AnyAnswer]) -> None:
    if not waiting.future.done():
        waiting.future.set_result(outcome)


def _fail(waiting: QueuedCommand, error: BaseException) -> None:
    if not waiting.future.done():
        waiting.future.set_exception(error)
