"""Chains of causes: from the command that somebody gave to the last that it led to. Blocks.

An event names the event that led to its command; events of one command share its request id, and lie side by side.
What a VM's event led to is in the same VM's stream: agents and deadlines speak of one VM at a time. What a host's led
to, in those of its VMs, is found from there alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm.evolve import concerns_agent
from controlplane.ledger.mapper import TOPICS
from controlplane.ledger.store import PAGE, Ledger

_ADDRESS = re.compile(r"(?P<stream>[a-z]+(/[A-Za-z0-9._-]{1,64})?)@(?P<version>[1-9][0-9]{0,17})")
# How many events are read first; where that is not enough, more and more.
_NEXT = 16
# Few commands have more events than this before or after any of theirs.
_NEAR = 4
# What agents and deadlines bring about. A caller's update of a VM, of which there may be many, is none of it.
_MAY_BE_EFFECTS = [
    topic for kind, topic in TOPICS.items() if kind.startswith("vm_") and kind not in ("vm_created", "vm_updated")
]


def address_of(recorded: RecordedEvent) -> str:
    """`{stream}@{version}`, as `causation` has it."""
    return f"{recorded.stream}@{recorded.version}"


def check_address(address: str) -> re.Match[str]:
    """Raises InvalidField."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise invalid("chain_of", "must be {stream}@{version}, such as requests/{request_id}@1")
    return match


def event_at(ledger: Ledger, address: str) -> RecordedEvent:
    """The event of `{stream}@{version}`. Raises InvalidField, NotFound."""
    match = check_address(address)
    found = ledger.at_addresses([(match["stream"], int(match["version"]))])
    if not found:
        raise NotFound("event", address[:100])
    return found[0]


def command_of(ledger: Ledger, recorded: RecordedEvent) -> list[RecordedEvent]:
    """All events of the command that recorded this one, in order: an append keeps them side by side."""
    return _commands_of(ledger, [recorded])


def _commands_of(ledger: Ledger, events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """All events of the commands that recorded these, in order. What is beside any of them is read together."""
    nearby = {
        position
        for each in events
        if each.event.request_id
        for position in range(max(each.position - _NEAR, 1), each.position + _NEAR + 1)
    }
    known = {each.position: each for each in ledger.at_positions(sorted(nearby))}
    found: dict[int, RecordedEvent] = {}
    for each in events:
        if each.position not in found:
            found.update((other.position, other) for other in _command_within(ledger, known, each))
    return [found[position] for position in sorted(found)]


def _command_within(
    ledger: Ledger, known: Mapping[int, RecordedEvent], recorded: RecordedEvent
) -> Iterator[RecordedEvent]:
    """The events of a command, those that are known and, where it has more, those beyond them."""
    yield recorded
    if not recorded.event.request_id:
        return

    def same(each: RecordedEvent) -> bool:
        return each.event.request_id == recorded.event.request_id

    for step, beyond in ((-1, _before), (1, _after)):
        position = recorded.position
        while (each := known.get(position + step)) is not None and same(each):
            yield each
            position += step
        if each is None:
            yield from takewhile(same, beyond(ledger, position))


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
    """What led to an event, and all that came of the command at its root, in order. Raises InvalidField, NotFound.

    Read step by step from causes to effects, each step together, however many events it has.
    """
    causes = [event_at(ledger, address)]
    while causes[-1].event.causation:
        causes.append(event_at(ledger, causes[-1].event.causation))
    found: dict[int, RecordedEvent] = {}
    # All of them: what a host's drain led to is in other streams than its own, and only from there it leads back.
    step = causes
    while step:
        new = [each for each in _commands_of(ledger, step) if each.position not in found]
        found.update((each.position, each) for each in new)
        step = _effects(ledger, new)
    return [found[position] for position in sorted(found)]


def _effects(ledger: Ledger, causes: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """What events of VMs led to in their streams.

    Agents and deadlines name the event that last changed the desired state, so no effect comes after the next one
    that does: what the VM did later is not read.
    """
    of_vms = [each for each in causes if each.stream.startswith("vms/") and concerns_agent(each.event)]
    # Each cause, and the position up to which its stream is read.
    waiting: list[tuple[RecordedEvent, int]] = [(each, each.position) for each in of_vms]
    found, limit = list[RecordedEvent](), _NEXT
    while waiting:
        # Of each stream, one cause at a time.
        reading = {each[0].stream: each for each in reversed(waiting)}
        waiting = [each for each in waiting if reading[each[0].stream] is not each]
        places = [(stream, position) for stream, (_, position) in reading.items()]
        for stream, page in ledger.of_streams(places, limit, _MAY_BE_EFFECTS).items():
            cause, _ = reading[stream]
            address, is_over = address_of(cause), len(page) < limit
            for each in page:
                if each.event.causation == address:
                    found.append(each)
                if concerns_agent(each.event):
                    is_over = True
                    break
            if not is_over:
                waiting.append((cause, page[-1].position))
        limit = min(limit * 2, PAGE)
    return found
