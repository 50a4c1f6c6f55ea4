"""Every request has a deadline: when it passes, the VM's command is sent. Knows no states, only times.

A deadline is a commit time, and fires when as much has really elapsed as was given: where commit times go ahead by a
step of the wall clock, the deadlines that are pending go with them.
"""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Sequence

from uuid_utils import uuid7

from controlplane.commands.vm import PassDeadline
from controlplane.domain.command import Answer, Command, CommandContext
from controlplane.domain.errors import DomainError, Unavailable
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Pending, Vm
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)

Submit = Callable[[Command[Answer | None], CommandContext], Awaitable[object]]
RETRY_S = 1.0


class Deadlines:
    """Follows the dispatcher and keeps what is pending by deadline. `last_error` gives a VM's last error."""

    def __init__(
        self,
        submit: Submit,
        clock: Callable[[], Micros],
        last_error: Callable[[str], str],
        moved_us: Callable[[], int] = int,
        extended_until: Callable[[str], Micros] = lambda _vm_uid: Micros(0),
    ) -> None:
        """`moved_us` returns by how much `clock` has gone ahead of what elapsed, so far.

        `extended_until`: until when a VM is given more time, by `clock`; a time that has passed: it is not.
        """
        self._extended_until = extended_until
        self._submit = submit
        self._commit_clock = clock
        self._moved_us = moved_us
        self._last_error = last_error
        # By when they fire, without what was moved.
        self._pending: list[tuple[Micros, str, int]] = []
        self._sooner = asyncio.Event()
        # Until when the ledger takes no commands of anybody.
        self._refused_until = Micros(0)

    def _clock(self) -> Micros:
        return Micros(self._commit_clock() - self._moved_us())

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for recorded in batch:
            vm = recorded.after
            if isinstance(vm, Vm) and vm.pending and vm.pending.version == vm.version:
                self._expect(vm, vm.pending)

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        for vm in state.vms:
            if vm.pending:
                self._expect(vm, vm.pending)

    def _expect(self, vm: Vm, pending: Pending) -> None:
        fires = Micros(pending.deadline - self._moved_us())
        heapq.heappush(self._pending, (fires, vm.uid, pending.version))
        if self._pending[0][1] == vm.uid:
            self._sooner.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            self._sooner.clear()
            wait = self._seconds_to_next()
            if wait is None or wait > 0:
                await wait_for_event(self._sooner, wait)
                continue
            _, vm_uid, version = heapq.heappop(self._pending)
            await self._pass(vm_uid, version)

    def _seconds_to_next(self) -> float | None:
        if not self._pending:
            return None
        return (max(self._pending[0][0], self._refused_until) - self._clock()) / SECOND

    async def _pass(self, vm_uid: str, version: int) -> None:
        extended = Micros(self._extended_until(vm_uid) - self._moved_us())
        if extended > self._clock():
            heapq.heappush(self._pending, (extended, vm_uid, version))
            return
        context = CommandContext("system:deadlines", str(uuid7()), f"vms/{vm_uid}@{version}")
        command = PassDeadline(vm_uid, version, self._last_error(vm_uid))
        try:
            await self._submit(command, context)
        except Unavailable as error:
            # All others would be refused, too: asking for each, with nothing to wait for, would starve the event loop.
            log.warning("deadlines are passed later: %s", error)
            self._refused_until = Micros(self._clock() + round(error.retry_after_s * SECOND))
            heapq.heappush(self._pending, (self._refused_until, vm_uid, version))
        except DomainError as error:
            log.warning("a deadline of %s is tried again: %s", vm_uid, error)
            again = Micros(self._clock() + round(RETRY_S * SECOND))
            heapq.heappush(self._pending, (again, vm_uid, version))
        except Exception:
            # A fault of ours in one VM's command must not end the deadlines of all others.
            log.exception("a deadline of %s could not be passed", vm_uid)
