"""A gRPC proxy in front of a control plane: it logs calls, and fails, answers or edits those that a test chooses."""

import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

import grpc
from chronovisor.v1 import (
    access_service_pb2,
    console_service_pb2,
    history_service_pb2,
    host_service_pb2,
    image_service_pb2,
    metrics_service_pb2,
    network_service_pb2,
    privacy_service_pb2,
    project_service_pb2,
    service_account_service_pb2,
    utilization_service_pb2,
    vm_service_pb2,
)
from google.iam.v1 import iam_policy_pb2
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from grpc_status import rpc_status

from controlplane.domain.errors import DomainError
from controlplane.rpc.errors import DOMAIN, status_of

FILES = (
    access_service_pb2,
    console_service_pb2,
    history_service_pb2,
    host_service_pb2,
    image_service_pb2,
    metrics_service_pb2,
    network_service_pb2,
    privacy_service_pb2,
    project_service_pb2,
    service_account_service_pb2,
    utilization_service_pb2,
    vm_service_pb2,
    iam_policy_pb2,
    longrunning,
)
METHODS: dict[str, MethodDescriptor] = {
    f"/{service.full_name}/{method.name}": method
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
# What gRPC itself adds to every call.
OWN_METADATA = ("user-agent", "grpc-")
Context = aio.ServicerContext[Any, Any]
Answer = Callable[[Any], Message | Iterable[Message]]
M = TypeVar("M", bound=Message)


def status(
    code: grpc.StatusCode, reason: str, message: str, metadata: Mapping[str, str] | None = None
) -> status_pb2.Status:
    """A refusal as the API has it, for reasons that no control plane in a test comes to."""
    made = status_pb2.Status(code=code.value[0], message=message)
    packed = AnyMessage()
    packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=dict(metadata or {})))
    made.details.append(packed)
    return made


def pages(response: type[M], name: str, items: Sequence[Any], size: int = 2, **more: Any) -> Callable[[Any], M]:
    """Answers with so many of the items a page. `name` is the field that they are in."""

    def page(request: Any) -> M:
        first = int(request.page_token or 0)
        token = str(first + size) if first + size < len(items) else ""
        return response(**{name: items[first : first + size]}, next_page_token=token, **more)

    return page


@dataclass(frozen=True)
class Call:
    """One call as the proxy received it. `time_remaining` is what the client gives it, in seconds."""

    method: str
    request: Any
    metadata: Mapping[str, str | bytes]
    time_remaining: float


@dataclass(frozen=True)
class _Failure:
    status: status_pb2.Status
    after: bool


