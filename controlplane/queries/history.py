"""History: events as the ledger has them, of one stream or of all. Blocks; call it off the event loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.errors import NotFound, PositionAhead, invalid
from controlplane.domain.fleet import Recorded
from controlplane.domain.vm import Vm
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import Ledger
from controlplane.projections import operations
from controlplane.projections.inventory import Inventory
from controlplane.queries import pages
from controlplane.queries.inventory import host, project, uid_of
from controlplane.queries.pages import Page

_TOPIC_OF = {topic.rpartition(".")[2]: topic for topic in TOPICS.values()}
_SCAN = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What ListEvents asks. `parent` is empty for the whole ledger; `event_types` is empty for all."""

    parent: str
    after_position: int
    event_types: Sequence[str]
    page_size: int
    page_token: str


def presented(recorded: Recorded) -> ev.Event:
    """The event with its address in the ledger filled in."""
    event = recorded.event
    event.stream, event.version, event.position = recorded.stream, recorded.version, recorded.position
    return event


def list_events(inventory: Inventory, ledger: Ledger, head: int, asked: Asked) -> Page[ev.Event]:
    """A page of events, oldest first, up to position `head`. Raises NotFound, InvalidField, PositionAhead."""
    bound_to = f"{asked.parent}\n{asked.after_position}\n{','.join(asked.event_types)}"
    last = pages.last_of(asked.page_token, bound_to)
    after = int(last) if last else asked.after_position
    if after < 0:
        raise invalid("after_position", "must be 0 or more")
    if after > head:
        raise PositionAhead(after, head)
    size = pages.size_of(asked.page_size)
    found = _select(inventory, ledger, head, asked, after, size + 1)
    if len(found) <= size:
        return Page([presented(each) for each in found], "")
    token = pages.token_for(str(found[size - 1].position), bound_to)
    return Page([presented(each) for each in found[:size]], token)


def _topics(event_types: Sequence[str]) -> list[str]:
    unknown = [each for each in event_types if each not in _TOPIC_OF]
    if unknown:
        raise invalid("event_types", f"{unknown[0][:60]!r} is not an event type; {', '.join(_TOPIC_OF)} are")
    return [_TOPIC_OF[each] for each in event_types]


def _select(
    inventory: Inventory, ledger: Ledger, head: int, asked: Asked, after: int, limit: int
) -> Sequence[Recorded]:
    topics = _topics(asked.event_types)
    parent = asked.parent
    if not parent:
        return ledger.after(after, limit, head, topics)
    kinds = {TOPICS_TO_FIELDS[topic] for topic in topics}

    def of_kind(recorded: Recorded) -> bool:
        return not kinds or recorded.event.WhichOneof("payload") in kinds

    if "/vms/" in parent:
        stream = f"vms/{uid_of(inventory, parent)}"
        if not ledger.of_stream(stream, 0, 1):
            raise NotFound("vm", parent)
        return _scan(lambda start: ledger.of_stream(stream, start, _SCAN), of_kind, after, limit)
    if parent.startswith("hosts/"):
        return _scan(
            lambda start: ledger.of_stream(f"hosts/{host(inventory, parent).uid}", start, _SCAN), of_kind, after, limit
        )
    streams = {f"projects/{project(inventory, parent).uid}"}

    def of_project(recorded: Recorded) -> bool:
        if recorded.event.HasField("vm_created") and recorded.event.vm_created.name.startswith(f"{parent}/"):
            streams.add(recorded.stream)
        return recorded.stream in streams

    # Read from the start: which VMs are the project's is itself in the ledger.
    mine = _scan(lambda start: ledger.after(start, _SCAN, head), of_project, 0, head)
    return [each for each in mine if each.position > after and of_kind(each)][:limit]


def _scan(
    read: Callable[[int], Sequence[Recorded]], wanted: Callable[[Recorded], bool], after: int, limit: int
) -> list[Recorded]:
    found: list[Recorded] = []
    while len(found) < limit and (page := read(after)):
        found += [each for each in page if wanted(each)]
        after = page[-1].position
    return found[:limit]


TOPICS_TO_FIELDS = {topic: field for field, topic in TOPICS.items()}


def operation(ledger: Ledger, name: str) -> operations.Operation:
    """An operation by name, folded from its VM's history. Raises NotFound."""
    uid, _, version = name.removeprefix("operations/").rpartition(".")
    if not version.isascii() or not version.isdigit() or len(version) > 18:
        raise NotFound("operation", name)
    found = operations.fold(ledger.whole_stream(f"vms/{uid}"), int(version))
    if found is None:
        raise NotFound("operation", name)
    return found


def list_operations(ledger: Ledger, head: int, size: int, token: str) -> Page[operations.Operation]:
    """A page of operations, the newest first."""
    before = int(pages.last_of(token, "operations") or head + 1)
    size = pages.size_of(size)
    topics = [TOPICS[kind] for kind in operations.VERBS]
    found: list[Recorded] = []
    while before > 1 and len(found) <= size:
        start = max(before - 1 - _SCAN, 0)
        found += reversed(ledger.after(start, _SCAN, before - 1, topics))
        before = start + 1
    page = [operation(ledger, f"operations/{each.stream.removeprefix('vms/')}.{each.version}") for each in found[:size]]
    more = len(found) > size
    return Page(page, pages.token_for(str(found[size - 1].position), "operations") if more else "")


def last_placement(ledger: Ledger, vm: Vm) -> Recorded:
    """The event by which the VM got its last host. Raises NotFound for one that never had any."""
    started = [each for each in ledger.whole_stream(f"vms/{vm.uid}") if each.event.HasField("vm_start_requested")]
    if not started:
        raise NotFound("placement", f"a placement of {vm.name}")
    return started[-1]
