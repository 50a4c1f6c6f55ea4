"""Operations: by name, and in pages by filter, from the rows of the read database and the events that began them.

What reads a view or the ledger blocks: use a thread. What was at a position must be written already.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm import operations
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.operations import METHODS, REASONS, Key, Operation
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.history.operation_rows import FoundOperation, OperationQuery
from controlplane.queries import filters, page_tokens
from controlplane.queries.filters import FilterTerm
from controlplane.queries.identity import vm_then
from controlplane.queries.page_tokens import Page
from controlplane.queries.reads import Reads

_BOOLEANS = {"true": True, "false": False}
# What a list can be filtered by; of those that have only some values, which.
FIELDS = {
    "name": (),
    "done": tuple(_BOOLEANS),
    "verb": tuple(dict.fromkeys(METHODS.values())),
    "target": (),
    "error": (*REASONS, ""),
    "at_position": (),
}


@dataclass(frozen=True, slots=True)
class OperationListing:
    """A ListOperations request. `parent` is a VM's name, or empty for all; `at` is as of when, 0 for now."""

    parent: str
    terms: Sequence[FilterTerm]
    size: int
    token: str
    bound_to: str
    at: int = 0


def listing_of(parent: str, filter_: str, size: int, token: str) -> OperationListing:
    """Raises InvalidField."""
    terms = filters.parse(filter_, FIELDS, labels=False)
    at = 0
    for each in terms:
        _check(each)
        if each.field == "at_position":
            at = int(each.value)
    bound_to = f"operations\n{parent}\n{filter_}"
    page_tokens.size_of(size)
    return OperationListing(parent, [each for each in terms if each.field != "at_position"], size, token, bound_to, at)


def pinned(listing: OperationListing) -> int:
    """The position that the token of the page before keeps; 0 without a token. Raises InvalidField."""
    return int((page_tokens.last_of(listing.token, listing.bound_to) or "0").partition(":")[0])


def page_of(view: HistoryView, ledger: Ledger, listing: OperationListing) -> Page[Operation]:
    """The newest first. Raises NotFound where the parent or the target is no VM."""
    size = page_tokens.size_of(listing.size)
    last = page_tokens.last_of(listing.token, listing.bound_to)
    before = int(last.partition(":")[2]) if last else 0
    query = _query(view, listing, OperationQuery(view.position, size + 1, before))
    found = view.operations(query) if query else []
    begun = ledger.at_positions([each.position for each in found[:size]])
    by_position = {each.position: each for each in begun}
    items = [_operation(each, by_position[each.position]) for each in found[:size]]
    more = len(found) > size
    token = page_tokens.token_for(f"{view.position}:{found[size - 1].position}", listing.bound_to) if more else ""
    return Page(items, token)


async def operation_now(reads: Reads, name: str) -> Operation:
    """An operation as it is. Raises NotFound, Unavailable."""
    (found,) = await operations_now(reads, [name])
    return found


async def operations_now(reads: Reads, names: Sequence[str]) -> list[Operation]:
    """In the order of their names: from memory where it knows them, else from rows. Raises NotFound, Unavailable."""
    keys = [_key(name) for name in names]
    began = await asyncio.to_thread(begun, reads.ledger, keys)
    for name, key in zip(names, keys, strict=True):
        if key.address not in began:
            raise NotFound("operation", name)
    # Another control plane on the same ledger may have committed what this one has not heard of yet.
    await reads.reach(max((each.position for each in began.values()), default=0), reads.longest_wait_s)
    found: dict[Key, Operation] = {}
    for key in keys:
        stream, _ = key.address
        if known := known_now(reads.inventory.vms, key, began[key.address], began.get((stream, 1))):
            found[key] = known
    if rest := [key for key in keys if key not in found]:
        found |= await reads.rows(reads.position, lambda view: recorded(view.rows, began, rest))
    for name, key in zip(names, keys, strict=True):
        if key not in found:
            raise NotFound("operation", name)
    return [found[key] for key in keys]


