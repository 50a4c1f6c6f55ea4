"""The link between an agent and the control plane: streams without gRPC, over a network that fails.

A stream carries its messages in order, each as late as chance has it, some of them twice. It loses none but its last
ones: those that were under way when it broke. Either end learns of that in its own time, up to as late as keepalive has
it; so a new stream overtakes an old one, whose last messages come later still.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any, Protocol

import grpc
import grpc.aio
from chronovisor.v1 import agent_service_pb2 as api

from controlplane.domain.errors import DomainError
from controlplane.rpc.errors import status_of
from tests.simulation.loop import OWNER, Process, spawn

# How late a peer notices that the other is gone without a word: a ping, and the time for its answer.
KEEPALIVE_S = (5.0, 25.0)
CLOSING_S = (0.0, 0.5)
# How long a connection is tried that nobody answers.
CONNECTING_S = 5.0
_CODES = {code.value[0]: code for code in grpc.StatusCode}
Metadata = tuple[tuple[str, str | bytes], ...]


class Server(Protocol):
    """What streams lead to: the control plane's process, and its handler of a stream."""

    @property
    def process(self) -> Process: ...

    @property
    def serving(self) -> bool: ...

    def open_session(
        self, messages: AsyncIterator[api.ConnectRequest], context: "Context"
    ) -> AsyncIterator[api.ConnectResponse]: ...

    def faulty(self, error: BaseException, /) -> None: ...


class Context:
    """What a handler may know of its call."""

    def __init__(self, metadata: Metadata, peer: str) -> None:
        self._metadata = metadata
        self._peer = peer

    def invocation_metadata(self) -> Metadata:
        return self._metadata

    def peer(self) -> str:
        return self._peer


class _Inbox:
    """The receiving end of one direction: messages in order, then how it ended."""

    def __init__(self) -> None:
        self._messages: deque[bytes] = deque()
        self._end: BaseException | None = None
        self._wake = asyncio.Event()

    def put(self, message: bytes) -> None:
        if self._end is None:
            self._messages.append(message)
            self._wake.set()

    def end(self, error: BaseException) -> None:
        self._end = self._end or error
        self._wake.set()

    async def next(self) -> bytes:
        """Raises what it ended with."""
        while not self._messages:
            if self._end:
                raise self._end
            self._wake.clear()
            await self._wake.wait()
        return self._messages.popleft()


class _Direction:
    """One direction of a stream: messages under way."""

    def __init__(self, link: "Link", inbox: _Inbox) -> None:
        self._link = link
        self._inbox = inbox
        self._last_s = 0.0
        self._lost = False
        self._under_way: deque[tuple[asyncio.TimerHandle, bytes]] = deque()
        self._held: list[bytes] = []

    def send(self, message: bytes, *, twice: bool = False) -> None:
        if self._lost:
            return
        loop = asyncio.get_running_loop()
        for _ in range(2 if twice else 1):
            self._last_s = max(self._last_s, loop.time() + self._link.delay_s())
            self._under_way.append((self._link.later_at(self._last_s, self._arrive), message))

    def _arrive(self) -> None:
        """The oldest: of timers for the same time, the loop may take a later one first."""
        _, message = self._under_way.popleft()
        if self._link.partitioned:
            self._held.append(message)
        else:
            self._inbox.put(message)

    def heal(self) -> None:
        """What waited for the network arrives: in order, for nothing has arrived since it was parted."""
        held, self._held = self._held, []
        for message in held:
            self._inbox.put(message)

    def lose(self, arriving: int) -> None:
        """Only so many of the messages under way still arrive, some of them late."""
        self._lost = True
        self._held.clear()
        left = list(self._under_way)
        self._under_way.clear()
        for timer, _ in left:
            timer.cancel()
        self._last_s = max(self._last_s, self._link.now_s() + self._link.lateness_s())
        for _, message in left[:arriving]:
            self._under_way.append((self._link.later_at(self._last_s, self._arrive), message))


class Stream:
    """One call of an agent, as its session has it."""

    def __init__(self, link: "Link", messages: AsyncIterator[api.ConnectRequest], metadata: Metadata) -> None:
        self.owner = OWNER.get()
        self._link = link
        self._metadata = metadata
        self._to_agent, self._to_server = _Inbox(), _Inbox()
        self._up = _Direction(link, self._to_server)
        self._down = _Direction(link, self._to_agent)
        self._server: Server | None = None
        self._handler: asyncio.Task[None] | None = None
        self._over = False
        self._sending = asyncio.ensure_future(self._send(messages))
        link.connect(self)

    # The agent's end.

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> api.ConnectResponse:
        return api.ConnectResponse.FromString(await self._to_agent.next())

    def cancel(self) -> None:
        self._sending.cancel()
        self._to_agent.end(asyncio.CancelledError())
        self._close_server(CLOSING_S)

    async def _send(self, messages: AsyncIterator[api.ConnectRequest]) -> None:
        async for message in messages:
            repeatable = message.WhichOneof("message") != "hello"
            self._up.send(message.SerializeToString(), twice=repeatable and self._link.repeats())

    # The server's end.

    def accept(self, server: Server) -> None:
        self._server = server
        self._handler = spawn(server.process, self._handle(server), "stream")

    async def _requests(self) -> AsyncIterator[api.ConnectRequest]:
        while True:
            try:
                yield api.ConnectRequest.FromString(await self._to_server.next())
            except EOFError:
                return

    async def _handle(self, server: Server) -> None:
        context = Context(self._metadata, self._link.name)
        try:
            async for message in server.open_session(self._requests(), context):
                self._down.send(message.SerializeToString(), twice=self._link.repeats() and _is_guest(message))
        except DomainError as error:
            self._fail(_rpc_error(error))
        except Exception as error:  # noqa: BLE001 the edge, as of gRPC: judged by the history's check
            server.faulty(error)
            self._fail(unavailable("the handler failed"))
        else:
            self._to_agent_later(StopAsyncIteration(), self._link.delay_s())

    def _fail(self, error: BaseException) -> None:
        self._to_agent_later(error, self._link.delay_s())

    def _to_agent_later(self, error: BaseException, delay_s: float) -> None:
        if not self._over:
            self._link.later(delay_s, self._to_agent.end, error)

    # What becomes of it.

    def refuse(self, error: BaseException) -> None:
        self._to_agent.end(error)

    def arrive(self) -> None:
        self._up.heal()
        self._down.heal()

    def lose(
        self, arriving: Callable[[], int], noticed_s: tuple[float, float], by_agent_s: tuple[float, float] | None = None
    ) -> None:
        """The connection breaks: each end notices in its own time."""
        if self._over:
            return
        self._over = True
        self._up.lose(arriving())
        self._down.lose(arriving())
        lost = unavailable("connection lost")
        self._link.later(self._link.between(by_agent_s or noticed_s), self._to_agent.end, lost)
        self._close_server(noticed_s)

    def _close_server(self, noticed_s: tuple[float, float]) -> None:
        self._link.later(self._link.between(noticed_s), self._end_server)

    def _end_server(self) -> None:
        """As gRPC does: the handler is cancelled, and its requests end."""
        self._over = True
        self._to_server.end(EOFError())
        if self._handler and not self._handler.done():
            self._handler.cancel()
        self._link.forget(self)


