"""The HTTP status of each google.rpc.Code, as google/rpc/code.proto has them, and an error's answer in JSON."""

import json
import math
from collections.abc import Mapping
from typing import NamedTuple

from google.rpc import code_pb2, error_details_pb2, status_pb2

from controlplane.gateway.json_text import error_of

# Of a client that went away before its answer: nobody reads it but the log.
CLIENT_CLOSED_REQUEST = 499
HTTP_STATUS: Mapping[int, int] = {
    code_pb2.OK: 200,
    code_pb2.CANCELLED: CLIENT_CLOSED_REQUEST,
    code_pb2.UNKNOWN: 500,
    code_pb2.INVALID_ARGUMENT: 400,
    code_pb2.DEADLINE_EXCEEDED: 504,
    code_pb2.NOT_FOUND: 404,
    code_pb2.ALREADY_EXISTS: 409,
    code_pb2.PERMISSION_DENIED: 403,
    code_pb2.UNAUTHENTICATED: 401,
    code_pb2.RESOURCE_EXHAUSTED: 429,
    code_pb2.FAILED_PRECONDITION: 400,
    code_pb2.ABORTED: 409,
    code_pb2.OUT_OF_RANGE: 400,
    code_pb2.UNIMPLEMENTED: 501,
    code_pb2.INTERNAL: 500,
    code_pb2.UNAVAILABLE: 503,
    code_pb2.DATA_LOSS: 500,
}


class ErrorAnswer(NamedTuple):
    """An error as HTTP has it. `text` is JSON without a line's end."""

    http_status: int
    headers: tuple[tuple[str, str], ...]
    text: str


def answer_of(status: status_pb2.Status, http_status: int | None = None) -> ErrorAnswer:
    """`http_status` where it is not that of the code, such as 405."""
    number = http_status or HTTP_STATUS.get(status.code, 500)
    name = code_pb2.Code.Name(status.code) if status.code in code_pb2.Code.values() else "UNKNOWN"
    body = error_of(status, number, name)
    return ErrorAnswer(number, tuple(_headers(status)), json.dumps(body, ensure_ascii=False, separators=(",", ":")))


def _headers(status: status_pb2.Status) -> list[tuple[str, str]]:
    if status.code == code_pb2.UNAUTHENTICATED:
        return [("www-authenticate", "Bearer")]
    retry = error_details_pb2.RetryInfo()
    for detail in status.details:
        if detail.Unpack(retry):
            # In whole seconds, and no sooner than it says.
            delay = math.ceil(retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9)
            return [("retry-after", str(delay))]
    return []
