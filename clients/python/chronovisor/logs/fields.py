"""What log entries of a task are about: the call, its caller, a position. Looked at only when something is logged."""

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from chronovisor import tracing

# The fields that an entry can have beside time, level, module and message; in the order in which they are shown.
NAMES = ("host", "position", "method", "request_id", "trace_id", "principal")
Fields = Mapping[str, str | int]
Source = Callable[[], Fields]

_SOURCES: ContextVar[tuple[Source, ...]] = ContextVar("log fields", default=())


def enter(source: Source) -> None:
    """For the rest of this task, and of what it begins; instead of what was entered or is `within` so far."""
    _SOURCES.set((source,))


@contextmanager
def within(**fields: str | int) -> Generator[None]:
    """For what is done inside."""
    token = _SOURCES.set((*_SOURCES.get(), lambda: fields))
    try:
        yield
    finally:
        _SOURCES.reset(token)


def of_record(record: logging.LogRecord, constant: Fields) -> dict[str, str | int]:
    """The fields of one entry: its own `extra`, then those of its task, then those of the process."""
    found: dict[str, str | int] = dict(constant)
    for source in _SOURCES.get():
        found |= _given(source)
    if span := tracing.current():
        found["trace_id"] = span.context.trace_id
    found |= {name: vars(record)[name] for name in NAMES if name in vars(record)}
    return {name: found[name] for name in NAMES if _is_set(found.get(name))}


def _given(source: Source) -> Fields:
    try:
        return source()
    except Exception:  # noqa: BLE001 - an entry without its fields is better than none
        return {}


def _is_set(value: object) -> bool:
    return value not in (None, "", 0)