@dataclass
class Proxy(grpc.GenericRpcHandler):
    """Forwards every call, unless a test chose otherwise. Methods are named as in the protos: `GetVm`."""

    # Of the control plane.
    channel: Any
    calls: list[Call] = field(default_factory=list[Call])
    # Every list is read in pages of this size; 0: as the client requests.
    page_size: int = 0
    # Methods that the control plane does not have, as an older one.
    absent: set[str] = field(default_factory=set[str])
    _failures: dict[str, deque[_Failure]] = field(default_factory=dict[str, "deque[_Failure]"])
    _answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    _edits: dict[str, Callable[[Any], object]] = field(default_factory=dict[str, Callable[[Any], object]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail_next(
        self, method: str, refusal: DomainError | status_pb2.Status, *, times: int = 1, after: bool = False
    ) -> None:
        """The next calls of `method` end so; with `after`, the work is done and its answer is lost."""
        ends = status_of(refusal) if isinstance(refusal, DomainError) else refusal
        with self._lock:
            self._failures.setdefault(method, deque()).extend([_Failure(ends, after)] * times)

    def answer(self, method: str, *messages: Message, by: Answer | None = None) -> None:
        """From now on `method` is answered so, and not by the control plane: with a message, or a stream of them."""
        self._answers[method] = by or (lambda _request: messages)

    def edit(self, method: str, edit: Callable[[Any], object]) -> None:
        """From now on `edit` changes each answer of `method` on its way to the client."""
        self._edits[method] = edit

    def calls_of(self, method: str) -> list[Call]:
        with self._lock:
            return [call for call in self.calls if call.method == method]

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        path = handler_call_details.method
        method = METHODS.get(path)
        if method is None or method.name in self.absent:
            return None
        if method.client_streaming:
            return grpc.stream_stream_rpc_method_handler(self._both_ways(path, method))  # pyright: ignore[reportUnknownVariableType]
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(self._streaming(path, method))  # pyright: ignore[reportUnknownVariableType]
        return grpc.unary_unary_rpc_method_handler(self._unary(path, method))  # pyright: ignore[reportUnknownVariableType]

    def _unary(self, path: str, method: MethodDescriptor) -> Callable[[bytes, Context], Any]:
        async def forward(raw: bytes, context: Context) -> bytes:
            request = self._received(method, raw, context)
            failure = self._next_failure(method.name)
            if failure and not failure.after:
                await _abort(context, failure.status)
            answered = self._answered(method.name, request)
            if answered is None:
                call: Any = self.channel.unary_unary(path)(
                    request.SerializeToString(), metadata=_metadata(context), timeout=context.time_remaining()
                )
                answered = [await self._result(method, call, context)]
            if failure:
                await _abort(context, failure.status)
            return answered[0].SerializeToString()

        return forward

    async def _result(self, method: MethodDescriptor, call: Any, context: Context) -> Message:
        try:
            message = GetMessageClass(method.output_type).FromString(await call)
        except aio.AioRpcError as error:
            await context.abort(error.code(), error.details() or "", tuple(error.trailing_metadata()))
        context.set_trailing_metadata(tuple(await call.trailing_metadata()))
        if edit := self._edits.get(method.name):
            edit(message)
        return message

    def _streaming(self, path: str, method: MethodDescriptor) -> Callable[[bytes, Context], AsyncIterator[bytes]]:
        async def forward(raw: bytes, context: Context) -> AsyncIterator[bytes]:
            request = self._received(method, raw, context)
            failure = self._next_failure(method.name)
            if failure and not failure.after:
                await _abort(context, failure.status)
            if (answered := self._answered(method.name, request)) is not None:
                for message in answered:
                    yield message.SerializeToString()
            else:
                call: Any = self.channel.unary_stream(path)(request.SerializeToString(), metadata=_metadata(context))
                try:
                    await context.send_initial_metadata(tuple(await call.initial_metadata()))
                    async for message in call:
                        yield message
                        if failure:
                            break
                except aio.AioRpcError as error:
                    await context.abort(error.code(), error.details() or "", tuple(error.trailing_metadata()))
                finally:
                    call.cancel()
            if failure:
                await _abort(context, failure.status)

        return forward

    def _both_ways(
        self, path: str, method: MethodDescriptor
    ) -> Callable[[AsyncIterator[bytes], Context], AsyncIterator[bytes]]:
        """With a failure chosen `after`, the first answer is lost."""

        async def forward(incoming: AsyncIterator[bytes], context: Context) -> AsyncIterator[bytes]:
            failure = self._next_failure(method.name)
            if failure and not failure.after:
                await _abort(context, failure.status)

            async def requests() -> AsyncIterator[bytes]:
                async for raw in incoming:
                    self._received(method, raw, context)
                    yield raw

            call: Any = self.channel.stream_stream(path)(requests(), metadata=_metadata(context))
            try:
                async for message in call:
                    if failure:
                        await _abort(context, failure.status)
                    yield message
            except aio.AioRpcError as error:
                await context.abort(error.code(), error.details() or "", tuple(error.trailing_metadata()))
            finally:
                call.cancel()

        return forward

    def _received(self, method: MethodDescriptor, raw: bytes, context: Context) -> Any:
        request: Any = _parsed(method, raw)
        metadata = dict(context.invocation_metadata() or ())
        with self._lock:
            self.calls.append(Call(method.name, request, metadata, context.time_remaining()))
        if self.page_size and "page_size" in method.input_type.fields_by_name:
            request = _parsed(method, raw)
            request.page_size = self.page_size
        return request

    def _next_failure(self, method: str) -> _Failure | None:
        with self._lock:
            failures = self._failures.get(method)
            return failures.popleft() if failures else None

    def _answered(self, method: str, request: Any) -> list[Message] | None:
        if (answer := self._answers.get(method)) is None:
            return None
        answered = answer(request)
        return [answered] if isinstance(answered, Message) else list(answered)


def _parsed(method: MethodDescriptor, raw: bytes) -> Any:
    return GetMessageClass(method.input_type).FromString(raw)


def _metadata(context: Context) -> Any:
    return tuple(each for each in context.invocation_metadata() or () if not each[0].startswith(OWN_METADATA))


async def _abort(context: Context, refusal: status_pb2.Status) -> NoReturn:
    converted: Any = rpc_status.to_status(refusal)  # pyright: ignore[reportUnknownMemberType]
    await context.abort(converted.code, converted.details, converted.trailing_metadata)
