"""VMs that are owed a start are started when it is due, in their order, until each has a host.

Level-triggered: which starts are owed is read from the VMs, and nothing else is remembered that matters. A start that
is refused, because no host has room or for any other reason, is tried again with growing pauses, and sooner once
something was freed; that counts as no attempt. A VM that is stopped or destroyed meanwhile is owed none any more.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from uuid_utils import uuid7

from controlplane.commands.vm import RestartVm
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError, Unavailable
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.availability import Restart
from controlplane.domain.vm.restart_order import due_of, restart_order
from controlplane.domain.vm.states import VmState
from controlplane.processes.deadlines import Submit
from controlplane.processes.pacing import FAULT, growing_pause
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)

ACTOR = "system:restarts"
# After a refusal, doubled with each further one.
RETRY_US = 1 * SECOND
LONGEST_RETRY_US = 60 * SECOND
# Of VMs that were refused, when something was freed: so many are tried again in a second.
TRIES_PER_S = 200
# How many starts are requested together: whoever becomes owed meanwhile comes in by its priority after that.
MOST_TOGETHER = 64
# Events after which a start that was refused may not be any more.
FREEING = frozenset(
    {
        "capacity_released",
        "host_guests_reported",
        "host_inventory_changed",
        "host_regained",
        "host_registered",
        "host_uncordoned",
        "host_updated",
        "project_updated",
    }
)


class _Owed(NamedTuple):
    """A VM that is owed a start, and the event that it is owed by."""

    vm: Vm
    cause: str


class _Refusal(NamedTuple):
    """How often the start was refused so far, when and in which words last, and by when it is tried again."""

    restart: Restart
    times: int
    at: Micros
    again: Micros
    words: str


class Restarts:
    """Follows the dispatcher, and requests what is owed while it runs."""

    def __init__(self, submit: Submit, clock: Callable[[], Micros]) -> None:
        self._submit = submit
        self._clock = clock
        self._owed: dict[str, _Owed] = {}
        self._starting: dict[str, Vm] = {}
        self._refused: dict[str, _Refusal] = {}
        self._waiting: dict[str, frozenset[str]] = {}
        self._freed = Micros(0)
        self._changed = asyncio.Event()
        # Until when the ledger takes no commands of anybody.
        self._unavailable_until = Micros(0)

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for recorded in batch:
            if isinstance(recorded.after, Vm):
                self._put(recorded.before, recorded.after)
            elif self._refused and recorded.event.WhichOneof("payload") in FREEING:
                # It is looked at once a second while something is refused: where much is freed, that is often enough.
                self._freed = self._clock()

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        for vm in state.vms:
            self._put(None, vm)

    def _put(self, before: object, vm: Vm) -> None:
        if vm.restart is None:
            if self._owed.pop(vm.uid, None):
                self._forget(vm.uid)
            self._put_starting(vm)
            return
        known = self._owed.get(vm.uid)
        if known is None or known.vm.restart != vm.restart:
            self._forget(vm.uid)
            known = _Owed(vm, f"vms/{vm.uid}@{vm.version}")
        self._owed[vm.uid] = known._replace(vm=vm)
        self._starting.pop(vm.uid, None)
        if not isinstance(before, Vm) or before.restart != vm.restart or before.availability != vm.availability:
            self._changed.set()

    def _put_starting(self, vm: Vm) -> None:
        if vm.known_state is VmState.STARTING:
            self._starting[vm.uid] = vm
        elif self._starting.pop(vm.uid, None) and self._owed:
            # Somebody may have waited for it.
            self._changed.set()

    def _forget(self, vm_uid: str) -> None:
        self._refused.pop(vm_uid, None)
        self._waiting.pop(vm_uid, None)

    def wake(self) -> None:
        """Has it look again now."""
        self._changed.set()

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            self._changed.clear()
            ready, again = self._look()
            if ready:
                await asyncio.gather(*(self._start(each) for each in ready[:MOST_TOGETHER]))
            else:
                await self._wait(again)

    def _look(self) -> tuple[list[_Owed], Micros | None]:
        """The starts whose turn it is, the first one first, or when to look again."""
        now = self._clock()
        if now < self._unavailable_until:
            return [], self._unavailable_until
        order = restart_order([each.vm for each in self._owed.values()], self._starting.values(), now)
        self._waiting = order.waiting
        agains = {vm.uid: self._again(vm.uid) for vm in order.ready}
        ready = [self._owed[uid] for uid, again in agains.items() if again <= now]
        later = [again for again in agains.values() if again > now]
        return ready, min([*later, *([order.again] if order.again else [])], default=None)

    def _again(self, vm_uid: str) -> Micros:
        refusal = self._refused.get(vm_uid)
        if refusal is None:
            return Micros(0)
        if self._freed >= refusal.at:
            pause = RETRY_US + len(self._refused) * SECOND // TRIES_PER_S
            return min(Micros(refusal.at + pause), refusal.again)
        return refusal.again

    async def _wait(self, until: Micros | None) -> None:
        if self._refused:
            soon = self._clock() + RETRY_US
            until = Micros(min(until or soon, soon))
        seconds = None if until is None else (until - self._clock()) / SECOND
        await wait_for_event(self._changed, seconds)

    async def _start(self, owed: _Owed) -> None:
        context = CommandContext(ACTOR, str(uuid7()), owed.cause)
        uid = owed.vm.uid
        try:
            await self._submit(RestartVm(uid), context)
        except Unavailable as error:
            # All others would be refused, too.
            self._unavailable_until = Micros(self._clock() + round(error.retry_after_s * SECOND))
            return
        except DomainError as error:
            words = str(error)
        except Exception:
            # A fault of ours in one VM's command must not keep all others from being started.
            log.exception("a start that %s is owed could not be requested", uid)
            words = FAULT
        else:
            # Or by the writer's clock, it is not due yet.
            words = ""
        self._refuse(owed, words)

    def _refuse(self, owed: _Owed, words: str) -> None:
        """Of a start that is still owed."""
        known = self._owed.get(owed.vm.uid)
        restart = owed.vm.restart
        if known is None or restart is None or known.vm.restart != restart:
            return
        before = self._refused.get(owed.vm.uid)
        times, now = (before.times if before else 0) + 1, self._clock()
        pause = growing_pause(times, RETRY_US, LONGEST_RETRY_US)
        if words and (before is None or before.words != words):
            log.warning("the restart of %s is tried again: %s", owed.vm.name, words)
        self._refused[owed.vm.uid] = _Refusal(restart, times, now, Micros(now + pause), words)

    def waiting_for(self, vm_uid: str) -> str:
        """What the start that a VM is owed waits for, in words; empty where none is owed, or nothing keeps it."""
        owed = self._owed.get(vm_uid)
        if owed is None:
            return ""
        if (seconds := (due_of(owed.vm) - self._clock()) / SECOND) > 0:
            return f"its next start in a row is due in {seconds:.0f} s"
        refusal = self._refused.get(vm_uid)
        if refusal and refusal.words:
            return f"tried again: {refusal.words}"
        before = self._waiting.get(vm_uid, frozenset()) - {vm_uid}
        names = sorted(vm.name for uid in before if (vm := self._known(uid)))
        return f"{_listed(names)} started first" if names else ""

    def _known(self, vm_uid: str) -> Vm | None:
        owed = self._owed.get(vm_uid)
        return owed.vm if owed else self._starting.get(vm_uid)


def _listed(names: Sequence[str]) -> str:
    """`a is`, or `a and 2 more are`."""
    return f"{names[0]} is" if len(names) == 1 else f"{names[0]} and {len(names) - 1} more are"
