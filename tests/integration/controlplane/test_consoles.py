"""Serial consoles over gRPC, of guests on simulated hosts: who sees what, who writes, and what the ledger has of it."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import agent_service_pb2 as agent_api
from chronovisor.v1 import agent_service_pb2_grpc, history_service_pb2, timeline_pb2
from chronovisor.v1 import console_service_pb2 as api
from hostagent.drivers.base import VmUid

from controlplane.commands.consoles import RecordConsole
from controlplane.domain.command import CommandContext
from controlplane.domain.vm.consoles import ConsoleEvent
from controlplane.queries.consoles import last_console_event
from controlplane.rpc.console.serial_hub import KEPT_BYTES
from tests.integration.controlplane.consoles import (
    BERT,
    TAKE_OVER,
    WEB,
    WRITE,
    Console,
    console_events,
    log_of,
    opened,
    until_closed,
)
from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, refused, running, vm_name, vm_of
from tests.integration.controlplane.simulated_hosts import SimulatedHosts, simulated_hosts
from tests.integration.controlplane.tenants import by, two_tenants
from tests.support.waiting import WAIT_S, until


@asynccontextmanager
async def a_guest(plane: Plane) -> AsyncGenerator[SimulatedHosts]:
    """The VM `web` runs on a simulated host."""
    async with simulated_hosts(plane, "node-1") as hosts:

        async def is_known() -> bool:
            return plane.control_plane.reads.inventory.host_named("hosts/node-1") is not None

        await until(is_known)
        await plane.create()
        vm_of(await plane.wait(await plane.start()))
        yield hosts


@pytest.mark.covers("ConsoleService.OpenSerialConsole", "AgentService.OpenTunnel")
async def test_what_is_typed_reaches_the_guest_and_all_see_its_answer(plane: Plane) -> None:
    async with a_guest(plane):
        watcher = await Console(plane, backlog_bytes=1000, metadata=BERT).open()
        writer = await Console(plane, mode=WRITE).open()
        assert writer.state == (True, "")
        assert (await watcher.until_writer()).written_by == "user:alice"
        await writer.type("echo hello-guest\r")
        await writer.until(b"\r\nhello-guest\r\n# ")
        await watcher.until(b"simulated guest web ready")
        await watcher.until(b"\r\nhello-guest\r\n# ")
        # It began where the log was then.
        assert b"ready" not in writer.output
        writer.leave()
        watcher.leave()
        await until_closed(plane, 2)


async def test_the_ledger_has_who_opened_it_and_never_what_was_typed(plane: Plane) -> None:
    async with a_guest(plane):
        etag = (await plane.get()).etag
        writer = await Console(plane, mode=WRITE, reason="it hangs").open()
        await writer.type("echo s3cret\r")
        await writer.until(b"\r\ns3cret\r\n")
        writer.leave()
        (closed,) = await until_closed(plane, 1)
        (opened, _) = await console_events(plane)
        vm = await plane.get()
        assert vm.etag == etag
        assert (opened.actor, opened.reason, opened.stream) == ("user:alice", "it hangs", f"consoles/{vm.uid}")
        assert opened.console_opened.session == closed.console_closed.session == (writer.opened or closed).session
        assert closed.console_closed.input_bytes == len("echo s3cret\r")
        assert closed.console_closed.output_bytes >= len("echo s3cret\r\ns3cret\r\n")
        assert closed.console_closed.duration.ToMicroseconds() > 0
        everything = (await plane.history.ListEvents(history_service_pb2.ListEventsRequest(page_size=1000))).events
        assert b"s3cret" not in b"".join(each.SerializeToString() for each in everything)
        # The VM's own history, its project's and the fleet's have it, newest first, too.
        for parent in (WEB, DEFAULT, ""):
            assert (await plane.events(parent)).count("console_opened") == 1
        newest = history_service_pb2.ListEventsRequest(parent=WEB, newest_first=True, page_size=2)
        found = [each.WhichOneof("payload") for each in (await plane.history.ListEvents(newest)).events]
        assert found == ["console_closed", "console_opened"]
        timeline = await plane.history.GetTimeline(timeline_pb2.GetTimelineRequest(name=WEB))
        assert timeline.buckets


async def test_one_writes_and_whoever_takes_over_has_the_other_watch(plane: Plane) -> None:
    async with a_guest(plane):
        first = await Console(plane, mode=WRITE).open()
        second = await Console(plane, mode=WRITE, metadata=BERT).open()
        assert second.state == (False, "user:alice")
        await second.type("echo lost\r")
        third = await Console(plane, mode=TAKE_OVER, metadata=BERT).open()
        assert third.state == (True, "")
        changed = await first.until_writer()
        assert (changed.writer, changed.written_by) == (False, "user:bert")
        await first.type("echo late\r")
        await third.type("echo kept\r")
        await third.until(b"\r\nkept\r\n")
        assert b"lost" not in third.output
        assert b"late" not in third.output
        # Whoever waits to write is next; whoever was taken over from is not.
        third.leave()
        assert (await second.until_writer()).written_by == "user:bert"
        assert (await second.until_writer()).writer
        await second.type("echo now\r")
        await second.until(b"\r\nnow\r\n")
        await first.until(b"\r\nnow\r\n")
        for each in (first, second):
            each.leave()
        await until_closed(plane, 3)


async def test_a_client_that_never_reads_keeps_nobody_waiting_and_is_moved_forward(plane: Plane) -> None:
    # gRPC takes some off the server before it is changed that nobody reads.
    small = [("grpc.http2.lookahead_bytes", 16 << 10), ("grpc.http2.bdp_probe", 0)]
    address = f"127.0.0.1:{plane.control_plane.port}"
    async with a_guest(plane), grpc.aio.insecure_channel(address, options=small) as channel:
        sleeper = await Console(Plane(plane.control_plane, channel)).open()
        writer = await Console(plane, mode=WRITE).open()
        text = "x" * 1000
        for number in range(3 * KEPT_BYTES // len(text)):
            await writer.type(f"echo {number}-{text}\r")
            await writer.until(f"\r\n{number}-{text}\r\n".encode())
            writer.output = writer.output[-10:]
        while not sleeper.skipped:
            assert await sleeper.next()
        assert sleeper.skipped > 0
        for each in (sleeper, writer):
            each.leave()
        await until_closed(plane, 2)


async def test_whoever_sends_much_at_once_is_taken_as_fast_as_the_guest_takes_it(plane: Plane) -> None:
    async with a_guest(plane) as hosts:
        writer = await Console(plane, mode=WRITE).open()
        uid = VmUid((await plane.get()).uid)
        console = hosts.drivers["node-1"].console_log(uid)
        console.takes_input.clear()
        sending = asyncio.create_task(_send(writer, b"y" * (300 << 10)))
        hub = plane.control_plane.consoles.hub_of(uid)
        assert hub
        tunnel = hub.tunnel

        async def is_under_way() -> bool:
            return tunnel.in_flight > 0

        await until(is_under_way)
        # Others are served meanwhile.
        watcher = await Console(plane).open()
        assert tunnel.in_flight <= 16 << 10
        console.takes_input.set()
        await asyncio.wait_for(sending, WAIT_S)
        await writer.type("\recho after\r")
        await watcher.until(b"\r\nafter\r\n")
        for each in (writer, watcher):
            each.leave()
        closed = await until_closed(plane, 2)
        assert sum(each.console_closed.input_bytes for each in closed) == (300 << 10) + len("\recho after\r")


async def _send(writer: Console, data: bytes) -> None:
    for start in range(0, len(data), 60 << 10):
        await writer.type(data[start : start + (60 << 10)])


async def test_it_ends_with_the_guest_and_can_be_opened_once_it_runs_again(plane: Plane) -> None:
    async with a_guest(plane):
        console = await Console(plane).open()
        await plane.wait(await plane.stop())
        ended = await console.until_ended()
        assert ended.reason == api.CONSOLE_END_REASON_GUEST_ENDED
        (closed,) = await until_closed(plane, 1)
        assert closed.console_closed.why == ended.text
        found = await refused(Console(plane).open())
        assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE")
        await plane.wait(await plane.start())
        again = await Console(plane, backlog_bytes=1000).open()
        await again.until(b"ready")
        again.leave()
        await until_closed(plane, 2)


async def test_it_ends_with_the_agent_and_nothing_is_left(plane: Plane) -> None:
    async with a_guest(plane) as hosts:
        console = await Console(plane, mode=WRITE).open()
        await hosts.end("node-1")
        ended = await console.until_ended()
        assert ended.reason == api.CONSOLE_END_REASON_AGENT_LOST
        await until_closed(plane, 1)
        assert not plane.control_plane.consoles.sessions
        assert plane.control_plane.consoles.hub_of(VmUid((await plane.get()).uid)) is None
        hosts.begin("node-1")
        again = await opened(plane, mode=WRITE)
        await again.type("echo back\r")
        await again.until(b"\r\nback\r\n")
        again.leave()
        await until_closed(plane, 2)


async def test_a_server_that_ends_says_so_and_records_it(tmp_path: Any) -> None:
    store = f"sqlite:///{tmp_path}/ledger.db"
    async with running(store) as plane, a_guest(plane):
        console = await Console(plane).open()
        closing = asyncio.create_task(plane.control_plane.consoles.close())
        assert (await console.until_ended()).reason == api.CONSOLE_END_REASON_SERVER_ENDING
        await closing
    async with running(store) as plane:
        (closed,) = await until_closed(plane, 1)
        assert closed.console_closed.why.startswith("the server ended")


@pytest.mark.covers("ConsoleService.ReadConsoleLog")
async def test_the_log_is_read_from_any_byte(plane: Plane) -> None:
    async with a_guest(plane):
        (all_of_it,) = await log_of(plane)
        assert all_of_it.data == b"simulated guest web ready\r\n# "
        assert (all_of_it.offset, all_of_it.oldest_offset, all_of_it.end_offset) == (0, 0, len(all_of_it.data))
        (part,) = await log_of(plane, offset=10)
        assert (part.offset, part.data) == (10, all_of_it.data[10:])
        (last,) = await log_of(plane, offset=-2)
        assert last.data == b"# "
        (none,) = await log_of(plane, offset=1 << 40)
        assert (none.offset, none.data) == (len(all_of_it.data), b"")
        kinds = [each.console_opened.kind for each in await console_events(plane) if each.HasField("console_opened")]
        assert len(kinds) == 4


async def test_a_log_that_is_followed_goes_on_and_ends_with_its_caller(plane: Plane) -> None:
    async with a_guest(plane):
        request = api.ReadConsoleLogRequest(name=WEB, follow=True)
        call: Any = plane.consoles.ReadConsoleLog(request, metadata=ACTOR)
        assert b"ready" in (await call.read()).data
        writer = await Console(plane, mode=WRITE).open()
        await writer.type("echo more\r")
        found = b""
        while b"\r\nmore\r\n" not in found:
            found += (await asyncio.wait_for(call.read(), WAIT_S)).data
        call.cancel()
        writer.leave()
        await until_closed(plane, 2)


@pytest.mark.provokes("CONSOLE_UNSUPPORTED", "CONSOLE_UNAVAILABLE")
async def test_agents_that_know_no_consoles_or_are_silent_or_away_are_answered_apart(plane: Plane) -> None:
    async with connected(plane, "node-1") as agent:
        await plane.create()
        await plane.start()
        uid = (await plane.get()).uid
        await agent.until(lambda: uid in agent.desired)
        await agent.obey(uid)
        older = await refused(Console(plane).open())
        assert (older.code, older.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CONSOLE_UNSUPPORTED")
        assert "older" in older.message

    async def is_away() -> bool:
        return (await refused(Console(plane).open())).reason != "CONSOLE_UNSUPPORTED"

    await until(is_away)
    away = await refused(Console(plane).open())
    assert (away.code, away.reason) == (grpc.StatusCode.UNAVAILABLE, "CONSOLE_UNAVAILABLE")
    kinds = [agent_api.TUNNEL_KIND_SERIAL, agent_api.TUNNEL_KIND_CONSOLE_LOG]
    async with connected(plane, "node-1", instance="two", tunnels=kinds):
        silent = await refused(Console(plane).open())
        assert (silent.code, silent.reason) == (grpc.StatusCode.UNAVAILABLE, "CONSOLE_UNAVAILABLE")
        assert "within 5 s" in silent.message
        assert not plane.control_plane.consoles.sessions
    assert await console_events(plane) == []


@pytest.mark.provokes("TUNNEL_NOT_FOUND")
async def test_a_tunnel_that_nobody_requested_is_refused(plane: Plane) -> None:
    stub = agent_service_pb2_grpc.AgentServiceStub(plane.channel)
    for tunnel_id, expected in (("guessed", "TUNNEL_NOT_FOUND"), ("", "INVALID_FIELD")):
        call = stub.OpenTunnel(iter([agent_api.TunnelData(tunnel_id=tunnel_id)]))
        assert (await refused(call.read())).reason == expected


async def test_what_no_client_sends_is_refused(plane: Plane) -> None:
    async with a_guest(plane):
        for opening in (
            api.OpenSerialConsoleRequest(input=b"x"),
            api.OpenSerialConsoleRequest(open=api.SerialConsoleOpening(name="web")),
            api.OpenSerialConsoleRequest(open=api.SerialConsoleOpening(name=WEB, backlog_bytes=-1)),
            api.OpenSerialConsoleRequest(open=api.SerialConsoleOpening(name=WEB, mode=9)),  # pyright: ignore[reportArgumentType]
        ):
            call = plane.consoles.OpenSerialConsole(iter([opening]), metadata=ACTOR)
            assert (await refused(call.read())).reason == "INVALID_FIELD"
        none = await refused(Console(plane, vm_name("none")).open())
        assert none.reason == "VM_NOT_FOUND"
        for mode, data in ((0, b"x"), (WRITE, b"x" * (65 << 10))):
            console = await Console(plane, mode=mode).open()
            await console.type(data)
            assert (await refused(console.until(b"never"))).reason == "INVALID_FIELD"


async def test_whoever_may_only_see_a_vm_may_watch_and_not_write() -> None:
    async with two_tenants() as tenants:
        red = "projects/red/vms/only-red"
        viewer = by("vera")
        await tenants.bind("projects/red", ("project-admin", "user:anna"), ("viewer", "user:vera"))
        watching = await refused(Console(tenants, red, metadata=viewer).open())
        # It has no host: who may not is refused before that.
        assert watching.reason == "WRONG_STATE"
        writing = await refused(Console(tenants, red, WRITE, viewer).open())
        assert (writing.reason, writing.metadata["permission"]) == ("ACCESS_DENIED", "vms.console.write")
        watching = await refused(Console(tenants, red, WRITE, by("anna")).open())
        assert watching.reason == "WRONG_STATE"
        stranger = await refused(Console(tenants, red, metadata=by("bert")).open())
        assert (stranger.reason, stranger.metadata["permission"]) == ("ACCESS_DENIED", "vms.console.read")


async def test_the_sessions_of_a_server_that_was_killed_are_closed_by_the_next(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        vm = vm_of(await plane.create())
        for session in ("lost-1", "ended", "lost-2"):
            opened = ev.ConsoleOpened(vm_uid=vm.uid, session=session, kind=ev.CONSOLE_KIND_PORT, port=22)
            await record(plane, opened)
        await record(plane, ev.ConsoleClosed(vm_uid=vm.uid, session="ended", kind=ev.CONSOLE_KIND_PORT))
    for _ in range(2):
        async with running(store) as plane:

            async def are_closed(plane: Plane = plane) -> bool:
                return len(await closed(plane)) == 3

            await until(are_closed)
            lost = (await closed(plane))[1:]
            assert [each.console_closed.session for each in lost] == ["lost-1", "lost-2"]
            for each in lost:
                assert (each.actor, each.console_closed.port) == ("system:consoles", 22)
                assert each.console_closed.why == "the server was lost"
                assert not each.console_closed.HasField("duration")


async def record(plane: Plane, event: ConsoleEvent) -> None:
    """As a server does that is killed then."""
    last = last_console_event(plane.control_plane.reads.ledger, event.vm_uid)
    command, by = RecordConsole(event, last), CommandContext("user:alice", str(uuid.uuid4()))
    await plane.control_plane.commands.enqueue(command, by)


async def closed(plane: Plane) -> list[ev.Event]:
    request = history_service_pb2.ListEventsRequest(parent=f"{DEFAULT}/vms/web", event_types=["ConsoleClosed"])
    return list((await plane.history.ListEvents(request)).events)
