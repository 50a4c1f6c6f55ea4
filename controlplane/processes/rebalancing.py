"""Rebalances that run: the next moves begin when others are over. And rebalances that begin by themselves, so often.

Level-triggered: what is done is read from the rebalance and from the VMs, and nothing else is remembered. A command
that finds nothing to do changes nothing, so that one too many does no harm.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from uuid_utils import uuid7

from controlplane.commands.rebalancing import AdvanceRebalance, StartRebalance
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError, Unavailable
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.rebalance import aggregate as rebalances
from controlplane.domain.rebalance.aggregate import (
    DEFAULT_PARALLEL,
    STREAM,
    Goal,
    PlannedMove,
    Rebalance,
    over,
    recently_moved,
)
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.processes.pacing import Submit
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)

ACTOR = "system:rebalancing"
RETRY_S = 5.0
# As many as the fleet keeps.
KEPT = 50


# The moves of a plan for a goal, by the fleet as it is.
Plan = Callable[[Goal], Awaitable[Sequence[PlannedMove]]]


class Schedule(NamedTuple):
    """How often a rebalance begins by itself, for which goal; never where `every_s` is 0.

    For `cooldown_s`, a VM that a rebalance has moved is not moved by its use again.
    """

    every_s: float = 0.0
    goal: Goal = Goal.USED
    cooldown_s: float = 3600.0


class Rebalancing:
    """Follows the dispatcher, and carries rebalances out while it runs."""

    def __init__(self, submit: Submit, clock: Callable[[], Micros], plan: Plan, schedule: Schedule) -> None:
        self._submit = submit
        self._clock = clock
        self._plan = plan
        self._schedule = schedule
        # Those that run, and the last that have ended.
        self._known: dict[str, Rebalance] = {}
        # The rebalance that is moving a VM, by the VM's uid.
        self._of_vm: dict[str, str] = {}
        self._touched: dict[str, None] = {}
        self._changed = asyncio.Event()
        self._next: float | None = None

    # What is followed.

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for recorded in batch:
            kind, _, uid = recorded.stream.partition("/")
            if kind == STREAM:
                self._put(rebalances.evolve(self._known.get(uid), recorded.event, recorded.version))
            elif isinstance(recorded.after, Vm) and (mine := self._of_vm.get(uid)):
                self._touch(mine)

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        for rebalance in state.rebalances:
            self._put(rebalance)

    def _put(self, rebalance: Rebalance) -> None:
        self._known[rebalance.uid] = rebalance
        if not rebalance.ended:
            self._of_vm.update((move.vm_uid, rebalance.uid) for move in rebalance.moves)
            self._touch(rebalance.uid)
            return
        self._of_vm = {vm: uid for vm, uid in self._of_vm.items() if uid != rebalance.uid}
        for each in over([*self._known.values()], KEPT):
            del self._known[each.uid]

    def _touch(self, uid: str) -> None:
        self._touched[uid] = None
        self._changed.set()

    def wake(self) -> None:
        """Has it look at every rebalance that runs now."""
        for rebalance in self._known.values():
            if not rebalance.ended:
                self._touch(rebalance.uid)

    def resting(self) -> frozenset[str]:
        """The VMs, by uid, that were moved so lately that their use is no reason to move them again."""
        since = Micros(self._clock() - round(self._schedule.cooldown_s * SECOND))
        return recently_moved(self._known.values(), since)

    @property
    def is_running(self) -> bool:
        """Whether any is under way."""
        return any(not each.ended for each in self._known.values())

    # What is done.

    async def run(self) -> None:
        """Runs until cancelled."""
        loop = asyncio.get_running_loop()
        if self._schedule.every_s:
            self._next = loop.time() + self._schedule.every_s
        while True:
            self._changed.clear()
            wait_s = await self.advance()
            if self._next is not None and loop.time() >= self._next:
                self._next = loop.time() + self._schedule.every_s
                await self.begin()
            until = [each for each in (wait_s, self._next and self._next - loop.time()) if each is not None]
            await wait_for_event(self._changed, min(until, default=None))

    async def advance(self) -> float | None:
        """Has what was touched go on. After how many seconds what failed is tried again; None where nothing did."""
        again: float | None = None
        for uid in list(self._touched):
            del self._touched[uid]
            rebalance = self._known.get(uid)
            if rebalance is None or rebalance.ended:
                continue
            try:
                await self._submit(AdvanceRebalance(uid), self._context(f"{STREAM}/{uid}@1"))
            except Unavailable as error:
                again = error.retry_after_s
            except DomainError as error:
                log.warning("%s goes on later: %s", rebalance.operation, error)
                again = RETRY_S
            except Exception:
                # A fault of ours with one must not end all others.
                log.exception("%s could not go on", rebalance.operation)
                again = RETRY_S
            if again is not None:
                self._touched[uid] = None
                break
        return again

    async def begin(self) -> None:
        """Begins a rebalance by the schedule, if none is under way and there is something to move."""
        if self.is_running:
            return
        goal = self._schedule.goal
        try:
            if moves := await self._plan(goal):
                command = StartRebalance(str(uuid7()), goal, "", DEFAULT_PARALLEL, tuple(moves))
                await self._submit(command, self._context("", "by schedule"))
        except DomainError as error:
            log.warning("no rebalance begins now: %s", error)
        except Exception:
            log.exception("no rebalance could be planned")

    def _context(self, causation: str, reason: str = "") -> CommandContext:
        return CommandContext(ACTOR, str(uuid7()), causation, reason)
