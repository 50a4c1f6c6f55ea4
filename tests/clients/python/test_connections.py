"""How both clients connect: addresses, the environment, TLS, tokens; and how calls end: deadlines, cancels, cuts."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import chronovisor
import grpc
import pytest
from chronovisor import aio as chronovisor_aio
from chronovisor.addresses import address
from chronovisor.endpoints import Endpoint
from chronovisor.errors import UNREACHABLE, NotPermitted
from chronovisor.errors import Unavailable as ChronovisorUnavailable
from chronovisor.layer import Layer, Places
from chronovisor.refusals import explained, is_explained
from chronovisor.v1 import vm_service_pb2
from google.longrunning import operations_pb2
from grpc import aio

from controlplane.domain.errors import Unauthenticated, Unavailable
from controlplane.domain.reasons import Reason
from tests.clients.python.authority import Authority
from tests.clients.python.conftest import QUICK
from tests.clients.python.either import Either
from tests.clients.python.plane import Plane
from tests.support.waiting import patient, wait_until

WORLDS = ("blocking", "asyncio")
TINY: dict[str, Any] = {"image": "tiny", "vcpus": 1, "memory": 64, "disk": 1}
VARIABLES = ("SERVER", "PROJECT", "TOKEN", "TOKEN_FILE", "CA_FILE", "CERT_FILE", "KEY_FILE")
Connect = Callable[..., Either]
ONCE = chronovisor.RetryPolicy(attempts=1)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in VARIABLES:
        monkeypatch.delenv(f"CHRONOVISOR_{each}", raising=False)


@pytest.fixture(params=WORLDS)
def connect(request: pytest.FixtureRequest, plane: Plane) -> Generator[Connect]:
    with ExitStack() as opened:

        def connect(**options: Any) -> Either:
            either = Either(plane, request.param, **({"actor": "user:alice", "retry": QUICK} | options))
            opened.callback(either.close)
            return either

        yield connect


@pytest.fixture
def nowhere() -> Generator[str]:
    """An address that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def secure(plane: Plane, authority: Authority) -> Generator[Callable[..., str]]:
    """Begins a server with TLS in front of the control plane: its address."""
    servers: list[aio.Server] = []

    def begin(*, name: str = "localhost", require_client: bool = False) -> str:
        signed = authority.sign(name)
        credentials = grpc.ssl_server_credentials(
            [(signed.key, signed.certificate)], authority.pem if require_client else None, require_client
        )

        async def started() -> int:
            server = aio.server()
            server.add_generic_rpc_handlers((plane.proxy,))
            port = server.add_secure_port("127.0.0.1:0", credentials)
            await server.start()
            servers.append(server)
            return port

        return f"localhost:{plane.run(started())}"

    yield begin
    for server in servers:
        plane.run(server.stop(None))


def projects(either: Either) -> list[str]:
    return [each.name for each in either.all(lambda client: client.projects.list())]


# Addresses


def test_the_first_address_that_answers_is_used_and_kept(connect: Connect, plane: Plane, nowhere: str) -> None:
    either = connect(server=[nowhere, nowhere, plane.address])
    assert projects(either) == ["projects/default"]
    assert either.client.channel._wire.layer.places.current == 2  # pyright: ignore[reportPrivateUsage]
    assert projects(either) == ["projects/default"]


def test_a_watch_goes_to_the_next_address_too(connect: Connect, plane: Plane, nowhere: str) -> None:
    either = connect(server=f"{nowhere},{plane.address}")
    watch = either.do(lambda client: client.history.watch(after=0))
    assert either.all(lambda _client: watch, count=1)[0].WhichOneof("payload") == "project_created"
    either.closing(watch)


def test_addresses_that_all_refuse_are_unreachable(connect: Connect, nowhere: str) -> None:
    either = connect(server=[nowhere, nowhere])
    with pytest.raises(chronovisor.Unavailable) as raised:
        either.do(lambda client: client.projects.get())
    assert raised.value.reason == "UNREACHABLE"


def test_a_server_that_refuses_is_left_for_the_next(connect: Connect, plane: Plane) -> None:
    either = connect(server=[plane.address, plane.address])
    plane.proxy.fail_next("GetProject", Unavailable(Reason.SHUTTING_DOWN, "shutting down", 0.001))
    either.do(lambda client: client.projects.get())
    assert either.client.channel._wire.layer.places.current == 1  # pyright: ignore[reportPrivateUsage]


