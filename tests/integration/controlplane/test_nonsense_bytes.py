"""Bytes that are no message, and callers that leave: a refusal in one status, and nothing in the log."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from chronovisor.v1 import (
    agent_service_pb2,
    agent_service_pb2_grpc,
    history_service_pb2,
    utilization_service_pb2,
    vm_service_pb2,
    what_if_pb2,
)
from google.protobuf.descriptor import MethodDescriptor
from grpc import aio

from controlplane.rpc.error_mapping import ErrorMapping
from tests.integration.controlplane.plane import WAIT_S, Plane, a_host, a_vm, refusal_of, refused
from tests.integration.controlplane.test_platform import EVERY_METHOD

# An end inside a varint; a length beyond the end; text that is no UTF-8, in a field that every request has; group ends.
NONSENSE = [b"\xff\xff\xff", b"\x0a\xff\xff\xff\x7f", b"not a message", b"\x0c", b"\x07"]


async def answered(channel: aio.Channel, method: MethodDescriptor, raw: bytes) -> None:
    calls: Any = channel
    path = f"/{method.containing_service.full_name}/{method.name}"
    if method.client_streaming:
        async for _ in calls.stream_stream(path)([raw], timeout=WAIT_S):
            return
    elif method.server_streaming:
        async for _ in calls.unary_stream(path)(raw, timeout=WAIT_S):
            return
    else:
        await calls.unary_unary(path)(raw, timeout=WAIT_S)


@pytest.mark.provokes("INVALID_REQUEST")
async def test_bytes_that_are_no_message_are_refused_without_a_word(
    plane: Plane, caplog: pytest.LogCaptureFixture
) -> None:
    for method in EVERY_METHOD.values():
        for raw in NONSENSE:
            with pytest.raises(aio.AioRpcError) as caught:
                await answered(plane.channel, method, raw)
            found = refusal_of(caught.value)
            assert (found.code, found.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST"), method.full_name
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


async def test_text_that_is_no_utf_8_is_no_message(plane: Plane) -> None:
    calls: Any = plane.channel
    found = await refused(calls.unary_unary("/chronovisor.v1.VmService/GetVm")(b"\x0a\x02\xff\xfe"))
    assert found.reason == "INVALID_REQUEST"


async def test_a_stream_that_begins_well_and_goes_on_in_nonsense_ends_with_a_refusal(
    plane: Plane, caplog: pytest.LogCaptureFixture
) -> None:
    create = vm_service_pb2.CreateVmRequest(parent="projects/default", vm_id="web", vm=a_vm())
    hello = agent_service_pb2.ConnectRequest(hello=agent_service_pb2.AgentHello(host_id="node-1", host=a_host()))
    streams = {
        "/chronovisor.v1.VmService/ExecuteCommands": vm_service_pb2.ExecuteCommandsRequest(create_vm=create),
        "/chronovisor.v1.AgentService/OpenSession": hello,
    }
    calls: Any = plane.channel
    for path, first in streams.items():
        call = calls.stream_stream(path)(both(first.SerializeToString()), timeout=WAIT_S)
        with pytest.raises(aio.AioRpcError) as caught:
            async for _ in call:
                pass
        assert refusal_of(caught.value).reason == "INVALID_REQUEST"
    assert (await plane.get()).name.endswith("/web")
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


async def both(first: bytes) -> AsyncIterator[bytes]:
    yield first
    yield b"\xff\xff\xff"


def calls_of(plane: Plane) -> list[Any]:
    """Of each kind, and none that ends at once."""
    agents = agent_service_pb2_grpc.AgentServiceStub(plane.channel)
    return [
        plane.history.WatchEvents(history_service_pb2.WatchEventsRequest()),
        plane.history.VerifyLedger(history_service_pb2.VerifyLedgerRequest()),
        plane.history.WhatIf(what_if_pb2.WhatIfRequest()),
        plane.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent="projects/-")),
        plane.vms.ListVms(vm_service_pb2.ListVmsRequest(parent="projects/-")),
        plane.utilization.WatchUtilization(utilization_service_pb2.WatchUtilizationRequest()),
        agents.OpenSession(),
        plane.vms.ExecuteCommands(),
    ]


async def test_callers_that_leave_leave_nothing_in_the_log(plane: Plane, caplog: pytest.LogCaptureFixture) -> None:
    await plane.create()
    for turn in range(10):
        calls = calls_of(plane)
        for call in calls:
            if hasattr(call, "write"):
                await call.write(agent_service_pb2.ConnectRequest())
        for _ in range(turn):
            await asyncio.sleep(0)
        for call in calls:
            call.cancel()
    await plane.get()
    assert not [each for each in caplog.records if each.exc_info or each.levelno >= logging.ERROR]


def test_grpc_does_not_log_answers_that_nobody_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    class ExecuteBatchError(Exception):
        """As gRPC names it."""

    ErrorMapping(None)  # pyright: ignore[reportArgumentType]
    logger = logging.getLogger("grpc._cython.cygrpc")
    for error in (ExecuteBatchError("Failed"), ValueError("ours")):
        logger.error("raised", exc_info=error)
    assert [each.exc_info[0] for each in caplog.records if each.exc_info] == [ValueError]
