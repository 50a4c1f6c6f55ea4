"""An event loop whose time is virtual: it jumps to the next timer. No sockets, no threads, no wall clock.

Whatever is scheduled belongs to a process (`Process`), by the context that schedules it. A process that is killed loses
all that it has scheduled, as by kill -9: no handler of it runs any more, not even a `finally`.
"""

import asyncio
import contextlib
import contextvars
import itertools
from collections import deque
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, TypeVar, cast

T = TypeVar("T")
BEGINNING_S = 1_000.0
# How long a call on a thread takes.
CALL_S = (0.000_2, 0.003)


class Deadlock(Exception):
    """Nothing is scheduled any more, and the history is not over."""


class Killed(BaseException):
    """Raised within a process that has just been killed, by what killed it."""


class Process:
    """A process of the simulated world. `skew_s`: by how much its wall clock is ahead."""

    def __init__(self, name: str, skew_s: float = 0.0) -> None:
        self.name = name
        self.skew_s = skew_s
        self.alive = True
        self.tasks: list[asyncio.Task[Any]] = []


WORLD = Process("world")
OWNER: contextvars.ContextVar[Process] = contextvars.ContextVar("owner", default=WORLD)


class _Task(asyncio.Task[T]):
    """Ordered by its making in whatever set it is: the order of sets decides who comes first."""

    number = 0

    def __hash__(self) -> int:
        return self.number


class _Future(asyncio.Future[T]):
    number = 0

    def __hash__(self) -> int:
        return self.number


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs one history. `random` says how long calls on threads take."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._now = BEGINNING_S
        self._random = random
        self._numbers = itertools.count()
        self._selector = self
        # Tasks of the dead are kept: the collector would run what they have in `finally`.
        self._graves: list[asyncio.Task[Any]] = []
        self.steps = 0

    def time(self) -> float:
        return self._now

    def select(self, timeout: float | None) -> tuple[()]:
        """What the base class calls to wait."""
        if timeout is None:
            raise Deadlock
        self._now += timeout
        self.steps += 1
        return ()

    def _process_events(self, event_list: object) -> None: ...

    def _write_to_self(self) -> None: ...

    @property
    def _handles(self) -> deque[asyncio.Handle]:
        """Those of the base class that are ready."""
        return cast("Any", self)._ready

    # What belongs to whom.

    def create_task(  # pyright: ignore[reportIncompatibleMethodOverride] of the type stubs, names differ
        self,
        coro: Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: contextvars.Context | None = None,
    ) -> asyncio.Task[T]:
        task = _Task(coro, loop=self, name=name, context=context)
        task.number = next(self._numbers)
        owner = context.get(OWNER, WORLD) if context else OWNER.get()
        owner.tasks.append(task)
        if len(owner.tasks) > 200:
            owner.tasks = [each for each in owner.tasks if not each.done()]
        return task

    def create_future(self) -> asyncio.Future[Any]:
        future: _Future[Any] = _Future(loop=self)
        future.number = next(self._numbers)
        return future

    def _call_soon(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: contextvars.Context | None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        if (context.get(OWNER, WORLD) if context else OWNER.get()).alive:
            self._handles.append(handle)
        else:
            handle.cancel()
        return handle

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        timer = super().call_at(when, callback, *args, context=context)
        if not (context.get(OWNER, WORLD) if context else OWNER.get()).alive:
            timer.cancel()
        return timer

    def call_at_world(self, when: float, callback: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        """A timer of the world itself, whoever sets it."""
        return super().call_at(when, callback, *args, context=contextvars.Context())

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(  # pyright: ignore[reportIncompatibleMethodOverride] of the type stubs, names differ
        self, executor: object, func: Callable[..., T], *args: Any
    ) -> "asyncio.Future[T]":
        """Calls at once, and gives the result a little later, as a thread does."""
        future = self.create_future()
        if not OWNER.get().alive:
            return future
        try:
            result = func(*args)
        except Killed:
            pass
        except Exception as error:  # noqa: BLE001 whatever it is, the caller gets it
            self.call_later(self._random.uniform(*CALL_S), _fail, future, error)
        else:
            self.call_later(self._random.uniform(*CALL_S), _settle, future, result)
        return future

    def kill(self, process: Process) -> None:
        """Nothing of it runs any more."""
        process.alive = False
        timers = cast("list[asyncio.Handle]", cast("Any", self)._scheduled)
        for handle in (*self._handles, *timers):
            if _owner_of(handle) is process:
                handle.cancel()
        self._graves += process.tasks
        process.tasks = []

    def bury(self) -> None:
        """At the end: lets go of what was killed, or still runs, without another word."""
        self.set_exception_handler(lambda _loop, _context: None)
        left = [*self._graves, *asyncio.all_tasks(self)]
        WORLD.alive, self._graves = False, []
        for task in left:
            task._log_destroy_pending = False  # pyright: ignore[reportAttributeAccessIssue]
            # A `finally` that would go on is not to be heard.
            with contextlib.suppress(BaseException):
                task.get_coro().close()
        WORLD.alive = True


def _owner_of(handle: asyncio.Handle) -> Process:
    return handle._context.get(OWNER, WORLD)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]


def _settle(future: "asyncio.Future[Any]", result: object) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: "asyncio.Future[Any]", error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


def context_of(process: Process) -> contextvars.Context:
    """A context in which all that is scheduled is the process's own."""
    context = contextvars.copy_context()
    context.run(OWNER.set, process)
    return context


def running_loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def spawn(process: Process, coroutine: Coroutine[Any, Any, T], name: str = "") -> asyncio.Task[T]:
    loop = asyncio.get_running_loop()
    return loop.create_task(coroutine, name=name or process.name, context=context_of(process))