def test_a_place_that_another_call_has_left_is_not_left_again() -> None:
    places = Places(3)
    places.leave(0)
    places.leave(0)
    assert places.current == 1


def test_the_environment_says_where_and_who(
    connect: Connect, plane: Plane, nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHRONOVISOR_SERVER", f"{nowhere}, {plane.address}")
    monkeypatch.setenv("CHRONOVISOR_PROJECT", "shop")
    monkeypatch.setenv("CHRONOVISOR_TOKEN", "of-the-environment")
    either = connect(server=None)
    either.do(lambda client: client.projects.create("shop"))
    made = either.do(lambda client: client.vms.create("web-1", **TINY))
    assert made.metadata.target == "projects/shop/vms/web-1"
    assert plane.proxy.calls[-1].metadata["authorization"] == "Bearer of-the-environment"


def test_a_unix_socket_is_an_address(connect: Connect, plane: Plane, tmp_path: Path) -> None:
    address = f"unix:{tmp_path / 'chronovisor.sock'}"

    async def listen() -> aio.Server:
        server = aio.server()
        server.add_generic_rpc_handlers((plane.proxy,))
        server.add_insecure_port(address)
        await server.start()
        return server

    server = plane.run(listen())
    assert projects(connect(server=address, token="stays on this machine")) == ["projects/default"]
    plane.run(server.stop(None))


@pytest.mark.parametrize("server", ["a:1,,b:2", ["a:1", " "]])
def test_an_address_that_is_empty_is_refused(server: Any) -> None:
    with pytest.raises(ValueError, match="server must be an address"):
        chronovisor.connect(server)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("node-1:7000", "node-1:7000"),
        ("node-1.example", "node-1.example:7460"),
        ("[::1]", "[::1]:7460"),
        ("[::1]:7000", "[::1]:7000"),
        ("unix:/run/chronovisor.sock", "unix:/run/chronovisor.sock"),
        ("dns:///node-1:7000", "dns:///node-1:7000"),
    ],
)
def test_an_address_has_its_port(given: str, taken: str) -> None:
    assert address(given) == taken


