"""VMs as they change: the filter of a subscriber's changes, of those that come and of those that the ledger has."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm import evolve as vms
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.live.inventory import Inventory
from controlplane.queries import filters, visible
from controlplane.queries.events.filter import PAGE, WINDOW
from controlplane.queries.events.live_tail import VMS
from controlplane.queries.filters import FilterTerm
from controlplane.queries.identity import project_now
from controlplane.queries.lists import ALL_PROJECTS, VM_FIELDS

# VMs that are kept while the past is read: more are read again from their rows.
MOST_KEPT = 2_000
_TOPICS = [topic for field, topic in TOPICS.items() if field.startswith("vm_")]


class VmChange(NamedTuple):
    """A VM after the event at `position`. `gone`: a list with the same filter had it before, and has it no more."""

    position: int
    vm: Vm
    gone: bool


@dataclass(frozen=True, slots=True)
class VmFilter:
    """VMs of one project, by its uid, or of all when it is empty, that match every term.

    Of all, those of `projects`, by uid: None for all projects.
    """

    project_uid: str
    terms: list[FilterTerm]
    projects: frozenset[str] | None = None

    @property
    def keys(self) -> Sequence[str]:
        return (self.resource,) if self.project_uid else (VMS,)

    @property
    def resource(self) -> str:
        """The name of the project, with its uid; empty for all."""
        return f"projects/{self.project_uid}" if self.project_uid else ""

    def lists(self, vm: Vm | None) -> bool:
        """Whether a list has this VM."""
        if vm is None or vm.state is VmState.DELETED or (self.project_uid and vm.project_uid != self.project_uid):
            return False
        if self.projects is not None and vm.project_uid not in self.projects:
            return False
        return not self.terms or filters.matches(self.terms, lambda field: _field(vm, field))

    def change(self, recorded: RecordedEvent) -> VmChange | None:
        """What the event changes in the list, if anything."""
        before, after = recorded.before, recorded.after
        if not isinstance(after, Vm):
            return None
        if self.lists(after):
            return VmChange(recorded.position, after, False)
        return VmChange(recorded.position, after, True) if isinstance(before, Vm) and self.lists(before) else None


def vm_filter(inventory: Inventory, ledger: Ledger, parent: str, filter_: str, *, ended: bool = False) -> VmFilter:
    """As ListVms has them; with `ended`, of a deleted project, too. Raises NotFound, InvalidField. Blocks."""
    terms = filters.parse(filter_, VM_FIELDS)
    if parent == ALL_PROJECTS:
        return VmFilter("", terms, visible.projects())
    project = project_now(inventory, ledger, parent)
    if not ended and project.uid not in inventory.projects:
        raise NotFound("project", parent)
    return VmFilter(project.uid, terms)


class PastVmChanges:
    """Folds VMs along the ledger, from any position whose rows are written. Blocks: use a thread, one at a time."""

    def __init__(self, ledger: Ledger, reader: HistoryReader, filter_: VmFilter) -> None:
        self._ledger = ledger
        self._reader = reader
        self._filter = filter_
        self._vms: OrderedDict[str, Vm] = OrderedDict()
        self._reached = 0

    def page(self, after: int, stop: int) -> tuple[list[VmChange], int]:
        """Some of the changes after a position and not after `stop`, and the position up to which these are all."""
        until = min(stop, after + WINDOW)
        found = self._ledger.after(after, PAGE, until, _TOPICS)
        reached = found[-1].position if len(found) == PAGE else until
        if after != self._reached:
            # What came in between was not folded here.
            self._vms.clear()
        self._recall(found, after)
        self._reached = reached
        changes = [self._filter.change(self._folded(each)) for each in found]
        while len(self._vms) > MOST_KEPT:
            self._vms.popitem(last=False)
        return [each for each in changes if each], reached

    def _recall(self, found: Sequence[RecordedEvent], at: int) -> None:
        """Reads back the VMs of these events that are not known."""
        first: dict[str, int] = {}
        for each in found:
            first.setdefault(each.stream, each.version)
        new = [stream for stream, version in first.items() if version > 1 and stream not in self._vms]
        uids = [stream.removeprefix("vms/") for stream in new]
        if not uids:
            return
        with self._reader.view(at) as view:
            self._vms.update((f"vms/{uid}", vm) for uid, vm in view.vms_of(uids).items())

    def _folded(self, recorded: RecordedEvent) -> RecordedEvent:
        before = self._vms.pop(recorded.stream, None) if recorded.version > 1 else None
        after = vms.evolve(before, recorded.event, recorded.version)
        self._vms[recorded.stream] = after
        return recorded._replace(before=before, after=after)


def _field(vm: Vm, field: str) -> str:
    """A VM's value of one of VM_FIELDS, or of `labels.KEY`: as the rows have it that a list is read from."""
    match field:
        case "state":
            return vm.state.name
        case "host":
            return vm.host if vm.held else ""
        case "name":
            return vm.name
        case "uid":
            return vm.uid
        case _:
            return dict(vm.labels).get(field.removeprefix("labels."), "")
