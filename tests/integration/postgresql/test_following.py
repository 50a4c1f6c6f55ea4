"""The read database under load: followed in a process of its own, which may die and is not left behind."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from chronovisor.v1 import vm_service_pb2

from controlplane.projections.projector.projector_worker import WorkerProjector, WorkerTerms
from tests.integration.controlplane.plane import DEFAULT, WAIT_S, Plane, running
from tests.integration.postgresql.test_read_models import projections

# As after a great many events.
BUSY = WorkerTerms(after_events=0)
ListVms = vm_service_pb2.ListVmsRequest


def followers() -> list[int]:
    """The processes that this one has started to follow a ledger."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in children if b"projector_worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def listed(plane: Plane) -> Sequence[str]:
    page = await plane.vms.ListVms(ListVms(parent=DEFAULT, page_size=1000))
    assert page.position == plane.control_plane.dispatcher.position
    return sorted(vm.name.rpartition("/")[2] for vm in page.vms)


async def until_there_is_one(plane: Plane, made: list[str]) -> int:
    """Commands until the rows are written apart."""
    ends = time.monotonic() + WAIT_S
    while not plane.control_plane.projector.uses_worker:
        assert time.monotonic() < ends
        made.append(f"vm-{len(made)}")
        await plane.create(made[-1])
        assert await listed(plane) == sorted(made)
        await asyncio.sleep(0.01)
    (pid,) = followers()
    return pid


async def test_it_is_followed_apart_and_shows_the_same(store: str) -> None:
    made: list[str] = []
    async with running(store, projector_worker=BUSY) as plane:
        await plane.register("node-1")
        pid = await until_there_is_one(plane, made)
        await plane.start(made[0])
        await plane.delete(made.pop())
        await plane.create("last")
        assert await listed(plane) == sorted([*made, "last"])
        assert followers() == [pid]
        whole = projections("verify", store)
        assert (whole.returncode, "every row" in whole.stdout) == (0, True), whole.stdout + whole.stderr
    assert followers() == []


async def test_another_takes_its_place_when_it_is_killed(store: str, caplog: pytest.LogCaptureFixture) -> None:
    made: list[str] = []
    async with running(store, projector_worker=BUSY) as plane:
        pid = await until_there_is_one(plane, made)
        os.kill(pid, signal.SIGKILL)
        await plane.create("after")
        assert await listed(plane) == sorted([*made, "after"])
        made.append("after")
        assert await until_there_is_one(plane, made) != pid
        assert "has ended with -9" in caplog.text
    assert followers() == []


async def test_one_that_answers_no_more_is_not_waited_for(store: str, caplog: pytest.LogCaptureFixture) -> None:
    made: list[str] = []
    async with running(store, projector_worker=BUSY._replace(longest_s=0.5)) as plane:
        pid = await until_there_is_one(plane, made)
        os.kill(pid, signal.SIGSTOP)
        await plane.create("after")
        assert await listed(plane) == sorted([*made, "after"])
        assert "has not answered for 0.5 s" in caplog.text
    assert followers() == []


async def test_rows_made_anew_meanwhile_are_followed_from_then_on(store: str) -> None:
    made: list[str] = []
    async with running(store, projector_worker=BUSY) as plane:
        pid = await until_there_is_one(plane, made)
        done = projections("rebuild", store)
        assert done.returncode == 0, done.stderr
        await plane.create("after")
        assert await listed(plane) == sorted([*made, "after"])
        assert followers() == [pid]


async def test_a_ledger_that_it_cannot_open_is_reported_in_words(tmp_path: Path) -> None:
    place = WorkerProjector(f"sqlite:///{tmp_path / 'no' / 'directory'}")
    try:
        with pytest.raises(OSError, match="no/directory"):
            await place.open()
    finally:
        await place.close()
    assert followers() == []


async def test_it_ends_with_the_server_that_was_killed(tmp_path: Path) -> None:
    place = WorkerProjector(f"sqlite:///{tmp_path / 'ledger.db'}")
    assert await place.open() == 0
    (pid,) = followers()
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    # What ends a server from a terminal comes to it, too, and the server is not done with it.
    assert await place.go_on(0) == 0
    await place.close()
    assert followers() == []
