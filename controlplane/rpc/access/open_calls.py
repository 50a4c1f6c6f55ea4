"""Calls that last: streams, and waits. Each ends when its caller may not have it any more."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from controlplane.domain.access.principal import Principal
from controlplane.domain.errors import AccessDenied, DomainError, RateLimited, Unauthenticated
from controlplane.domain.reasons import Reason
from controlplane.queries import visible
from controlplane.rpc.access.guard import Demand, Guard

# How often proofs are looked at that end at a time.
CHECK_S = 1.0
# How long a caller with too many streams is to wait.
RETRY_S = 5.0


@dataclass(eq=False, slots=True)
class OpenCall:
    """One call, the task that carries it out, and why it is ended, once it is."""

    task: "asyncio.Task[Any]"
    principal: Principal
    demand: Demand | None = None
    projects: frozenset[str] | None = None
    error: DomainError | None = None

    def admitted(self, demand: Demand | None, projects: frozenset[str] | None) -> None:
        """What it demanded, and the projects that it may see: None for all."""
        self.demand, self.projects = demand, projects


class OpenCalls:
    """`most` streams a principal may be open at once; 0: any number."""

    def __init__(self, guard: Guard, most: int = 0, now: Callable[[], float] = time.time) -> None:
        self._guard = guard
        self._most = most
        self._now = now
        self._calls: set[OpenCall] = set()
        self._by_principal: Counter[str] = Counter()

    @asynccontextmanager
    async def open(self, principal: Principal) -> AsyncGenerator[OpenCall]:
        """From when the caller is known, and before the call is admitted: what ends it may come in between.

        Raises RateLimited; and what ended the call, from within it.
        """
        name = principal.name
        bound = not self._guard.is_unbound(principal)
        if bound and self._most and self._by_principal[name] >= self._most:
            raise RateLimited(name, f"{self._most} streams open, which are as many as one may", RETRY_S)
        task = asyncio.current_task()
        assert task is not None
        call = OpenCall(task, principal)
        self._calls.add(call)
        self._by_principal[name] += 1
        try:
            yield call
        except asyncio.CancelledError:
            if call.error is None:
                raise
            # It was not the client that cancelled: it gets the reason.
            task.uncancel()
            raise call.error from None
        finally:
            self._calls.discard(call)
            self._by_principal[name] -= 1
            if not self._by_principal[name]:
                del self._by_principal[name]

    def admitted(self, demand: Demand | None) -> None:
        """What a message of this task's own call demanded, and what it may see, for as long as it lasts."""
        task = asyncio.current_task()
        for call in self._calls:
            if call.task is task:
                call.admitted(demand, visible.projects())

    def recheck(self) -> None:
        """Ends those that are not allowed any more: bindings, roles or labels have changed."""
        for call in [*self._calls]:
            if call.demand is None:
                continue
            try:
                projects = self._guard.decide(call.principal, call.demand)
            except AccessDenied as error:
                _end(call, error)
                continue
            if projects is not None and (call.projects is None or not call.projects <= projects):
                # It may see less than it was opened with: it begins again with what is left.
                _end(call, call.demand.refusal(call.principal, call.demand.permissions[0], call.demand.names[0]))

    def end(self, is_concerned: Callable[[Principal], bool], error: DomainError) -> None:
        """Ends the calls of some principals, such as one whose token is revoked."""
        for call in [*self._calls]:
            if is_concerned(call.principal):
                _end(call, error)

    async def run(self) -> None:
        """Ends calls whose proof has ended, or the binding that allowed them."""
        while True:
            await asyncio.sleep(CHECK_S)
            expired = Unauthenticated(Reason.TOKEN_EXPIRED, "the credential has expired: call again with a new one")
            self.end(lambda principal: 0 < principal.until <= self._now(), expired)
            if self._guard.table.has_ends:
                self.recheck()

    def __len__(self) -> int:
        return len(self._calls)


def _end(call: OpenCall, error: DomainError) -> None:
    if call.error is None:
        call.error = error
        with contextlib.suppress(RuntimeError):
            call.task.cancel()
