"""Turns every error of every method into its status, by the table in `errors`."""

import asyncio
import inspect
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple, TypeAlias, TypeVar

import grpc
from chronovisor.tracing import Span
from google.protobuf.message import DecodeError
from google.rpc import code_pb2, status_pb2
from grpc import aio
from grpc_status import rpc_status

from controlplane.domain.errors import DomainError, InvalidRequest, RateLimited, Unavailable, Unimplemented
from controlplane.domain.reasons import Reason
from controlplane.queries import visible
from controlplane.rpc.access.guard import Guard
from controlplane.rpc.access.open_calls import OpenCalls
from controlplane.rpc.errors import reason_in, status_of
from controlplane.rpc.shared.actor_names import NO_NAMES, ActorNames
from controlplane.rpc.shared.call_counts import CANCELLED, OK, UNCOUNTED, CallCounts
from controlplane.rpc.shared.call_log import AS_THEY_ARE, CallLog, LogNames
from controlplane.rpc.shared.histories import NO_HISTORIES, Histories
from controlplane.rpc.shared.message_size import MOST_BYTES, Behavior, fitted
from controlplane.tracing.calls import MESSAGES, CallSpans, CountingContext, untraced

log = logging.getLogger(__name__)

M = TypeVar("M", bound=Callable[..., Any])
_IS_PACED = "__is_paced__"
_SENDS_BYTES = "__sends_bytes__"
# What refusals of methods that there are not are counted as: a caller chooses their names.
OTHERS = "others"
# Calls with one answer that may last as long as a stream.
LASTING = frozenset({"/google.longrunning.Operations/WaitOperation"})

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Context: TypeAlias = "aio.ServicerContext[Any, Any]"
# Errors which say that the store cannot be read now.
Outages: TypeAlias = tuple[type[Exception], ...]


def to_status(error: BaseException, method: str, outages: Outages) -> status_pb2.Status:
    """The status of an error. What is not a refusal is logged."""
    if isinstance(error, outages):
        log.error("the ledger could not be read: %s", error)
        error = Unavailable(Reason.LEDGER_UNAVAILABLE, "the ledger cannot be read now; try again")
    elif not isinstance(error, DomainError):
        log.error("%s failed", method, exc_info=error)
    return status_of(error)


# How often a method was refused for a reason, by both: the method's full name, `Service/Method`.
Refusals: TypeAlias = Counter[tuple[str, str]]


class Edge(NamedTuple):
    """What all methods have in common: what is an outage, the ledger's history, the count of what was refused, and who
    actors are.

    Without a guard, every caller may do everything.
    """

    outages: Outages
    histories: Histories
    refusals: Refusals
    guard: Guard | None = None
    open_calls: OpenCalls | None = None
    names: ActorNames = NO_NAMES
    calls: CallCounts = UNCOUNTED
    log_names: LogNames = AS_THEY_ARE
    spans: CallSpans | None = None


async def _abort(context: Context, error: BaseException, method: str, edge: Edge) -> None:
    if _is_gone(context, error):
        # Nobody hears it: no error of ours. The call ends as one that its caller ended.
        edge.calls.of(method).ended(CANCELLED)
        raise asyncio.CancelledError
    if edge.guard and isinstance(error, DomainError):
        edge.guard.refused(method, context, error)
        error = edge.guard.veiled(error)
    status = to_status(error, method, edge.outages)
    reason = reason_in(status)
    # Not in the server's words: those may have the caller's name.
    log.debug("refused: %s", reason)
    edge.refusals[method.removeprefix("/"), reason] += 1
    edge.calls.refused(reason)
    edge.calls.of(method).ended(code_pb2.Code.Name(status.code))  # pyright: ignore[reportArgumentType] a code's number
    metadata = edge.histories.metadata()
    converted = rpc_status.to_status(status)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    trailing = (*converted.trailing_metadata, *metadata)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    await context.abort(converted.code, converted.details, trailing)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]


def _is_gone(context: Context, error: BaseException) -> bool:
    """Whether the caller went away: then what it was sent last may have failed."""
    return not isinstance(error, DomainError) and (context.cancelled() or context.done())


Parse: TypeAlias = Callable[[bytes], Any]


def _parsed(parse: Parse, raw: bytes) -> Any:
    """Raises InvalidRequest."""
    try:
        return parse(raw)
    except (DecodeError, UnicodeDecodeError, ValueError):
        # Which byte it is says nothing to a caller: its library wrote them.
        raise InvalidRequest from None


async def _each_parsed(parse: Parse, incoming: AsyncIterator[bytes]) -> AsyncIterator[Any]:
    async for raw in incoming:
        yield _parsed(parse, raw)


def _paging(behavior: Behavior, serialize: Callable[[Any], bytes], edge: Edge) -> Behavior:
    """Its answers as bytes, no larger than clients take, with page tokens that are bound to the ledger's history."""

    async def encoded(request: Any, context: Context) -> bytes:
        answer = await behavior(request, context)
        if answer.ByteSize() > MOST_BYTES:
            answer = await fitted(behavior, request, context, answer)
        edge.histories.mark(request, answer)
        edge.names.resolve(answer)
        return serialize(answer)

    return encoded


