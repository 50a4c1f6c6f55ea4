"""A VM as a row of the read database, and back. Knows no database.

What can be asked for has a column. The rest is one text, a JSON array: it is written once an event and read a page at a
time, and costs a third of a message in both.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from controlplane.domain.resources import NOTHING
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Observed, Pending, Spec, Vm
from controlplane.domain.vm.states import DESIRED, STATES, VmState
from controlplane.projections.history import row_text
from controlplane.projections.history.row_codec import Held

# What of a row makes a VM, in this order.
COLUMNS = ("uid", "name", "labels", "created_us", "spec", "rest")
# What it holds of its spec.
_NOTHING, _DISK, _ALL = 0, 1, 2
_NAMES = {int(state): state.name for state in VmState}

Labels = tuple[tuple[str, str], ...]


def state_name(state: int) -> str:
    """Of an enumeration's member, finding its name takes longer."""
    return _NAMES[state]


def rest_of(vm: Vm, held: Held) -> str:
    """What no column has."""
    (_, _, project, _, _, _, updated, version, state, desired, incarnation, host_uid, host, *_) = vm
    holds = _ALL if held.compute else _DISK if held.disk_gib else _NOTHING
    pending, seen = "null", "null"
    if vm.pending is not None:
        step, asked, deadline = vm.pending
        pending = f"[{quoted(step)},{asked},{deadline}]"
    if vm.observed is not None:
        guest_state, at, detail = vm.observed
        seen = f"[{guest_state:d},{at},{quoted(detail)}]"
    seldom = ""
    some = vm.failure or vm.reboots or vm.paused or vm.grace_period_s or vm.force_reboot or vm.flaps
    if some or vm.expected_lifetime_us:
        flags = f"{vm.force_reboot:d},{vm.paused:d}"
        times = f"{float(vm.grace_period_s)!r},{vm.expected_lifetime_us}"
        seldom = f",{quoted(vm.failure)},{vm.reboots},{flags},{times}{f',{vm.flaps}' if vm.flaps else ''}"
    where = _where(project, host_uid, host)
    numbers = f"{updated},{version},{state:d},{desired:d},{incarnation},{vm.asked},{holds},{vm.started}"
    return f"[{where},{numbers},{pending},{seen}{seldom}]"


@lru_cache(maxsize=8192)
def _where(project: str, host_uid: str, host: str) -> str:
    return f"{quoted(project)},{quoted(host_uid)},{quoted(host)}"


def vms_of(rows: Sequence[Any], spec: Callable[[int], Spec]) -> list[Vm]:
    """The VMs of rows of these COLUMNS. Equal names of hosts and projects share one object."""
    if not rows:
        return []
    # One text for all: a call for each costs as much as what it reads.
    rests: list[list[Any]] = json.loads(f"[{','.join([row[5] for row in rows])}]")
    shared: dict[str, str] = {}
    return [_vm(row, rest, spec(row[4]), shared) for row, rest in zip(rows, rests, strict=True)]


def _vm(row: Any, rest: list[Any], spec: Spec, shared: dict[str, str]) -> Vm:
    project, host_uid, host, updated, version, state, desired, incarnation, asked, holds, *others = rest[:13]
    started, pending, seen = others
    uid, name, labels, created, _, _ = row
    failure, reboots, force_reboot, paused, grace_period_s, lifetime, *flaps = rest[13:] or _SELDOM
    share = shared.setdefault
    return Vm(
        uid,
        name,
        share(project, project),
        spec,
        () if labels == "{}" else _labels(labels),
        created,
        updated,
        version,
        STATES[state],
        DESIRED[desired],
        incarnation,
        share(host_uid, host_uid),
        share(host, host),
        spec.resources if holds == _ALL else spec.resources.disk if holds == _DISK else NOTHING,
        None if pending is None else Pending(*pending),
        None if seen is None else Observed(*seen),
        failure,
        reboots,
        force_reboot == 1,
        paused == 1,
        grace_period_s,
        asked,
        Micros(updated) if state == VmState.DELETED else None,
        lifetime,
        started,
        flaps[0] if flaps else 0,
    )


_SELDOM = ("", 0, 0, 0, 0.0, 0)


def _labels(stored: str) -> Labels:
    return tuple(sorted((key, row_text.original(value)) for key, value in json.loads(stored).items()))
