"""Screens over gRPC, of guests on simulated hosts: what is shown to whom, and what the ledger has of it."""

import asyncio
import struct
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import agent_service_pb2 as agent_api
from chronovisor.v1 import console_service_pb2 as api
from chronovisor.v1 import history_service_pb2
from hostagent.drivers.base import VmUid
from hostagent.drivers.simulated.screen import drawn

from controlplane.rpc.console.service import MOST_VIEWERS
from tests.integration.controlplane.consoles import BERT, TAKE_OVER, WEB, WRITE
from tests.integration.controlplane.fake_agent import a_host, connected
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, refused, vm_name, vm_of
from tests.integration.controlplane.simulated_hosts import SimulatedHosts, simulated_hosts
from tests.integration.controlplane.tenants import by, two_tenants
from tests.integration.controlplane.viewers import Viewer
from tests.support.waiting import WAIT_S, until


@asynccontextmanager
async def a_guest(plane: Plane, *, screen: bool = True) -> AsyncGenerator[SimulatedHosts]:
    """The VM `web` runs on a simulated host, with a screen."""
    async with simulated_hosts(plane, "node-1") as hosts:

        async def is_known() -> bool:
            return plane.control_plane.reads.inventory.host_named("hosts/node-1") is not None

        await until(is_known)
        await plane.create(screen=screen)
        vm_of(await plane.wait(await plane.start()))
        yield hosts


async def looked(plane: Plane, name: str = WEB, metadata: Any = ACTOR) -> bytes:
    return (await plane.consoles.GetScreenshot(api.GetScreenshotRequest(name=name), metadata=metadata)).png


async def events_of(plane: Plane, *types: str) -> list[Any]:
    request = history_service_pb2.ListEventsRequest(parent=WEB, event_types=types, page_size=100)
    return list((await plane.history.ListEvents(request)).events)