def _answering(
    behavior: Callable[[Any, Context], Awaitable[Any]], method: str, edge: Edge, read: Callable[[Any], Any]
) -> Callable[[Any, Context], Any]:
    histories = edge.histories

    guard, count = edge.guard, edge.calls.of(method)

    async def answer(raw: Any, context: Context) -> object:
        began = count.now()
        call = CallLog(method, context, edge.log_names)
        try:
            if guard is None:
                request = call.of(read(raw))
            else:
                principal = await guard.identify(method, context)
                guard.take(len(raw))
                request = call.of(read(raw))
                await guard.admit(method, principal, request)
            histories.admit(request, context)
            context.set_trailing_metadata(histories.metadata())
            answered = await behavior(request, context)
        except aio.AbortError:
            raise
        except asyncio.CancelledError:
            count.ended(CANCELLED)
            raise
        except Exception as error:  # noqa: BLE001 the edge: whatever it is, the caller gets a status
            explained = histories.explained(error, context)
            return await _abort(context, explained, method, edge)
        count.answered(began)
        return answered

    return edge.spans.around(method, answer) if edge.spans else answer


@asynccontextmanager
async def _admitted(
    raw: Any, context: Context, method: str, edge: Edge, read: Callable[[Any], Any], *, paces: bool = False
) -> AsyncGenerator[Any]:
    """The request of a call that lasts, for as long as its caller may have it. Raises what ends it."""
    call = CallLog(method, context, edge.log_names)
    guard, open_calls = edge.guard, edge.open_calls
    if guard is None or open_calls is None:
        yield call.of(read(raw))
        return
    principal = await guard.identify(method, context)
    if isinstance(raw, bytes):
        guard.take(len(raw))
        request = call.of(read(raw))
    else:
        request = read((_held_back if paces else _counted)(raw, guard))
    async with open_calls.open(principal) as opened:
        opened.admitted(await guard.admit(method, principal, request), visible.projects())
        yield request


async def _counted(incoming: AsyncIterator[bytes], guard: Guard) -> AsyncIterator[bytes]:
    async for raw in incoming:
        guard.take(len(raw))
        yield raw


async def _held_back(incoming: AsyncIterator[bytes], guard: Guard) -> AsyncIterator[bytes]:
    """As slow as the caller may send: gRPC has it wait."""
    async for raw in incoming:
        while True:
            try:
                guard.take(len(raw))
            except RateLimited as error:
                await asyncio.sleep(error.retry_after_s)
                continue
            break
        yield raw


@asynccontextmanager
async def _until_it_ends(method: str, context: Context, edge: Edge) -> AsyncGenerator[Span | None]:
    """A call that lasts, and its span if it has one: counted while it is open, and ended by an error's status."""
    count = edge.calls.of(method)
    traced = edge.spans.lasting(method) if edge.spans else untraced
    with traced(context) as span:
        count.opened(1)
        try:
            yield span
            count.ended(OK)
        except aio.AbortError:
            raise
        except asyncio.CancelledError:
            count.ended(CANCELLED)
            raise
        except Exception as error:  # noqa: BLE001 the edge: whatever it is, the caller gets a status
            await _abort(context, edge.histories.explained(error, context), method, edge)
        finally:
            count.opened(-1)


def _lasting(
    behavior: Callable[[Any, Context], Awaitable[Any]], method: str, edge: Edge, read: Callable[[Any], Any]
) -> Callable[[Any, Context], Any]:
    """A call that waits, or that writes to its context instead of yielding."""
    histories = edge.histories

    async def last(raw: Any, context: Context) -> object:
        async with (
            _until_it_ends(method, context, edge) as span,
            _admitted(raw, context, method, edge, read) as request,
        ):
            histories.admit(request, context)
            context.set_trailing_metadata(histories.metadata())
            counted: Any = CountingContext(context, span) if span else context
            return await behavior(request, counted)
        return None

    return last


def _streaming(
    behavior: Callable[[Any, Context], AsyncIterator[Any]], method: str, edge: Edge, read: Callable[[Any], Any]
) -> Callable[[Any, Context], AsyncIterator[Any]]:
    histories, paces = edge.histories, hasattr(behavior, _IS_PACED)

    async def stream(raw: Any, context: Context) -> AsyncIterator[Any]:
        async with (
            _until_it_ends(method, context, edge) as span,
            _admitted(raw, context, method, edge, read, paces=paces) as request,
        ):
            histories.admit(request, context)
            await context.send_initial_metadata(histories.metadata())
            async for message in behavior(request, context):
                edge.names.resolve(message)
                if span:
                    span.count(MESSAGES, 1)
                yield message

    return stream


def _unimplemented(method: str) -> Callable[[Any, Context], Awaitable[Any]]:
    async def refuse(_request: object, _context: Context) -> None:
        raise Unimplemented(method.rpartition("/")[2])

    return refuse


