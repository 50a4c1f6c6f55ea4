"""Chains of causes: from the command that somebody gave to the last that it led to. Blocks.

An event names the event that led to its command; events of one command share its request id, and lie side by side.
What a VM's event led to is in the same VM's stream: agents and deadlines speak of one VM at a time.
"""

import re
from collections.abc import Iterator
from itertools import takewhile

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm.evolve import concerns_agent
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import PAGE, Ledger

_ADDRESS = re.compile(r"(?P<stream>[a-z]+(/[A-Za-z0-9._-]{1,64})?)@(?P<version>[1-9][0-9]{0,17})")
# How many events are read first; where that is not enough, more and more.
_NEXT = 16
# What agents and deadlines bring about. A caller's update of a VM, of which there may be many, is none of it.
_MAY_BE_EFFECTS = [
    topic for kind, topic in TOPICS.items() if kind.startswith("vm_") and kind not in ("vm_created", "vm_updated")
]


def address_of(recorded: RecordedEvent) -> str:
    """`{stream}@{version}`, as `causation` has it."""
    return f"{recorded.stream}@{recorded.version}"


def event_at(ledger: Ledger, address: str) -> RecordedEvent:
    """The event of `{stream}@{version}`. Raises InvalidField, NotFound."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise invalid("chain_of", "must be {stream}@{version}, such as requests/{request_id}@1")
    found = ledger.at_addresses([(match["stream"], int(match["version"]))])
    if not found:
        raise NotFound("event", address[:100])
    return found[0]


def command_of(ledger: Ledger, recorded: RecordedEvent) -> list[RecordedEvent]:
    """All events of the command that recorded this one, in order: an append keeps them side by side."""

    def same(each: RecordedEvent) -> bool:
        return each.event.request_id == recorded.event.request_id

    if not recorded.event.request_id:
        return [recorded]
    before = list(takewhile(same, _before(ledger, recorded.position)))
    return [*reversed(before), recorded, *takewhile(same, _after(ledger, recorded.position))]


def _after(ledger: Ledger, position: int) -> Iterator[RecordedEvent]:
    limit = _NEXT
    while page := ledger.after(position, limit):
        yield from page
        position, limit = page[-1].position, min(limit * 2, PAGE)


def _before(ledger: Ledger, position: int) -> Iterator[RecordedEvent]:
    limit = _NEXT
    while position > 1:
        start = max(position - 1 - limit, 0)
        yield from reversed(ledger.after(start, limit, position - 1))
        position, limit = start + 1, min(limit * 2, PAGE)


def chain(ledger: Ledger, address: str) -> list[RecordedEvent]:
    """What led to an event, and all that came of the command at its root, in order. Raises InvalidField, NotFound."""
    root = event_at(ledger, address)
    while root.event.causation:
        root = event_at(ledger, root.event.causation)
    found: dict[int, RecordedEvent] = {}
    waiting = [root]
    while waiting:
        for each in command_of(ledger, waiting.pop()):
            if each.position not in found:
                found[each.position] = each
                waiting += _effects(ledger, each)
    return [found[position] for position in sorted(found)]


def _effects(ledger: Ledger, cause: RecordedEvent) -> list[RecordedEvent]:
    """What an event of a VM led to in its stream.

    Agents and deadlines name the event that last changed what the agent is told, so no effect comes after the next one
    that does: what the VM did later is not read.
    """
    if not cause.stream.startswith("vms/") or not concerns_agent(cause.event):
        return []
    address, found = address_of(cause), list[RecordedEvent]()
    position, limit = cause.position, _NEXT
    while page := ledger.of_stream(cause.stream, position, limit, _MAY_BE_EFFECTS):
        for each in page:
            if each.event.causation == address:
                found.append(each)
            if concerns_agent(each.event):
                return found
        position, limit = page[-1].position, min(limit * 2, PAGE)
    return found
