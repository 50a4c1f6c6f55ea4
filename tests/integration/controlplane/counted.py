"""Events and statements that a control plane reads, counted."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.integration.controlplane.plane import Plane

WAIT_S = 30.0
_READS = (
    "select_events",
    "select_notifications",
    "select_stream",
    "select_streams",
    "select_addresses",
    "select_positions",
    "count_stream",
)


class Counted:
    """Events that were read from the ledger, and statements on the ledger or the read database."""

    def __init__(self) -> None:
        self.events = 0
        self.statements = 0


@contextmanager
def counting(plane: Plane) -> Generator[Counted]:
    """Counts what is read of both, whoever reads, until it ends."""
    counted, lock = Counted(), threading.Lock()
    recorder: Any = plane.control_plane.ledger.recorder
    engine = plane.control_plane.views._engine  # pyright: ignore[reportPrivateUsage]

    def counted_read(read: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            found = read(*arguments, **named)
            with lock:
                counted.statements += 1
                counted.events += len(found)
            return found

        return wrapped

    def executed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")) and "UPDATE" not in statement:
            with lock:
                counted.statements += 1

    for name in _READS:
        setattr(recorder, name, counted_read(getattr(recorder, name)))
    event.listen(engine, "before_cursor_execute", executed)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", executed)
        for name in _READS:
            delattr(recorder, name)


async def settled(plane: Plane) -> None:
    """Waits until all rows are written: what writes them reads, too."""
    control_plane = plane.control_plane
    await control_plane.projector.reach(control_plane.dispatcher.position, WAIT_S)
