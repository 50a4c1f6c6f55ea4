"""The size of one response: what clients take by default, and pages that are cut to it.

Every message that grows with what there is has a bound: pages and lists here, streams in `streams.wire`, an agent's
desired state in its session, a single resource in the rules of its fields.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from google.protobuf.message import Message

# gRPC's default is 4 MiB for a message that is received; what frames it, and a field more, has room beside this.
MOST_BYTES = 3_500_000
# A tag and a length for each item of a list.
_FRAME = 6

Behavior = Callable[[Any, Any], Awaitable[Any]]


def fitting(sizes: Sequence[int], most: int = MOST_BYTES) -> int:
    """How many of the first fit together; at least one."""
    count, room = 0, most
    for size in sizes:
        room -= size + _FRAME
        if room < 0:
            break
        count += 1
    return max(count, 1)


def omit(items: Sequence[Message], field: str, most: int = MOST_BYTES) -> int:
    """Clears the field of the last items, as many as it takes until all of them fit. Returns how many."""
    excess = sum(each.ByteSize() + _FRAME for each in items) - most
    omitted = 0
    for each in reversed(items):
        if excess <= 0:
            break
        excess += _cleared(each, field)
        omitted += 1
    return omitted


def _cleared(item: Message, field: str) -> int:
    """By how much the item grew: a negative number of bytes."""
    before = item.ByteSize()
    item.ClearField(field)
    return item.ByteSize() - before


async def fitted(behavior: Behavior, request: Any, context: object, answer: Message) -> Message:
    """The answer; where it is too large, a page of fewer items, if the method has pages."""
    size = answer.ByteSize()
    while size > MOST_BYTES and (items := _items(request, answer)) is not None and len(items) > 1:
        sizes = [each.ByteSize() for each in items]
        fewer = fitting(sizes, MOST_BYTES - (size - sum(sizes)))
        # What is beside the items grows with them, too.
        request.page_size = min(fewer, len(items) - 1)
        answer = await behavior(request, context)
        left = answer.ByteSize()
        if left >= size:
            break
        size = left
    return answer


def _items(request: Message, answer: Message) -> Sequence[Message] | None:
    """The items of a page; None for what has no pages."""
    if "page_size" not in request.DESCRIPTOR.fields_by_name:
        return None
    for field in answer.DESCRIPTOR.fields:
        inner = field.message_type
        if field.is_repeated and inner is not None and not inner.GetOptions().map_entry:
            return cast("Sequence[Message]", getattr(answer, field.name))
    return None


def bounded_words(words: Sequence[str], most: int) -> list[str]:
    """The first of them, and how many more there are where not all have room."""
    encoded = [len(each.encode()) for each in words]
    if sum(encoded) + _FRAME * len(words) <= most:
        return list(words)
    count = fitting(encoded, most)
    return [*words[:count], f"and {len(words) - count:,} more"]
