"""Chains of causes: from the command that somebody gave to the last that it led to. Blocks.

An event names the event that led to its command; events of one command share its request id, and lie side by side.
What a VM's event led to is in the same VM's stream: agents and deadlines speak of one VM at a time.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from controlplane.domain.errors import NotFound, invalid
from controlplane.domain.fleet import Recorded
from controlplane.ledger.store import Ledger

_ADDRESS = re.compile(r"(?P<stream>[a-z]+(/[A-Za-z0-9._-]{1,64})?)@(?P<version>[1-9][0-9]{0,17})")
_NEXT = 16


def address_of(recorded: Recorded) -> str:
    """`{stream}@{version}`, as `causation` has it."""
    return f"{recorded.stream}@{recorded.version}"


def event_at(ledger: Ledger, address: str) -> Recorded:
    """The event of `{stream}@{version}`. Raises InvalidField, NotFound."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise invalid("chain_of", "must be {stream}@{version}, such as requests/{request_id}@1")
    version = int(match["version"])
    after = 0
    while page := ledger.of_stream(match["stream"], after):
        if page[-1].version >= version:
            return page[version - page[0].version]
        after = page[-1].position
    raise NotFound("event", address[:100])


def command_of(ledger: Ledger, recorded: Recorded) -> list[Recorded]:
    """All events of the command that recorded this one, in order: an append keeps them side by side."""

    def same(each: Recorded) -> bool:
        return each.event.request_id == recorded.event.request_id

    if not recorded.event.request_id:
        return [recorded]
    before = list(takewhile(same, _before(ledger, recorded.position)))
    return [*reversed(before), recorded, *takewhile(same, _after(ledger, recorded.position))]


def _after(ledger: Ledger, position: int) -> Iterator[Recorded]:
    while page := ledger.after(position, _NEXT):
        yield from page
        position = page[-1].position


def _before(ledger: Ledger, position: int) -> Iterator[Recorded]:
    while position > 1:
        start = max(position - 1 - _NEXT, 0)
        yield from reversed(ledger.after(start, _NEXT, position - 1))
        position = start + 1


def chain(ledger: Ledger, address: str) -> list[Recorded]:
    """What led to an event, and all that came of the command at its root, in order. Raises InvalidField, NotFound."""
    root = event_at(ledger, address)
    while root.event.causation:
        root = event_at(ledger, root.event.causation)
    found: dict[int, Recorded] = {}
    effects = _effects_in(ledger)
    waiting = [root]
    while waiting:
        for each in command_of(ledger, waiting.pop()):
            if each.position not in found:
                found[each.position] = each
                waiting += effects(each)
    return [found[position] for position in sorted(found)]


def _effects_in(ledger: Ledger) -> Callable[[Recorded], Sequence[Recorded]]:
    """What each event of a VM led to in its stream. Each stream is read once."""
    streams: dict[str, list[Recorded]] = {}

    def effects(recorded: Recorded) -> Sequence[Recorded]:
        if not recorded.stream.startswith("vms/"):
            return []
        if recorded.stream not in streams:
            streams[recorded.stream] = ledger.whole_stream(recorded.stream)
        cause = address_of(recorded)
        return [each for each in streams[recorded.stream] if each.event.causation == cause]

    return effects
