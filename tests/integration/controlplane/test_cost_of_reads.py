"""What each RPC reads beside a VM with a long history: bounded by what it answers, and not by what was."""

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from controlplane.bootstrap import SERVICES
from tests.integration.controlplane.costed_calls import COSTED, PAGE
from tests.integration.controlplane.plane import Plane, running
from tests.support import long_life

EVENTS = 10_000
# How many events and statements any one call may read. What is the history itself reads a page of it.
MOST_EVENTS, MOST_STATEMENTS = 8 * PAGE, 25
WAIT_S = 30.0


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
    names = ("select_events", "select_notifications", "select_stream", "select_addresses", "select_positions")

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

    for name in names:
        setattr(recorder, name, counted_read(getattr(recorder, name)))
    event.listen(engine, "before_cursor_execute", executed)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", executed)
        for name in names:
            delattr(recorder, name)


def methods() -> set[str]:
    return {f"{service.name}.{method.name}" for service in SERVICES for method in service.methods}


async def settled(plane: Plane) -> None:
    """Waits until all rows are written: what writes them reads, too."""
    control_plane = plane.control_plane
    await control_plane.projector.reach(control_plane.dispatcher.position, WAIT_S)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('long') / 'ledger.db'}"
    long_life.write(url, EVENTS)
    return url


async def test_no_call_reads_more_than_it_answers_however_long_a_vm_has_lived(written: str) -> None:
    over: dict[str, tuple[int, int]] = {}
    async with running(written) as plane:
        await settled(plane)
        head = plane.control_plane.dispatcher.position
        for (method, variant), call in COSTED.items():
            with counting(plane) as counted:
                try:
                    await asyncio.wait_for(call(plane, head), WAIT_S)
                except TimeoutError:
                    pytest.fail(f"{method} {variant} does not answer")
                await settled(plane)
            if counted.events > MOST_EVENTS or counted.statements > MOST_STATEMENTS:
                over[f"{method} {variant}".strip()] = (counted.events, counted.statements)
    assert over == {}


def test_no_method_is_left_out() -> None:
    assert {method for method, _ in COSTED} == methods()