def pixels_of(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and rows, of an image without filters. Each chunk's sum must hold."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", png, place + 8 + length) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        place += 12 + length
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    lines = zlib.decompress(chunks[b"IDAT"])
    step = width * 3 + 1
    return width, height, b"".join(lines[start + 1 : start + step] for start in range(0, len(lines), step))


@pytest.mark.covers("ConsoleService.GetScreenshot")
async def test_a_screen_is_shown_as_it_is_and_the_ledger_has_who_looked(plane: Plane) -> None:
    async with a_guest(plane):
        vm = await plane.get()
        image = await looked(plane)
        assert pixels_of(image) == tuple(drawn(vm.uid))
        (event,) = await events_of(plane, "ConsoleScreenshotTaken")
        assert (event.actor, event.stream) == ("user:alice", f"consoles/{vm.uid}")
        taken = event.console_screenshot_taken
        assert (taken.vm_uid, taken.size_bytes, taken.incarnation) == (vm.uid, len(image), vm.incarnation)
        assert (await plane.get()).etag == vm.etag
        for parent in (WEB, DEFAULT, ""):
            assert (await plane.events(parent)).count("console_screenshot_taken") == 1
        everything = (await plane.history.ListEvents(history_service_pb2.ListEventsRequest(page_size=1000))).events
        assert b"PNG" not in b"".join(each.SerializeToString() for each in everything)


async def until_closed(plane: Plane, sessions: int) -> list[Any]:
    """Waits until so many sessions are closed in the ledger, and returns their ends."""
    async with asyncio.timeout(WAIT_S):
        while len(closed := await events_of(plane, "ConsoleClosed")) < sessions:  # noqa: ASYNC110 - the ledger has no event
            await asyncio.sleep(0.02)
    return closed


@pytest.mark.covers("ConsoleService.OpenScreen")
async def test_a_viewer_sees_the_screen_and_what_it_types_changes_it(plane: Plane) -> None:
    async with a_guest(plane) as hosts:
        vm = await plane.get()
        screen = hosts.drivers["node-1"].screen(VmUid(vm.uid))
        viewer = await Viewer(plane, mode=WRITE, reason="it hangs").seen()
        assert viewer.opened
        assert viewer.opened.writer
        assert await viewer.picture() == drawn(vm.uid).pixels
        await viewer.press(0x61)
        assert await viewer.picture(incremental=True) == screen.picture.pixels != drawn(vm.uid).pixels
        assert screen.pressed == [0x61]
        viewer.leave()
        (closed,) = await until_closed(plane, 1)
        (opened,) = await events_of(plane, "ConsoleOpened")
        assert (opened.actor, opened.reason, opened.stream) == ("user:alice", "it hangs", f"consoles/{vm.uid}")
        assert opened.console_opened.kind == closed.console_closed.kind == ev.CONSOLE_KIND_SCREEN
        assert opened.console_opened.mode == ev.CONSOLE_MODE_WRITE
        assert closed.console_closed.output_bytes > 2 * len(drawn(vm.uid).pixels)
        assert not plane.control_plane.consoles.sessions


async def test_one_writes_and_of_others_what_writes_is_left_out(plane: Plane) -> None:
    async with a_guest(plane) as hosts:
        screen = hosts.drivers["node-1"].screen(VmUid((await plane.get()).uid))
        first = await Viewer(plane, mode=WRITE).seen()
        watcher = await Viewer(plane, metadata=BERT).seen()
        assert watcher.opened
        assert (watcher.opened.writer, watcher.opened.written_by) == (False, "user:alice")
        await watcher.press(0x62)
        await watcher.picture()
        second = await Viewer(plane, mode=TAKE_OVER, metadata=BERT).seen()
        changed = await first.until_writer()
        assert (changed.writer, changed.written_by) == (False, "user:bert")
        await first.press(0x63)
        await first.picture()
        await second.press(0x64)
        assert await watcher.picture(incremental=True) == screen.picture.pixels
        assert screen.pressed == [0x64]
        for each in (first, watcher, second):
            each.leave()
        await until_closed(plane, 3)


async def test_a_viewer_that_never_reads_is_sent_no_more_and_keeps_nobody_waiting(plane: Plane) -> None:
    small = [("grpc.http2.lookahead_bytes", 16 << 10), ("grpc.http2.bdp_probe", 0)]
    address = f"127.0.0.1:{plane.control_plane.port}"
    async with a_guest(plane) as hosts, grpc.aio.insecure_channel(address, options=small) as channel:
        screen = hosts.drivers["node-1"].screen(VmUid((await plane.get()).uid))
        sleeper = await Viewer(Plane(plane.control_plane, channel)).seen()
        other = await Viewer(plane, mode=WRITE).seen()
        pictures = 40
        for _ in range(pictures):
            await sleeper.ask()
            await other.picture()
        # Each is 300 KiB: most of them were never sent.
        assert screen.shown[0] < pictures // 2 < screen.shown[1]
        await other.press(0x61)
        assert await other.picture(incremental=True) == screen.picture.pixels
        for each in (sleeper, other):
            each.leave()
        await until_closed(plane, 2)


async def test_whoever_sends_much_at_once_is_taken_as_fast_as_the_screen_takes_it(plane: Plane) -> None:
    async with a_guest(plane) as hosts:
        screen = hosts.drivers["node-1"].screen(VmUid((await plane.get()).uid))
        viewer = await Viewer(plane, mode=WRITE).seen()
        size = 300 << 10
        await viewer.send(struct.pack(">B3xI", 6, size))
        for start in range(0, size, 60 << 10):
            await viewer.send(bytes(min(60 << 10, size - start)))
        await viewer.press(0x61)
        await viewer.picture(incremental=False)
        assert screen.pressed == [0x61]
        viewer.leave()
        (closed,) = await until_closed(plane, 1)
        assert closed.console_closed.input_bytes > size


async def test_it_ends_with_the_guest_the_agent_and_what_no_viewer_sends(plane: Plane) -> None:
    async with a_guest(plane) as hosts:
        viewer = await Viewer(plane).seen()
        await plane.wait(await plane.stop())
        assert (await viewer.until_ended()).reason == api.CONSOLE_END_REASON_GUEST_ENDED
        assert (await refused(Viewer(plane).open())).reason == "WRONG_STATE"
        await plane.wait(await plane.start())
        bad = await Viewer(plane).seen()
        await bad.send(b"\x63")
        assert (await refused(bad.until_ended())).fields == ["data"]
        viewer = await Viewer(plane).seen()
        await hosts.end("node-1")
        assert (await viewer.until_ended()).reason == api.CONSOLE_END_REASON_AGENT_LOST
        await until_closed(plane, 3)
        assert not plane.control_plane.consoles.sessions


async def test_more_viewers_than_a_screen_has_are_refused(plane: Plane) -> None:
    async with a_guest(plane):
        viewers = [await Viewer(plane).open() for _ in range(MOST_VIEWERS)]
        found = await refused(Viewer(plane).open())
        assert found.code == grpc.StatusCode.RESOURCE_EXHAUSTED
        for each in viewers:
            each.leave()
        await until_closed(plane, MOST_VIEWERS)


async def test_writing_takes_a_permission_and_losing_it_ends_the_screen() -> None:
    async with two_tenants() as tenants:
        red = "projects/red/vms/only-red"
        await tenants.bind("projects/red", ("project-admin", "user:anna"), ("viewer", "user:vera"))
        assert (await refused(Viewer(tenants, red, metadata=by("vera")).open())).reason == "CONSOLE_UNSUPPORTED"
        writing = await refused(Viewer(tenants, red, WRITE, by("vera")).open())
        assert (writing.reason, writing.metadata["permission"]) == ("ACCESS_DENIED", "vms.screen.write")
        stranger = await refused(Viewer(tenants, red, metadata=by("bert")).open())
        assert (stranger.reason, stranger.metadata["permission"]) == ("ACCESS_DENIED", "vms.screen.read")


async def test_a_vm_without_a_screen_says_what_it_needs(plane: Plane) -> None:
    async with a_guest(plane, screen=False):
        found = await refused(looked(plane))
        assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CONSOLE_UNSUPPORTED")
        assert "spec.screen" in found.message
        assert await events_of(plane, "ConsoleScreenshotTaken") == []


async def test_a_vm_that_does_not_run_or_is_none_shows_nothing(plane: Plane) -> None:
    async with a_guest(plane) as hosts:
        hosts.drivers["node-1"].outage = "it hangs"
        assert (await refused(looked(plane))).reason == "CONSOLE_UNAVAILABLE"
        hosts.drivers["node-1"].outage = ""
        await plane.wait(await plane.stop())
        assert (await refused(looked(plane))).reason == "WRONG_STATE"
        await plane.wait(await plane.delete())
        assert (await refused(looked(plane))).reason == "VM_NOT_FOUND"
        assert (await refused(looked(plane, "web"))).fields == ["name"]
        assert await events_of(plane, "ConsoleScreenshotTaken") == []


async def test_an_agent_that_knows_no_screenshots_is_older(plane: Plane) -> None:
    kinds = [agent_api.TUNNEL_KIND_SERIAL, agent_api.TUNNEL_KIND_CONSOLE_LOG]
    offered = a_host()
    offered.traits.append("device.screen")
    async with connected(plane, "node-1", host=offered, tunnels=kinds) as agent:
        await plane.create(screen=True)
        await plane.start()
        uid = VmUid((await plane.get()).uid)
        await agent.until(lambda: uid in agent.desired)
        await agent.obey(uid)
        found = await refused(looked(plane))
        assert (found.reason, "older" in found.message) == ("CONSOLE_UNSUPPORTED", True)


async def test_looking_takes_a_permission_of_its_own() -> None:
    async with two_tenants() as tenants:
        red = "projects/red/vms/only-red"
        await tenants.bind("projects/red", ("project-admin", "user:anna"), ("viewer", "user:vera"))
        # It has no screen: who may not is refused before that.
        for actor in ("anna", "vera"):
            assert (await refused(looked(tenants, red, by(actor)))).reason == "CONSOLE_UNSUPPORTED"
        stranger = await refused(looked(tenants, red, by("bert")))
        assert (stranger.reason, stranger.metadata["permission"]) == ("ACCESS_DENIED", "vms.screen.read")
        assert (await refused(looked(tenants, vm_name("none"), by("bert")))).reason == "ACCESS_DENIED"
