"""Two control planes on one database: who loses a race too often gets an error, and can try again."""

import asyncio
import contextlib
import itertools
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Generator
from pathlib import Path

import grpc
import pytest
from chronovisor.v1 import vm_service_pb2
from eventsourcing.persistence import PersistenceError
from grpc import aio

from controlplane.heads.signing_key import load
from controlplane.ledger.store import Ledger
from controlplane.queries.audit import verify
from controlplane.runtime.clock import clock
from tests.chaos.stores import installed
from tests.integration.controlplane.plane import DEFAULT, Plane, Refusal, a_vm, refusal_of, running, signing_key
from tests.support.waiting import patient

DEADLINE_S = patient(60.0)
TWINS = Path(__file__).parents[2] / "chaos" / "twins.py"


@contextlib.contextmanager
def hasty_writer(store: str) -> Generator[Callable[[], None]]:
    """Somebody else, who takes one number of the chain of seals after the other, until it is stopped."""
    stop = threading.Event()

    def write() -> None:
        with Ledger(store, snapshots=False, signer=load(signing_key())) as ledger:
            while not stop.is_set():
                # It loses races too, and locks.
                with contextlib.suppress(PersistenceError):
                    ledger.append([], ledger.link(), "somebody else", clock())

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield stop.set
    finally:
        stop.set()
        thread.join()


def create_request(number: int) -> vm_service_pb2.CreateVmRequest:
    vm = a_vm()
    return vm_service_pb2.CreateVmRequest(
        parent=DEFAULT, vm_id=f"vm-{number}", vm=vm, request_id=str(uuid.UUID(int=number + 1, version=4))
    )


async def until_aborted(plane: Plane) -> tuple[vm_service_pb2.CreateVmRequest, Refusal]:
    """The command that lost too often, and its error."""
    for number in itertools.count():
        request = create_request(number)
        try:
            await plane.vms.CreateVm(request)
        except aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.ABORTED:
                return request, refusal_of(error)
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
    raise AssertionError


@pytest.mark.provokes("CONCURRENT_CHANGE")
async def test_a_command_that_loses_every_race_is_aborted_and_can_be_repeated(store: str) -> None:
    async with asyncio.timeout(DEADLINE_S), running(store) as one, running(store) as other:
        with hasty_writer(store) as stop:
            request, refusal = await until_aborted(one)
            assert refusal.reason == "CONCURRENT_CHANGE"
            stop()
        first = await one.vms.CreateVm(request)
        again = await other.vms.CreateVm(request)
        assert first.name == again.name
        created = [each.uid for each in other.control_plane.reads.inventory.vms.values()]
        assert first.name.removeprefix("operations/").partition(".")[0] in created
        assert len(created) == len(set(created))
    with Ledger(store) as ledger:
        assert verify(ledger).problem is None


@pytest.mark.parametrize("name", installed())
def test_twins_keep_their_promises(name: str) -> None:
    command = [sys.executable, str(TWINS), "--commands", "600", "--batch", "20", "--store", name]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"^accepted +536$", ran.stdout, re.MULTILINE), ran.stdout
