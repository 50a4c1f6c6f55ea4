"""What a hostile client, or one that is broken, can send: each is refused, or ends, and nobody else notices."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from controlplane.gateway.supervisor import PING_EACH_S
from tests.integration.gateway.rig import Gatewayed, gatewayed, serves
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.slow
HOST = b"Host: localhost\r\n"
WHO = b"GET /v1:whoAmI HTTP/1.1\r\n" + HOST
WATCH = b"GET /v1/events:watch HTTP/1.1\r\n" + HOST
START = b"POST /v1/projects/default/vms/web:start HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"


@asynccontextmanager
async def connected(plane: Gatewayed) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = plane.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def answered(plane: Gatewayed, data: bytes, *, ends: bool = False) -> bytes:
    """All that comes until the server closes the connection, which it does soon. `ends`: the client sends no more."""
    async with connected(plane) as (reader, writer):
        writer.write(data)
        if ends:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(), WAIT_S)


def calls_are(plane: Gatewayed, count: int) -> Callable[[], Awaitable[bool]]:
    async def are() -> bool:
        return len(plane.control_plane.open_calls) == count

    return are


async def test_a_request_of_two_lengths_is_one_and_what_is_behind_it_is_none(plane: Gatewayed) -> None:
    """Request smuggling: a proxy may go by the other length."""
    await serves(plane)
    head = b"POST /v1:getIamPolicy HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
    found = await answered(
        plane, head + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + WHO + b"\r\n"
    )
    assert found.startswith(b"HTTP/1.1 400 ")
    assert found.count(b"HTTP/1.1 ") == 1
    assert b"either Content-Length or Transfer-Encoding" in found


async def test_a_body_that_is_cut_off_is_no_request(plane: Gatewayed) -> None:
    """`{"validateOnly": true}` without its end may be `{}`, which is a command."""
    await serves(plane)
    await plane.register("node-1", vcpus=4)
    await plane.create("web")
    for part in (b"", b"{"):
        found = await answered(plane, START + b"Content-Length: 22\r\n\r\n" + part, ends=True)
        assert found.startswith(b"HTTP/1.1 400 ") or not found
    found = (await plane.http.get("/v1/events?eventTypes=VmStartRequested")).json()
    assert "events" not in found


async def test_a_watch_with_a_request_behind_it_ends_with_its_client(plane: Gatewayed) -> None:
    await serves(plane)
    async with connected(plane) as (reader, writer):
        writer.write(WATCH + b"\r\n" + WHO + b"\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await until(calls_are(plane, 1))
    await until(calls_are(plane, 0))


async def test_requests_that_are_sent_ahead_are_answered_in_their_order(plane: Gatewayed) -> None:
    await serves(plane)
    ahead = b"".join(
        b"GET /v1/nothing-%d HTTP/1.1\r\n" % number + HOST + b"\r\n" + WHO + b"\r\n" for number in range(5)
    )
    found = await answered(plane, ahead + b"GET /v1:whoAmI HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    assert re.findall(rb"HTTP/1\.1 (\d+) ", found) == [b"404", b"200"] * 5 + [b"200"]


async def test_a_client_that_sends_no_more_gets_its_answers(plane: Gatewayed) -> None:
    """As `nc -N` does: it has not gone, it reads on."""
    await serves(plane)
    for count in (1, 3):
        found = await answered(plane, (WHO + b"\r\n") * count, ends=True)
        assert found.count(b"HTTP/1.1 200 ") == found.count(b'"principal"') == count
    # A stream ends, since nothing else would say that its client has gone.
    await answered(plane, WATCH + b"\r\n", ends=True)
    await until(calls_are(plane, 0))


async def test_too_much_behind_a_watch_ends_the_connection(plane: Gatewayed) -> None:
    await serves(plane)
    async with connected(plane) as (reader, writer):
        writer.write(WATCH + b"\r\n" + (WHO + b"\r\n") * 4000)
        with contextlib.suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), WAIT_S)
    await until(calls_are(plane, 0))


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
async def test_a_connection_changes_to_no_other_protocol(plane: Gatewayed, protocol: str) -> None:
    """By which a request would pass a proxy that looks at what it lets through."""
    await serves(plane)
    upgrade = f"Upgrade: {protocol}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    found = await answered(plane, WHO + upgrade.encode())
    assert found.startswith(b"HTTP/1.1 200 ")
    assert b'"principal"' in found


async def test_a_connection_that_has_ended_is_no_connection(tmp_path: Path) -> None:
    """As of every curl: none waits for its next request."""
    async with gatewayed(tmp_path, address_share=1) as plane:
        await serves(plane)
        await plane.http.aclose()
        for _ in range(3 * 20):
            async with connected(plane) as (reader, writer):
                writer.write(WHO + b"\r\n")
                assert (await asyncio.wait_for(reader.readline(), WAIT_S)).startswith(b"HTTP/1.1 200")


async def test_one_address_has_its_share_of_connections(tmp_path: Path) -> None:
    async with gatewayed(tmp_path, address_share=1) as plane, contextlib.AsyncExitStack() as idle:
        await serves(plane)
        await plane.http.aclose()
        for _ in range(40):
            await idle.enter_async_context(connected(plane))
        found = b"none"
        with contextlib.suppress(ConnectionError):
            found = await answered(plane, WHO + b"Connection: close\r\n\r\n")
        assert found in (b"", b"none")
        # From another address of this machine.
        host, _, port = plane.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port), local_addr=("127.0.0.2", 0))
        writer.write(WHO + b"\r\n")
        assert (await asyncio.wait_for(reader.readline(), WAIT_S)).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_one_address_has_its_share_of_calls(tmp_path: Path) -> None:
    async with gatewayed(tmp_path, address_share=1) as plane, contextlib.AsyncExitStack() as watches:
        await serves(plane)
        for _ in range(10):
            await watches.enter_async_context(plane.http.stream("GET", "/v1/events:watch"))
        refused = await plane.http.get("/v1:whoAmI")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "one address" in refused.json()["error"]["message"]


async def test_a_process_that_is_stuck_is_ended_and_another_serves(plane: Gatewayed) -> None:
    await serves(plane)
    plane.gateway.ping_each_s = 0.2
    before = plane.gateway.pid
    os.kill(before, signal.SIGSTOP)

    async def is_another() -> bool:
        return plane.gateway.pid not in (0, before)

    # gRPC has another process.
    await plane.register("node-1", vcpus=4)
    await until(is_another)
    # It has time to start, however busy the machine is.
    plane.gateway.ping_each_s = PING_EACH_S
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_S) as client:
        assert (await client.get(f"{plane.url}/v1:whoAmI")).status_code == 200