@pytest.mark.parametrize(
    "given", ["a b", "a:b", "a:7:7", "::1", "http://node-1:7460", "node-1:70000", "user@node-1", ""]
)
def test_what_is_no_address_is_refused_with_what_one_is(given: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT, or unix:/PATH"):
        address(given)


def test_an_address_that_swallows_packets_is_left_while_there_is_time() -> None:
    options = dict(Endpoint("192.0.2.1:7460")._options())  # pyright: ignore[reportPrivateUsage]
    assert 0 < int(options["grpc.min_reconnect_backoff_ms"]) < 10_000 / 2


@pytest.mark.parametrize(
    ("address", "is_local"),
    [
        ("127.0.0.1:7460", True),
        ("[::1]:7460", True),
        ("localhost:7460", True),
        ("unix:/run/chronovisor.sock", True),
        ("10.0.0.1:7460", False),
        ("cp.example:7460", False),
        ("localhost.example:7460", False),
    ],
)
def test_what_stays_on_this_machine_is_known(address: str, is_local: bool) -> None:
    assert Endpoint(address).is_local is is_local


# TLS


def test_a_server_is_trusted_by_its_authority(
    connect: Connect, secure: Callable[..., str], authority: Authority, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(authority.pem)
    address = secure()
    for ca in (authority.pem, file, str(file)):
        assert projects(connect(server=address, ca=ca)) == ["projects/default"]


def test_a_server_that_another_authority_signed_is_not_trusted(connect: Connect, secure: Callable[..., str]) -> None:
    address = secure()
    for options in ({"ca": Authority().pem}, {"tls": True}):
        with pytest.raises(chronovisor.Unavailable):
            projects(connect(server=address, **options))


def test_a_server_of_another_name_is_trusted_by_that_name(
    connect: Connect, secure: Callable[..., str], authority: Authority
) -> None:
    address = secure(name="cp.example")
    with pytest.raises(chronovisor.Unavailable):
        projects(connect(server=address, ca=authority.pem))
    assert projects(connect(server=address, ca=authority.pem, server_name="cp.example")) == ["projects/default"]


def test_a_client_shows_its_own_certificate(
    connect: Connect,
    secure: Callable[..., str],
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, own = secure(require_client=True), authority.sign("alice")
    with pytest.raises(chronovisor.Unavailable):
        projects(connect(server=address, ca=authority.pem))
    assert projects(connect(server=address, ca=authority.pem, certificate=own.certificate, key=own.key))
    for variable, text in (("CA", authority.pem), ("CERT", own.certificate), ("KEY", own.key)):
        (tmp_path / variable).write_bytes(text)
        monkeypatch.setenv(f"CHRONOVISOR_{variable}_FILE", str(tmp_path / variable))
    assert projects(connect(server=address))


def test_what_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="contradicts"):
        chronovisor.connect(tls=False, ca=b"pem")
    with pytest.raises(ValueError, match="needs its key"):
        chronovisor.connect(certificate=b"pem")
    with pytest.raises(FileNotFoundError):
        chronovisor.connect(ca="/nowhere/ca.pem")


# Tokens


def test_a_token_is_sent_with_every_call_and_every_stream(connect: Connect, plane: Plane) -> None:
    tokens = iter(range(100))
    either = connect(token=lambda: f"number-{next(tokens)}")
    either.do(lambda client: client.projects.get())
    watch = either.do(lambda client: client.history.watch(after=0))
    either.all(lambda _client: watch, count=1)
    either.closing(watch)
    sent = [call.metadata["authorization"] for call in plane.proxy.calls]
    assert sent == ["Bearer number-0", "Bearer number-1"]


def test_each_attempt_has_a_token_of_its_own(connect: Connect, plane: Plane) -> None:
    tokens = iter(range(100))
    plane.proxy.fail_next("GetProject", Unavailable(Reason.OVERLOADED, "busy", 0.001))
    connect(token=lambda: f"number-{next(tokens)}").do(lambda client: client.projects.get())
    sent = [call.metadata["authorization"] for call in plane.proxy.calls]
    assert sent == ["Bearer number-0", "Bearer number-1"]


def test_a_token_that_must_be_awaited_is_awaited(plane: Plane) -> None:
    async def token() -> str:
        await asyncio.sleep(0)
        return "awaited"

    either = Either(plane, "asyncio", actor="user:alice", token=token)
    either.do(lambda client: client.projects.get())
    assert plane.proxy.calls[-1].metadata["authorization"] == "Bearer awaited"
    either.close()


def test_a_token_that_must_be_awaited_is_not_for_the_blocking_client(plane: Plane) -> None:
    async def token() -> str:
        raise AssertionError

    with chronovisor.connect(plane.address, token=token) as client, pytest.raises(TypeError, match=r"chronovisor\.aio"):  # pyright: ignore[reportArgumentType]
        client.projects.get()


@pytest.mark.parametrize("connect", [chronovisor.connect, chronovisor_aio.connect])
def test_a_token_is_not_sent_in_plain_text_to_another_machine(
    connect: Callable[..., object], authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for server in ("cp.example:7460", "127.0.0.1:7460,10.0.0.1:7460"):
        with pytest.raises(ValueError, match="in plain text"):
            connect(server, token="secret")
        with pytest.raises(ValueError, match="in plain text"):
            connect(server, token=lambda: "secret")
        connect(server, token="secret", ca=authority.pem)
    monkeypatch.setenv("CHRONOVISOR_TOKEN", "secret")
    with pytest.raises(ValueError, match="in plain text"):
        connect("cp.example:7460")
    with pytest.raises(ValueError, match="printable"):
        connect("127.0.0.1:1", token="se\ncret")


@pytest.mark.parametrize(("token", "error"), [("of-a-file\n", ValueError), (None, TypeError)])
def test_a_token_that_cannot_be_sent_is_refused(connect: Connect, plane: Plane, token: Any, error: Any) -> None:
    either = connect(token=lambda: token)
    with pytest.raises(error, match="token"):
        either.do(lambda client: client.projects.get())
    watch = either.do(lambda client: client.history.watch(after=0))
    with pytest.raises(error, match="token"):
        either.all(lambda _client: watch, count=1)
    assert plane.proxy.calls == []


ENDED = Unauthenticated(Reason.TOKEN_EXPIRED, "the token ended")


def test_a_file_of_a_token_is_read_again_when_it_has_changed(connect: Connect, plane: Plane, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    either = connect(token_file=file)
    for text in ("first", "second one"):
        file.write_text(f"{text}\n")
        either.do(lambda client: client.projects.get())
    sent = [call.metadata["authorization"] for call in plane.proxy.calls]
    assert sent == ["Bearer first", "Bearer second one"]
    for nothing in ("", "two\nlines"):
        file.write_text(nothing)
        with pytest.raises(ValueError, match="must be printable ASCII, in one line"):
            either.do(lambda client: client.projects.get())


def test_the_environment_names_a_file(
    connect: Connect, plane: Plane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("of-a-file")
    monkeypatch.setenv("CHRONOVISOR_TOKEN_FILE", str(tmp_path / "token"))
    connect().do(lambda client: client.projects.get())
    monkeypatch.setenv("CHRONOVISOR_TOKEN", "of-a-variable")
    connect().do(lambda client: client.projects.get())
    connect(token_file=tmp_path / "token").do(lambda client: client.projects.get())
    sent = [call.metadata["authorization"] for call in plane.proxy.calls]
    assert sent == ["Bearer of-a-file", "Bearer of-a-variable", "Bearer of-a-file"]
    with pytest.raises(ValueError, match="one of token and token_file"):
        chronovisor.connect(token="t", token_file="f")


def test_a_token_that_is_no_longer_taken_is_followed_by_a_fresh_one_once(connect: Connect, plane: Plane) -> None:
    tokens = iter(range(100))
    either = connect(token=lambda: f"number-{next(tokens)}")
    plane.proxy.fail_next("GetProject", ENDED)
    either.do(lambda client: client.projects.get())
    assert len(plane.proxy.calls) == 2
    plane.proxy.fail_next("GetProject", ENDED, times=3)
    with pytest.raises(NotPermitted, match="TOKEN_EXPIRED"):
        either.do(lambda client: client.projects.get())
    assert len(plane.proxy.calls) == 4


def test_the_same_token_is_not_sent_again(connect: Connect, plane: Plane) -> None:
    for options in ({"token": "same"}, {"token": lambda: "same"}, {}):
        plane.proxy.calls.clear()
        plane.proxy.fail_next("GetProject", ENDED)
        either = connect(**options)
        with pytest.raises(NotPermitted):
            either.do(lambda client: client.projects.get())
        assert len(plane.proxy.calls) == 1


def test_a_watch_goes_on_with_a_fresh_token(connect: Connect, plane: Plane) -> None:
    tokens = iter(range(100))
    either = connect(token=lambda: f"number-{next(tokens)}")
    either.do(lambda client: client.projects.get())
    watch = either.do(lambda client: client.history.watch(after=0))
    first = either.all(lambda _client: watch, count=1)
    plane.proxy.fail_next("WatchEvents", ENDED)
    # As after a cut: what was sent and not read yet is gone.
    either.closing(watch)
    watch._closed.clear()
    watch._ready.clear()
    watch._call = None
    either.do(lambda client: client.projects.create(f"later-{next(tokens)}"))
    more = either.all(lambda _client: watch, count=1)
    assert more[0].position > first[0].position
    assert len({call.metadata["authorization"] for call in plane.proxy.calls_of("WatchEvents")}) == 3
    either.closing(watch)


# Why there is no connection


def why(connect: Connect, address: str, **options: Any) -> str:
    with pytest.raises(ChronovisorUnavailable) as raised:
        connect(server=address, retry=ONCE, **options).do(lambda client: client.projects.get())
    assert raised.value.reason == "UNREACHABLE"
    return raised.value.message


def test_a_sentence_has_what_is_wrong_with_tls(
    connect: Connect, secure: Callable[..., str], authority: Authority, plane: Plane
) -> None:
    address, named = secure(), secure(name="cp.example")
    assert why(connect, address) == (
        f"the server at {address} took no plain text: where it speaks TLS, give its authority as the CA file"
    )
    assert why(connect, address, ca=Authority().pem) == (
        f"the server at {address} has a certificate of an authority that is not trusted here: give that as the CA file"
    )
    assert f"is not for {named}: use a name" in why(connect, named, ca=authority.pem)
    assert "speaks plain text: connect without TLS" in why(connect, plane.address, ca=authority.pem)
    strict = secure(require_client=True)
    assert "takes client certificates alone" in why(connect, strict, ca=authority.pem)
    one, other = authority.sign("a"), authority.sign("b")
    mixed = {"certificate": one.certificate, "key": other.key}
    assert "do not belong together" in why(connect, strict, ca=authority.pem, **mixed)


def test_a_socket_that_one_may_not_open_is_no_server_that_is_away() -> None:
    # As gRPC has it for somebody who is neither the owner nor of the group; root may open any.
    words = "failed to connect to all addresses; last error: FAILED_PRECONDITION: unix:/run/api.sock: connect failed: "
    words += "addr: unix:/run/api.sock error: Permission denied"
    error = ChronovisorUnavailable(code=grpc.StatusCode.UNAVAILABLE, reason=UNREACHABLE, message=words)
    explained(error, "unix:/run/api.sock", tls=False)
    assert error.message.startswith("this user may not open unix:/run/api.sock, which is for its owner and its group")
    assert is_explained(error)


# Ends of calls


@pytest.mark.parametrize("timeout_s", [float("inf"), 1e18])
def test_a_time_without_end_is_long_and_not_over(connect: Connect, timeout_s: float) -> None:
    connect().do(lambda client: client.projects.get(timeout=timeout_s))
    connect(timeout_s=timeout_s).do(lambda client: client.projects.get())


def test_a_timeout_that_is_no_number_is_refused(connect: Connect) -> None:
    with pytest.raises(ValueError, match="timeout"):
        connect().do(lambda client: client.projects.get(timeout=float("nan")))


def test_a_call_ends_by_its_deadline(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(chronovisor.DeadlineExceeded):
            connect(server=address).do(lambda client: client.projects.get(timeout=0.2))
        with pytest.raises(chronovisor.DeadlineExceeded):
            connect(server=address, timeout_s=0.2).do(lambda client: client.projects.get())


def test_the_clients_own_deadline_is_for_the_call_with_all_its_attempts(connect: Connect, plane: Plane) -> None:
    plane.proxy.fail_next("GetProject", Unavailable(Reason.OVERLOADED, "busy", 5.0), times=9)
    with pytest.raises(chronovisor.Unavailable):
        connect(timeout_s=2.0).do(lambda client: client.projects.get())
    assert len(plane.proxy.calls) == 1


def test_retries_go_through_unavailable(connect: Connect, plane: Plane) -> None:
    plane.proxy.fail_next("CreateVm", Unavailable(Reason.SHUTTING_DOWN, "going", 0.001), times=2, after=True)
    either = connect()
    either.do(lambda client: client.vms.create("web-1", **TINY))
    calls = plane.proxy.calls_of("CreateVm")
    assert len({call.request.request_id for call in calls}) == 1
    assert len(calls) == 3
    assert len(plane.vms()) == 1


def test_a_blocking_call_that_is_cancelled_ends_on_the_server(plane: Plane) -> None:
    plane.hold_agent()
    with chronovisor.connect(plane.address, actor="user:alice", retry=QUICK) as client:
        operation = client.vms.create("web-1", start=True, **TINY)
        request = operations_pb2.WaitOperationRequest(name=operation.name)
        request.timeout.seconds = 60
        call: Any = client.operations.WaitOperation.future(request)
        wait_until(lambda: plane.proxy.calls_of("WaitOperation"))
        assert not call.done()
        call.cancel()
        with pytest.raises(chronovisor.ChronovisorError) as raised:
            call.result()
        assert raised.value.code is grpc.StatusCode.CANCELLED
        assert isinstance(call.exception(), chronovisor.ChronovisorError)


def test_a_call_as_a_future_has_a_request_id_and_raises_our_errors(plane: Plane) -> None:
    with chronovisor.connect(plane.address, actor="user:alice", token="t") as client:
        call: Any = client.vms.StartVm.future(vm_service_pb2.StartVmRequest(name="projects/default/vms/web-1"))
        with pytest.raises(chronovisor.NotFound):
            call.result(patient(5.0))
        sent = plane.proxy.calls_of("StartVm")[0]
        assert sent.request.request_id
        assert sent.metadata["authorization"] == "Bearer t"


def test_a_task_that_is_cancelled_ends_its_call(plane: Plane) -> None:
    plane.hold_agent()

    async def run() -> None:
        async with chronovisor_aio.connect(plane.address, actor="user:alice") as client:
            operation = await client.vms.create("web-1", start=True, **TINY)
            task = asyncio.create_task(operation.wait())
            while not plane.proxy.calls_of("WaitOperation"):  # noqa: ASYNC110 - by another server's thread
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    plane.run(run())


def test_a_watch_is_resumed_through_a_cut_without_a_gap_or_a_repeat(connect: Connect, plane: Plane) -> None:
    either = connect()
    plane.proxy.fail_next("WatchEvents", Unavailable(Reason.SHUTTING_DOWN, "going", 0.001), times=3, after=True)
    statuses: list[chronovisor.Status] = []
    watch = either.do(lambda client: client.history.watch(after=0, on_status=statuses.append))
    found = either.all(lambda _client: watch, count=1)
    operation = either.do(lambda client: client.vms.create("web-1", start=True, **TINY))
    either.do(lambda _client: operation.wait())
    expected = [each.position for each in plane.events()]
    found += either.all(lambda _client: watch, count=len(expected) - 1)
    assert [each.position for each in found] == expected
    assert chronovisor.Status.INTERRUPTED in statuses
    assert len(plane.proxy.calls_of("WatchEvents")) > 1
    either.closing(watch)


def test_a_watch_that_was_closed_by_another_thread_stops(plane: Plane) -> None:
    with chronovisor.connect(plane.address, actor="user:alice") as client:
        watch = client.history.watch()
        reader = threading.Thread(target=lambda: list(watch))
        reader.start()
        wait_until(lambda: plane.proxy.calls_of("WatchEvents"))
        watch.close()
        reader.join(patient(5.0))
        assert not reader.is_alive()


def test_a_watch_that_was_closed_by_another_task_stops(plane: Plane) -> None:
    async def run() -> None:
        async with (
            chronovisor_aio.connect(plane.address, actor="user:alice") as client,
            client.history.watch() as watch,
        ):

            async def read() -> list[Any]:
                return [each async for each in watch]

            reader = asyncio.create_task(read())
            while not plane.proxy.calls_of("WatchEvents"):  # noqa: ASYNC110 - by another server's thread
                await asyncio.sleep(0.01)
            await watch.close()
            assert await reader == []

    plane.run(run())


def test_a_read_that_timed_out_loses_nothing(plane: Plane) -> None:
    async def run() -> None:
        async with chronovisor_aio.connect(plane.address, actor="user:alice") as client:
            watch = client.history.watch(after=0)
            first = await anext(watch)

            async def rest() -> None:
                async for _each in watch:
                    pass

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(rest(), 0.3)
            await client.projects.create("shop")
            found = await anext(watch)
            assert found.project_created.name == "projects/shop"
            assert found.position > first.position
            await watch.close()

    plane.run(run())


# A client that is closed


@pytest.mark.parametrize("was_used", [True, False])
def test_a_closed_client_calls_nothing(connect: Connect, plane: Plane, was_used: bool) -> None:
    either = connect()
    if was_used:
        either.do(lambda client: client.projects.get())
    either.close()
    calls = len(plane.proxy.calls)
    with pytest.raises(ValueError, match="the client is closed"):
        either.do(lambda client: client.projects.get())
    with pytest.raises(ValueError, match="the client is closed"):
        either.all(lambda client: client.history.watch(), count=1)
    assert len(plane.proxy.calls) == calls
    assert either.client.channel._wire.opened() == either.client.channel._wire.closed()  # pyright: ignore[reportPrivateUsage]
    either.close()


def test_a_watch_ends_with_its_client_in_a_thread(plane: Plane) -> None:
    client = chronovisor.connect(plane.address, actor="user:alice")
    found: list[Any] = []
    reader = threading.Thread(target=lambda: found.append(list(client.history.watch())))
    reader.start()
    wait_until(lambda: plane.proxy.calls_of("WatchEvents"))
    client.close()
    reader.join(patient(5.0))
    # Neither alive, nor ended by an error.
    assert found == [[]]


def test_a_watch_ends_with_its_client_in_a_task_and_a_call_fails(plane: Plane) -> None:
    plane.hold_agent()

    async def run() -> None:
        client = chronovisor_aio.connect(plane.address, actor="user:alice")
        operation = await client.vms.create("web-1", start=True, **TINY)

        async def read() -> list[Any]:
            return [each async for each in client.history.watch()]

        reading, waiting = asyncio.create_task(read()), asyncio.create_task(operation.wait())
        while not (plane.proxy.calls_of("WatchEvents") and plane.proxy.calls_of("WaitOperation")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await client.close()
        assert await reading == []
        # Nobody cancelled the task, so it is no cancellation.
        with pytest.raises(chronovisor.ChronovisorError, match="closed"):
            await waiting

    plane.run(run())


def test_a_client_of_another_event_loop_is_refused(plane: Plane) -> None:
    client = chronovisor_aio.connect(plane.address, actor="user:alice")

    async def get() -> None:
        await client.projects.get()

    plane.run(get())
    with pytest.raises(RuntimeError, match="one event loop"):
        asyncio.run(get())
    plane.run(client.close())


# One watch, many readers


def test_threads_that_share_a_watch_share_its_items(plane: Plane) -> None:
    with chronovisor.connect(plane.address, actor="user:alice") as client:
        for number in range(20):
            client.projects.create(f"shop-{number}")
        expected = [each.position for each in plane.events()]
        found: list[int] = []
        with client.history.watch(after=0) as watch:
            readers = [
                threading.Thread(target=lambda: found.extend(each.position for each in watch)) for _number in range(4)
            ]
            for each in readers:
                each.start()
            wait_until(lambda: len(found) >= len(expected))
        for each in readers:
            each.join(patient(5.0))
        assert sorted(found) == expected


def test_tasks_that_share_a_watch_share_its_items(plane: Plane) -> None:
    async def run() -> list[int]:
        found: list[int] = []
        async with chronovisor_aio.connect(plane.address, actor="user:alice") as client:
            for number in range(20):
                await client.projects.create(f"shop-{number}")
            watch = client.history.watch(after=0)

            async def read() -> None:
                async for each in watch:
                    found.append(each.position)  # noqa: PERF401 - as it comes

            readers = [asyncio.create_task(read()) for _number in range(4)]
            while len(found) < 20:  # noqa: ASYNC110 - what comes is the server's
                await asyncio.sleep(0.01)
            await watch.close()
            await asyncio.gather(*readers)
        return found

    found = plane.run(run())
    assert len(found) == len(set(found)) >= 20


# What it costs to import

WITHOUT_GRPC = """
import sys
import chronovisor
assert not {each for each in sys.modules if each.partition(".")[0] in ("grpc", "google")}, "imported"
before = len(sys.modules)
assert "connect" in dir(chronovisor)
assert len(sys.modules) == before
"""
OF_A_CLIENT = """
import sys
import chronovisor
chronovisor.connect("127.0.0.1:1").close()
own = [each for each in sys.modules if each.partition(".")[0] in ("chronovisor", "google", "grpc")]
print(len(own), len(sys.modules))
assert not {"typer", "rich", "yaml", "numpy", "click", "chronovisor.cli", "chronovisor.aio"} & set(sys.modules)
"""


def run(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program], check=True, capture_output=True, text=True, timeout=patient(60)
    ).stdout


def test_importing_it_imports_no_grpc() -> None:
    run(WITHOUT_GRPC)


def test_a_client_imports_what_it_needs_and_no_more() -> None:
    own, everything = map(int, run(OF_A_CLIENT).split())
    # 135 and 400 when this was written, of which asyncio and gRPC are the most.
    assert own < 180
    assert everything < 500


def test_layers_are_apart() -> None:
    first = Layer("user:a", 1.0, QUICK, Places(1))
    first.learn([("chronovisor-history", "h1")])
    assert (first.history, Layer("user:a", 1.0, QUICK, Places(1)).history) == ("h1", "")