def _unimplemented_stream(method: str) -> Callable[[Any, Context], AsyncIterator[Any]]:
    async def refuse(_request: object, _context: Context) -> AsyncIterator[Any]:
        raise Unimplemented(method.rpartition("/")[2])
        yield  # makes this a generator, as a stream must be

    return refuse


def paced(method: M) -> M:
    """Marks a method of which a caller who sends too fast is held back, instead of refused."""
    setattr(method, _IS_PACED, True)
    return method


def sends_bytes(method: M) -> M:
    """Marks a method whose responses are encoded already."""
    setattr(method, _SENDS_BYTES, True)
    return method


class _Guarded(grpc.GenericRpcHandler):
    """A service whose methods answer every error with its status. Each is wrapped once."""

    def __init__(self, inner: grpc.GenericRpcHandler, edge: Edge) -> None:
        self._inner = inner
        self._edge = edge
        self._wrapped: dict[str, Handler] = {}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "Handler | None":
        method: str = handler_call_details.method
        wrapped = self._wrapped.get(method)
        if wrapped is None and (handler := self._inner.service(handler_call_details)):
            wrapped = self._wrapped[method] = _wrap(handler, method, self._edge)
        return wrapped


class _CallersThatLeft(logging.Filter):
    """Drops gRPC's own word of an answer that could not be sent, with a traceback each: its caller went away."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        return kind is None or kind.__name__ not in ("ExecuteBatchError", "CancelledError")


_callers_that_left = _CallersThatLeft()


class ErrorMapping:
    """Stands for the server while services are added. A gRPC interceptor would cost a task's step at every call.

    A generated method that nobody has overridden is unimplemented. An error of one of the types in `outages` says that
    the store cannot be read now. `refusals` are counted.
    """

    def __init__(
        self,
        server: aio.Server,
        outages: Outages = (),
        histories: Histories = NO_HISTORIES,
        guard: Guard | None = None,
        open_calls: OpenCalls | None = None,
        names: ActorNames = NO_NAMES,
        calls: CallCounts = UNCOUNTED,
        log_names: LogNames = AS_THEY_ARE,
        spans: CallSpans | None = None,
    ) -> None:
        self._server = server
        self.refusals: Refusals = Counter()
        self._edge = Edge(outages, histories, self.refusals, guard, open_calls, names, calls, log_names, spans)
        logging.getLogger("grpc._cython.cygrpc").addFilter(_callers_that_left)

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        self._server.add_generic_rpc_handlers([_Guarded(each, self._edge) for each in generic_rpc_handlers])

    def refuse_others(self, prefix: str) -> None:
        """Refuses every other method whose name begins so. Comes after all services."""
        self._server.add_generic_rpc_handlers([_Others(prefix, self._edge)])

    def add_registered_method_handlers(self, service_name: str, method_handlers: object) -> None:
        """The same methods once more, as generated code adds them. They would go before the guarded ones."""


class _Others(grpc.GenericRpcHandler):
    """Methods that no service here has, such as those of a newer version of the API: unimplemented, with a reason."""

    def __init__(self, prefix: str, edge: Edge) -> None:
        self._prefix = prefix
        self._edge = edge

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "Handler | None":
        method: str = handler_call_details.method
        if not method.startswith(self._prefix):
            return None

        # Of any kind: no message is looked at.
        async def refuse(_requests: object, context: Context) -> AsyncIterator[bytes]:
            await _abort(context, Unimplemented(method.removeprefix("/")), OTHERS, self._edge)
            yield b""  # makes this a generator, as a stream must be

        return grpc.stream_stream_rpc_method_handler(refuse)


def _wrap(handler: Any, method: str, edge: Edge) -> Handler:
    # Requests come as bytes: what gRPC could not parse it would call UNKNOWN, with a traceback each.
    coders = {"request_deserializer": None, "response_serializer": handler.response_serializer}
    for kind in ("unary_unary", "unary_stream", "stream_unary", "stream_stream"):
        behavior = getattr(handler, kind)
        if behavior is None:
            continue
        if hasattr(behavior, _SENDS_BYTES):
            coders["response_serializer"] = None
        make = getattr(grpc, f"{kind}_rpc_method_handler")
        read = partial(_each_parsed if kind.startswith("stream_") else _parsed, handler.request_deserializer)
        if kind.endswith("_unary"):
            implemented = inspect.iscoroutinefunction(behavior)
            behavior = behavior if implemented else _unimplemented(method)
            answers = _paging(behavior, handler.response_serializer, edge)
            coders["response_serializer"] = None
            return make((_lasting if method in LASTING else _answering)(answers, method, edge, read), **coders)
        if inspect.iscoroutinefunction(behavior):
            # It writes to its context instead of yielding, as the health service's Watch does.
            return make(_lasting(behavior, method, edge, read), **coders)
        implemented = inspect.isasyncgenfunction(behavior)
        return make(
            _streaming(behavior if implemented else _unimplemented_stream(method), method, edge, read), **coders
        )
    raise TypeError(method)
