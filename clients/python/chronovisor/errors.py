"""What a call can be refused with: statuses as exceptions that carry the server's details. Retries nothing."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar, cast

import grpc
from google.longrunning import operations_pb2
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from chronovisor.v1.error_reason_pb2 import ErrorReason

_TURNED_DOWN = "turned_down."
_NEAREST = "nearest."
# `hosts/node-1 lacks 2 vcpus` or `hosts/node-1 breaks pinned`.
_MISS = re.compile(r"(?P<host>\S+) (?:lacks (?P<missing>\d+)|breaks) (?P<rule>.+)")


# The reason where no server answered.
UNREACHABLE = "UNREACHABLE"
_DETAILS_KEY = "grpc-status-details-bin"
_CODES: Mapping[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}
_DETAIL_KINDS: Mapping[str, type[Message]] = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        error_details_pb2.ErrorInfo,
        error_details_pb2.BadRequest,
        error_details_pb2.PreconditionFailure,
        error_details_pb2.QuotaFailure,
        error_details_pb2.ResourceInfo,
        error_details_pb2.RetryInfo,
        error_details_pb2.RequestInfo,
        error_details_pb2.DebugInfo,
        error_details_pb2.Help,
        error_details_pb2.LocalizedMessage,
    )
}

M = TypeVar("M", bound=Message)


class FieldViolation(NamedTuple):
    """A field of the request that is bad. `field` is its path, such as `vm.spec.resources.vcpus`."""

    field: str
    description: str


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
    # From BadRequest.
    fields: Sequence[FieldViolation] = ()
    # ErrorInfo's own.
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    # Name of the resource it is about, from ResourceInfo or ErrorInfo; empty when not known.
    resource: str = ""
    # What would have to be true, from PreconditionFailure and QuotaFailure, in the server's words.
    violations: Sequence[str] = ()
    # Seconds to wait before another try, from RetryInfo. None: the server sent none.
    retry_after: float | None = None
    # All that the server sent, of kinds that this client knows: ErrorInfo, BadRequest, QuotaFailure...
    details: Sequence[Message] = ()

    def __str__(self) -> str:
        return f"{self.message} ({self.reason})"

    @property
    def known_reason(self) -> "ErrorReason.ValueType":
        """The reason as the API's enum, such as ERROR_REASON_NO_CAPACITY; UNSPECIFIED where it is not one of them.

        The names and their meanings are in `chronovisor.v1.error_reason_pb2`.
        """
        value = ErrorReason.DESCRIPTOR.values_by_name.get(f"ERROR_REASON_{self.reason}")
        return cast("ErrorReason.ValueType", value.number if value else 0)

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
    """The exception for a failed call, of either world, with every detail that the server sent along."""
    code: grpc.StatusCode = error.code()
    status = _sent_status(error, code.value[0]) or status_pb2.Status(code=code.value[0], message=error.details() or "")
    return error_from_status(status, _KINDS.get(code, ChronovisorError))


def _sent_status(error: grpc.RpcError, code: int) -> status_pb2.Status | None:
    """The status with its details, where the server sent one."""
    read: Callable[[], Iterable[tuple[str, Any]] | None] | None = getattr(error, "trailing_metadata", None)
    for key, value in (read() if read else None) or ():
        if key == _DETAILS_KEY:
            try:
                found = status_pb2.Status.FromString(value)
            except DecodeError:
                return None
            # Otherwise something between us and the server rewrote one of them.
            return found if found.code == code else None
    return None


def error_from_operation(operation: operations_pb2.Operation) -> OperationFailed:
    """The exception for an operation that is done and has failed."""
    failure = error_from_status(operation.error, OperationFailed)
    assert isinstance(failure, OperationFailed)
    failure.operation = operation
    return failure


def error_from_status(status: status_pb2.Status, kind: type[ChronovisorError] | None = None) -> ChronovisorError:
    """An exception with what the status says; of the kind for its code where none is given."""
    code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    details = [known for each in status.details if (known := _unpacked(each)) is not None]
    info = _first(details, error_details_pb2.ErrorInfo)
    bad = _first(details, error_details_pb2.BadRequest)
    precondition = _first(details, error_details_pb2.PreconditionFailure)
    quota = _first(details, error_details_pb2.QuotaFailure)
    about = _first(details, error_details_pb2.ResourceInfo)
    retry = _first(details, error_details_pb2.RetryInfo)
    return (kind or _KINDS.get(code, ChronovisorError))(
        code=code,
        reason=info.reason if info else UNREACHABLE if code is grpc.StatusCode.UNAVAILABLE else code.name,
        message=status.message,
        fields=[FieldViolation(each.field, each.description) for each in bad.field_violations] if bad else (),
        metadata=dict(info.metadata) if info else {},
        resource=about.resource_name if about else info.metadata.get("name", "") if info else "",
        violations=[
            *([each.description for each in precondition.violations] if precondition else ()),
            *([each.description for each in quota.violations] if quota else ()),
        ],
        retry_after=retry.retry_delay.ToTimedelta().total_seconds() if retry else None,
        details=details,
    )


def _unpacked(packed: any_pb2.Any) -> Message | None:
    kind = _DETAIL_KINDS.get(packed.TypeName())
    try:
        return kind.FromString(packed.value) if kind else None
    except DecodeError:
        return None


def _first(details: Sequence[Message], kind: type[M]) -> M | None:
    return next((each for each in details if isinstance(each, kind)), None)
