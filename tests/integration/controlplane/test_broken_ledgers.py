"""A ledger that goes away or is damaged while it is served: the errors that callers get, and what those do not show."""

import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from chronovisor.v1 import history_service_pb2 as history
from chronovisor.v1 import vm_service_pb2 as api
from eventsourcing.persistence import OperationalError
from grpc import StatusCode

from controlplane.queries import operations
from tests.integration.controlplane.plane import DEFAULT, Plane, a_vm, refusal_in, refused, running, vm_of


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
async def plane(ledger: Path) -> AsyncGenerator[Plane]:
    # Rows that cannot be written any more are not waited for at the end.
    async with running(f"sqlite:///{ledger}", last_rows_s=0.0) as plane:
        yield plane


def move(path: Path, to: Path) -> None:
    path.rename(to)


def damage(ledger: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(ledger)) as connection, connection:
        assert connection.execute(statement, values).rowcount == 1


@pytest.mark.provokes("LEDGER_UNAVAILABLE")
async def test_a_ledger_that_is_not_there_is_unavailable_until_it_is_back(plane: Plane, ledger: Path) -> None:
    away = ledger.with_name("away.db")
    move(ledger, away)
    found = await refused(plane.create())
    assert (found.code, found.reason) == (StatusCode.UNAVAILABLE, "LEDGER_UNAVAILABLE")
    assert found.details == ["RetryInfo"]
    move(away, ledger)
    assert vm_of(await plane.create())


@pytest.mark.provokes("INTERNAL")
async def test_a_fault_of_ours_is_internal_and_shows_nothing_of_its_inside(
    plane: Plane, ledger: Path, caplog: pytest.LogCaptureFixture
) -> None:
    vm = vm_of(await plane.create())
    damage(ledger, "UPDATE stored_events SET state = ? WHERE originator_id = ?", b"\xff\xff", f"vms/{vm.uid}")
    found = await refused(plane.events(vm.name))
    assert (found.code, found.reason) == (StatusCode.INTERNAL, "INTERNAL")
    assert (found.details, found.metadata) == ([], {})
    assert found.message == "internal error; the server's log has the details"
    assert "DecodeError" in caplog.text


async def test_an_outage_is_one_for_a_command_of_a_stream_too(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repeated command is answered from the ledger, which may be away by then."""
    create = api.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm(), request_id=str(uuid4()))

    async def twice() -> AsyncIterator[api.ExecuteCommandsRequest]:
        yield api.ExecuteCommandsRequest(tag=1, create_vm=create)

    async def answer() -> api.ExecuteCommandsResponse:
        (found,) = [each async for each in plane.vms.ExecuteCommands(twice())]
        return found

    def away(*_: object) -> None:
        raise OperationalError("the disk is gone")

    assert vm_of((await answer()).operation)
    monkeypatch.setattr(operations, "begun", away)
    found = refusal_in((await answer()).error)
    assert (found.code, found.reason) == (StatusCode.UNAVAILABLE, "LEDGER_UNAVAILABLE")
    assert found.details == ["RetryInfo"]
    assert found.message == "the ledger cannot be read now; try again"


@pytest.mark.provokes("SEAL_NOT_FOUND")
async def test_an_event_whose_seal_was_removed_has_none(plane: Plane, ledger: Path) -> None:
    await plane.create()
    head = await plane.history.GetSeal(history.GetSealRequest())
    removed = "DELETE FROM stored_events WHERE originator_id = 'ledger' AND originator_version = ?"
    damage(ledger, removed, head.batch)
    found = await refused(plane.history.GetSeal(history.GetSealRequest(position=head.position - 1)))
    assert (found.code, found.reason) == (StatusCode.NOT_FOUND, "SEAL_NOT_FOUND")
    assert found.details == ["ResourceInfo"]
