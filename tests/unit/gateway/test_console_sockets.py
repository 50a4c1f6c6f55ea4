"""What ends a WebSocket of a console whose client, or guest, takes nothing; and what a close has of an error."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from typing import Any, cast

import pytest
from chronovisor.v1 import console_service_pb2 as api
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc import StatusCode

from controlplane.gateway.console_sockets import MOST_REASON_BYTES, PROTOCOL, TICKET, TRY_LATER, ConsoleSockets
from controlplane.gateway.upstream import Upstream, UpstreamError

OPENED = api.OpenSerialConsoleResponse(opened=api.SerialConsoleOpened(session="1", writer=True))
OUTPUT = api.OpenSerialConsoleResponse(output=api.ConsoleOutput(data=b"hello"))
LEFT = {"type": "websocket.disconnect", "code": 1006}


class Played:
    """A stream of the control plane: it answers, and takes as many requests as it is to, or ends with an error."""

    def __init__(self, answers: int = 1_000_000, takes: int = 1, error: UpstreamError | None = None) -> None:
        self.leading = [("chronovisor-history", "h")]
        self.taken: list[api.OpenSerialConsoleRequest] = []
        self.metadata: Any = ()
        self._answers, self._takes, self._error = answers, takes, error
        self._taking: asyncio.Task[None] | None = None

    def call_stream(self, _method: str, requests: AsyncIterable[bytes], metadata: Any) -> "Played":
        self.metadata = metadata
        self._taking = asyncio.create_task(self._take(requests))
        return self

    async def _take(self, requests: AsyncIterable[bytes]) -> None:
        async for each in requests:
            self.taken.append(api.OpenSerialConsoleRequest.FromString(each))
            if len(self.taken) == self._takes:
                await asyncio.Event().wait()

    async def begin(self) -> None:
        """Admitted at once."""

    async def messages(self) -> AsyncGenerator[bytes]:
        if self._error:
            raise self._error
        yield OPENED.SerializeToString()
        for _ in range(self._answers):
            yield OUTPUT.SerializeToString()
        await asyncio.Event().wait()

    def cancel(self) -> None:
        if self._taking:
            self._taking.cancel()


class Client:
    """One WebSocket: what it sends, and what comes. `reads`: so many messages."""

    def __init__(self, reads: int = 1_000_000) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.came: list[Mapping[str, Any]] = []
        self.aborted = 0
        self._reads = reads

    def send(self, data: bytes) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "bytes": data})

    async def hear(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self.incoming.put_nowait(LEFT)
        elif len(self.came) >= self._reads:
            await asyncio.Event().wait()
        self.came.append(message)

    def abort(self) -> None:
        self.aborted += 1

    @property
    def close(self) -> tuple[int, str]:
        (found,) = [each for each in self.came if each["type"] == "websocket.close"]
        return found["code"], found["reason"]


async def run(played: Played, client: Client, patience_s: float = 0.05) -> None:
    sockets = ConsoleSockets(cast("Upstream", played), patience_s)
    scope = {"path": "/v1/projects/p/vms/v:console", "subprotocols": [PROTOCOL, f"{TICKET}cvct_one"]}
    await asyncio.wait_for(sockets(scope, client.incoming.get, client.hear, client.abort), 10)


async def test_a_client_that_reads_nothing_is_closed() -> None:
    client = Client(reads=5)
    await run(Played(), client)
    code, reason = client.close
    assert (code, "read nothing" in reason) == (TRY_LATER, True)


async def test_a_guest_that_takes_nothing_has_its_writer_closed_and_so_much_is_under_way() -> None:
    client, played = Client(), Played(answers=0, takes=2)
    for _ in range(20):
        client.send(b"x" * 1000)
    await run(played, client)
    code, reason = client.close
    assert (code, "taken nothing" in reason) == (TRY_LATER, True)
    assert [each.WhichOneof("message") for each in played.taken] == ["open", "input"]
    assert played.taken[0].open.name == "projects/p/vms/v"
    assert ("chronovisor-console-ticket", "cvct_one") in played.metadata


async def test_a_client_that_leaves_ends_its_stream_and_is_not_answered() -> None:
    client = Client()
    client.incoming.put_nowait(LEFT)
    await run(Played(answers=0), client)
    assert not [each for each in client.came if each["type"] == "websocket.close"]


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (StatusCode.UNAUTHENTICATED, 4401),
        (StatusCode.PERMISSION_DENIED, 4403),
        (StatusCode.NOT_FOUND, 4404),
        (StatusCode.FAILED_PRECONDITION, 4400),
        (StatusCode.RESOURCE_EXHAUSTED, 4429),
        (StatusCode.UNAVAILABLE, 4503),
    ],
)
async def test_an_error_is_a_code_and_its_reason_in_what_a_close_can_have(code: StatusCode, number: int) -> None:
    detail = AnyMessage()
    detail.Pack(error_details_pb2.ErrorInfo(reason="SOME_REASON"))
    status = status_pb2.Status(code=code_pb2.Code.Value(code.name), message="ü" * 100, details=[detail])
    client = Client()
    await run(Played(error=UpstreamError(code, status, [])), client)
    found, reason = client.close
    assert (found, reason.startswith("SOME_REASON: üü")) == (number, True)
    assert len(reason.encode()) in (MOST_REASON_BYTES - 1, MOST_REASON_BYTES)
