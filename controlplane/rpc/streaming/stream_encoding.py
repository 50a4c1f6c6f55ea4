"""Responses of the streams as bytes: an event is encoded once, alone and as part of a batch, whoever gets it.

A response with one item, in its field 1, is the same bytes as a batch of that item, in its field 1. So items that were
encoded as responses of their own, one after the other, are a batch, which is field 5 of a response.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from chronovisor.v1 import streams_pb2

from controlplane.domain.errors import invalid
from controlplane.domain.time import Micros, timestamp_of

# Field 5, with a length. See `events` of WatchEventsResponse and `changes` of WatchVmsResponse.
_BATCH = b"\x2a"
# Clients take messages of 4 MiB by default.
_MOST_BYTES = 256 << 10
LARGEST_BATCH = 1_000


class _Encodable(Protocol):
    def SerializeToString(self) -> bytes: ...


class Response(Protocol):
    """The type of a stream's responses."""

    def __call__(
        self,
        *,
        checkpoint: streams_pb2.Checkpoint | None = None,
        caught_up: streams_pb2.CaughtUp | None = None,
        fell_behind: streams_pb2.FellBehind | None = None,
    ) -> _Encodable: ...


def checkpoint(response: Response, position: int, time: Micros | None, history: str) -> bytes:
    checkpoint = streams_pb2.Checkpoint(position=position, time=timestamp_of(time) if time else None, history=history)
    return response(checkpoint=checkpoint).SerializeToString()


def caught_up(response: Response, position: int) -> bytes:
    return response(caught_up=streams_pb2.CaughtUp(position=position)).SerializeToString()


def fell_behind(response: Response, position: int) -> bytes:
    return response(fell_behind=streams_pb2.FellBehind(position=position)).SerializeToString()


def batch_size(requested: int) -> int:
    """How many items go into one message. Raises InvalidField when negative; more than the largest is the largest."""
    if requested < 0:
        raise invalid("max_batch_size", "must be 0 or more")
    return min(max(requested, 1), LARGEST_BATCH)


def in_messages(items: Sequence[bytes], most: int) -> Iterator[bytes]:
    """The items, each alone when `most` is 1, else up to so many in a message."""
    if most == 1:
        yield from items
        return
    begun = size = 0
    for index, item in enumerate(items):
        if index > begun and (index - begun == most or size + len(item) > _MOST_BYTES):
            yield _batch(items[begun:index])
            begun, size = index, 0
        size += len(item)
    if begun < len(items):
        yield _batch(items[begun:])


def _batch(items: Sequence[bytes]) -> bytes:
    body = b"".join(items)
    return b"".join((_BATCH, _varint(len(body)), body))


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
