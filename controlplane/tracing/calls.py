"""Spans of calls that are sampled: in each its work is done. Those of streams last as long as they do."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

from chronovisor.tracing import Span, Tracer, current, ending, enter, parent_of, traceparent_in, within
from grpc import aio

Context: TypeAlias = "aio.ServicerContext[Any, Any]"
Answering = Callable[[Any, Context], Awaitable[object]]
Lasting = Callable[[Context], AbstractContextManager[Span | None]]
# An agent's link lasts as long as the agent, and what goes over it is part of the traces of events.
UNTRACED = frozenset({"/chronovisor.v1.AgentService/OpenSession"})
# Attributes of a stream's span: how many messages were sent.
MESSAGES = "chronovisor.messages"


class CountingContext:
    """The context of a call, which counts what is written to it."""

    def __init__(self, context: Context, span: Span) -> None:
        self._context = context
        self._span = span

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def write(self, message: object) -> None:
        await self._context.write(message)
        self._span.count(MESSAGES, 1)


def untraced(_context: Context) -> AbstractContextManager[Span | None]:
    """Of a stream that has no span."""
    return nullcontext()


class CallSpans:
    """Spans of calls, named by their methods."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def around(self, method: str, answer: Answering) -> Answering:
        """The same, traced where the call is sampled. What an error is, its caller's status says."""
        tracer, (name, attributes) = self._tracer, _described(method)

        async def traced(raw: Any, context: Context) -> object:
            span = tracer.sample(name, traceparent_in(context.invocation_metadata()), attributes)
            if span is None:
                return await answer(raw, context)
            with within(span):
                return await answer(raw, context)

        return traced

    def lasting(self, method: str) -> Lasting:
        """What a call that lasts is done in: one span, of its whole life, where it is sampled."""
        if method in UNTRACED:
            return untraced
        tracer, (name, attributes) = self._tracer, _described(method)

        def traced(context: Context) -> AbstractContextManager[Span | None]:
            span = tracer.sample(name, traceparent_in(context.invocation_metadata()), attributes)
            if span is None:
                return nullcontext()
            enter(span)
            return ending(span)

        return traced

    def of_commands(self, context: Context) -> "CommandSpans":
        """Those of the commands of a stream: of this call, in its task."""
        return CommandSpans(self._tracer, traceparent_in(context.invocation_metadata()))


class CommandSpans:
    """Spans of the commands of one stream.

    A command is part of the trace that it names itself, else of the stream's, if its caller traces that. Of all others
    each is sampled by chance: a stream may have millions.
    """

    def __init__(self, tracer: Tracer, traceparent: str) -> None:
        self._tracer = tracer
        stream = current()
        self._parent = str(stream.context) if stream and parent_of(traceparent) else traceparent

    def begin(self, method: str, traceparent: str) -> Span | None:
        """Of a command that stands for a call of a method, where it is sampled: the rest of its task is part of it."""
        name, attributes = _described(method)
        if not parent_of(traceparent):
            traceparent = self._parent
        span = self._tracer.sample(name, traceparent, attributes)
        enter(span)
        return span


def _described(method: str) -> tuple[str, dict[str, str]]:
    name = method.removeprefix("/")
    service, _, short = name.rpartition("/")
    return name, {"rpc.system": "grpc", "rpc.service": service, "rpc.method": short}
