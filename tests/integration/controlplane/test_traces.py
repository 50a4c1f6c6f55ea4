"""Traces: from a call's `traceparent` through the ledger to the agent, and from history to the trace and back."""

import subprocess
import sys
from collections.abc import AsyncIterator, Generator

import grpc
import pytest
from chronovisor.tracing import TraceContext, Tracer
from chronovisor.v1 import vm_pb2, vm_service_pb2
from chronovisor.v1.history_service_pb2 import ListEventsRequest, WatchEventsRequest
from grpc import aio
from hostagent.drivers.simulated.driver import SimulatedDriver

from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_vm, running, vm_name, vm_of
from tests.integration.controlplane.simulated_hosts import simulated_hosts
from tests.support.collector import CollectedSpan, Collector, collecting
from tests.support.waiting import until

TRACE = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


@pytest.fixture
def collector() -> Generator[Collector]:
    with collecting() as found:
        yield found


async def create(plane: Plane, traceparent: str, vm_id: str = "web", *, start: bool = False) -> None:
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=a_vm(image="tiny"), start=start)
    await plane.vms.CreateVm(request, metadata=(*ACTOR, ("traceparent", traceparent)))


async def test_a_trace_leads_from_the_call_to_the_guest_and_history_leads_to_it(collector: Collector) -> None:
    async with running(trace_to=collector.url) as plane, simulated_hosts(plane) as hosts:
        tracer = Tracer(collector.url, "chronovisor-agent", host="node-1")
        hosts.drivers["node-1"] = SimulatedDriver(name="node-1", network=hosts.network)
        hosts.begin("node-1", tracer)
        await until(lambda: _is_known(plane))
        await create(plane, str(TRACE), start=True)
        await until(lambda: _runs(plane))
        events = (await plane.history.ListEvents(ListEventsRequest(of_trace_id=TRACE.trace_id.upper()))).events
        tracer.close()
    types = {each.WhichOneof("payload") for each in events}
    assert {"vm_created", "vm_start_requested", "capacity_held", "vm_started"} <= types
    assert {each.trace_id for each in events} == {TRACE.trace_id}
    found = collector.of(TRACE.trace_id)
    call = named(found, "chronovisor.v1.VmService/CreateVm")
    assert call.parent == TRACE.span_id
    assert {each.span_id for each in events} == {call.span_id}
    parts = [each for each in found if each is not call]
    assert {each.parent for each in parts} == {call.span_id}
    # Of the call's command, and of what the agent reported.
    assert sorted(each.name for each in parts if each.service == "chronovisord") == sorted(
        ["decide", "commit", "project"] * 2
    )
    steps = {each.name for each in parts if each.service == "chronovisor-agent"}
    assert {"Define", "Start"} <= steps


def named(spans: list[CollectedSpan], name: str) -> CollectedSpan:
    (found,) = [each for each in spans if each.name == name]
    return found


async def _is_known(plane: Plane) -> bool:
    return bool(plane.control_plane.reads.inventory.hosts)


async def _runs(plane: Plane) -> bool:
    found = await plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=vm_name("web")))
    return found.state == vm_pb2.VM_STATE_RUNNING


async def test_what_its_caller_does_not_sample_is_not_traced(collector: Collector) -> None:
    async with running(trace_to=collector.url, trace_ratio=1.0) as plane:
        await create(plane, str(TRACE).removesuffix("01") + "00")
        await create(plane, "00-nonsense", "other")
        events = (await plane.history.ListEvents(ListEventsRequest(event_types=["VmCreated"]))).events
    by_name = {each.vm_created.name: each.trace_id for each in events}
    assert by_name[vm_name("web")] == ""
    # What is no trace context is as none: it begins a trace of its own, by the ratio.
    assert len(by_name[vm_name("other")]) == 32
    assert not collector.of(TRACE.trace_id)
    assert named(collector.of(by_name[vm_name("other")]), "chronovisor.v1.VmService/CreateVm").parent == ""


async def test_a_refusal_is_a_span_that_failed(collector: Collector) -> None:
    async with running(trace_to=collector.url) as plane:
        await create(plane, str(TRACE))
        with pytest.raises(aio.AioRpcError) as refused:
            await create(plane, str(TRACE))
        assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
    calls = [each for each in collector.of(TRACE.trace_id) if each.name.endswith("CreateVm")]
    assert [each.failed for each in calls] == [False, True]


OTHER = TraceContext("11111111111111111111111111111111", "2222222222222222")
COMMANDS = "chronovisor.v1.VmService/ExecuteCommands"
CREATE = "chronovisor.v1.VmService/CreateVm"


def unsampled(trace: TraceContext) -> str:
    return str(trace).removesuffix("01") + "00"


async def executed(plane: Plane, stream: str, **traceparents: str) -> dict[str, str]:
    """Creates a VM with each name in one stream; gives the trace ids of their events."""

    async def commands() -> AsyncIterator[vm_service_pb2.ExecuteCommandsRequest]:
        for vm_id, traceparent in traceparents.items():
            create_vm = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=a_vm(image="tiny"))
            yield vm_service_pb2.ExecuteCommandsRequest(create_vm=create_vm, traceparent=traceparent)

    metadata = (*ACTOR, ("traceparent", stream)) if stream else ACTOR
    answers = [each async for each in plane.vms.ExecuteCommands(commands(), metadata=metadata)]
    assert len(answers) == len(traceparents)
    events = (await plane.history.ListEvents(ListEventsRequest(event_types=["VmCreated"]))).events
    return {each.vm_created.name.rpartition("/")[2]: each.trace_id for each in events}


