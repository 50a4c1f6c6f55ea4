"""Traces of calls over HTTP: a `traceparent` header is what gRPC's metadata is."""

import json
from pathlib import Path

import pytest
from chronovisor.tracing import TraceContext
from chronovisor.v1.history_service_pb2 import ListEventsRequest

from tests.integration.gateway.rig import HISTORY, VMS, gatewayed, serves
from tests.support.collector import collecting
from tests.support.waiting import until

TRACE = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
VM = {"spec": {"resources": {"vcpus": 1, "memoryMib": 64, "diskGib": 1}, "boot": {"image": {"image": "tiny"}}}}


@pytest.mark.slow
async def test_calls_and_streams_over_http_are_part_of_their_callers_trace(tmp_path: Path) -> None:
    header = {"traceparent": str(TRACE)}
    with collecting() as collector:
        async with gatewayed(tmp_path, trace_to=collector.url) as plane:
            await serves(plane)
            answer = await plane.call(
                f"{VMS}/CreateVm", {"parent": "projects/default", "vmId": "web", "vm": VM}, **header
            )
            assert answer.status == 200, answer.body
            async with plane.http.stream("GET", "/v1/events:watch", headers=header) as stream:
                async for line in stream.aiter_lines():
                    if line and "vmCreated" in json.dumps(json.loads(line)):
                        break

            async def is_over() -> bool:
                return not plane.control_plane.tail.subscribers

            await until(is_over)
            events = (await plane.history.ListEvents(ListEventsRequest(of_trace_id=TRACE.trace_id))).events
        assert [each.WhichOneof("payload") for each in events] == ["vm_created"]
        spans = {each.name: each for each in collector.of(TRACE.trace_id)}
    calls = {spans[f"{VMS}/CreateVm"].parent, spans[f"{HISTORY}/WatchEvents"].parent}
    assert calls == {TRACE.span_id}
    assert int(spans[f"{HISTORY}/WatchEvents"].attributes["chronovisor.items"]) >= 1
