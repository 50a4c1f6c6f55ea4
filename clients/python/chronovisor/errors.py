"""What a call can be refused with: statuses as exceptions that carry the server's details. Retries nothing."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar, cast

import grpc
from google.longrunning import operations_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

_TURNED_DOWN = "turned_down."
_NEAREST = "nearest."
# `hosts/node-1 lacks 2 vcpus` or `hosts/node-1 breaks pinned`.
_MISS = re.compile(r"(?P<host>\S+) (?:lacks (?P<missing>\d+)|breaks) (?P<rule>.+)")


_CODES: Mapping[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}

M = TypeVar("M", bound=Message)


class NearMiss(NamedTuple):
    """A host that would fit but for one rule. `missing` is how much more of a resource class must be free; else 0."""

    host: str
    rule: str
    missing: int


@dataclass(eq=False)
class ChronovisorError(Exception):
    """A call was refused or failed. Subclasses say which kind, by status code."""

    code: grpc.StatusCode
    # UPPER_SNAKE_CASE, from ErrorInfo; the status code's name where the server sent none, and UNREACHABLE where no
    # server answered.
    reason: str
    message: str
    # (path in the request, the rule it breaks), from BadRequest.
    fields: Sequence[tuple[str, str]] = ()
    # ErrorInfo's own.
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    # Name of the resource it is about, from ResourceInfo or ErrorInfo; empty when not known.
    resource: str = ""
    # What would have to be true, from PreconditionFailure and QuotaFailure, in the server's words.
    violations: Sequence[str] = ()
    # Seconds to wait before another try, from RetryInfo. None: the server sent none.
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"{self.message} ({self.reason})"

    @property
    def turned_down(self) -> Mapping[str, int]:
        """How many hosts each placement rule turned down; empty unless the reason is NO_CAPACITY."""
        found = {key: value for key, value in self.metadata.items() if key.startswith(_TURNED_DOWN)}
        return {key.removeprefix(_TURNED_DOWN): int(value) for key, value in found.items() if value.isdecimal()}

    @property
    def hosts_considered(self) -> int | None:
        """How many hosts placement looked at. None unless the reason is NO_CAPACITY."""
        considered = self.metadata.get("hosts_considered", "")
        return int(considered) if considered.isdecimal() else None

    @property
    def nearest(self) -> Sequence[NearMiss]:
        """The hosts that came nearest, the nearest first; empty unless the reason is NO_CAPACITY."""
        nearest = [self.metadata[key] for key in sorted(self.metadata) if key.startswith(_NEAREST)]
        misses = (_MISS.match(each) for each in nearest)
        return [NearMiss(each["host"], each["rule"], int(each["missing"] or 0)) for each in misses if each]


class InvalidArgument(ChronovisorError):
    """A field is bad; `fields` says which and why."""


class NotFound(ChronovisorError):
    """There is no such resource."""


class AlreadyExists(ChronovisorError):
    """The name is taken."""


class Conflict(ChronovisorError):
    """The resource has changed since it was read, or the call lost a race. Read again, then try again."""


class WrongState(ChronovisorError):
    """The resource's state does not allow the command."""


class Exhausted(ChronovisorError):
    """No host has room, or the project's quota is used up."""


class OutOfRange(ChronovisorError):
    """The ledger does not have that position yet, or no longer."""


class NotPermitted(ChronovisorError):
    """The caller did not say who it is, or may not do this."""


class Unavailable(ChronovisorError):
    """The control plane does not answer, or is overloaded."""


class DeadlineExceeded(ChronovisorError):
    """No answer in time. The command may or may not have been accepted: repeat it with the same request_id."""


class OperationFailed(ChronovisorError):
    """The command was accepted, and then its work failed. `operation` is the operation as it ended."""

    operation: operations_pb2.Operation


class WaitTimeout(TimeoutError):
    """The operation was not done in time. It goes on; `operation` is its last known state."""

    def __init__(self, operation: operations_pb2.Operation, waited_s: float) -> None:
        super().__init__(f"{operation.name} is not done after {waited_s:g} s")
        self.operation = operation
        self.waited_s = waited_s


_KINDS: Mapping[grpc.StatusCode, type[ChronovisorError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
    grpc.StatusCode.ABORTED: Conflict,
    grpc.StatusCode.FAILED_PRECONDITION: WrongState,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Exhausted,
    grpc.StatusCode.OUT_OF_RANGE: OutOfRange,
    grpc.StatusCode.UNAUTHENTICATED: NotPermitted,
    grpc.StatusCode.PERMISSION_DENIED: NotPermitted,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}


def error_from_rpc(error: grpc.RpcError) -> ChronovisorError:
    """The exception for a failed call, with every detail that the server sent along."""
    status = status_pb2.Status(code=error.code().value[0], message=error.details() or "")
    if isinstance(error, grpc.Call):
        # ValueError: details that contradict the status; something between us and the server rewrote one of them.
        with contextlib.suppress(ValueError):
            found = rpc_status.from_call(error)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            status = cast("status_pb2.Status | None", found) or status
    return error_from_status(status, _KINDS.get(error.code(), ChronovisorError))


def error_from_operation(operation: operations_pb2.Operation) -> OperationFailed:
    """The exception for an operation that is done and has failed."""
    failure = error_from_status(operation.error, OperationFailed)
    assert isinstance(failure, OperationFailed)
    failure.operation = operation
    return failure


def error_from_status(status: status_pb2.Status, kind: type[ChronovisorError]) -> ChronovisorError:
    """An exception of this kind with what the status says."""
    code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    info = _detail(status, error_details_pb2.ErrorInfo)
    bad = _detail(status, error_details_pb2.BadRequest)
    precondition = _detail(status, error_details_pb2.PreconditionFailure)
    quota = _detail(status, error_details_pb2.QuotaFailure)
    about = _detail(status, error_details_pb2.ResourceInfo)
    retry = _detail(status, error_details_pb2.RetryInfo)
    return kind(
        code=code,
        reason=info.reason if info else "UNREACHABLE" if code is grpc.StatusCode.UNAVAILABLE else code.name,
        message=status.message,
        fields=[(each.field, each.description) for each in bad.field_violations] if bad else (),
        metadata=dict(info.metadata) if info else {},
        resource=about.resource_name if about else info.metadata.get("name", "") if info else "",
        violations=[
            *([each.description for each in precondition.violations] if precondition else ()),
            *([each.description for each in quota.violations] if quota else ()),
        ],
        retry_after=retry.retry_delay.ToTimedelta().total_seconds() if retry else None,
    )


def _detail(status: status_pb2.Status, kind: type[M]) -> M | None:
    found = kind()
    for each in status.details:
        if each.Unpack(found):
            return found
    return None
