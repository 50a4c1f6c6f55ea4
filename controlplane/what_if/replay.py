"""What if: the recorded requests once more, decided on a copy of the fleet that was other in some way. Performs no I/O.

Starts and migrations are decided by the code that decides them in the service. What agents, operators and deadlines did
then they do again: a VM that stopped, or failed with its host, does so at the same time, wherever it is. A VM whose
start is refused keeps out of it, whatever was recorded of it, until it is started again; one whose migration is refused
stays where it is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.commands import vm as commands
from controlplane.commands.addresses import Cursors
from controlplane.commands.elsewhere import MigrationRequest
from controlplane.commands.vm import RestartVm, VmCommand
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import EVOLVE, Fleet, RecordedEvent
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.resource_kinds import RESOURCE_KINDS
from controlplane.domain.resources import NOTHING, amount_of
from controlplane.domain.time import SECOND, Micros, micros_of
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm import evolve as vms
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.interfaces import cards_of
from controlplane.domain.vm.states import Verb
from controlplane.what_if.scenario import Move, Point, Refusal, Scenario, Summary
from controlplane.what_if.starting_fleet import LIMITS, ORIGIN, starting_fleet
from controlplane.what_if.totals import Tally

# How many refusals and moves are listed one by one.
EXAMPLES = 10
_HOLDINGS = ("capacity_held", "capacity_released")
_REQUESTED = ("created", "requested", "registered", "updated", "cordoned", "uncordoned")


class Replay:
    """Both fleets, from the moment at which the window begins."""

    def __init__(self, was: Fleet, scenario: Scenario, position: int, time: Micros, end_time: Micros) -> None:
        """`was` is the fleet at `position`; the window ends at `end_time`."""
        self._scenario = scenario
        self._was = was
        state = was.captured(position, time)
        begun = starting_fleet(state, scenario.changes)
        self._would = Fleet()
        self._would.restore(begun.state)
        self._was_tally, self._would_tally = Tally(state), Tally(begun.state)
        self._start, self._start_time = position, time
        self._position, self._time = position, time
        # The series: its next time, and the time from one to the next.
        self._next = time
        self._step = max(-((time - end_time) // (scenario.points - 1)), 1)
        # VMs that the record knows to run, and that do not.
        self._out: set[str] = set(begun.refused)
        self._gone = {host.uid for host in state.hosts if scenario.changes.takes_away(host.name)}
        self._events = self._requests = self._starts = self._elsewhere = 0
        self._displaced = begun.displaced
        self._refused: Counter[str] = Counter()
        self._refusals: list[Refusal] = []
        self._moves: list[Move] = []
        for uid, error in begun.refused.items():
            self._refuse(was.vms[uid], error, position, time)

    def take(self, batch: Sequence[RecordedEvent]) -> Iterator[Point]:
        """A whole batch, the seal with it. Yields the points of the series that lie before it."""
        position, time = batch[-1].position, micros_of(batch[-1].event.commit_time)
        while self._next < time:
            yield Point(self._next, self._position, self._was_tally.now, self._would_tally.now)
            self._next = Micros(self._next + self._step)
        self._was_tally.advance(time)
        self._would_tally.advance(time)
        for recorded in batch:
            self._was_tally.take(self._was.apply(recorded.stream, recorded.version, recorded.event))
            self._again(recorded)
        self._was.settle()
        self._would.settle()
        self._was_tally.note_peak(position)
        self._would_tally.note_peak(position)
        self._events += len(batch)
        self._position, self._time = position, time

    def end(self) -> Iterator[Point | Summary]:
        """The last point, and what came of it."""
        yield Point(self._time, self._position, self._was_tally.now, self._would_tally.now)
        yield Summary(
            self._start,
            self._start_time,
            self._position,
            self._time,
            self._events,
            self._requests,
            self._starts,
            self._displaced,
            dict(self._refused),
            tuple(self._refusals),
            self._elsewhere,
            tuple(self._moves),
            self._left_out(),
            self._was_tally.course(),
            self._would_tally.course(),
        )

    @property
    def would(self) -> Fleet:
        """The fleet as it would be by now."""
        return self._would

    def _left_out(self) -> int:
        would = self._would.vms
        return sum(1 for vm in self._was.vms.values() if vm.holds_compute and not would[vm.uid].holds_compute)

    def _again(self, recorded: RecordedEvent) -> None:
        kind = recorded.event.WhichOneof("payload") or ""
        noun, _, uid = recorded.stream.partition("/")
        if noun in EVOLVE and kind.endswith(_REQUESTED):
            self._requests += 1
        match noun:
            case "vms":
                self._vm_again(uid, kind, recorded)
            case "hosts" if kind not in _HOLDINGS:
                self._host_again(uid, kind, recorded)
            case "projects":
                self._apply(recorded.stream, self._under_policy(kind, recorded.event))
            case _ if noun in RESOURCE_KINDS:
                self._apply(recorded.stream, recorded.event)
            case _:
                # What hosts hold follows from where VMs are. Of seals and request ids nothing follows.
                pass

    def _apply(self, stream: str, event: ev.Event) -> RecordedEvent:
        applied = self._would.apply(stream, None, event)
        self._would_tally.take(applied)
        return applied

    def _under_policy(self, kind: str, event: ev.Event) -> ev.Event:
        policy = self._scenario.changes.policy
        if policy is None or not hasattr(getattr(event, kind), "placement_policy"):
            return event
        changed_event = ev.Event()
        changed_event.CopyFrom(event)
        getattr(changed_event, kind).placement_policy = policy.name
        return changed_event

    def _host_again(self, uid: str, kind: str, recorded: RecordedEvent) -> None:
        """A change that would not fit what the host holds is made all the same: it is over its capacity then."""
        event, changes = recorded.event, self._scenario.changes
        if kind == "host_registered" and changes.takes_away(event.host_registered.name):
            self._gone.add(uid)
        if uid in self._gone:
            return
        if changes.ratios and hasattr(getattr(event, kind), "inventory"):
            recorded_event, event = event, ev.Event()
            event.CopyFrom(recorded_event)
            for name, offered in getattr(event, kind).inventory.items():
                offered.allocation_ratio = changes.ratios.get(name, offered.allocation_ratio)
        self._apply(recorded.stream, event)

    def _vm_again(self, uid: str, kind: str, recorded: RecordedEvent) -> None:
        if kind == "vm_start_requested":
            self._start_again(uid, recorded)
            return
        if kind == "vm_migrate_requested":
            self._move_again(uid, recorded.event)
            return
        if uid in self._out and kind != "vm_delete_requested":
            return
        # From here on it is as the record has it, but for what it holds.
        self._out.discard(uid)
        before, event = self._would.vms.get(uid), recorded.event
        if before is not None and not vms.allows(before, event):
            # It has not come as far, or further: of a migration that was refused, say.
            return
        if before is not None and hasattr(getattr(event, kind), "released"):
            event = _releasing(before, kind, event)
        applied = self._apply(recorded.stream, event)
        after = applied.after
        if before is not None and isinstance(after, Vm):
            self._hold_as(before, after, event)

    def _hold_as(self, before: Vm, after: Vm, event: ev.Event) -> None:
        """What hosts hold follows from what the VM holds."""
        if after.held is before.held and after.migration is before.migration:
            return
        was = {host_uid: held for host_uid, _, held in before.holdings()}
        now = {host_uid: held for host_uid, _, held in after.holdings()}
        for host_uid in dict.fromkeys((*was, *now)):
            if (host := self._would.hosts.get(host_uid)) is None:
                continue
            had, has = was.get(host_uid, NOTHING), now.get(host_uid, NOTHING)
            for payload in hosts.decide_release(host, before.uid, had.beyond(has)):
                assert isinstance(payload, ev.CapacityReleased)
                self._apply(f"hosts/{host_uid}", ev.Event(commit_time=event.commit_time, capacity_released=payload))
            if more := has.beyond(had):
                # A disk that has grown.
                payload = hosts.capacity_held(before.uid, more)
                self._apply(f"hosts/{host_uid}", ev.Event(commit_time=event.commit_time, capacity_held=payload))

    def _move_again(self, uid: str, event: ev.Event) -> None:
        """To where it went, which somebody may have chosen, or else to where it would go.

        What its agents reported then is of that host.
        """
        if uid in self._out:
            return
        move, time = event.vm_migrate_requested, micros_of(event.commit_time)
        timeout_s = (micros_of(move.deadline) - time) / SECOND
        destinations = ("",) if self._scenario.changes.policy else (move.host, "")
        for destination in destinations:
            request = MigrationRequest(destination, move.bandwidth_mib_s, move.auto_converge, timeout_s)
            mark = self._would.mark()
            unit = UnitOfWork(self._would, ORIGIN, time, LIMITS)
            try:
                commands.execute(unit, VmCommand(Verb.MIGRATE, self._would.vms[uid].name, migration=request))
            except DomainError:
                self._would.undo(mark)
                continue
            for each in unit.recorded:
                self._would_tally.take(each)
            return

    def _start_again(self, uid: str, recorded: RecordedEvent) -> None:
        self._starts += 1
        vm, time = self._would.vms[uid], micros_of(recorded.event.commit_time)
        mark = self._would.mark()
        unit = UnitOfWork(self._would, ORIGIN, time, LIMITS)
        self._would.index(Cursors).give_next(cards_of(recorded.event.vm_start_requested.network_addresses))
        try:
            is_owed = recorded.event.vm_start_requested.restart_attempt > 0
            if not (is_owed and commands.restart(unit, RestartVm(uid))):
                commands.execute(unit, VmCommand(Verb.START, vm.name))
        except DomainError as error:
            self._would.undo(mark)
            self._out.add(uid)
            self._refuse(vm, error, recorded.position, time)
            return
        self._out.discard(uid)
        for each in unit.recorded:
            self._would_tally.take(each)
        was, would = recorded.event.vm_start_requested.host, self._would.vms[uid].host
        if was != would:
            self._elsewhere += 1
            if len(self._moves) < EXAMPLES:
                self._moves.append(Move(recorded.position, vm.name, was, would))

    def _refuse(self, vm: Vm, error: DomainError, position: int, time: Micros) -> None:
        reason = _reason(error)
        self._refused[reason] += 1
        if len(self._refusals) < EXAMPLES:
            self._refusals.append(Refusal(position, time, vm.name, reason, str(error)))


def _releasing(vm: Vm, kind: str, event: ev.Event) -> ev.Event:
    """The event with what this VM has to give back, where that is not what it gave back then."""
    held = amount_of(vm.held if kind == "vm_deleted" else vm.held.compute)
    if getattr(event, kind).released == held:
        return event
    other = ev.Event()
    other.CopyFrom(event)
    getattr(other, kind).released.CopyFrom(held)
    return other


def _reason(error: DomainError) -> str:
    """As the table of errors has it: NoCapacity is NO_CAPACITY."""
    name = type(error).__name__
    return "".join(f"_{each}" if each.isupper() and place else each for place, each in enumerate(name)).upper()
