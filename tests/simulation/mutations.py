"""Faults of the rules, planted on purpose: the simulation has to find each of them.

Each swaps a function, or a row of a table, of the running program. The file that is mended is none.
"""

from collections.abc import Callable, Generator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

from chronovisor.events.v1 import event_pb2 as ev
from hostagent.control.reporter import Reporter
from hostagent.converge import reconcile
from hostagent.drivers.base import Power

from controlplane.commands import handlers, trouble
from controlplane.commands import vm as vms
from controlplane.domain.fleet import Fleet
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host import trouble as trouble_rules
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm import ends, evolve, migrations, reports
from controlplane.domain.vm.aggregate import Migration, Observed, Vm
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import Verb
from controlplane.domain.vm.verbs import START
from controlplane.ledger.writer.replica import Replica
from controlplane.processes.deadlines import Deadlines
from controlplane.processes.draining import Draining
from controlplane.queries import agent_view
from controlplane.rpc.agent.desires import Desires
from controlplane.rpc.agent.session import AgentSession

_SWITCHED = ev.VmMigrationAdvanced.STEP_SWITCHED


class Swaps:
    """Puts something else in the place of what is there, until the end."""

    def __init__(self, undone: ExitStack) -> None:
        self._undone = undone

    def attribute(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """`make` gets what is there. Modules that took it by name keep theirs."""
        before = getattr(owner, name)
        self._undone.callback(setattr, owner, name, before)
        setattr(owner, name, make(before))

    def entry(self, table: Mapping[Any, Any], key: Any, make: Callable[[Any], Any]) -> None:
        before, changed = table[key], cast("MutableMapping[Any, Any]", table)
        self._undone.callback(changed.__setitem__, key, before)
        changed[key] = make(before)


@dataclass(frozen=True, slots=True)
class Mutation:
    """A rule, and what breaks it."""

    rule: str
    plant: Callable[[Swaps], None]
    # Of how many seeds one finds it for sure, where every run of the tests looks for it. 0: not in every run.
    within: int = 0


def _always(value: object) -> Callable[[object], Callable[..., object]]:
    """Another function in the place of one: it returns this, whatever it gets."""

    def make(_before: object) -> Callable[..., object]:
        def returning(*_: object) -> object:
            return value

        return returning

    return make


def _capacity_is_freed_at_request(swaps: Swaps) -> None:
    def execute(before: Callable[[UnitOfWork, vms.VmCommand], Any]) -> Callable[[UnitOfWork, vms.VmCommand], Any]:
        def freeing(unit: UnitOfWork, command: vms.VmCommand) -> Any:
            answer = before(unit, command)
            vm = unit.fleet.vm_named(command.name)
            if command.verb is Verb.STOP and vm and vm.holds_compute:
                seen = Report(vm.incarnation, Observed(3, unit.now, ""), 0, True, vm.desired_version)
                vms.report(unit, vms.ReportVm(vm.host_uid, vm.uid, seen))
            return answer

        return freeing

    swaps.entry(handlers.HANDLERS, vms.VmCommand, execute)


def _old_incarnations_are_heard(swaps: Swaps) -> None:
    def decide(before: Callable[..., Any]) -> Callable[..., Any]:
        def hearing(vm: Any, report: Report, host_uid: str, now: Any) -> Any:
            return before(vm, replace(report, incarnation=vm.incarnation), host_uid, now)

        return hearing

    swaps.attribute(reports, "decide_report", decide)
    swaps.attribute(agent_view, "decide_report", decide)


def _incarnations_stay(swaps: Swaps) -> None:
    # Of two values for one field, the last counts.
    _first_incarnation = ev.VmStartRequested(incarnation=1).SerializeToString()

    def decide(vm: Any, terms: Any) -> Any:
        (requested,) = START.decide(vm, terms)
        return [ev.VmStartRequested.FromString(requested.SerializeToString() + _first_incarnation)]

    swaps.attribute(vms, "START", lambda row: replace(row, decide=decide))


def _what_ended_is_started_again(swaps: Swaps) -> None:
    def run(before: Callable[..., Any]) -> Callable[..., Any]:
        def starting(desired: Any, observed: Any, moves: Any) -> Any:
            if observed and observed.started and not observed.power.is_active:
                observed = replace(observed, incarnation=desired.incarnation - 1)
            return before(desired, observed, moves)

        return starting

    swaps.attribute(reconcile, "_run", run)


def _unreadable_is_empty(swaps: Swaps) -> None:
    def unreadable(self: Reporter, _error: str) -> None:
        for guest in list(self._watch.guests):  # pyright: ignore[reportPrivateUsage]
            self._watch.forget(guest.vm_uid)  # pyright: ignore[reportPrivateUsage]
        self.inventory()

    swaps.attribute(Reporter, "unreadable", lambda _before: unreadable)


def _deadlines_end_with_their_process(swaps: Swaps) -> None:
    """Those that are read again at a start are not expected: only what is committed by this process is."""
    swaps.attribute(Deadlines, "restore", _always(None))

    def load(before: Callable[..., Any]) -> Callable[..., Any]:
        async def loading(self: Replica, snapshot: Any) -> None:
            with ExitStack() as undone:
                Swaps(undone).attribute(Deadlines, "follow", _always(None))
                await before(self, snapshot)

        return loading

    swaps.attribute(Replica, "load", load)


def _older_sessions_go_on(swaps: Swaps) -> None:
    def end(before: Callable[[AgentSession, Any], None]) -> Callable[[AgentSession, Any], None]:
        def staying(self: AgentSession, error: Any) -> None:
            if type(error).__name__ != "AgentSuperseded":
                before(self, error)

        return staying

    swaps.attribute(AgentSession, "end", end)


def _never_started_is_ended(swaps: Swaps) -> None:
    swaps.attribute(reports, "_could_still_start", _always(False))


def _leftovers_stay(swaps: Swaps) -> None:
    swaps.attribute(AgentSession, "_is_leftover", _always(False))


def _disks_stay(swaps: Swaps) -> None:
    swaps.attribute(reports, "_may_leave_its_disk", _always(False))


def _lost_is_as_good_as_fenced(swaps: Swaps) -> None:
    def lose(before: Callable[..., Any]) -> Callable[..., Any]:
        def freeing(unit: UnitOfWork, command: trouble.LoseHost) -> Any:
            answer = before(unit, command)
            host = unit.fleet.hosts[command.host_uid]
            for vm_uid in sorted(host.holdings) if answer else ():
                vm = unit.fleet.vms[vm_uid]
                vms.record_released(unit, vm, ends.decide_fenced(vm, host.uid, unit.now, disk_left=False))
            return answer

        return freeing

    swaps.entry(handlers.HANDLERS, trouble.LoseHost, lose)


def _copies_run_at_once(swaps: Swaps) -> None:
    def arrive(before: Callable[..., Any]) -> Callable[..., Any]:
        def resuming(desired: Any, disk: Any, observed: Any, moves: Any) -> Any:
            if observed and observed.ref == desired.spec.ref and observed.power is Power.PAUSED and observed.started:
                return [reconcile.Resume(observed.ref)]
            return before(desired, disk, observed, moves)

        return resuming

    swaps.attribute(reconcile, "_let_arrive", arrive)


def _one_word_switches(swaps: Swaps) -> None:
    def arrived(before: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        def switching(migration: Migration, report: Report) -> list[Any]:
            events = before(migration, report)
            step = ev.VmMigrationAdvanced(incarnation=migration.incarnation, step=_SWITCHED)
            return [*events, step] if len(events) == 1 else events

        return switching

    swaps.attribute(migrations, "_arrived", arrived)


def _sources_are_freed_at_request(swaps: Swaps) -> None:
    def migrate(before: Callable[..., Any]) -> Callable[..., Any]:
        def freeing(unit: UnitOfWork, vm: Vm, request: Any) -> Any:
            answer = before(unit, vm, request)
            host = unit.fleet.hosts[vm.host_uid]
            unit.record(f"hosts/{host.uid}", hosts.decide_release(host, vm.uid, vm.held.compute))
            return answer

        return freeing

    swaps.attribute(vms, "migrate", migrate)


def _owed_starts_outlive_stops(swaps: Swaps) -> None:
    def keeping(before: Any) -> Any:
        def changes(vm: Vm, event: Any, version: int) -> Any:
            return {**before.changes(vm, event, version), "restart": vm.restart}

        return before._replace(changes=changes)

    swaps.entry(evolve_table(), "vm_stop_requested", keeping)
    stopped = evolve_table()["vm_stopped"]

    def kept(vm: Vm, event: Any, version: int) -> Any:
        fields = stopped.changes(vm, event, version)
        return {**fields, "restart": fields["restart"] or vm.restart}

    swaps.entry(evolve_table(), "vm_stopped", lambda before: before._replace(changes=kept))


def _drained_is_reported_half_way(swaps: Swaps) -> None:
    def drained(before: Callable[..., Any]) -> Callable[..., Any]:
        def early(host: Any, version: int) -> Any:
            is_under_way = host.drain is not None and host.drain.version == version
            return [ev.HostDrained()] if is_under_way else before(host, version)

        return early

    swaps.attribute(trouble_rules, "decide_drained", drained)
    swaps.attribute(Draining, "_next_moves", _always(()))
    swaps.attribute(Draining, "_lines", _always(()))


def _wishes_come_before_reports(swaps: Swaps) -> None:
    swaps.attribute(Desires, "_may_send", _always(True))


def _departed_are_begun_anew(swaps: Swaps) -> None:
    def desired_on(before: Callable[..., Any]) -> Callable[..., Any]:
        def running(vm: Vm, host_uid: str) -> Any:
            found = before(vm, host_uid)
            if found and vm.migration and vm.host_uid == host_uid and vm.migration.departure:
                return found._replace(power=agent_view.power_of(vm))
            return found

        return running

    swaps.attribute(agent_view, "desired_on", desired_on)


def _old_copies_are_begun_again(swaps: Swaps) -> None:
    """After a fencing, the host's agent is sent what was desired before."""
    swaps.attribute(ends, "_off_for_good", _always([]))


def _held_is_given_again(swaps: Swaps) -> None:
    swaps.attribute(Fleet, "holder", _always(""))


def _destroyed_hold_on(swaps: Swaps) -> None:
    def put(before: Callable[..., None]) -> Callable[..., None]:
        def keeping(self: Fleet, vm_uid: str, was: Any, now: Any) -> None:
            if now:
                before(self, vm_uid, was, now)

        return keeping

    swaps.attribute(Fleet, "_put_cards", put)


def _networks_go_with_cards_on_them(swaps: Swaps) -> None:
    swaps.attribute(Fleet, "uses", _always(0))


def evolve_table() -> dict[str, Any]:
    return cast("dict[str, Any]", cast("Any", evolve)._ROWS)


MUTATIONS: dict[str, Mutation] = {
    "capacity-freed-at-request": Mutation(
        "capacity is freed on the agent's word", _capacity_is_freed_at_request, within=50
    ),
    "old-incarnations-heard": Mutation(
        "a report of an old incarnation changes nothing", _old_incarnations_are_heard, within=300
    ),
    "incarnations-stay": Mutation("every placement is a new incarnation", _incarnations_stay, within=100),
    "lost-is-freed": Mutation("what a lost host holds is freed by its fencing alone", _lost_is_as_good_as_fenced),
    "copies-run-at-once": Mutation("a copy does not run before the ledger has switched", _copies_run_at_once),
    "one-word-switches": Mutation("both ends of a migration say that it may switch", _one_word_switches),
    "departed-begun-anew": Mutation("what has left its source is not begun anew there", _departed_are_begun_anew),
    "sources-freed-at-request": Mutation(
        "both hosts hold capacity until a migration is over", _sources_are_freed_at_request, within=50
    ),
    "owed-starts-outlive-stops": Mutation("a stop wins over a start that is owed", _owed_starts_outlive_stops),
    "drained-half-way": Mutation("MAINTENANCE only when nothing is there", _drained_is_reported_half_way, within=200),
    "fenced-holds-on": Mutation("what a fenced host held is freed", _old_copies_are_begun_again),
    "wishes-before-reports": Mutation(
        "nothing is started before it is known what is there", _wishes_come_before_reports
    ),
    "ended-is-started-again": Mutation("what ran and ended is not started again", _what_ended_is_started_again),
    "unreadable-is-empty": Mutation("an unreadable hypervisor is not an empty one", _unreadable_is_empty),
    "deadlines-forgotten": Mutation("deadlines outlive the process", _deadlines_end_with_their_process),
    "older-sessions-go-on": Mutation("a newer session ends the older one", _older_sessions_go_on),
    "never-started-is-ended": Mutation("a guest that was never started may be about to be", _never_started_is_ended),
    "leftovers-stay": Mutation("what has no place on a host any more is removed", _leftovers_stay, within=400),
    "held-is-given-again": Mutation("no address is held twice", _held_is_given_again, within=100),
    "destroyed-hold-on": Mutation("an address is free once its VM is destroyed", _destroyed_hold_on, within=100),
    "networks-go-in-use": Mutation(
        "a network that a spec names is not deleted", _networks_go_with_cards_on_them, within=100
    ),
    "disks-stay": Mutation("a VM is gone when its agent knows that nothing is to be left", _disks_stay),
}


@contextmanager
def planted(mutation: Mutation) -> Generator[None]:
    with ExitStack() as undone:
        mutation.plant(Swaps(undone))
        yield
