"""Nothing can be stuck: every state that a VM and its hosts can come to is looked at, and has ways out.

The states are found by carrying out real commands, breadth-first: all that callers request, that agents report, that
deadlines and processes bring, and that befalls hosts. What commands and later events do not depend on (times, numbers
that only grow) makes no other state. A way out is a path through what was found; which moves it may have, each test
says.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import NamedTuple

import pytest

from controlplane.commands.handlers import handle
from controlplane.commands.host import HELD_VMS_FAIL, HostCommand, ReplaceMachine
from controlplane.commands.trouble import (
    CancelDrain,
    ConfirmFence,
    DecommissionHost,
    DrainHost,
    FailFence,
    FenceHost,
    FinishDrain,
    LoseHost,
    RegainHost,
)
from controlplane.commands.vm import CancelMigration, PassDeadline, ReportVm, RestartVm, VmCommand
from controlplane.domain.command import AnyAnswer, Command, CommandContext
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import Fleet, FleetState
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState, HostVerb
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Observed, Vm
from controlplane.domain.vm.availability import Availability, RestartWhen
from controlplane.domain.vm.limits import Limits
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import Desired, Verb, VmState
from controlplane.domain.vm.verbs import GUEST_VERBS
from tests.support.controlplane import (
    ABSENT,
    CRASHED,
    NOW,
    PAUSED,
    RUNNING,
    SHUTOFF,
    World,
    create,
    inventory,
    register,
    spec,
)

WEB = "uid-web"
TRAITS = frozenset({"migration.test", "disk.pool.san"})
# VMs that are not restarted for ever, so that attempts end.
RESTARTED = Availability(when=RestartWhen.ALWAYS, max_attempts=1)
LIMITS = Limits()
LEASE_US = 30 * SECOND


class Here(NamedTuple):
    """Where the search is: the fleet, its VM unless that is gone, and the time."""

    fleet: Fleet
    vm: Vm | None
    now: Micros

    def host(self, name: str) -> Host:
        return self.fleet.hosts[f"uid-{name}"]


# What a move is in a state; None where it makes no sense there.
Move = Callable[[Here], Command[AnyAnswer] | None]


def _verb(verb: Verb, here: Here) -> Command[AnyAnswer] | None:
    return VmCommand(verb, here.vm.name) if here.vm else None


def _deadline(here: Here) -> Command[AnyAnswer] | None:
    pending = here.vm.pending if here.vm else None
    return PassDeadline(WEB, pending.version, "") if pending else None


def _owed(here: Here) -> Command[AnyAnswer] | None:
    return RestartVm(WEB) if here.vm and here.vm.restart else None


def _cancel(here: Here) -> Command[AnyAnswer] | None:
    vm = here.vm
    return CancelMigration(WEB, vm.pending.version) if vm and vm.migration and vm.pending else None


def _seen(here: Here, vm: Vm, incarnation: int, guest_state: int, detail: str = "") -> Report:
    return Report(incarnation, Observed(guest_state, here.now, detail), vm.reboots, True, vm.desired_version)


def _report(guest_state: int, here: Here) -> Command[AnyAnswer] | None:
    vm = here.vm
    return ReportVm(vm.host_uid, WEB, _seen(here, vm, vm.incarnation, guest_state)) if vm and vm.host_uid else None


def _failure(here: Here) -> Command[AnyAnswer] | None:
    vm = here.vm
    if vm is None or vm.pending is None:
        return None
    active = vm.state in (VmState.RUNNING, VmState.PAUSED, VmState.MIGRATING)
    seen = _seen(here, vm, vm.incarnation, RUNNING if active else SHUTOFF)
    return ReportVm(vm.host_uid, WEB, replace(seen, failed_step=vm.pending.step, error="cannot", permanent=True))


def _of_destination(here: Here, guest_state: int, *, ready: bool = False) -> Command[AnyAnswer] | None:
    vm = here.vm
    if vm is None or vm.migration is None:
        return None
    seen = _seen(here, vm, vm.migration.incarnation, guest_state)
    return ReportVm(vm.migration.host_uid, WEB, replace(seen, address={"uri": "tcp://b"}) if ready else seen)


def _departs(here: Here) -> Command[AnyAnswer] | None:
    vm = here.vm
    if vm is None or vm.migration is None or vm.migration.switched:
        return None
    return ReportVm(vm.host_uid, WEB, _seen(here, vm, vm.incarnation, SHUTOFF, "migrated"))


def _fenced(name: str, method: FenceMethod, here: Here) -> Command[AnyAnswer] | None:
    return FenceHost(here.host(name).name, method=method, has_fencer=True)


def _fence_ends(name: str, ends: Callable[[str, int], Command[AnyAnswer]], here: Here) -> Command[AnyAnswer] | None:
    fence = here.host(name).fence
    return ends(here.host(name).uid, fence.version) if fence else None


def _drain_ends(name: str, ends: Callable[[str, int], Command[AnyAnswer]], here: Here) -> Command[AnyAnswer] | None:
    drain = here.host(name).drain
    return ends(here.host(name).uid, drain.version) if drain else None


def _of_host(name: str, make: Callable[[Host], Command[AnyAnswer]], here: Here) -> Command[AnyAnswer] | None:
    return make(here.host(name))


def _befalls(name: str) -> dict[str, Move]:
    """What comes to a host without its operator."""
    return {
        f"{name} is lost": partial(_of_host, name, lambda host: LoseHost(host.uid, LEASE_US)),
        f"{name} is regained": partial(_of_host, name, lambda host: RegainHost(host.uid, host.state)),
    }


# What callers request of the VM.
VERBS: dict[str, Move] = {row.method: partial(_verb, verb) for verb, row in GUEST_VERBS.items()}
# What comes by time, and by the control plane's own processes.
OF_TIME: dict[str, Move] = {
    "deadline": _deadline,
    "owed start": _owed,
    "drain ends": partial(_drain_ends, "a", FinishDrain),
}
CANCELS: dict[str, Move] = {
    "migration cancelled": _cancel,
    "drain cancelled": partial(_drain_ends, "a", CancelDrain),
    "fencing cancelled": partial(_fence_ends, "a", lambda uid, version: FailFence(uid, version, "", cancelled=True)),
}
OF_AGENTS: dict[str, Move] = {
    **{f"reports {each}": partial(_report, each) for each in (RUNNING, PAUSED, SHUTOFF, CRASHED, ABSENT)},
    "reports a failure": _failure,
    "destination is ready": partial(_of_destination, guest_state=ABSENT, ready=True),
    "copy arrives": partial(_of_destination, guest_state=PAUSED),
    "copy is gone": partial(_of_destination, guest_state=ABSENT),
    "guest departs": _departs,
}
FENCES: dict[str, Move] = {
    f"{name} fenced by word": partial(_fenced, name, FenceMethod.OPERATOR) for name in ("a", "b")
}
FENCER: dict[str, Move] = {
    "fencer requested": partial(_fenced, "a", FenceMethod.FENCER),
    "fencer confirms": partial(_fence_ends, "a", lambda uid, version: ConfirmFence(uid, version, "off")),
    "fencer fails": partial(_fence_ends, "a", lambda uid, version: FailFence(uid, version, "still on")),
}
OF_HOST: dict[str, Move] = {
    "cordon": partial(_of_host, "a", lambda host: HostCommand(HostVerb.CORDON, host.name)),
    "uncordon": partial(_of_host, "a", lambda host: HostCommand(HostVerb.UNCORDON, host.name)),
    "drain": partial(_of_host, "a", lambda host: DrainHost(host.name)),
    "decommission": partial(_of_host, "a", lambda host: DecommissionHost(host.name)),
}
BEFALLS: dict[str, Move] = {**_befalls("a"), **_befalls("b")}
# An operator's word that a machine is gone for good, and with it what was on it.
REPLACED: dict[str, Move] = {
    f"{name} replaced": partial(_of_host, name, lambda host: ReplaceMachine(host.name, HELD_VMS_FAIL))
    for name in ("a", "b")
}
MOVES: dict[str, Move] = {
    **{**VERBS, **OF_TIME, **CANCELS, **OF_AGENTS},
    **{**FENCES, **FENCER, **OF_HOST, **BEFALLS, **REPLACED},
}
# All of them together make too many states. What becomes of a VM does not depend on why a host takes none, and what
# becomes of a host does not depend on how a VM on it came to be as it is.
OF_VMS = MOVES.keys() - OF_HOST.keys() - FENCER.keys() - {"drain ends", "drain cancelled", "fencing cancelled"}
OF_HOSTS = {
    *("StartVm", "StopVm", "DeleteVm", "deadline", f"reports {RUNNING}", f"reports {SHUTOFF}", f"reports {ABSENT}"),
    *("drain ends", "drain cancelled", "fencing cancelled", *FENCER, *OF_HOST),
    *("a fenced by word", "a is lost", "a is regained", "a replaced"),
}

State = tuple[object, ...]


def _vm_state(vm: Vm | None) -> State:
    if vm is None:
        return ("DELETED",)
    migration = vm.migration
    return (
        vm.state.name,
        vm.known_state.name,
        vm.desired.name,
        vm.pending.step if vm.pending else "",
        vm.paused,
        vm.host,
        vm.holds_compute,
        bool(vm.held),
        (migration.host, migration.phase.name, migration.arrived, migration.departure is not None, migration.cancelled)
        if migration
        else (),
        vm.restart is not None,
        vm.restarts,
        vm.attempts,
    )


def _host_state(host: Host) -> State:
    drained = host.drain is not None and host.place is HostState.DRAINING
    return host.state.name, host.place.name, drained, host.fence is not None, bool(host.holdings)


@dataclass
class Found:
    """The states, each with one fleet in it, and where each move leads from each."""

    fleets: dict[State, tuple[FleetState, Micros]] = field(default_factory=dict[State, tuple[FleetState, Micros]])
    edges: dict[State, dict[str, State]] = field(default_factory=dict[State, dict[str, State]])
    path: dict[State, tuple[State, str]] = field(default_factory=dict[State, tuple[State, str]])

    def vm(self, state: State) -> Vm | None:
        vms = self.fleets[state][0].vms
        return vms[0] if vms else None

    def host(self, state: State, name: str = "a") -> Host:
        return next(each for each in self.fleets[state][0].hosts if each.uid == f"uid-{name}")

    def leads_to(self, goal: Callable[[State], bool], moves: Iterable[str]) -> set[State]:
        """The states from which these moves lead to the goal."""
        allowed = set(moves)
        before: dict[State, list[State]] = {}
        for state, edges in self.edges.items():
            for move, after in edges.items():
                if move in allowed:
                    before.setdefault(after, []).append(state)
        reached = {state for state in self.edges if goal(state)}
        queue = deque(reached)
        while queue:
            for state in before.get(queue.popleft(), ()):
                if state not in reached:
                    reached.add(state)
                    queue.append(state)
        return reached

    def how(self, state: State) -> list[str]:
        """The moves that lead to it, for who reads a failure."""
        moves: list[str] = []
        while state in self.path:
            state, move = self.path[state]
            moves.append(move)
        return moves[::-1]


def _begun() -> FleetState:
    world = World()
    world.project()
    for name in ("a", "b"):
        world.carry_out(replace(register(name, inventory()), traits=TRAITS))
    world.carry_out(replace(create("web", spec()), availability=RESTARTED))
    return world.fleet.captured(0, NOW)


@lru_cache(maxsize=2)
def found(moves: frozenset[str]) -> Found:
    """All states that these moves lead to."""
    search = Found()
    start = _begun()
    fleet = Fleet()
    fleet.restore(start)
    first = _state(fleet)
    search.fleets[first] = (start, NOW)
    queue = deque([first])
    while queue:
        state = queue.popleft()
        kept, now = search.fleets[state]
        fleet = Fleet()
        fleet.restore(kept)
        search.edges[state] = {}
        for name in sorted(moves):
            _try(search, queue, state, name, MOVES[name], Here(fleet, fleet.vms.get(WEB), now))
    return search


def _state(fleet: Fleet) -> State:
    hosts = (_host_state(fleet.hosts[f"uid-{name}"]) for name in ("a", "b"))
    return (_vm_state(fleet.vms.get(WEB)), *hosts)


def _try(search: Found, queue: deque[State], state: State, name: str, move: Move, here: Here) -> None:
    """Carries the move out, notes where it leads, and takes it back."""
    command = move(here)
    if command is None:
        return
    # An owed start is due by then; all else comes a moment later.
    due = here.vm.restart.due if here.vm and here.vm.restart else Micros(0)
    now = Micros(max(here.now + 1, due if name == "owed start" else 0))
    fleet, mark = here.fleet, here.fleet.mark()
    try:
        handle(UnitOfWork(fleet, CommandContext("user:test", "r"), now, LIMITS), command)
        after = _state(fleet)
        search.edges[state][name] = after
        if after not in search.fleets:
            search.fleets[after] = (fleet.captured(0, now), now)
            search.path[after] = (state, name)
            queue.append(after)
    except DomainError:
        return
    finally:
        fleet.undo(mark)


VMS, HOSTS = frozenset(OF_VMS), frozenset(OF_HOSTS)
BOTH = pytest.mark.parametrize("moves", [VMS, HOSTS], ids=["of VMs", "of hosts"])
# Without any agent: all of them may be gone for good.
WITHOUT_AGENTS = {**VERBS, **OF_TIME, **CANCELS, **FENCES, **REPLACED}
TRANSIENT = {VmState.STARTING, VmState.REBOOTING, VmState.STOPPING, VmState.DELETING, VmState.MIGRATING}
Goal = Callable[[Found, State], bool]


def _is_deleted(search: Found, state: State) -> bool:
    return search.vm(state) is None


def _is_stopped(search: Found, state: State) -> bool:
    vm = search.vm(state)
    return vm is not None and vm.state is VmState.STOPPED and vm.restart is None


def _has_ended(search: Found, state: State) -> bool:
    return search.host(state).state is HostState.DECOMMISSIONED


def _takes_vms(search: Found, state: State) -> bool:
    return search.host(state).state is HostState.ACTIVE and search.host(state).fence is None


def _everywhere(_search: Found, _state: State) -> bool:
    return True


def trapped(moves: frozenset[str], goal: Goal, ways: Mapping[str, Move], among: Goal = _everywhere) -> list[str]:
    """The states from which these ways do not lead to the goal, and how the search came there: the nearest few."""
    search = found(moves)
    free = search.leads_to(partial(goal, search), ways)
    bad = [state for state in search.edges if among(search, state) and state not in free]
    return [f"{state} after {search.how(state)}" for state in sorted(bad, key=lambda each: len(search.how(each)))[:5]]


def test_all_states_of_the_tables_are_looked_at() -> None:
    vms, hosts = found(VMS), found(HOSTS)
    seen = {vm.state for state in vms.edges if (vm := vms.vm(state))}
    assert seen == set(VmState) - {VmState.PENDING, VmState.DELETED}
    assert any(_is_deleted(vms, state) for state in vms.edges)
    assert {hosts.host(state).state for state in hosts.edges} == set(HostState)


@BOTH
def test_every_move_leads_somewhere(moves: frozenset[str]) -> None:
    """Else this would look at less than it says."""
    edges = found(moves).edges
    led = {move for state, leads in edges.items() for move, after in leads.items() if after != state}
    assert moves - led == set()


def test_every_move_is_looked_at() -> None:
    assert MOVES.keys() == OF_VMS | OF_HOSTS


def test_an_operator_can_destroy_a_vm_in_whatever_state_it_and_its_hosts_are() -> None:
    assert trapped(VMS, _is_deleted, WITHOUT_AGENTS) == []


def test_an_operator_can_stop_a_vm_that_is_not_to_be_destroyed_in_whatever_state_it_is() -> None:
    def among(search: Found, state: State) -> bool:
        vm = search.vm(state)
        return vm is not None and vm.desired is not Desired.DELETED

    ways = {name: move for name, move in WITHOUT_AGENTS.items() if name not in REPLACED}
    assert trapped(VMS, _is_stopped, ways, among) == []


def test_an_operator_can_end_a_host_in_whatever_state_it_is() -> None:
    assert trapped(HOSTS, _has_ended, {**WITHOUT_AGENTS, **OF_HOST}) == []


def test_a_host_that_has_not_ended_takes_vms_again_by_an_operator_and_its_agent() -> None:
    ways = {**OF_HOST, **CANCELS, "a is regained": MOVES["a is regained"]}
    assert trapped(HOSTS, _takes_vms, ways, lambda search, state: not _has_ended(search, state)) == []


def test_agents_and_time_alone_bring_a_vm_out_of_every_state_that_is_only_passed_through() -> None:
    """As long as its hosts are there: nobody has to look after it."""

    def among(search: Found, state: State) -> bool:
        vm, hosts = search.vm(state), [search.host(state, name) for name in ("a", "b")]
        return vm is not None and vm.state in TRANSIENT and not any(host.is_away for host in hosts)

    def goal(search: Found, state: State) -> bool:
        vm = search.vm(state)
        return vm is None or vm.state not in (*TRANSIENT, VmState.UNKNOWN)

    assert trapped(VMS, goal, {**OF_AGENTS, **OF_TIME}, among) == []


def test_every_state_that_is_only_passed_through_has_a_deadline_or_a_way_out_by_name() -> None:
    """A migration that took too long is given up: how it ended, its source's agent says, or its fencing."""
    search = found(VMS)
    for state in search.edges:
        vm = search.vm(state)
        if vm is None or vm.known_state not in TRANSIENT or vm.pending:
            continue
        migration = vm.migration
        named = migration is not None and (migration.cancelled or migration.switched)
        assert (vm.known_state, named) == (VmState.MIGRATING, True), f"{state} after {search.how(state)}"


def test_an_unknown_vm_is_on_a_host_that_is_away_or_moves_to_or_from_one() -> None:
    search = found(VMS)
    for state in search.edges:
        vm = search.vm(state)
        if vm and vm.state is VmState.UNKNOWN:
            assert any(search.host(state, uid.removeprefix("uid-")).is_away for uid in vm.hosts), search.how(state)


@BOTH
def test_a_host_holds_something_for_a_vm_that_has_something_there_and_for_no_other(moves: frozenset[str]) -> None:
    search = found(moves)
    for state in search.edges:
        vm = search.vm(state)
        held = {uid for uid, _, _ in vm.holdings()} if vm else set[str]()
        holding = {f"uid-{name}" for name in ("a", "b") if search.host(state, name).holdings}
        assert held == holding, f"{state} after {search.how(state)}"