def _is_guest(message: api.ConnectResponse) -> bool:
    return message.WhichOneof("message") == "desired_guest"


class Link:
    """The network between one host and the control plane, and the agent's channel."""

    def __init__(self, name: str, server: Callable[[], Server | None], random: Random, loop: Any) -> None:
        self.name = name
        self.partitioned = False
        # Of which part of the messages two arrive.
        self.repeating = 0.0
        self.slowest_s = 0.05
        self._server = server
        self._random = random
        self._loop = loop
        self._streams: list[Stream] = []

    # As the agent's session calls it.

    def unary_unary(self, *_: Any, **__: Any) -> None:
        """No agent of the simulation joins: it proves nothing, and is believed."""

    def unary_stream(self, *_: Any, **__: Any) -> None:
        """Nor does one fetch an image: simulated hosts have every one."""

    def stream_stream(self, _method: str, **_serializers: object) -> Callable[..., Stream]:
        return self._begin

    def _begin(self, messages: AsyncIterator[api.ConnectRequest], metadata: Metadata = ()) -> Stream:
        return Stream(self, messages, metadata)

    # Chance.

    def delay_s(self) -> float:
        return self._random.random() ** 3 * self.slowest_s

    def between(self, span_s: tuple[float, float]) -> float:
        return self._random.uniform(*span_s)

    def now_s(self) -> float:
        return self._loop.time()

    def lateness_s(self) -> float:
        """How much later the last messages of a broken stream come than all others."""
        return self._random.choice((0.0, self._random.uniform(0.0, 6.0)))

    def repeats(self) -> bool:
        return self.repeating > 0 and self._random.random() < self.repeating

    def later(self, delay_s: float, call: Callable[..., object], *args: object) -> asyncio.TimerHandle:
        return self.later_at(self._loop.time() + delay_s, call, *args)

    def later_at(self, when_s: float, call: Callable[..., object], *args: object) -> asyncio.TimerHandle:
        """The network goes on without those who sent."""
        return self._loop.call_at_world(when_s, call, *args)

    # What happens.

    def connect(self, stream: Stream) -> None:
        self.later(self.delay_s(), self._arrived, stream)

    def _arrived(self, stream: Stream) -> None:
        server = self._server()
        if not stream.owner.alive:
            return
        if self.partitioned:
            self.later(CONNECTING_S, stream.refuse, unavailable("no route to host"))
        elif server is None or not server.serving:
            self.later(self.delay_s(), stream.refuse, unavailable("connection refused"))
        else:
            self._streams.append(stream)
            stream.accept(server)

    def forget(self, stream: Stream) -> None:
        if stream in self._streams:
            self._streams.remove(stream)

    def drop(self, noticed_s: tuple[float, float] = KEEPALIVE_S) -> None:
        """Every stream breaks. The agent may know at once, and come again before the server does."""
        by_agent_s = self._random.choice((CLOSING_S, noticed_s))
        for stream in tuple(self._streams):
            stream.lose(lambda: self._random.randrange(4), noticed_s, by_agent_s)

    def close(self) -> None:
        """One of the two processes has ended: the kernel closes its connections, and what it sent still arrives."""
        for stream in tuple(self._streams):
            stream.lose(lambda: 1_000, CLOSING_S)

    def part(self) -> None:
        """Nothing arrives any more: a stream breaks unless it heals before somebody notices."""
        self.partitioned = True
        for stream in tuple(self._streams):
            self.later(self.between(KEEPALIVE_S), self._break, stream)

    def _break(self, stream: Stream) -> None:
        if self.partitioned and stream in self._streams:
            stream.lose(lambda: 0, KEEPALIVE_S)

    def heal(self) -> None:
        self.partitioned = False
        for stream in tuple(self._streams):
            stream.arrive()


def unavailable(why: str) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), why)


def _rpc_error(error: DomainError) -> grpc.aio.AioRpcError:
    """As the edge of gRPC turns it into a status, and an agent's library that into an error."""
    status = status_of(error)
    trailing = grpc.aio.Metadata(("grpc-status-details-bin", status.SerializeToString()))
    return grpc.aio.AioRpcError(_CODES[status.code], grpc.aio.Metadata(), trailing, status.message)
