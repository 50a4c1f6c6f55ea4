"""Readers that do not read: what waits for them in the gateway is bounded, and so is what is fetched for them."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
from grpc import aio

from controlplane.gateway.unread import LEAST_NOTED, Unread
from controlplane.gateway.upstream import Upstream

MESSAGE = b"x" * 16_384
# Of one stream: windows of HTTP/2 at both ends, and the message that each end has in hand.
MOST_UNDER_WAY = 1 << 20


def test_those_that_wait_longest_make_room_and_are_counted_no_more() -> None:
    unread, ended = Unread(4 * LEAST_NOTED), list[str]()
    with ExitStack() as waiting:
        for name in ("a", "b", "c", "d"):
            waiting.enter_context(unread.part(LEAST_NOTED, lambda name=name: ended.append(name)))
        with unread.part(LEAST_NOTED - 1, lambda: ended.append("small")):
            assert not ended
        with unread.part(2 * LEAST_NOTED, lambda: ended.append("late")):
            assert ended == ["a", "b"]
    assert unread.held == 0


def test_an_answer_that_is_larger_than_all_that_may_wait_is_ended() -> None:
    unread, ended = Unread(LEAST_NOTED), list[str]()
    with unread.part(LEAST_NOTED + 1, lambda: ended.append("whole")):
        assert ended == ["whole"]


class Endless:
    """A service with a stream that has no end, and counts what it was rid of."""

    def __init__(self) -> None:
        self.sent = 0

    async def stream(self, _request: bytes, _context: Any) -> AsyncGenerator[bytes]:
        while True:
            yield MESSAGE
            self.sent += len(MESSAGE)

    async def echo(self, request: bytes, _context: Any) -> bytes:
        return request

    def handler(self) -> Any:
        library: Any = grpc
        methods = {
            "Stream": library.unary_stream_rpc_method_handler(self.stream),
            "Echo": library.unary_unary_rpc_method_handler(self.echo),
        }
        return library.method_handlers_generic_handler("test.Endless", methods)


async def test_a_stream_that_nobody_reads_is_fetched_up_to_a_bound(tmp_path: Path) -> None:
    service, server, address = Endless(), aio.server(), f"unix:{tmp_path}/s"
    server.add_generic_rpc_handlers((service.handler(),))
    server.add_insecure_port(address)
    await server.start()
    upstream = Upstream(address)
    # One that is read, as fast as can be, has windows grow, where they do.
    read = upstream.call_stream("/test.Endless/Stream", b"", ()).messages()
    for _ in range(2_000):
        await anext(read)
    await read.aclose()
    await upstream.call_unary("/test.Endless/Echo", b"x", ())
    service.sent = 0
    unread = upstream.call_stream("/test.Endless/Stream", b"", ()).messages()
    await anext(unread)
    # So many round trips on the same connection: whatever would come for it has come.
    for _ in range(300):
        await upstream.call_unary("/test.Endless/Echo", b"x", ())
    assert service.sent < MOST_UNDER_WAY
    await unread.aclose()
    await upstream.close()
    await server.stop(None)
