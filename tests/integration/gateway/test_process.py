"""The gateway's process: started again when it dies, and ended with the server, whose own words streams end with."""

import asyncio
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from controlplane.gateway.supervisor import ALARM
from tests.integration.controlplane.daemon import fails
from tests.integration.gateway.rig import HISTORY, PROJECTS, VMS, Gatewayed, gatewayed, serves
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.slow
STREAM = {"content-type": "application/connect+json"}


def framed(message: dict[str, Any]) -> bytes:
    data = json.dumps(message).encode()
    return b"\0" + len(data).to_bytes(4, "big") + data


async def test_it_is_started_again_when_it_dies_and_is_an_alarm_until_then(plane: Gatewayed) -> None:
    await serves(plane)
    alarms = plane.control_plane.system_alarms
    before = plane.gateway.pid
    os.kill(before, signal.SIGKILL)

    async def is_alarm() -> bool:
        return [each.kind for each in alarms.open] == [ALARM]

    await until(is_alarm)
    # Nobody has to come again: what connects meanwhile waits.
    assert (await plane.call(f"{PROJECTS}/ListProjects")).status == 200
    assert plane.gateway.pid not in (0, before)

    async def is_over() -> bool:
        return [each.kind for each in alarms.over] == [ALARM] and not alarms.open

    await until(is_over)


async def test_it_ends_with_the_server_and_streams_end_with_the_servers_own_word(tmp_path: Path) -> None:
    async with gatewayed(tmp_path) as plane:
        await serves(plane)
        pid = plane.gateway.pid
        request = plane.http.stream("POST", f"/{HISTORY}/WatchEvents", content=framed({}), headers=STREAM)
        async with request as answer:
            chunks = answer.aiter_bytes()
            await anext(chunks)
            closing = asyncio.create_task(plane.control_plane.close(grace_s=2.0))
            rest = b"".join([each async for each in chunks])
            await asyncio.wait_for(closing, WAIT_S)
        error = json.loads(rest[rest.rindex(b'{"error"') :])["error"] if b'{"error"' in rest else _last(rest)
        assert error["code"] == "unavailable"
        assert error["details"][0]["type"] == "google.rpc.ErrorInfo"
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def _last(data: bytes) -> Any:
    """The error of the last message of a stream."""
    while data:
        size = int.from_bytes(data[1:5], "big")
        if data[0] & 2:
            return json.loads(data[5 : 5 + size])["error"]
        data = data[5 + size :]
    raise AssertionError("the stream has no end")


async def test_streams_whose_readers_abort_leave_no_call_and_no_task_behind(plane: Gatewayed) -> None:
    """Also where the reader reads nothing, and much is on its way."""
    await serves(plane)
    for number in range(30):
        await plane.create(f"web-{number}")
    open_calls = plane.control_plane.open_calls
    tasks = len(asyncio.all_tasks())
    url = plane.url.removeprefix("http://")
    host, _, port = url.partition(":")
    writers: list[asyncio.StreamWriter] = []
    head = f"POST /{HISTORY}/WatchEvents HTTP/1.1\r\nhost: {url}\r\ncontent-type: application/connect+json\r\n"
    body = framed({})
    for _ in range(40):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        writers.append(writer)

    async def are_open() -> bool:
        return len(open_calls) == len(writers)

    await until(are_open)
    for writer in writers:
        writer.transport.abort()

    async def are_gone() -> bool:
        return len(open_calls) == 0 and len(asyncio.all_tasks()) <= tasks

    await until(are_gone)
    # And the process has nothing left that it would wait for.
    began = asyncio.get_running_loop().time()
    await plane.control_plane.close(grace_s=5.0)
    assert asyncio.get_running_loop().time() - began < 4.0


async def test_a_reader_that_is_slow_gets_all_and_nobody_else_waits_for_it(plane: Gatewayed) -> None:
    await serves(plane)
    await plane.register("node-1", vcpus=1000, memory_mib=1_000_000, disk_gib=100_000)
    request = plane.http.stream("POST", f"/{HISTORY}/WatchEvents", content=framed({}), headers=STREAM)
    async with request as answer:
        for number in range(100):
            await plane.create(f"web-{number}")
        assert (await plane.call(f"{VMS}/ListVms", {"parent": "projects/default"})).status == 200
        data = b""
        async for chunk in answer.aiter_bytes():
            data += chunk
            if b"web-99" in data:
                break
        assert all(f"web-{number}".encode() in data for number in range(100))


async def test_a_body_that_nobody_reads_does_not_hold_its_connection(plane: Gatewayed) -> None:
    await serves(plane)
    for size in (100_000, 900_000):
        answer = await plane.http.post("/healthz", content=b"x" * size)
        assert answer.status_code == 200
    host, _, port = plane.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST /healthz HTTP/1.1\r\nhost: {host}\r\ncontent-length: 100000000\r\n\r\n".encode())
    writer.write(b"x" * 3_000_000)
    # It is answered, and then ended: nobody reads a hundred megabytes for nothing.
    assert b"200" in await asyncio.wait_for(reader.readline(), WAIT_S)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(10_000_000), WAIT_S)
    writer.close()


async def test_a_message_that_is_too_large_is_refused(plane: Gatewayed) -> None:
    headers = {"content-type": "application/proto"}
    answer = await plane.http.post(f"/{VMS}/CreateVm", content=b"\0" * (17 << 20), headers=headers)
    assert answer.json()["code"] == "resource_exhausted"


async def test_an_address_that_is_taken_is_an_error_where_it_was_given(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, words = await fails(tmp_path, "--store", "memory:", "--listen", "127.0.0.1:0", "--http", address)
    assert code == 1
    assert words == f"chronovisord: cannot listen on {address} for HTTP: Address already in use\n"


async def test_plain_text_where_others_can_listen_is_refused(tmp_path: Path) -> None:
    code, words = await fails(tmp_path, "--store", "memory:", "--listen", "127.0.0.1:0", "--http", "0.0.0.0:0")
    assert code == 1
    assert "plain text is for loopback alone" in words
    assert "chronovisord pki init" in words
