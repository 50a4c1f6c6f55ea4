"""A span for each call with one answer that is sampled, in which its work is done."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from chronovisor.tracing import Tracer, traceparent_in, within
from grpc import aio

Context: TypeAlias = "aio.ServicerContext[Any, Any]"
Answering = Callable[[Any, Context], Awaitable[object]]


class CallSpans:
    """Spans of calls, named by their methods."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def around(self, method: str, answer: Answering) -> Answering:
        """The same, traced where the call is sampled. What an error is, its caller's status says."""
        name, tracer = method.removeprefix("/"), self._tracer
        service, _, short = name.rpartition("/")
        attributes = {"rpc.system": "grpc", "rpc.service": service, "rpc.method": short}

        async def traced(raw: Any, context: Context) -> object:
            span = tracer.sample(name, traceparent_in(context.invocation_metadata()), attributes)
            if span is None:
                return await answer(raw, context)
            with within(span):
                return await answer(raw, context)

        return traced