async def test_each_command_of_a_stream_is_a_span_of_the_stream_or_of_the_trace_that_it_names(
    collector: Collector,
) -> None:
    async with running(trace_to=collector.url) as plane:
        traces = await executed(plane, str(TRACE), a="", b="", c=str(OTHER), d=unsampled(OTHER), e="00-nonsense")
        refused = await executed(plane, str(TRACE), a="")
    assert traces == {"a": TRACE.trace_id, "b": TRACE.trace_id, "c": OTHER.trace_id, "d": "", "e": TRACE.trace_id}
    assert refused == traces
    found = collector.of(TRACE.trace_id)
    first, second = (each for each in found if each.name == COMMANDS)
    assert (first.parent, second.parent) == (TRACE.span_id, TRACE.span_id)
    assert (first.attributes["chronovisor.messages"], second.attributes["chronovisor.messages"]) == ("5", "1")
    assert (first.failed, second.failed) == (False, False)
    commands = [each for each in found if each.name == CREATE]
    assert [(each.parent, each.failed) for each in commands] == [(first.span_id, False)] * 3 + [(second.span_id, True)]
    assert len({each.span_id for each in commands}) == 4
    decided = [each.parent for each in found if each.name == "decide"]
    assert sorted(decided) == sorted(each.span_id for each in commands)
    assert named(collector.of(OTHER.trace_id), CREATE).parent == OTHER.span_id


async def test_commands_of_a_stream_that_its_caller_does_not_sample_are_not_traced(collector: Collector) -> None:
    async with running(trace_to=collector.url, trace_ratio=1.0) as plane:
        traces = await executed(plane, unsampled(TRACE), a="", b=str(OTHER))
    assert traces == {"a": "", "b": OTHER.trace_id}
    assert not collector.of(TRACE.trace_id)


async def test_commands_of_a_stream_that_is_in_no_trace_begin_a_trace_each(collector: Collector) -> None:
    async with running(trace_to=collector.url, trace_ratio=1.0) as plane:
        traces = await executed(plane, "", a="", b="")
    stream = named(collector.spans, COMMANDS)
    assert len({traces["a"], traces["b"], stream.trace_id}) == 3
    assert named(collector.of(traces["a"]), CREATE).parent == ""


async def test_a_watch_is_one_span_with_counts(collector: Collector) -> None:
    async with running(trace_to=collector.url) as plane:
        request = WatchEventsRequest(event_types=["VmCreated"], max_batch_size=2)
        watch = plane.history.WatchEvents(request, metadata=(*ACTOR, ("traceparent", str(TRACE))))
        for vm_id in ("a", "b", "c"):
            await plane.create(vm_id)
        seen = 0
        async for message in watch:
            seen += len(message.events.events) or message.HasField("event")
            if seen == 3:
                break
        watch.cancel()
        await until(lambda: _is_over(plane))
    span = named(collector.of(TRACE.trace_id), "chronovisor.v1.HistoryService/WatchEvents")
    assert (span.parent, span.failed) == (TRACE.span_id, False)
    assert span.attributes["chronovisor.items"] == "3"
    assert 2 <= int(span.attributes["chronovisor.messages"]) <= 8
    assert len(collector.of(TRACE.trace_id)) == 1


async def _is_over(plane: Plane) -> bool:
    return not plane.control_plane.tail.subscribers


async def test_a_watch_that_is_refused_is_a_span_that_failed(collector: Collector) -> None:
    async with running(trace_to=collector.url) as plane:
        watch = plane.history.WatchEvents(
            WatchEventsRequest(parent=vm_name("none")), metadata=(*ACTOR, ("traceparent", str(TRACE)))
        )
        with pytest.raises(aio.AioRpcError):
            await watch.read()
    assert named(collector.of(TRACE.trace_id), "chronovisor.v1.HistoryService/WatchEvents").failed


async def test_an_agents_session_is_no_span(collector: Collector) -> None:
    async with running(trace_to=collector.url, trace_ratio=1.0) as plane, simulated_hosts(plane) as hosts:
        hosts.add("node-1")
        await until(lambda: _is_known(plane))
        events = (await plane.history.ListEvents(ListEventsRequest(event_types=["HostRegistered"]))).events
    assert [each.trace_id for each in events] == [""]
    assert not [each for each in collector.spans if each.name.endswith("OpenSession")]


async def test_a_collector_that_is_not_there_harms_no_call() -> None:
    pytest.importorskip("opentelemetry.sdk")
    async with running(trace_to="http://127.0.0.1:9", trace_ratio=1.0) as plane:
        assert vm_of(await plane.create()).name == vm_name("web")


async def test_nothing_is_traced_without_a_collector() -> None:
    async with running() as plane:
        await create(plane, str(TRACE))
        (event,) = (await plane.history.ListEvents(ListEventsRequest(event_types=["VmCreated"]))).events
    assert (event.trace_id, event.span_id) == ("", "")


def test_opentelemetry_is_not_loaded_where_nothing_is_traced() -> None:
    loads = "import sys, controlplane.bootstrap, hostagent.agent; sys.exit('opentelemetry.sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loads], check=False, timeout=60).returncode == 0
