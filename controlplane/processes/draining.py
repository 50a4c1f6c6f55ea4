"""Hosts that are drained: each VM is moved by its policy, a few at once, until nothing is left; then MAINTENANCE.

Level-triggered: what is to be done is read from the host's drain and from what the host holds, and nothing else is
remembered that matters. Whatever is under way when a drain is cancelled, or when the control plane ends, goes on by
itself. The destinations of all VMs of all hosts that are drained are chosen together; each move is decided once more
when it begins.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from uuid_utils import uuid7

from controlplane.commands.drain_plan import Avoided, Destinations
from controlplane.commands.elsewhere import MigrationRequest
from controlplane.commands.rehome import RehomeVm
from controlplane.commands.trouble import FinishDrain
from controlplane.commands.vm import VmCommand
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError, EtagMismatch, NotFound, Unavailable
from controlplane.domain.etag import etag_of
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.host.aggregate import Drain, Host
from controlplane.domain.host.drain_steps import Action, DrainStep, at_destination, drain_step
from controlplane.domain.host.states import HostState
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import Verb
from controlplane.processes.drain_progress import DrainMeasure, DrainProgress, Looked
from controlplane.processes.pacing import FAULT, Submit, growing_pause
from controlplane.processes.restarts import FREEING
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)

ACTOR = "system:draining"
# For guests that are stopped, to end by themselves.
GRACE_S = 60.0
# After what did not succeed, doubled with each further time.
RETRY_US = 5 * SECOND
LONGEST_RETRY_US = 300 * SECOND
# Between two plans at least; and so many times as long as the last one took.
PLAN_PAUSE_US = 1 * SECOND
PLAN_SHARE = 10
# Without anything that was freed, after a plan in which some VM found no place.
IN_VAIN_US = 60 * SECOND
# How many hosts are looked at before others on the event loop have their turn.
HOSTS_A_TURN = 50
_VERBS: Mapping[Action, Verb] = {
    Action.MIGRATE: Verb.MIGRATE,
    Action.RESTART: Verb.STOP,
    Action.STOP: Verb.STOP,
    Action.DELETE: Verb.DELETE,
}


class Inventory(Protocol):
    """The fleet as it is, by uid. It has a batch before this process has."""

    @property
    def hosts(self) -> Mapping[str, Host]: ...
    @property
    def vms(self) -> Mapping[str, Vm]: ...


# Chooses destinations for the VMs of these hosts.
Plan = Callable[[Collection[str], Avoided], Awaitable[Destinations]]


class _Try(NamedTuple):
    """What was requested last for a VM that is still here: how often so far, when, where to, and its refusal."""

    times: int
    at: Micros
    destination: str
    words: str = ""

    def again(self, vm: Vm) -> Micros:
        pause = growing_pause(self.times, RETRY_US, LONGEST_RETRY_US)
        return Micros(max(self.at, vm.updated) + pause)


class _Move(NamedTuple):
    """One command for one VM."""

    host: Host
    vm: Vm
    step: DrainStep
    destination: Host | None = None


class Draining:
    """Follows the dispatcher, and drains hosts while it runs.

    `why_not_started` says what the start of a VM waits for that is owed one.
    """

    def __init__(
        self,
        submit: Submit,
        clock: Callable[[], Micros],
        inventory: Inventory,
        plan: Plan,
        why_not_started: Callable[[str], str] = lambda _uid: "",
    ) -> None:
        self._submit = submit
        self._clock = clock
        self._inventory = inventory
        self._plan = plan
        self._why_not_started = why_not_started
        # By the host's uid: what its drain has come to. Hosts that are to be looked at, at once or at a time.
        self._measures: dict[str, DrainMeasure] = {}
        self._drains: dict[str, int] = {}
        self._touched: dict[str, None] = {}
        self._again: dict[str, Micros] = {}
        # By the VM's uid: the host that it was stopped on, to be started elsewhere, and was not yet.
        self._owed: dict[str, str] = {}
        self._tries: dict[str, _Try] = {}
        self._planned = Destinations()
        self._unplanned: set[str] = set()
        self._avoided: defaultdict[str, set[str]] = defaultdict(set)
        self._planning: asyncio.Task[None] | None = None
        self._next_plan = Micros(0)
        self._planned_at = Micros(0)
        self._freed = Micros(0)
        self._changed = asyncio.Event()
        # Until when the ledger takes no commands of anybody.
        self._unavailable_until = Micros(0)

    # What is followed.

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for recorded in batch:
            match recorded.after:
                case Host() as host:
                    self._put_host(host)
                    if self._drains and recorded.event.WhichOneof("payload") in FREEING:
                        self._freed = self._clock()
                case Vm() as vm if self._drains:
                    self._put_vm(recorded.before, vm)
                case _:
                    pass

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        for host in state.hosts:
            self._put_host(host)
        if self._drains:
            for vm in state.vms:
                self._put_vm(None, vm)

    def _put_host(self, host: Host) -> None:
        drain = host.drain if host.place is HostState.DRAINING else None
        if drain is None:
            if self._drains.pop(host.uid, None):
                self._end(host.uid)
            return
        if self._drains.get(host.uid) != drain.version:
            self._drains[host.uid] = drain.version
            self._measures[host.uid] = DrainMeasure(self._clock())
        self._touch(host.uid)

    def _end(self, host_uid: str) -> None:
        """Whatever is under way goes on by itself."""
        self._measures.pop(host_uid, None)
        self._touched.pop(host_uid, None)
        self._again.pop(host_uid, None)
        for vm_uid in [uid for uid, host in self._owed.items() if host == host_uid]:
            del self._owed[vm_uid]
        if not self._drains:
            self._forget_all()

    def _forget_all(self) -> None:
        for each in (self._tries, self._avoided, self._unplanned):
            each.clear()
        self._planned = Destinations()

    def _put_vm(self, before: object, vm: Vm) -> None:
        hosts = {*vm.hosts, *(before.hosts if isinstance(before, Vm) else ())}
        for host_uid in sorted(hosts & self._drains.keys()):
            self._touch(host_uid)
        owed_from = self._owed.pop(vm.uid, None)
        if owed_from:
            self._touch(owed_from)
        if vm.restart and vm.restart.attempt == 0 and vm.host_uid in self._drains:
            self._owed[vm.uid] = vm.host_uid
        elif vm.host_uid not in self._drains:
            self._forget(vm.uid)

    def _forget(self, vm_uid: str) -> None:
        self._tries.pop(vm_uid, None)
        self._avoided.pop(vm_uid, None)
        self._unplanned.discard(vm_uid)
        self._planned.chosen.pop(vm_uid, None)
        self._planned.refused.pop(vm_uid, None)

    def _touch(self, host_uid: str) -> None:
        if host_uid in self._drains:
            self._touched[host_uid] = None
            self._changed.set()

    def wake(self) -> None:
        """Has it look at every drain now."""
        self._touched.update(dict.fromkeys(self._drains))
        self._changed.set()

    # What is done.

    async def run(self) -> None:
        """Runs until cancelled."""
        try:
            while True:
                self._changed.clear()
                try:
                    await self._advance()
                except Exception:
                    # A fault of ours with one host must not end the drains of all others.
                    log.exception("draining")
                    self._unavailable_until = Micros(self._clock() + RETRY_US)
                await self._wait()
        finally:
            if self._planning:
                self._planning.cancel()

    async def _advance(self) -> None:
        """Looks at the hosts whose turn it is, and requests what is next for their VMs."""
        now = self._clock()
        if now < self._unavailable_until:
            return
        self._touched.update((uid, None) for uid, at in self._again.items() if at <= now)
        while self._touched:
            turn = list(self._touched)[:HOSTS_A_TURN]
            for uid in turn:
                del self._touched[uid]
            await asyncio.gather(*(self._drain(uid) for uid in turn))
            if self._clock() < self._unavailable_until:
                break
        self._plan_if_needed()

    async def _drain(self, host_uid: str) -> None:
        self._again.pop(host_uid, None)
        host = self._inventory.hosts.get(host_uid)
        if host is None or host.drain is None or host.place is not HostState.DRAINING:
            return
        looked = self._look(host, host.drain)
        moves = self._next_moves(host, host.drain, looked)
        if moves:
            await asyncio.gather(*(self._request(each) for each in moves))
        elif not self._lines(host, looked):
            await self._finish(host, host.drain)

    def _look(self, host: Host, drain: Drain) -> list[Looked]:
        """Every VM that has something here which is to go."""
        vms = sorted((self._inventory.vms[uid] for uid in host.holdings), key=lambda vm: vm.name)
        looked = [Looked(vm, drain_step(host, drain, vm)) for vm in vms]
        left = [each for each in looked if each.step.action is not Action.NONE]
        self._measures[host.uid].look(host, left)
        return left

    def _owed_from(self, host_uid: str) -> list[str]:
        return [vm_uid for vm_uid, host in self._owed.items() if host == host_uid]

    def _lines(self, host: Host, looked: Sequence[Looked]) -> list[str]:
        """What is waited for, in words. Nothing, and the host is empty."""
        lines: list[str] = []
        if host.state is HostState.DOWN:
            lines.append(f"{host.name} is DOWN: it goes on when its agent is back; if its machine is off, fence it")
        lines += [
            f"{guest.vm_name or guest.vm_uid}: a guest of it that is not expected here is active; reconcile the host"
            for guest in host.unexpected.values()
            if guest.is_active
        ]
        lines += [f"{vm.name}: {self._words(vm, step)}" for vm, step in looked]
        for vm_uid in self._owed_from(host.uid):
            vm = self._inventory.vms[vm_uid]
            why = self._why_not_started(vm_uid)
            lines.append(f"{vm.name}: is to be started elsewhere" + (f": {why}" if why else ""))
        return lines

    def _words(self, vm: Vm, step: DrainStep) -> str:
        if step.action is Action.WAIT:
            return step.words
        tried = self._tries.get(vm.uid)
        if tried and (failed := tried.words or vm.failure):
            return f"is tried again: {failed}"
        refused = self._planned.refused.get(vm.uid, "") if step.needs_place else ""
        return refused or "waits for its turn"

    def _next_moves(self, host: Host, drain: Drain, looked: Sequence[Looked]) -> list[_Move]:
        """What may begin now, so that no more than `max_parallel` VMs are on their way."""
        if host.state is HostState.DOWN:
            return []
        under_way = sum(each.step.is_moving for each in looked) + len(self._owed_from(host.uid))
        room = max(0, drain.max_parallel - under_way)
        # Disks of what does not run go last: they take no room from what does.
        waits = {Action.WAIT, *({Action.REHOME} if any(each.vm.holds_compute for each in looked) else ())}
        moves: list[_Move] = []
        for vm, step in sorted(looked, key=self._in_order):
            if step.action not in waits and len(moves) < room and (move := self._move(host, vm, step)):
                moves.append(move)
        return moves

    def _in_order(self, looked: Looked) -> tuple[bool, int, str]:
        """What needs no place first, then the largest."""
        return looked.step.needs_place, -looked.vm.held.memory_mib, looked.vm.uid

    def _move(self, host: Host, vm: Vm, step: DrainStep) -> _Move | None:
        """The VM's next command; None where it is not its time yet."""
        tried = self._tries.get(vm.uid)
        if tried and (again := tried.again(vm)) > self._clock():
            self._look_again(host.uid, again)
            return None
        if not step.needs_place:
            return _Move(host, vm, step)
        if tried and tried.destination and vm.failure:
            self._avoid(vm.uid, tried.destination)
        destination = self._inventory.hosts.get(self._planned.chosen.get(vm.uid, ""))
        if destination is None or destination.state is not HostState.ACTIVE:
            self._planned.chosen.pop(vm.uid, None)
            self._unplanned.add(vm.uid)
            return None
        return _Move(host, vm, at_destination(step, host, vm, destination), destination)

    def _avoid(self, vm_uid: str, destination: str) -> None:
        """Another destination is chosen, if there is one."""
        if destination not in self._avoided[vm_uid]:
            self._avoided[vm_uid].add(destination)
            self._planned.chosen.pop(vm_uid, None)

    def _look_again(self, host_uid: str, at: Micros) -> None:
        self._again[host_uid] = min(at, self._again.get(host_uid, at))

    async def _request(self, move: _Move) -> None:
        host, vm, step, destination = move
        before = self._tries.get(vm.uid)
        name = destination.name if destination and step.action is Action.MIGRATE else ""
        times = (before.times if before else 0) + 1
        self._tries[vm.uid] = _Try(times, self._clock(), name)
        if step.action is Action.REHOME:
            await self._send(host, vm, RehomeVm(vm.uid, host.uid))
            return
        command = VmCommand(
            _VERBS[step.action],
            vm.name,
            etag_of(vm),
            grace_period_s=GRACE_S if step.action in (Action.STOP, Action.RESTART) else 0.0,
            restarts=step.action is Action.RESTART,
            # A guest that could not be moved before writes its memory faster than it is copied, perhaps.
            migration=MigrationRequest(name, auto_converge=times > 1) if name else None,
        )
        await self._send(host, vm, command)

    async def _send(self, host: Host, vm: Vm, command: VmCommand | RehomeVm) -> None:
        try:
            await self._submit(command, self._context(host))
        except (EtagMismatch, NotFound):
            # Somebody was quicker: it is looked at as it is now.
            self._tries.pop(vm.uid, None)
            self._touch(host.uid)
        except Unavailable as error:
            self._tries.pop(vm.uid, None)
            self._wait_for_ledger(host.uid, error)
        except DomainError as error:
            self._refused(host, vm, str(error))
        except Exception:
            log.exception("%s could not be moved away from %s", vm.name, host.name)
            self._refused(host, vm, FAULT)

    def _refused(self, host: Host, vm: Vm, words: str) -> None:
        tried = self._tries[vm.uid]._replace(words=words)
        self._tries[vm.uid] = tried
        log.warning("%s is moved away from %s later: %s", vm.name, host.name, words)
        if tried.destination:
            self._avoid(vm.uid, tried.destination)
        self._look_again(host.uid, tried.again(vm))

    def _context(self, host: Host) -> CommandContext:
        return CommandContext(ACTOR, str(uuid7()), f"hosts/{host.uid}@{self._drains.get(host.uid, host.version)}")

    async def _finish(self, host: Host, drain: Drain) -> None:
        try:
            await self._submit(FinishDrain(host.uid, drain.version), self._context(host))
        except Unavailable as error:
            self._wait_for_ledger(host.uid, error)
        except DomainError as error:
            log.warning("the drain of %s ends later: %s", host.name, error)
            self._look_again(host.uid, Micros(self._clock() + RETRY_US))

    def _wait_for_ledger(self, host_uid: str, error: Unavailable) -> None:
        """All others would be refused, too."""
        self._unavailable_until = Micros(self._clock() + round(error.retry_after_s * SECOND))
        self._touched[host_uid] = None

    # Where VMs go.

    def _plan_if_needed(self) -> None:
        """Begins a plan for all that needs one. One that found no place is planned anew once something was freed."""
        if self._planning or not self._unplanned:
            return
        now = self._clock()
        vain = self._unplanned <= self._planned.refused.keys() and self._freed < self._planned_at
        at = max(self._next_plan, self._planned_at + IN_VAIN_US) if vain else self._next_plan
        if now >= at:
            self._planning = asyncio.create_task(self._choose(), name="plan of drains")

    async def _choose(self) -> None:
        began = self._clock()
        hosts = list(self._drains)
        avoided = {uid: frozenset(names) for uid, names in self._avoided.items()}
        try:
            self._planned = await self._plan(hosts, avoided)
            self._unplanned.clear()
        except Exception:
            log.exception("destinations could not be chosen")
        finally:
            now = self._clock()
            self._planned_at = began
            self._next_plan = Micros(now + max(PLAN_PAUSE_US, PLAN_SHARE * (now - began)))
            self._planning = None
            self.wake()

    async def _wait(self) -> None:
        """Until something changes, or it is time to look again."""
        now = self._clock()
        times = [*self._again.values()]
        if self._unplanned and not self._planning:
            # Once a second, or sooner: whether something was freed.
            times.append(Micros(max(self._next_plan, now + PLAN_PAUSE_US)))
        if self._touched or self._unavailable_until > now:
            times.append(self._unavailable_until)
        until = max(min(times), self._unavailable_until) if times else None
        seconds = None if until is None else (until - now) / SECOND
        await wait_for_event(self._changed, seconds)

    # What is known of it.

    def progress(self, host_uid: str) -> DrainProgress | None:
        """How far the drain of a host is; None where none is under way."""
        measure = self._measures.get(host_uid)
        return measure.progress(self._clock()) if measure else None

    def waiting_for(self, host_uid: str) -> list[str]:
        """What the drain of a host waits for, a line each; empty where none is under way."""
        host = self._inventory.hosts.get(host_uid)
        if host is None or host.drain is None or host_uid not in self._measures:
            return []
        return self._lines(host, self._look(host, host.drain))

    def remaining_s(self, host_uid: str) -> float | None:
        """How long it takes yet, by what has been moved so far; None where that is not known."""
        progress = self.progress(host_uid)
        return progress.remaining_s if progress else None
