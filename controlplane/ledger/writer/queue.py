"""Commands that wait to be decided: they are gathered into batches, and beyond a number of them refused."""

import asyncio
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from types import coroutine

from controlplane.domain.command import AnyAnswer, Command, CommandContext, IdempotencyKey, Outcome
from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason

MOST_WAITING = 10_000
# A call takes a few turns of the event loop from its arrival to the queue.
IDLE_TURNS = 10
RETRY_OVERLOADED_S = 0.2

Result = Outcome[AnyAnswer] | BaseException


@dataclass(slots=True)
class QueuedCommand:
    """A command on its way through the writer. `attempts`: how often it lost against another writer.

    `queued_at` is of the watch's clock. `result` is what its caller gets; None before, and of one that was taken back.
    """

    command: Command[AnyAnswer]
    context: CommandContext
    key: IdempotencyKey | None
    validate_only: bool
    future: asyncio.Future[Outcome[AnyAnswer]]
    attempts: int = 0
    queued_at: float = 0.0
    result: "Result | None" = None

    @property
    def is_settled(self) -> bool:
        """Whether it has its result, or its caller went away."""
        return self.future.done()

    def settle(self, result: Result) -> None:
        """Gives its caller the outcome, or the error. The first result stays."""
        if self.future.done():
            return
        self.result = result
        if isinstance(result, BaseException):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


def settle_all(commands: Iterable[QueuedCommand], result: Result) -> None:
    """Gives each the result that it has in common with the others."""
    for each in commands:
        each.settle(result)


class CommandQueue:
    """First in, first out. Runs on the event loop."""

    def __init__(self, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._waiting: list[QueuedCommand] = []
        self._wake = asyncio.Event()
        # Whether the last batch had more than one command.
        self._crowded = False
        self._closing = False

    @property
    def is_closing(self) -> bool:
        return self._closing

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def most_waiting(self) -> int:
        """How many may wait."""
        return self._most_waiting

    def put(self, queued: QueuedCommand) -> None:
        """Raises Unavailable when too many wait already."""
        if len(self._waiting) >= self._most_waiting:
            raise Unavailable(
                Reason.OVERLOADED, f"{self._most_waiting} commands are waiting already", RETRY_OVERLOADED_S
            )
        self._waiting.append(queued)
        self._wake.set()

    def put_back(self, commands: Iterable[QueuedCommand]) -> None:
        """Has commands that were in a batch decided again, however many wait."""
        self._waiting += commands

    def wake(self) -> None:
        """Has the next batch begin now, even an empty one."""
        self._wake.set()

    def close(self) -> None:
        """The batches go on until no command is left."""
        self._closing = True
        self._wake.set()

    async def batch(self) -> list[QueuedCommand]:
        """All that wait, once one does, or the queue was woken."""
        if self._waiting or self._closing:
            self._wake.set()
        await self._wake.wait()
        await self._gather()
        self._wake.clear()
        batch = self.drain()
        self._crowded = len(batch) > 1
        return batch

    def drain(self) -> list[QueuedCommand]:
        """All that wait now."""
        batch, self._waiting = self._waiting, []
        return batch

    async def _gather(self) -> None:
        """Lets calls that have arrived already join the batch: a few turns of the loop while it grows, and no timer.

        A command that comes alone, after one that came alone, does not wait for company.
        """
        idle = 0
        waiting = len(self._waiting)
        turns = IDLE_TURNS if self._crowded or waiting > 1 else 1
        while idle < turns:
            await _turn()
            idle = idle + 1 if len(self._waiting) == waiting else 0
            waiting = len(self._waiting)


@coroutine
def _turn() -> Generator[None]:
    """Lets the event loop go round once: `asyncio.sleep(0)` without what it costs."""
    yield
