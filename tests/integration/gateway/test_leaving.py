"""Clients that go during an answer: an ordinary end, of which the log says nothing, and nothing is left under way."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from chronovisor.v1 import vm_service_pb2
from h2.connection import H2Connection
from h2.errors import ErrorCodes

from controlplane.identity.pki import Pki
from tests.integration.controlplane.plane import DEFAULT, a_vm
from tests.integration.gateway.rig import Gatewayed, call_token, gatewayed, serves
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.slow
WATCH = "/v1/events:watch?start=WATCH_START_BEGINNING"
EVENTS = {"accept": "text/event-stream"}
REQUESTS: dict[str, tuple[str, dict[str, str]]] = {
    "unary": (f"/v1/{DEFAULT}/vms?pageSize=1000", {}),
    "lines": (WATCH, {}),
    "events": (WATCH, EVENTS),
    "what a watch waits for": ("/v1/events:watch?start=WATCH_START_NOW", EVENTS),
}
# Before anything has come, after the first of it, and in the middle.
READ = (0, 1, 20_000)


class Way(NamedTuple):
    """How a client calls, and goes after so many bytes of the answer."""

    is_secure: bool
    goes: Callable[[socket.socket, str, dict[str, str], int], None]


def by_http1(connection: socket.socket, path: str, headers: dict[str, str], read: int) -> None:
    _call(connection, path, headers)
    _take(connection, read)


def by_http1_reset(connection: socket.socket, path: str, headers: dict[str, str], read: int) -> None:
    by_http1(connection, path, headers, read)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def by_http2(connection: socket.socket, path: str, headers: dict[str, str], read: int) -> None:
    _call_by_http2(connection, path, headers, read)


def by_http2_reset(connection: socket.socket, path: str, headers: dict[str, str], read: int) -> None:
    client = _call_by_http2(connection, path, headers, read)
    client.reset_stream(1, ErrorCodes.CANCEL)
    connection.sendall(client.data_to_send())


WAYS = {
    "http1": Way(is_secure=False, goes=by_http1),
    "http1-reset": Way(is_secure=False, goes=by_http1_reset),
    "http1-tls": Way(is_secure=True, goes=by_http1),
    "http2": Way(is_secure=True, goes=by_http2),
    "http2-reset": Way(is_secure=True, goes=by_http2_reset),
}


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
async def test_a_client_that_goes_is_an_ordinary_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], is_secure: bool
) -> None:
    if is_secure:
        Pki(tmp_path / "pki").create("test", ["localhost", "127.0.0.1"])
    async with gatewayed(tmp_path, "0.0.0.0:0" if is_secure else "127.0.0.1:0") as plane:
        await serves(plane)
        who = {"authorization": await call_token(plane)}
        await asyncio.gather(*(_create(plane, number) for number in range(400)))
        for name, way in WAYS.items():
            if way.is_secure is not is_secure:
                continue
            for path, headers in REQUESTS.values():
                for read in READ:
                    # What has nothing to say sends its headers, and maybe less than that.
                    await asyncio.to_thread(
                        _go, plane, name, path, who | headers, min(read, 1) if "NOW" in path else read
                    )
        await until(lambda: _none_is_open(plane))
        assert (await plane.http.get("/v1:whoAmI", headers=who)).status_code == 200
    printed = [line for line in capfd.readouterr().err.splitlines() if " DEBUG " not in line and " INFO " not in line]
    assert not printed


async def _create(plane: Gatewayed, number: int) -> None:
    vm = a_vm()
    vm.labels.update({f"label-{each}": "x" * 60 for each in range(60)})
    await plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=f"web-{number}", vm=vm))


async def _none_is_open(plane: Gatewayed) -> bool:
    return len(plane.control_plane.open_calls) == 0


def _go(plane: Gatewayed, name: str, path: str, headers: dict[str, str], read: int) -> None:
    way, connection = WAYS[name], socket.socket()
    # So that the rest of the answer waits in the gateway.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(WAIT_S)
    connection.connect(("127.0.0.1", int(plane.url.rpartition(":")[2])))
    if way.is_secure:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2" if "http2" in name else "http/1.1"])
        connection = context.wrap_socket(connection)
    with contextlib.closing(connection):
        way.goes(connection, path, headers, read)


def _call(connection: socket.socket, path: str, headers: dict[str, str]) -> None:
    lines = (f"GET {path} HTTP/1.1", "host: localhost", *(f"{name}: {value}" for name, value in headers.items()))
    connection.sendall("".join(f"{each}\r\n" for each in (*lines, "")).encode())


def _take(connection: socket.socket, size: int) -> None:
    while size > 0:
        data = connection.recv(size)
        assert data
        size -= len(data)


def _call_by_http2(connection: socket.socket, path: str, headers: dict[str, str], read: int) -> H2Connection:
    client = H2Connection()
    client.initiate_connection()
    pseudo = {":method": "GET", ":scheme": "https", ":authority": "localhost", ":path": path}
    client.send_headers(1, [*pseudo.items(), *headers.items()], end_stream=True)
    connection.sendall(client.data_to_send())
    _take(connection, read)
    return client
