"""What of an HTTP request goes to the control plane as metadata, and what of its answer comes back as headers."""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import TypeAlias

from controlplane.identity import forwarding

Metadata: TypeAlias = "tuple[tuple[str, str], ...]"
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]
# What callers may say, beside our own prefix.
_TAKEN = frozenset({"authorization", "traceparent", "tracestate", "x-request-id"})
_OURS = "chronovisor-"
# Nobody but the gateway says who calls.
_NEVER = frozenset({forwarding.KEY, forwarding.FORWARDED})
_CALL: ContextVar[Metadata] = ContextVar("call", default=())
_UID: ContextVar[int] = ContextVar("uid", default=forwarding.NOBODY)


def metadata_of(headers: Headers, key: str, origin: forwarding.Origin) -> Metadata:
    """Of one request: what its caller may say, and from where it comes."""
    stated = ((name.decode("ascii").lower(), value) for name, value in headers)
    taken = ((name, value.decode("ascii").strip()) for name, value in stated if _is_taken(name))
    return (*taken, (forwarding.KEY, key), (forwarding.FORWARDED, str(origin)))


def enter(metadata: Metadata, uid: int) -> None:
    """For the rest of this request, which has a task of its own."""
    _CALL.set(metadata)
    _UID.set(uid)


def uid() -> int:
    """The user of this machine whose connection it is, or NOBODY."""
    return _UID.get()


def metadata() -> Metadata:
    """Of the request that is under way: what goes with each call that it makes."""
    return _CALL.get()


def answered(found: Iterable[tuple[str, str | bytes]] | None) -> list[tuple[str, str]]:
    """Of the metadata of an answer, what the client gets."""
    return [(name, value) for name, value in found or () if name.startswith(_OURS) and isinstance(value, str)]


def _is_taken(name: str) -> bool:
    return (name in _TAKEN or (name.startswith(_OURS) and not name.endswith("-bin"))) and name not in _NEVER
