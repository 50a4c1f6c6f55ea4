"""From the events of VMs to their rows, and to what changes of totals. Needs nothing of hosts, and writes nothing."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.identity_cache import IdentityCache
from controlplane.domain.image.aggregate import Image
from controlplane.domain.operation_kind import SUCCESS
from controlplane.domain.resources import ADDRESSES, NOTHING, Resources, some_of
from controlplane.domain.vm import operations
from controlplane.domain.vm.aggregate import Spec, Vm, recorded_spec
from controlplane.domain.vm.interfaces import address_count
from controlplane.domain.vm.states import VmState
from controlplane.projections.history.row_codec import Held, HeldAmounts
from controlplane.projections.history.tables import OPEN
from controlplane.projections.history.validity import TO_POSITION, Spans
from controlplane.projections.history.vm_rows import labels_text, rest_of, state_name
from controlplane.projections.projector.rows.totals_rows import Change, Holder

Row = Sequence[Any]


class VmRows(NamedTuple):
    """Where rows come to."""

    vms: Spans
    holdings: Spans
    other_sides: Spans
    owned: Spans
    operations: Spans
    specs: list[Row]


class VmRowBuilder:
    """Folds events that follow each other. `specs` are those that have a number already, by value."""

    def __init__(self) -> None:
        self.specs: dict[Spec, int] = {}
        self._held = HeldAmounts()
        # The same by identity: hashing a spec costs more than all else that is done for it.
        self._known: IdentityCache[Spec, int] = IdentityCache()
        # The VM that was created last, and by which request: events of one command are side by side.
        self._created = ("", "")

    def resume(self, last: Sequence[RecordedEvent]) -> None:
        """Begins after events that were folded before, where a page may have ended within a command."""
        for each in last:
            if each.event.HasField("vm_created"):
                self._created = each.event.vm_created.uid, each.event.request_id

    def fold(self, rows: VmRows, recorded: RecordedEvent, vm: Vm) -> Change | None:
        """Adds the rows of one event; what it changes of totals, if anything."""
        position, was, uid = recorded.position, recorded.before, vm.uid
        if was is not None:
            assert isinstance(was, Vm)
            rows.vms.end(uid, position)
        self._operation(rows.operations, recorded, vm)
        held, project, state = self._held.of(vm.held), vm.project, vm.state
        row: list[Any] = [
            position,
            uid,
            OPEN,
            vm.name,
            labels_text(vm.labels) if vm.labels else "{}",
            vm.project_uid,
            state_name(state),
            state is not VmState.DELETED,
            vm.host if held.anything else "",
            vm.created,
            self._spec(rows, vm.spec),
            rest_of(vm, held),
        ]
        rows.vms.begin(uid, row)
        if was is None:
            before = self._held.of(NOTHING)
        elif was.held is not vm.held:
            before = self._held.of(was.held)
        elif (
            was.labels is vm.labels
            and was.host_uid == vm.host_uid
            and was.migration is vm.migration
            and was.cards is vm.cards
        ):
            return None
        else:
            before = held
        self._holding(rows.holdings, position, (was, before), (vm, held))
        had_addresses, addresses = (address_count(was.cards) if was is not None else 0), address_count(vm.cards)
        if had_addresses or addresses:
            add_owned(rows.owned, position, (was, had_addresses), (vm, addresses), ADDRESSES)
        if was is not None and (was.migration or vm.migration):
            other_before, other = self._other_side(was), self._other_side(vm)
            self._holding(rows.other_sides, position, other_before, other)
            holders = _holder(was, before, had_addresses, other_before[1]), _holder(vm, held, addresses, other[1])
            return None if holders[0] == holders[1] else (position, project, *holders)
        if was is not None and before is held and had_addresses == addresses:
            return None
        return position, project, _holder(was, before, had_addresses), _holder(vm, held, addresses)

    def _other_side(self, vm: Vm) -> tuple[Vm, Held]:
        """The VM as if it were on the other host of its migration, and what it holds there."""
        migration = vm.migration
        if migration is None:
            return vm, self._held.of(NOTHING)
        return vm._replace(host_uid=migration.host_uid, host=migration.host), self._held.of(migration.held)

    def _operation(self, rows: Spans, recorded: RecordedEvent, vm: Vm) -> None:
        """What the event ends, and what it begins."""
        _, version, event, was, _, position = recorded
        pending = vm.pending
        if isinstance(was, Vm) and was.pending is not None and was.pending is not pending:
            step, requested_by, _ = was.pending
            if pending is None or pending.version != requested_by:
                rows.end(vm.uid, position, operations.outcome_of(step, event), requested_by)
        kind = event.WhichOneof("payload") or ""
        if kind not in operations.METHODS:
            return
        if was is None:
            self._created = vm.uid, event.request_id
        verb = operations.method_of(kind, together=version == 2 and self._created == (vm.uid, event.request_id))
        row = [position, vm.uid, OPEN, version, SUCCESS, verb]
        if operations.runs(vm, version):
            rows.begin(vm.uid, row, version)
        else:
            row[TO_POSITION] = position
            rows.whole(row)

    def _spec(self, rows: VmRows, spec: Spec) -> int:
        """Its number; a new one comes with its own row."""
        known = self._known.get(spec)
        if known is not None:
            return known
        number = self.specs.get(spec)
        if number is None:
            number = self.specs[spec] = len(self.specs)
            rows.specs.append((number, recorded_spec(spec).SerializeToString(deterministic=True)))
        return self._known.put(spec, number)

    def _holding(self, rows: Spans, position: int, was: tuple[Vm | None, Held], now: tuple[Vm, Held]) -> None:
        (before, let_go), (vm, held) = was, now
        if before is not None and (let_go.of, before.host_uid, before.labels) == (held.of, vm.host_uid, vm.labels):
            return
        if let_go.anything:
            rows.end(vm.uid, position, vm.updated)
        if not held.anything:
            return
        where = (vm.name, vm.project_uid, vm.host_uid, labels_text(vm.labels))
        what = (held.vcpus, held.memory_mib, held.disk_gib, held.text, bool(held.extended))
        rows.begin(vm.uid, [position, vm.uid, OPEN, vm.updated, OPEN, *where, *what])


def add_owned(
    rows: Spans, position: int, was: tuple[Vm | Image | None, int], now: tuple[Vm | Image, int], resource_class: str
) -> None:
    """How much a resource holds of a class that no host offers, where that, or its labels, are others."""
    (before, had), (after, has) = was, now
    if before is not None and had == has and before.labels == after.labels:
        return
    if had:
        rows.end(after.uid, position, after.updated)
    if has:
        whose = (after.name, after.project_uid, labels_text(after.labels))
        rows.begin(after.uid, [position, after.uid, OPEN, after.updated, OPEN, *whose, resource_class, has])


def _holder(vm: Vm | None, held: Held, addresses: int, other: Held | None = None) -> Holder | None:
    """What a VM holds, on both hosts of a migration together. It counts as one that runs on its own host alone."""
    if vm is None or not (held.anything or addresses):
        return None
    amounts = (held.vcpus, held.memory_mib, held.disk_gib, held.extended)
    if other is not None and other.anything:
        both = held.of + other.of
        amounts = (both.vcpus, both.memory_mib, both.disk_gib, both.extended)
    if addresses:
        amounts = (*amounts[:3], (Resources(extended=amounts[3]) + some_of(ADDRESSES, addresses)).extended)
    return *amounts, held.compute, vm.host, vm.host_uid
