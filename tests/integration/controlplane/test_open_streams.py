"""Calls that last, of callers who may not have them: with a bad token, and with one that is not theirs any more."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import grpc
import pytest
from chronovisor.v1 import history_service_pb2, vm_service_pb2
from google.longrunning import operations_pb2

from controlplane.domain.errors import Unauthenticated
from controlplane.domain.reasons import Reason
from controlplane.rpc.access.guard import Guard
from controlplane.rpc.access.rates import RateTerms
from tests.integration.controlplane.plane import a_vm, refused
from tests.integration.controlplane.tenants import Metadata, Tenants, by, two_tenants
from tests.integration.controlplane.test_tokens import bad, open_to_an_issuer
from tests.support.waiting import WAIT_S, until

RED = "projects/red"
# By when a call has ended that its caller may not have any more.
SOON_S = 5.0


@pytest.fixture
async def tenants() -> AsyncGenerator[Tenants]:
    async with two_tenants() as found:
        yield found


async def drained(call: Any) -> None:
    while await call.read():
        pass


async def no_commands() -> AsyncIterator[vm_service_pb2.ExecuteCommandsRequest]:
    await asyncio.sleep(WAIT_S)
    yield vm_service_pb2.ExecuteCommandsRequest()


def lasting(tenants: Tenants, metadata: Metadata) -> dict[str, Callable[[], Any]]:
    """A call of each kind that lasts."""
    events, vms = history_service_pb2.WatchEventsRequest(), vm_service_pb2.WatchVmsRequest(parent=RED)
    wait = operations_pb2.WaitOperationRequest(name="operations/vms.x.1")
    return {
        "events": lambda: drained(tenants.history.WatchEvents(events, metadata=metadata)),
        "vms": lambda: drained(tenants.vms.WatchVms(vms, metadata=metadata)),
        "commands": lambda: drained(tenants.vms.ExecuteCommands(no_commands(), metadata=metadata)),
        "wait": lambda: tenants.operations.WaitOperation(wait, metadata=metadata),
    }


async def test_no_bad_token_opens_a_call_that_lasts() -> None:
    async with open_to_an_issuer(rates=RateTerms(0, 0, 0, 0)) as tenants:
        for name, (token, reason) in bad().items():
            for kind, call in lasting(tenants, by(token)).items():
                denied = await refused(call())
                assert (denied.code, denied.reason) == (grpc.StatusCode.UNAUTHENTICATED, reason), (name, kind)
        assert len(tenants.control_plane.open_calls) == 0


async def test_a_stream_that_nobody_reads_ends_with_its_binding_as_well(tenants: Tenants) -> None:
    """What is sent waits for the client; the call does not."""
    vm = a_vm()
    vm.labels.update({f"label-{number}": "x" * 250 for number in range(60)})
    requests = [vm_service_pb2.CreateVmRequest(parent=RED, vm_id=f"large-{number}", vm=vm) for number in range(800)]
    await tenants.vms.BatchCreateVms(vm_service_pb2.BatchCreateVmsRequest(parent=RED, requests=requests[:200]))
    for start in range(200, 800, 200):
        batch = vm_service_pb2.BatchCreateVmsRequest(parent=RED, requests=requests[start : start + 200])
        await tenants.vms.BatchCreateVms(batch)
    calls = [
        tenants.history.WatchEvents(history_service_pb2.WatchEventsRequest(parent=RED), metadata=by("anna")),
        tenants.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent=RED), metadata=by("anna")),
    ]
    open_calls = tenants.control_plane.open_calls
    await until(lambda: asyncio.sleep(0, len(open_calls) == len(calls)))
    # It fills what the client takes without reading.
    await asyncio.sleep(1)
    began = time.monotonic()
    await tenants.bind(RED)
    await until(lambda: asyncio.sleep(0, len(open_calls) == 0))
    assert time.monotonic() - began < SOON_S
    for call in calls:
        assert (await refused(drained(call))).reason == "ACCESS_DENIED"


async def test_what_is_revoked_while_a_call_is_admitted_ends_it(
    tenants: Tenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose an operation is, is read in a thread: a token may be revoked meanwhile."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def target(_guard: Guard, _name: str) -> str:
        reached.set()
        await go_on.wait()
        return RED

    monkeypatch.setattr(Guard, "_target", target)
    request = vm_service_pb2.StopVmRequest(name=f"{RED}/vms/web")
    operation = await tenants.vms.StopVm(request, metadata=by("anna"))
    wait = operations_pb2.WaitOperationRequest(name=operation.name)
    waiting = asyncio.ensure_future(tenants.operations.WaitOperation(wait, metadata=by("anna")))
    await reached.wait()
    revoked = Unauthenticated(Reason.TOKEN_REVOKED, "the token was revoked")
    tenants.control_plane.open_calls.end(lambda principal: principal.name == "user:anna", revoked)
    go_on.set()
    assert (await refused(waiting)).reason == "TOKEN_REVOKED"
