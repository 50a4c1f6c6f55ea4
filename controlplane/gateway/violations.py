"""What is wrong with a request before it is a message of the API: which parameter, and the rule that it breaks."""

from typing import NamedTuple

from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import code_pb2, error_details_pb2, status_pb2

# As the server's own errors have them.
DOMAIN = "chronovisor.dev"
INVALID_FIELD, INVALID_REQUEST = "INVALID_FIELD", "INVALID_REQUEST"
NOT_IMPLEMENTED, INTERNAL = "NOT_IMPLEMENTED", "INTERNAL"
ACCESS_DENIED, OVERLOADED = "ACCESS_DENIED", "OVERLOADED"
MOST = 10
LONGEST = 300


class Violation(NamedTuple):
    """`field` is the parameter as the caller wrote it, or the path of what is in the body."""

    field: str
    rule: str


class BadParameters(ValueError):
    """A request that is no message of its method. At least one violation."""

    def __init__(self, *violations: Violation) -> None:
        super().__init__("; ".join(f"{each.field}: {each.rule}" if each.field else each.rule for each in violations))
        self.violations = violations


def status_of(error: BadParameters) -> status_pb2.Status:
    """INVALID_ARGUMENT, as the server has it for a field that is bad."""
    bad = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=each.field[:LONGEST], description=each.rule[:LONGEST])
            for each in error.violations[:MOST]
        ]
    )
    return refusal(code_pb2.INVALID_ARGUMENT, str(error)[: 3 * LONGEST], INVALID_FIELD, bad)


def refusal(code: int, message: str, reason: str, bad: error_details_pb2.BadRequest | None = None) -> status_pb2.Status:
    """A status with an ErrorInfo, which is its first detail."""
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN)
    return status_pb2.Status(
        code=code, message=message, details=[_packed(each) for each in (info, bad) if each is not None]
    )


def _packed(detail: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(detail)
    return packed
