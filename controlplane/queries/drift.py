"""Guests that are other than expected: what the ledger has of a host's, beside what its agent reported."""

from collections.abc import Mapping
from typing import NamedTuple

from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.report import Report
from controlplane.domain.vm.states import DesiredPower, GuestState, VmState
from controlplane.projections.live.inventory import Inventory
from controlplane.queries import agent_view
from controlplane.queries.agent_view import DesiredOnHost

NOTHING = "nothing"
NOT_REPORTED = "not reported"
_G, _P = GuestState, DesiredPower
ACTIVE = frozenset((_G.RUNNING, _G.PAUSED))
_OFF = frozenset((_G.SHUTOFF, _G.CRASHED, _G.ABSENT))
# What guests can be in states in which nothing is under way. Of what is, either side may be ahead.
_EXPECTED: Mapping[VmState, frozenset[GuestState]] = {
    VmState.RUNNING: frozenset((_G.RUNNING,)),
    VmState.PAUSED: frozenset((_G.PAUSED,)),
    VmState.STOPPED: _OFF,
    VmState.FAILED: _OFF,
}
_AS_DESIRED: Mapping[DesiredPower, frozenset[GuestState]] = {
    _P.RUNNING: frozenset((_G.RUNNING,)),
    _P.PAUSED: frozenset((_G.PAUSED,)),
    _P.SHUTOFF: _OFF,
    _P.ABSENT: frozenset((_G.ABSENT,)),
}
_STATE_WORDS: Mapping[VmState, str] = {
    VmState.RUNNING: "running",
    VmState.PAUSED: "paused",
    VmState.STOPPED: "off",
    VmState.FAILED: "off",
}
_POWER_WORDS: Mapping[DesiredPower, str] = {_P.RUNNING: "running", _P.PAUSED: "paused", _P.SHUTOFF: "off"}
_GUEST_WORDS: Mapping[int, str] = {
    _G.RUNNING: "running",
    _G.PAUSED: "paused",
    _G.SHUTOFF: "off",
    _G.CRASHED: "crashed",
}


class Difference(NamedTuple):
    """One guest, in words for both sides. `vm` is None where the ledger has no such VM."""

    vm_uid: str
    vm: Vm | None
    desired: str
    reported: str
    report: Report | None


def _words(word: str, incarnation: int) -> str:
    return f"{word}, incarnation {incarnation}"


def _seen(report: Report) -> str:
    word = _GUEST_WORDS.get(report.observed.guest_state)
    return _words(word, report.incarnation) if word else NOTHING


def is_active(report: Report) -> bool:
    return report.observed.guest_state in ACTIVE


def is_there(report: Report) -> bool:
    return report.observed.guest_state != GuestState.ABSENT


def _is_known(report: Report) -> bool:
    return report.observed.guest_state in {*ACTIVE, *_OFF}


def drift(vm: Vm, host_uid: str, report: Report | None) -> tuple[str, str] | None:
    """What was expected of a VM's guest on its host, and reported, where that differs. None: not in an inventory."""
    state = vm.known_state
    expected = _EXPECTED.get(state)
    if vm.host_uid != host_uid or expected is None or (state is VmState.FAILED and vm.holds_compute):
        return None
    if vm.pending:
        expected = expected | ACTIVE
    if report is not None and not _is_known(report):
        return None
    found = report.observed.guest_state if report else GuestState.ABSENT
    # What is off is off, of whichever incarnation.
    same = report is None or report.incarnation == vm.incarnation or found in _OFF
    if found in expected and same:
        return None
    return _words(_STATE_WORDS[state], vm.incarnation), _seen(report) if report else NOTHING


def drift_of_leftover(report: Report) -> tuple[str, str]:
    """Of a guest that the ledger had there once, and that has no place there any more."""
    return NOTHING, _seen(report)


def differences(inventory: Inventory, host_uid: str, reported: Mapping[str, Report]) -> list[Difference]:
    """The guests of a host that are not as they are desired now, by VM uid."""
    desired = {
        vm.uid: desired_here
        for vm in agent_view.guests_of(inventory, host_uid)
        if (desired_here := agent_view.desired_on(vm, host_uid)) is not None
    }
    return [
        Difference(
            vm_uid,
            inventory.vms.get(vm_uid),
            _desired_words(desired.get(vm_uid)),
            _seen(report) if (report := reported.get(vm_uid)) else NOT_REPORTED,
            report,
        )
        for vm_uid in sorted({*desired, *reported})
        if not _is_as_desired(desired.get(vm_uid), reported.get(vm_uid))
    ]


def desired_count(inventory: Inventory, host_uid: str) -> int:
    """How many guests are to be on a host."""
    desired_here = (agent_view.desired_on(vm, host_uid) for vm in agent_view.guests_of(inventory, host_uid))
    return sum(1 for each in desired_here if each and each.power is not DesiredPower.ABSENT)


def _desired_words(desired: DesiredOnHost | None) -> str:
    word = _POWER_WORDS.get(desired.power) if desired else None
    return _words(word, desired.incarnation) if desired and word else NOTHING


def _is_as_desired(desired: DesiredOnHost | None, report: Report | None) -> bool:
    found = report.observed.guest_state if report else GuestState.ABSENT
    if desired is None:
        return found == GuestState.ABSENT
    if found not in _AS_DESIRED[desired.power]:
        return False
    return report is None or found in _OFF or report.incarnation == desired.incarnation
