"""A VM as a row of the read database, and back. Knows no database.

What filters and orders use has a column. The rest is one text, a JSON array: it is written once an event and read a
page at a time, and costs a third of a message in both.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from controlplane.domain.resources import NOTHING
from controlplane.domain.time import Micros
from controlplane.domain.vm.aggregate import Observed, Pending, Spec, Vm
from controlplane.domain.vm.states import DESIRED, STATES, VmState
from controlplane.projections.history import row_text, trouble_text
from controlplane.projections.history.row_codec import Held, compact_json, spaced_json
from controlplane.projections.history.trouble_text import Trouble

# What of a row makes a VM, in this order.
COLUMNS = ("uid", "name", "labels", "created_us", "spec", "rest")
# What it holds of its spec.
_NOTHING, _DISK, _ALL = 0, 1, 2
_NAMES = {int(state): state.name for state in VmState}

Labels = tuple[tuple[str, str], ...]
# Finds specs by their numbers, all at once.
Specs = Callable[[Collection[int]], Mapping[int, Spec]]


def state_name(state: int) -> str:
    """Of an enumeration's member, finding its name takes longer."""
    return _NAMES[state]


# A VM's fields from `flaps` on, as almost all have them.
_QUIET = [0, *trouble_text.NONE]
_tuple: Any = tuple
_new = _tuple.__new__


class _Rest(msgspec.Struct, array_like=True, gc=False):
    """What no column has. From `failure` on, fields are left out where none is set; `flaps` and `trouble`, where both
    are not."""

    project_uid: str
    host_uid: str
    host: str
    updated: int
    version: int
    state: int
    desired: int
    incarnation: int
    desired_version: int
    holds: int
    started: int
    pending: tuple[str, int, int] | None
    observed: tuple[int, int, str] | None
    failure: str = ""
    reboots: int = 0
    force_reboot: int = 0
    paused: int = 0
    grace_period_s: float = 0.0
    expected_lifetime_us: int = 0
    flaps: int = 0
    trouble: Trouble | None = None


_decode_rest = msgspec.json.Decoder(_Rest).decode
_decode_labels = msgspec.json.Decoder(dict[str, str]).decode


def rest_of(vm: Vm, held: Held) -> str:
    """What no column has, as JSON: the fields of `_Rest`."""
    # Taken apart at once, and compared at once: this is done at every event.
    (_, _, project, _, _, _, updated, version, state, desired, incarnation, host_uid, host, _, *more) = vm
    (pending, observed, failure, reboots, forced, paused, grace, desired_version, _, lifetime, started, *last) = more
    holds = _ALL if held.compute else _DISK if held.disk_gib else _NOTHING
    numbers = (updated, version, state, desired, incarnation, desired_version, holds, started)
    rest = (project, host_uid, host, *numbers, pending, observed)
    if failure or reboots or forced or paused or grace or lifetime or last != _QUIET:
        rest += _seldom(vm)
    return compact_json(rest)


def _seldom(vm: Vm) -> tuple[object, ...]:
    """The fields of `_Rest` from `failure` on, as far as they are written."""
    trouble = trouble_text.recorded(vm) if trouble_text.has_any(vm) else None
    # As Python writes a float: very large and very small ones have several texts.
    grace_period = msgspec.Raw(repr(float(vm.grace_period_s)).encode())
    flags = (int(vm.force_reboot), int(vm.paused))
    seldom = (vm.failure, vm.reboots, *flags, grace_period, vm.expected_lifetime_us)
    if trouble:
        return *seldom, vm.flaps, trouble
    return (*seldom, vm.flaps) if vm.flaps else seldom


def vms_of(rows: Sequence[Any], specs: Specs) -> list[Vm]:
    """The VMs of rows of these COLUMNS. Equal names of hosts and projects share one object. Raises ValueError."""
    if not rows:
        return []
    shared: dict[str, str] = {}
    by_number = specs({row[4] for row in rows})
    return [_vm(row, _decode_rest(row[5]), by_number[row[4]], shared) for row in rows]


def _vm(row: Any, rest: _Rest, spec: Spec, shared: dict[str, str]) -> Vm:
    uid, name, labels, created, _, _ = row
    share, updated = shared.setdefault, Micros(rest.updated)
    # Not by its constructor, which takes half as long again: a list makes thousands of these.
    values = (
        uid,
        name,
        share(rest.project_uid, rest.project_uid),
        spec,
        () if labels == "{}" else labels_of(labels),
        created,
        updated,
        rest.version,
        STATES[rest.state],
        DESIRED[rest.desired],
        rest.incarnation,
        share(rest.host_uid, rest.host_uid),
        share(rest.host, rest.host),
        spec.resources if rest.holds == _ALL else spec.resources.disk if rest.holds == _DISK else NOTHING,
        None if rest.pending is None else _pending(*rest.pending),
        None if rest.observed is None else _observed(*rest.observed),
        rest.failure,
        rest.reboots,
        rest.force_reboot == 1,
        rest.paused == 1,
        rest.grace_period_s,
        rest.desired_version,
        updated if rest.state == VmState.DELETED else None,
        rest.expected_lifetime_us,
        Micros(rest.started),
        rest.flaps,
        *trouble_text.NONE,
    )
    vm: Vm = _new(Vm, values)
    return trouble_text.restored(vm, rest.trouble) if rest.trouble else vm


def _pending(step: str, version: int, deadline: int) -> Pending:
    return Pending(step, version, Micros(deadline))


def _observed(guest_state: int, at: int, detail: str) -> Observed:
    return Observed(guest_state, Micros(at), detail)


@lru_cache(maxsize=8192)
def labels_text(labels: Labels) -> str:
    return spaced_json({key: row_text.stored(value) for key, value in labels})


@lru_cache(maxsize=8192)
def labels_of(stored: str) -> Labels:
    """The other way, sorted. Raises ValueError."""
    return tuple(sorted((key, row_text.original(value)) for key, value in _decode_labels(stored).items()))
