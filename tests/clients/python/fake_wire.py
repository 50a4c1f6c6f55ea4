"""The wire of the fake control plane: statuses with details, a log of calls, and failures to order."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

DOMAIN = "chronovisor.dev"


class Refused(Exception):
    """A call that the fake refuses with this status."""

    def __init__(self, status: status_pb2.Status) -> None:
        super().__init__(status.message)
        self.status = status


def status(
    code: grpc.StatusCode,
    reason: str,
    message: str,
    metadata: Mapping[str, str] | None = None,
    details: Sequence[Message] = (),
) -> status_pb2.Status:
    """A status as the design has it: ErrorInfo first, then whatever fits."""
    made = status_pb2.Status(code=code.value[0], message=message)
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=dict(metadata or {}))
    for each in (info, *details):
        packed = AnyMessage()
        packed.Pack(each)
        made.details.append(packed)
    return made


def not_found(kind: str, name: str) -> status_pb2.Status:
    about = error_details_pb2.ResourceInfo(resource_type=f"{DOMAIN}/{kind.capitalize()}", resource_name=name)
    reason = f"{kind.upper()}_NOT_FOUND"
    return status(grpc.StatusCode.NOT_FOUND, reason, f"{name} does not exist", {"name": name}, [about])


def already_exists(kind: str, name: str) -> status_pb2.Status:
    about = error_details_pb2.ResourceInfo(resource_type=f"{DOMAIN}/{kind.capitalize()}", resource_name=name)
    reason = f"{kind.upper()}_ALREADY_EXISTS"
    return status(grpc.StatusCode.ALREADY_EXISTS, reason, f"{name} already exists", {"name": name}, [about])


def invalid(*fields: tuple[str, str]) -> status_pb2.Status:
    bad = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=path, description=rule) for path, rule in fields
        ]
    )
    message = "; ".join(f"{path}: {rule}" for path, rule in fields)
    return status(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", message, None, [bad])


def wrong_state(name: str, state: str, command: str, allowed: str) -> status_pb2.Status:
    message = f"{name} is {state}, which does not allow {command}; allowed: {allowed}"
    violation = error_details_pb2.PreconditionFailure.Violation(type="STATE", subject=name, description=message)
    told = {"name": name, "state": state, "command": command, "allowed_commands": allowed}
    details = [error_details_pb2.PreconditionFailure(violations=[violation])]
    return status(grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE", message, told, details)


def no_capacity(
    name: str, considered: int, turned_down: Mapping[str, int], nearest: Sequence[str] = ()
) -> status_pb2.Status:
    told = {f"turned_down.{rule}": str(count) for rule, count in turned_down.items()}
    told |= {f"nearest.{place}": miss for place, miss in enumerate(nearest, 1)}
    told |= {"name": name, "hosts_considered": str(considered)}
    return status(grpc.StatusCode.RESOURCE_EXHAUSTED, "NO_CAPACITY", f"no host fits {name}", told)


def quota_exceeded(project: str, words: str) -> status_pb2.Status:
    failure = error_details_pb2.QuotaFailure(
        violations=[error_details_pb2.QuotaFailure.Violation(subject=project, description=words)]
    )
    return status(grpc.StatusCode.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", words, {"project": project}, [failure])


def unavailable(reason: str, message: str, retry_after_s: float) -> status_pb2.Status:
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.FromNanoseconds(int(retry_after_s * 1e9))
    return status(grpc.StatusCode.UNAVAILABLE, reason, message, None, [retry])


@dataclass(frozen=True)
class Call:
    """One call as the server saw it."""

    method: str
    request: Any
    metadata: Mapping[str, str | bytes]
    # Seconds the client gives it.
    time_remaining: float


@dataclass
class _Ordered:
    status: status_pb2.Status
    after: bool


@dataclass
class Wire(grpc.ServerInterceptor):
    """Logs every call; fails those that a test ordered to fail, before or after the fake has done its work."""

    calls: list[Call] = field(default_factory=list[Call])
    _orders: dict[str, deque[_Ordered]] = field(default_factory=dict[str, deque[_Ordered]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail_next(self, method: str, refusal: status_pb2.Status, *, times: int = 1, after: bool = False) -> None:
        """The next calls of `method` end with this status; with `after`, the work is done and its answer is lost."""
        with self._lock:
            self._orders.setdefault(method, deque()).extend([_Ordered(refusal, after)] * times)

    def calls_of(self, method: str) -> list[Call]:
        with self._lock:
            return [call for call in self.calls if call.method == method]

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Any],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler
        name = handler_call_details.method.rpartition("/")[2]

        def logged(request: Any, context: grpc.ServicerContext) -> Any:
            order = self._noted(name, request, context)
            if order and not order.after:
                abort(context, order.status)
            try:
                answer = handler.unary_unary(request, context)
            except Refused as refused:
                abort(context, refused.status)
            if order:
                abort(context, order.status)
            return answer

        return grpc.unary_unary_rpc_method_handler(logged, handler.request_deserializer, handler.response_serializer)

    def _noted(self, name: str, request: Any, context: grpc.ServicerContext) -> _Ordered | None:
        metadata = dict(context.invocation_metadata())
        with self._lock:
            self.calls.append(Call(name, request, metadata, context.time_remaining()))
            orders = self._orders.get(name)
            return orders.popleft() if orders else None


def abort(context: grpc.ServicerContext, refusal: status_pb2.Status) -> NoReturn:
    context.abort_with_status(rpc_status.to_status(refusal))  # pyright: ignore[reportUnknownMemberType]
