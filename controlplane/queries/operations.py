"""Operations: by name, and in pages by filter, from the rows of the read database and the events that began them.

What reads a view or the ledger blocks: use a thread. What was at a position must be written already.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controlplane.domain import operations
from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.operations import IMAGE_OPERATIONS
from controlplane.domain.operations import METHODS, REASONS, Key, Operation, Target
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.operations import VM_OPERATIONS, method_of
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.history.operation_rows import FoundOperation, OperationQuery
from controlplane.queries import filters, page_tokens, visible
from controlplane.queries.filters import FilterTerm
from controlplane.queries.identity import VMS, child_of, host_then
from controlplane.queries.page_tokens import Page
from controlplane.queries.reads import Reads

_BOOLEANS = {"true": True, "false": False}
# What a list can be filtered by; of those that have only some values, which.
FIELDS = {
    "name": (),
    "done": tuple(_BOOLEANS),
    "verb": METHODS,
    "target": (),
    "error": (*REASONS, ""),
    "at_position": (),
}


@dataclass(frozen=True, slots=True)
class OperationListing:
    """A ListOperations request. `parent` is a target's name, or empty for all; `at` is as of when, 0 for now."""

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
    """The newest first. Raises NotFound where there is no such parent or target."""
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
        targets = _in_memory(reads, key)
        if known := known_now(targets, key, began[key.address], began.get((key.stream, 1))):
            found[key] = known
    if rest := [key for key in keys if key not in found]:
        found |= await reads.rows(reads.position, lambda view: recorded(view.rows, began, rest))
    for name, key in zip(names, keys, strict=True):
        if key not in found:
            raise NotFound("operation", name)
    return [found[key] for key in keys]


def ended_by(running: Operation, event: RecordedEvent) -> Operation | None:
    """The operation as an event of its target left it, if that event ended it."""
    target = event.after
    if not isinstance(target, Target):
        return None
    for version, outcome in operations.ended(event):
        if version == running.began.version:
            return Operation(running.began, target, running.method, event.position, outcome)
    return None


def _in_memory(reads: Reads, key: Key) -> Mapping[str, Vm] | Mapping[str, Host] | Mapping[str, Image]:
    """The targets of a key's kind that there are, by uid."""
    match key.collection:
        case VM_OPERATIONS.collection:
            return reads.inventory.vms
        case IMAGE_OPERATIONS.collection:
            return reads.inventory.of(IMAGES)
        case _:
            return reads.inventory.hosts


def _key(name: str) -> Key:
    key = operations.key_of(name)
    if key is None:
        raise NotFound("operation", name[:200])
    return key


def known_now(
    targets: Mapping[str, Vm] | Mapping[str, Host] | Mapping[str, Image],
    key: Key,
    began: RecordedEvent,
    created: RecordedEvent | None,
) -> Operation | None:
    """An operation that runs, or that its target's last event was: all of it is known in memory."""
    target = targets.get(key.uid)
    if target is None:
        return None
    if key.unchanged:
        return operations.found_so(began, target, key.unchanged) if target.version == key.version else None
    running = operations.runs(target, began.version)
    return _known(began, created, target, running) if running or target.version == began.version else None


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
    # Events that began none: a command found its target as they had left it.
    others = [key for key in keys if key not in rows]
    targets = _targets_from(view, [began[key.address] for key in others])
    for key in others:
        event = began[key.address]
        target = targets.get(event.position)
        if target and key.unchanged:
            if unchanged := operations.found_so(event, target, key.unchanged):
                found[key] = unchanged
        elif target and (known := _known(event, None, target, running=False)):
            found[key] = known
    return found


def _targets_from(view: HistoryView, events: Sequence[RecordedEvent]) -> dict[int, Target]:
    """Targets as these events left them, by position. Not every event of a host is a row of what it offers."""
    of_vms = [each.position for each in events if each.stream.startswith("vms/")]
    found: dict[int, Target] = {**view.vms_from(of_vms)} if of_vms else {}
    for each in events:
        collection, _, uid = each.stream.partition("/")
        if collection == "hosts":
            hosts = view.at(each.position).hosts_of([uid])
            found |= {each.position: hosts[uid]} if uid in hosts else {}
    return found


def _known(began: RecordedEvent, created: RecordedEvent | None, target: Target, running: bool) -> Operation | None:
    """None where the event begins no operation."""
    kind = began.event.WhichOneof("payload") or ""
    if isinstance(target, Vm):
        together = created is not None and created.event.request_id == began.event.request_id
        method = method_of(kind, together=together)
    elif (method := operations.kind_of(target).methods.get(kind, "")) == "":
        return None
    return Operation(began, target, method, 0 if running else began.position)


def _operation(row: FoundOperation, began: RecordedEvent) -> Operation:
    return Operation(began, row.target, row.verb, row.end_position, row.outcome)


def _target_uid(view: HistoryView, name: str) -> str:
    """Raises NotFound."""
    if name.startswith("hosts/"):
        return host_then(view, name).uid
    return (child_of(IMAGES) if "/images/" in name else VMS).then(view, name).uid


def _query(view: HistoryView, listing: OperationListing, query: OperationQuery) -> OperationQuery | None:
    """None where nothing can match."""
    uids = {_target_uid(view, listing.parent)} if listing.parent else set[str]()
    versions, collections = set[int](), set[str]()
    for each in listing.terms:
        field, value = each.field, each.value
        match field:
            case "target":
                uids.add(_target_uid(view, value))
            case "name":
                key = operations.key_of(value)
                uids.add(key.uid if key else "")
                versions.add(key.version if key else 0)
                collections.add(key.collection if key else "")
            case _:
                pass
    if len(uids) > 1 or len(versions) > 1 or "" in uids:
        return None
    done = {_BOOLEANS[each.value] is each.equal for each in listing.terms if each.field == "done"}
    if len(done) > 1:
        return None
    return query._replace(
        projects=visible.projects(),
        uid=next(iter(uids), ""),
        version=next(iter(versions), 0),
        collection=next(iter(collections), ""),
        done=next(iter(done), None),
        verbs=[(each.value, each.equal) for each in listing.terms if each.field == "verb"],
        reasons=[(each.value, each.equal) for each in listing.terms if each.field == "error"],
    )


def _check(term: FilterTerm) -> None:
    field, value = term.field, term.value
    if not term.equal and field in ("name", "target", "at_position"):
        raise invalid("filter", f"{field} can be compared by = alone")
    if field == "target" and "/vms/" not in value and "/images/" not in value and not value.startswith("hosts/"):
        raise invalid(
            "filter", "target must be projects/{project}/vms/{vm}, projects/{project}/images/{image} or hosts/{host}"
        )
    if field == "at_position" and not (value.isascii() and value.isdigit() and 0 < int(value) < 1 << 63):
        raise invalid("filter", "at_position must be a position: 1 or more")
