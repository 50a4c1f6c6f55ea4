"""What was: a position by its time, and states as they were at a position, folded from the ledger. Blocks."""

from collections.abc import Sequence

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import Aggregate, Fleet, Recorded
from controlplane.domain.time import Micros, micros_of
from controlplane.domain.vm import Vm
from controlplane.domain.vm_states import VmState
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import PAGE, Ledger
from controlplane.projections.inventory import Inventory
from controlplane.queries.inventory import uid_in

KINDS = ("hosts", "projects", "vms")


def position_at(ledger: Ledger, head: int, time: Micros) -> int:
    """The last position that was committed by then, 0 when there was none. Searches by halves: times never go back."""
    low, high = 0, head
    while low < high:
        middle = (low + high + 1) // 2
        # There may be gaps: the first at or after it.
        found = ledger.after(middle - 1, 1, high)
        if found and micros_of(found[0].event.commit_time) <= time:
            low = found[0].position
        else:
            high = middle - 1
    return low


def states_at(ledger: Ledger, stream: str, positions: Sequence[int]) -> list[Aggregate | None]:
    """A stream's aggregate at each of these positions, in order; None before its first event, and once destroyed."""
    history = ledger.whole_stream(stream)
    folded, done = Fleet(), 0
    state: Aggregate | None = None
    found: list[Aggregate | None] = []
    for position in positions:
        while done < len(history) and history[done].position <= position:
            state = folded.apply(stream, history[done].version, history[done].event).after
            done += 1
        found.append(None if isinstance(state, Vm) and state.state is VmState.DELETED else state)
    return found


def exists(ledger: Ledger, stream: str, at: int) -> bool:
    """Whether the stream had begun by then."""
    first = ledger.of_stream(stream, 0, 1)
    return bool(first) and first[0].position <= at


def changed(ledger: Ledger, after: int, to: int) -> dict[str, list[str]]:
    """The uids of each kind that events after one position, up to another, are about; in order."""
    streams: set[str] = set()
    while after < to and (page := ledger.after(after, PAGE, to)):
        streams.update(each.stream for each in page)
        after = page[-1].position
    uids: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for stream in sorted(streams):
        kind, _, uid = stream.partition("/")
        if kind in uids:
            uids[kind].append(uid)
    return uids


def uid_named(inventory: Inventory, ledger: Ledger, name: str, at: int | None = None) -> str:
    """The uid of the VM that had this name at a position (None: now), or had it last before. The name may have its uid.

    Raises NotFound when no VM of this name, or of this project and uid, had been created by then.
    """
    last = inventory.vm_names.uids.get(name) or inventory.tombstones.get(name)
    uid = last or uid_in(name)
    if not uid:
        raise NotFound("vm", name)
    first = ledger.of_stream(f"vms/{uid}", 0, 1)
    if first and (at is None or first[0].position <= at) and _is_of(first[0], name):
        return uid
    found = _last_created(ledger, name, at) if last and at else None
    if found is None:
        raise NotFound("vm", name)
    return found


def _is_of(created: Recorded, name: str) -> bool:
    """Whether the VM that was created is of the name's project: a uid is found in no other."""
    return created.event.vm_created.name.partition("/vms/")[0] == name.partition("/vms/")[0]


def _last_created(ledger: Ledger, name: str, at: int) -> str | None:
    """Read from the start: which names were given again is in the ledger alone."""
    position, uid = 0, None
    while page := ledger.after(position, PAGE, at, [TOPICS["vm_created"]]):
        for each in page:
            if each.event.vm_created.name == name:
                uid = each.event.vm_created.uid
        position = page[-1].position
    return uid
