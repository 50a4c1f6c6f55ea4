"""Answers of the gateway itself, where a request reaches no method: in the words of the protocol that it speaks.

Each is a google.rpc.Status with an ErrorInfo, as the control plane's own are, and an HTTP status where the protocol has
one for errors: gRPC-Web, and streams of Connect, say it in an answer that is 200.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import quote

from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import code_pb2, error_details_pb2, status_pb2

from controlplane.gateway import violations
from controlplane.gateway.asgi import JSON, Scope, Send, header, respond
from controlplane.gateway.http_status import answer_of
from controlplane.gateway.services import SERVICES

GRPC_WEB, CONNECT_STREAM = "application/grpc-web", "application/connect+"
_METHODS = tuple(f"/{each.full_name}/" for each in SERVICES)
# A frame of Connect that ends a stream.
_END_OF_STREAM = 0b10


class Refusal(NamedTuple):
    """Why a request is not taken. `retry_s`: when it may be sent again. `closes`: its connection ends with it."""

    http_status: int
    code: int
    reason: str
    message: str
    retry_s: int = 0
    closes: bool = False

    @property
    def status(self) -> status_pb2.Status:
        status = violations.refusal(self.code, self.message, self.reason)
        if self.retry_s:
            retry = error_details_pb2.RetryInfo()
            retry.retry_delay.seconds = self.retry_s
            packed = AnyMessage()
            packed.Pack(retry)
            status.details.append(packed)
        return status


def no_such_path(message: str) -> Refusal:
    """What gRPC has for a method that there is not."""
    return Refusal(404, code_pb2.UNIMPLEMENTED, violations.NOT_IMPLEMENTED, message)


async def refuse(scope: Scope, send: Send, refusal: Refusal, headers: Iterable[tuple[str, str]] = ()) -> None:
    """The whole answer."""
    # Of HTTP/1.1 alone; HTTP/2 has no such header.
    closing = refusal.closes and scope["http_version"] in ("1.0", "1.1")
    more = [*headers, *([("connection", "close")] if closing else [])]
    kind, status = header(scope, "content-type").lower(), refusal.status
    if kind.startswith(GRPC_WEB):
        await respond(send, 200, b"", GRPC_WEB, [*more, *_grpc(status)])
    elif kind.startswith(CONNECT_STREAM):
        data = json.dumps({"error": _connect(status)}).encode()
        frame = bytes([_END_OF_STREAM]) + len(data).to_bytes(4, "big") + data
        await respond(send, 200, frame, kind, more)
    else:
        answer = answer_of(status, refusal.http_status)
        is_connect = scope["path"].startswith(_METHODS)
        text = json.dumps(_connect(status)) if is_connect else f"{answer.text}\n"
        await respond(send, answer.http_status, text, JSON, [*more, *answer.headers])


def _connect(status: status_pb2.Status) -> dict[str, Any]:
    """As Connect has an error: base64 is without its padding."""
    details = [{"type": each.TypeName(), "value": _base64(each.value)} for each in status.details]
    return {"code": code_pb2.Code.Name(status.code).lower(), "message": status.message, "details": details}


def _grpc(status: status_pb2.Status) -> list[tuple[str, str]]:
    return [
        ("grpc-status", str(status.code)),
        ("grpc-message", quote(status.message, safe=" !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~")),
        ("grpc-status-details-bin", _base64(status.SerializeToString())),
    ]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")
