"""The one writer: decides all waiting commands, appends their events in one transaction, answers after the commit."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, cast

from eventsourcing.persistence import PersistenceError

from controlplane.domain.command import A, Command, CommandContext, IdempotencyKey, Outcome
from controlplane.domain.errors import ConcurrentChange, LedgerUntrusted, Unavailable
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.history import Lineage
from controlplane.domain.host.aggregate import Host
from controlplane.domain.reasons import Reason
from controlplane.domain.resources import Resources
from controlplane.domain.time import Micros, Ticks
from controlplane.domain.vm.limits import Limits
from controlplane.ledger.events.dispatcher import EventDispatcher
from controlplane.ledger.store import Ledger
from controlplane.ledger.writer.batch_watch import UNWATCHED, BatchWatch
from controlplane.ledger.writer.deciding import Decider, Decisions, Handle
from controlplane.ledger.writer.idempotency import EncodeRefusal, RequestLog
from controlplane.ledger.writer.queue import MOST_WAITING, CommandQueue, QueuedCommand, settle_all
from controlplane.ledger.writer.replica import Overtaken, Replica, unwritable
from controlplane.ledger.writer.snapshotting import AT_CLOSE, Snapshotting

log = logging.getLogger(__name__)

# How often a command is decided again after another writer was first.
ATTEMPTS = 5


class Writer:
    """Runs on the event loop; only the commit blocks, on a thread of its own. Nothing else may write to the ledger.

    A command's life: it is queued, and with all that wait decided against the fleet; their events are appended in one
    transaction; then each has its result. Where something fails, an exception goes up to `_carry_out`, which gives it
    to every command that it concerns.
    """

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
        snapshot_at_close: int = AT_CLOSE,
        watch: BatchWatch = UNWATCHED,
    ) -> None:
        """`handle` decides each command; `encode_refusal` gives what is recorded of a batch's item that was refused.

        `follow_time` gets the time up to which another writer on the same ledger has written. `snapshot_at_close`: how
        many events since the last snapshot are enough for one more at the end. `watch` is called as batches go on.
        """
        self._clock = clock
        self._watch = watch
        self._queue = CommandQueue(most_waiting)
        self._replica = replica = Replica(ledger, dispatcher, follow_time, watch.committed)
        self._requests = RequestLog(lambda stream: replica.run(ledger.of_stream, stream), encode_refusal)
        self._decider = Decider(replica.fleet, handle, self._requests, limits, lambda: replica.time)
        self._snapshots = Snapshotting(ledger, replica, snapshot_at_close)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Rebuilds the fleet, from a snapshot if there is one and from the ledger after it, then takes commands."""
        await self._replica.load(await self._snapshots.newest())
        self._task = asyncio.create_task(self._run(), name="writer")
        self._replica.watch(self._queue.wake)

    def prepare(self, index: Callable[[Fleet], object]) -> None:
        """Makes an index of the fleet now, so that no command waits for it."""
        self._replica.fleet.index(index)

    async def close(self) -> None:
        """Takes no more commands, and carries out those that it has."""
        self._queue.close()
        self._replica.end_watch()
        if self._task:
            await asyncio.wait([self._task])
            if not (self._task.cancelled() or self._task.exception()):
                await self._snapshots.close()
        self._replica.close()

    @property
    def untrusted(self) -> LedgerUntrusted | None:
        """Why the ledger is read-only; None while it is trusted."""
        return self._replica.untrusted

    def distrust(self, untrusted: LedgerUntrusted) -> None:
        """Takes no commands any more. What this process knows already goes on to be read; the first reason stays."""
        self._replica.distrust(untrusted)

    @property
    def last_commit(self) -> tuple[Micros, Ticks]:
        """The time of the last commit, and when after which boot it was made; 0 before the first."""
        return self._replica.last_commit

    def decides_by(self) -> tuple[list[Host], list[tuple[str, Resources]]] | None:
        """The hosts, and what each project holds, as of the dispatcher's position. None while a commit is under way."""
        fleet = self._replica.fleet
        if not fleet.is_settled:
            return None
        held = [(each.name, fleet.held_by_project(each.uid)) for each in fleet.projects.values()]
        return list(fleet.hosts.values()), held

    @property
    def lineage(self) -> Lineage:
        """The ledger's history, as of the last commit."""
        return self._replica.fleet.lineage

    @property
    def waiting(self) -> tuple[int, int]:
        """How many commands wait, and how many may."""
        return len(self._queue), self._queue.most_waiting

    @property
    def batch(self) -> int:
        """The number of the last batch that was committed: so many seals there are."""
        return self._replica.link.batch

    @property
    def snapshotted(self) -> int:
        """The position of the last snapshot that the ledger vouches for; 0 before the first."""
        return self._snapshots.position

    def vouched(self, position: int) -> None:
        """The ledger vouches for a snapshot as of this position from now on."""
        self._snapshots.vouched(position)

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
        if self._queue.is_closing or self._task is None or self._task.done():
            raise Unavailable(Reason.SHUTTING_DOWN, "the control plane is shutting down")
        if untrusted := self._replica.untrusted:
            raise untrusted
        future: asyncio.Future[Outcome[A]] = asyncio.get_running_loop().create_future()
        # The queue does not care what each command answers; its caller does.
        for_any = cast("asyncio.Future[Outcome[Any]]", future)
        queued = QueuedCommand(command, context, idempotency_key, validate_only, for_any, queued_at=self._watch.now())
        self._queue.put(queued)
        return future

    async def _run(self) -> None:
        while True:
            batch = await self._queue.batch()
            if batch or (self._replica.is_stale and not self._queue.is_closing):
                await self._fail_stop(batch)
            elif self._queue.is_closing:
                return

    async def _fail_stop(self, batch: Sequence[QueuedCommand]) -> None:
        """Whatever goes wrong here that is not the store's fault is ours: better no writer than a wrong one."""
        try:
            await self._carry_out(batch)
        except BaseException as error:
            settle_all([*batch, *self._queue.drain()], error)
            raise

    async def _carry_out(self, batch: Sequence[QueuedCommand]) -> None:
        """Gives each command its result, or puts it back into the queue."""
        concerned = batch
        self._watch.begins(batch)
        try:
            await self._replica.refresh()
            self._require_trusted()
            self._replica.begin(self._clock())
            decisions = self._decider.decide(batch)
            self._queue.put_back(decisions.twins)
            for queued, fault in decisions.faulty:
                queued.settle(fault)
            concerned = decisions.concerned
            await self._conclude(decisions)
            self._require_trusted()
        except PersistenceError as error:
            log.error("the ledger could not be read: %s", error, extra={"position": self._replica.position})
            self._replica.forget()
            settle_all(concerned, unwritable())
        except (LedgerUntrusted, Unavailable) as error:
            settle_all(concerned, error)
        self._watch.ends(batch)

    def _require_trusted(self) -> None:
        """Raises LedgerUntrusted."""
        if untrusted := self._replica.untrusted:
            raise untrusted

    async def _conclude(self, decisions: Decisions) -> None:
        """Raises what an append raises, but Overtaken."""
        await self._accept_unchanged(decisions)
        if decisions.recorded:
            self._watch.decided()
        try:
            committed = await self._replica.append(decisions.recorded) if decisions.recorded else ()
        except Overtaken:
            await self._decide_again(decisions.concerned)
            return
        if not decisions.is_proven and await self._replica.is_overtaken():
            # What appended nothing was decided by a state that is not the last one: it is decided again.
            decisions, unproven = decisions.without_unproven()
            await self._decide_again(unproven)
        await self._answer(decisions, committed)

    async def _accept_unchanged(self, decisions: Decisions) -> None:
        """A request with nothing to do is accepted too: when it comes again, there may be something to do.

        So is a batch whose items were all refused: the refusals are its answer. It is looked up first: a repeat of what
        has been done often has nothing to do, and would fail the commit.
        """
        for each in decisions.decided:
            if not (each.unchanged and each.queued.key and each.answer):
                continue
            if first := await self._requests.first_result(each.queued.key):
                each.queued.settle(first)
            else:
                self._decider.accept(decisions, each, each.answer)
        decisions.decided = [each for each in decisions.decided if each.events or not each.queued.is_settled]

    async def _decide_again(self, commands: Sequence[QueuedCommand]) -> None:
        """Either a request came twice, and its first answer stands, or somebody else wrote first."""
        for queued in commands:
            if first := await self._requests.first_result(queued.key):
                queued.settle(first)
                continue
            queued.attempts += 1
            if queued.attempts >= ATTEMPTS:
                queued.settle(ConcurrentChange())
            else:
                self._queue.put_back([queued])

    async def _answer(self, decisions: Decisions, committed: Sequence[RecordedEvent]) -> None:
        """What was accepted before is answered as it was then: it may be refused now, by its own effects."""
        for each in decisions.decided:
            first = None if each.events else await self._requests.first_result(each.queued.key)
            each.queued.settle(first or each.outcome(committed, self._replica.position))
        for refusal in decisions.refused:
            first = await self._requests.first_result(refusal.queued.key)
            refusal.queued.settle(first or refusal.error)
