"""HTTP over TLS: HTTP/2, the certificates of gRPC's listeners, and callers by token alone."""

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated

from controlplane.gateway.console_sockets import PROTOCOL, TICKET
from controlplane.identity.pki import Pki
from tests.integration.controlplane.plane import vm_name
from tests.integration.gateway.rig import HISTORY, PROJECTS, Gatewayed, call_token, gatewayed, serves
from tests.integration.gateway.test_process import STREAM, framed
from tests.integration.identity.rig import leaf_at
from tests.support.waiting import WAIT_S, until, wait_until
from tests.support.websockets import Refused, WebSocket

pytestmark = pytest.mark.slow
LIST = f"{PROJECTS}/ListProjects"


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncGenerator[Gatewayed]:
    Pki(tmp_path / "pki").create("test", ["localhost", "127.0.0.1", "cp.example"])
    async with gatewayed(tmp_path, "0.0.0.0:0") as made:
        await serves(made)
        yield made


async def test_a_token_is_needed_and_a_connection_proves_nothing(secure: Gatewayed) -> None:
    answer = await secure.call(LIST)
    assert (answer.status, answer.code) == (401, "unauthenticated")
    # Neither on loopback: whoever ends TLS may be somebody else.
    answer = await secure.call(LIST, host="cp.example")
    assert answer.status == 401
    assert (await secure.call(LIST, host="evil.example")).status == 421
    answer = await secure.call(LIST, authorization=await call_token(secure))
    assert answer.status == 200
    assert "strict-transport-security" not in answer.headers


async def test_many_streams_and_a_call_go_over_one_connection(secure: Gatewayed) -> None:
    bearer = {"authorization": await call_token(secure)}
    async with AsyncExitStack() as streams:
        for _ in range(60):
            request = secure.http.stream("POST", f"/{HISTORY}/WatchEvents", content=framed({}), headers=STREAM | bearer)
            answer = await streams.enter_async_context(request)
            assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
            await anext(answer.aiter_bytes())
        assert (await secure.call(LIST, None, **bearer)).status == 200
        assert len(secure.control_plane.open_calls) == 60
    # This client resets no stream: it ends with the connection.
    await secure.http.aclose()
    await until(lambda: _none_open(secure))


async def _none_open(made: Gatewayed) -> bool:
    return len(made.control_plane.open_calls) == 0


async def test_a_request_that_goes_on_after_its_answer_ends_no_other(secure: Gatewayed) -> None:
    for _ in range(5):
        answer = await secure.http.post("/healthz", content=b"x" * 500_000)
        assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
    assert len(secure.http._transport._pool.connections) == 1  # pyright: ignore


async def test_new_certificates_are_taken_and_open_connections_go_on(secure: Gatewayed, tmp_path: Path) -> None:
    address = secure.url.removeprefix("https://")
    certificates = secure.control_plane.listeners.certificates
    assert certificates
    before = await asyncio.to_thread(leaf_at, address)
    assert (await secure.http.get("/healthz")).status_code == 200
    Pki(tmp_path / "pki").renew(["localhost", "renewed.example"])
    await certificates.reload()
    renewed = Pki(tmp_path / "pki").server().serial_number
    assert renewed != before.serial_number
    await asyncio.to_thread(wait_until, lambda: leaf_at(address).serial_number == renewed)
    # The connection that there was, and a name that is new.
    assert (await secure.http.get("/healthz")).status_code == 200
    assert (await secure.call(LIST, host="renewed.example")).status == 401


async def test_older_tls_and_plain_text_are_not_answered(secure: Gatewayed) -> None:
    host, _, port = secure.url.removeprefix("https://").partition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    def old() -> None:
        with socket.create_connection((host, int(port))) as connection:
            context.wrap_socket(connection).close()

    with pytest.raises(ssl.SSLError):
        await asyncio.to_thread(old)
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        assert b"200" not in await reader.read()
    writer.close()


async def test_a_client_that_resets_its_streams_as_fast_as_it_opens_them_is_cut_off(secure: Gatewayed) -> None:
    port = int(secure.url.rpartition(":")[2])
    refused = await asyncio.to_thread(_reset_streams, port, 3_000)
    assert refused == ErrorCodes.ENHANCE_YOUR_CALM
    # Nothing of it is left under way: its address, too, is served again.
    bearer = await call_token(secure)

    async def is_served() -> bool:
        return (await secure.call(LIST, authorization=bearer)).status == 200

    await until(is_served)


def _reset_streams(port: int, most: int) -> int | None:
    """Opens streams and resets each at once. Returns with which code the server ended the connection, if it did."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    client = H2Connection()
    client.initiate_connection()
    headers = [(":method", "POST"), (":scheme", "https"), (":authority", "localhost"), (":path", f"/{LIST}")]
    plain = socket.create_connection(("127.0.0.1", port), WAIT_S)
    with plain, context.wrap_socket(plain, server_hostname="localhost") as connection:
        for number in range(most):
            client.send_headers(2 * number + 1, headers)
            client.reset_stream(2 * number + 1, ErrorCodes.CANCEL)
        with contextlib.suppress(OSError):
            connection.sendall(client.data_to_send())
            while data := connection.recv(65_536):
                for event in client.receive_data(data):
                    if isinstance(event, ConnectionTerminated):
                        return event.error_code
    return None


async def test_answers_are_compressed_where_the_network_is(secure: Gatewayed) -> None:
    headers = {"accept-encoding": "gzip", "authorization": await call_token(secure), "content-type": "application/json"}
    answer = await secure.http.post(f"/{LIST}", content=json.dumps({}), headers=headers)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["projects"]


async def test_websockets_are_not_offered_over_http_2_so_that_browsers_open_them_over_http_1(secure: Gatewayed) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    reader, writer = await asyncio.open_connection("localhost", int(secure.url.rpartition(":")[2]), ssl=context)
    connection = H2Connection()
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    while not connection.remote_settings.max_concurrent_streams < 1000:
        connection.receive_data(await asyncio.wait_for(reader.read(4096), WAIT_S))
    assert not connection.remote_settings.enable_connect_protocol
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_a_websocket_over_tls_is_opened_by_a_ticket_alone(secure: Gatewayed, tmp_path: Path) -> None:
    await secure.create()
    tls = ssl.create_default_context(cafile=tmp_path / "pki" / "ca.crt")
    bearer = {"authorization": await call_token(secure)}
    request = {"serialConsole": {"name": vm_name("web")}}
    answer = await secure.http.post("/v1:createConsoleTicket", json=request, headers=bearer)
    path = f"/v1/{vm_name('web')}:console"
    for ticket, reason in ((answer.json()["ticket"], "WRONG_STATE"), ("none", "TOKEN_INVALID")):
        protocols = (PROTOCOL, f"{TICKET}{ticket}")
        socket = await WebSocket.open(secure.url, path, protocols, origin=secure.url, tls=tls)
        assert (await socket.until_closed()).reason.startswith(reason)
    with pytest.raises(Refused):
        await WebSocket.open(secure.url, path, (PROTOCOL,), origin=secure.url.replace("https", "http"), tls=tls)
