"""From events of hosts, and of all else that is no VM, to the rows of their operations. Writes nothing.

VMs' operations are folded with their other rows: see `vm_fold`.
"""

from controlplane.domain import operations
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.operation_kind import SUCCESS
from controlplane.domain.operations import Target, kind_of
from controlplane.projections.history.tables import OPEN
from controlplane.projections.history.validity import TO_POSITION, Spans


def fold_operations(rows: Spans, recorded: RecordedEvent, target: Target) -> None:
    """What the event ends of its target's operations, and what it begins."""
    position, version = recorded.position, recorded.version
    for ended, outcome in operations.ended(recorded):
        rows.end(target.uid, position, outcome, ended)
    method = kind_of(target).methods.get(recorded.event.WhichOneof("payload") or "")
    if method is None:
        return
    row = [position, target.uid, OPEN, version, SUCCESS, method]
    if operations.runs(target, version):
        rows.begin(target.uid, row, version)
    else:
        row[TO_POSITION] = position
        rows.whole(row)