def ended_by(running: Operation, event: RecordedEvent) -> Operation | None:
    """The operation as an event of its VM left it, if that event ended it."""
    before, vm, version = event.before, event.after, running.began.version
    if not isinstance(before, Vm) or not isinstance(vm, Vm):
        return None
    if not operations.runs(before, version) or operations.runs(vm, version):
        return None
    assert before.pending is not None
    outcome = operations.outcome_of(before.pending.step, event.event)
    return Operation(running.began, vm, running.method, event.position, outcome)


def _key(name: str) -> Key:
    key = operations.key_of(name)
    if key is None:
        raise NotFound("operation", name[:200])
    return key


def known_now(vms: Mapping[str, Vm], key: Key, began: RecordedEvent, created: RecordedEvent | None) -> Operation | None:
    """An operation that runs, or that the VM's last event was: all of it is known in memory."""
    vm = vms.get(key.uid)
    if vm is None:
        return None
    if key.unchanged:
        return operations.found_so(began, vm, key.unchanged) if vm.version == key.version else None
    running = operations.runs(vm, began.version)
    return _known(began, created, vm, running) if running or vm.version == began.version else None


def begun(ledger: Ledger, keys: Sequence[Key]) -> dict[tuple[str, int], RecordedEvent]:
    """The events that began operations, by their addresses, and those that created a VM which was started at once."""
    addresses = {each.address for each in keys}
    addresses |= {(stream, 1) for stream, version in addresses if version == 2}
    return {(each.stream, each.version): each for each in ledger.at_addresses(sorted(addresses))}


def recorded(
    view: HistoryView, began: Mapping[tuple[str, int], RecordedEvent], keys: Sequence[Key]
) -> dict[Key, Operation]:
    """Operations as they were at a position."""
    rows = view.operations_of([key for key in keys if not key.unchanged])
    found = {key: _operation(row, began[key.address]) for key, row in rows.items()}
    # Events that began none: a command found its VM as they had left it.
    others = [key for key in keys if key not in rows]
    vms = view.vms_from([began[key.address].position for key in others]) if others else {}
    for key in others:
        event = began[key.address]
        vm = vms.get(event.position)
        if vm and key.unchanged:
            if unchanged := operations.found_so(event, vm, key.unchanged):
                found[key] = unchanged
        elif vm:
            found[key] = _known(event, None, vm, running=False)
    return found


def _known(began: RecordedEvent, created: RecordedEvent | None, vm: Vm, running: bool) -> Operation:
    together = created is not None and created.event.request_id == began.event.request_id
    method = operations.method_of(began.event.WhichOneof("payload") or "", together=together)
    return Operation(began, vm, method, 0 if running else began.position)


def _operation(row: FoundOperation, began: RecordedEvent) -> Operation:
    return Operation(began, row.vm, row.verb, row.end_position, row.outcome)


def _query(view: HistoryView, listing: OperationListing, query: OperationQuery) -> OperationQuery | None:
    """None where nothing can match."""
    uids = {vm_then(view, listing.parent).uid} if listing.parent else set[str]()
    versions = set[int]()
    for each in listing.terms:
        field, value = each.field, each.value
        match field:
            case "target":
                uids.add(vm_then(view, value).uid)
            case "name":
                key = operations.key_of(value)
                uids.add(key.uid if key else "")
                versions.add(key.version if key else 0)
            case _:
                pass
    if len(uids) > 1 or len(versions) > 1 or "" in uids:
        return None
    done = {_BOOLEANS[each.value] is each.equal for each in listing.terms if each.field == "done"}
    if len(done) > 1:
        return None
    return query._replace(
        uid=next(iter(uids), ""),
        version=next(iter(versions), 0),
        done=next(iter(done), None),
        verbs=[(each.value, each.equal) for each in listing.terms if each.field == "verb"],
        reasons=[(each.value, each.equal) for each in listing.terms if each.field == "error"],
    )


def _check(term: FilterTerm) -> None:
    field, value = term.field, term.value
    if not term.equal and field in ("name", "target", "at_position"):
        raise invalid("filter", f"{field} can be compared by = alone")
    if field == "target" and "/vms/" not in value:
        raise invalid("filter", "target must be projects/{project}/vms/{vm}")
    if field == "at_position" and not (value.isascii() and value.isdigit() and 0 < int(value) < 1 << 63):
        raise invalid("filter", "at_position must be a position: 1 or more")
