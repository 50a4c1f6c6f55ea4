"""A gRPC proxy between a client and a control plane that plays a newer server, or a bad network. Knows no method.

Bytes pass through as they are, but where a scenario requests something else: see `Plan`.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, cast

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from clients.conformance.credentials import Credentials
from clients.conformance.shapes import TODAY, Api, Mismatch, older

# Fields 2000 and 2001, which no message has: a text and a number.
UNKNOWN = b"\x82\x7d\x0ea newer server\x88\x7d\x2a"
YEAR_S = 365 * 86_400.0
MOST_BYTES = 64 * 1024 * 1024
# gRPC's own, which it sends itself.
_RESERVED = ("grpc-", "user-agent", ":", "te", "content-type")
Metadata: TypeAlias = tuple[tuple[str, str | bytes], ...]


@dataclass
class Plan:
    """What the proxy does. Methods are full names, such as `chronovisor.v1.VmService/GetVm`."""

    # Adds fields that the client does not know to every message of every response, and messages to streams.
    unknown_fields: bool = False
    # By method: by path in its responses, the value to set, such as {"state": 77}.
    set: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    # By method: how many answers are lost after the server gave them.
    lose_answers: dict[str, int] = field(default_factory=dict[str, int])
    # By method: refused before the server sees it: {"code", "reason", "message", "retry_delay_s", "times"}.
    refuse: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    # By method: seconds before the answer.
    delay_s: Mapping[str, float] = field(default_factory=dict[str, float])
    # Metadata of every call, instead of what the client sends by these names.
    request_metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    # Methods whose requests arrive as bytes that are no message.
    corrupt: Sequence[str] = ()
    # Bearer tokens that are taken; none: calls are not looked at for one.
    tokens: Sequence[str] = ()
    # When a token is not taken, the first of `tokens` is written into this file, as what keeps it fresh would do.
    renew_file: str = ""
    # `server`: connections are by TLS; `mutual`: with a client certificate, too.
    tls: str = ""
    # Plays a server of the oldest release in protos/releases: what came later is neither read nor sent, nor there.
    older: bool = False


@dataclass
class Call:
    """One call as it arrived."""

    method: str
    request_id: str
    metadata: Mapping[str, str]
    timeout_s: float | None
    ended: bool = False


class Proxy(grpc.GenericRpcHandler):
    """A server on a free port that passes all calls to another."""

    def __init__(self, server: str, plan: Plan, credentials: Credentials | None = None) -> None:
        """With credentials, connections to it are by TLS."""
        self._plan = plan
        self._credentials = credentials
        self._channel = grpc.insecure_channel(
            server,
            options=[
                ("grpc.enable_retries", 0),
                ("grpc.initial_reconnect_backoff_ms", 50),
                ("grpc.max_reconnect_backoff_ms", 200),
                ("grpc.max_receive_message_length", MOST_BYTES),
            ],
        )
        self._lock = threading.Lock()
        self.calls: list[Call] = []
        self._port = 0
        self._server = self._started()

    @property
    def address(self) -> str:
        return f"{'localhost' if self._credentials else '127.0.0.1'}:{self._port}"

    def cut(self, for_s: float = 0.0) -> None:
        """Ends all connections at once, and takes new ones after `for_s`."""
        self._server.stop(None).wait()
        time.sleep(for_s)
        self._server = self._started()

    def close(self) -> None:
        self._server.stop(None).wait()
        self._channel.close()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        name = handler_call_details.method

        def passed(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
            return self._passed(name, requests, context)

        return grpc.stream_stream_rpc_method_handler(passed)  # pyright: ignore[reportUnknownVariableType]

    def _started(self) -> grpc.Server:
        server = grpc.server(
            ThreadPoolExecutor(128),
            handlers=[self],
            options=[("grpc.so_reuseport", 0), ("grpc.http2.min_ping_interval_without_data_ms", 1000)],
        )
        for _ in range(200):
            try:
                address = f"127.0.0.1:{self._port}"
                self._port = (
                    server.add_secure_port(address, self._credentials.of_server)
                    if self._credentials
                    else server.add_insecure_port(address)
                )
                break
            except RuntimeError:
                # The old one's socket is not closed yet.
                time.sleep(0.02)
        server.start()
        return server

    def _passed(self, path: str, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        method = path.lstrip("/")
        metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        remaining_s = context.time_remaining() or 0.0
        # Without a deadline, a time that no clock gets to.
        timeout_s = None if remaining_s > YEAR_S else remaining_s
        call = Call(method, "", metadata, timeout_s)
        self.calls.append(call)
        context.add_callback(lambda: setattr(call, "ended", True))
        requests = self._seen(call, requests)
        if (refusal := self._refusal(method) or self._token_refusal(metadata)) is not None:
            next(requests, None)
            context.abort_with_status(refusal)
        if self._plan.older and not _has(older(), method):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
        sent = [(key, value) for key, value in metadata.items() if not key.startswith(_RESERVED)]
        sent = [pair for pair in sent if pair[0] not in self._plan.request_metadata]
        if self._plan.tokens:
            # They are the proxy's: the server knows none of them.
            sent = [pair for pair in sent if pair[0] != "authorization"]
        outgoing = cast("Any", self._channel).stream_stream(path)(
            requests,
            timeout=timeout_s,
            metadata=(*sent, *self._plan.request_metadata.items()),
        )
        context.add_callback(outgoing.cancel)
        yield from self._answers(method, outgoing, context)

    def _answers(self, method: str, outgoing: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
        try:
            context.send_initial_metadata(_own(outgoing.initial_metadata()))
            loses = self._counted(self._plan.lose_answers, method)
            for response in outgoing:
                if loses:
                    continue
                if delay_s := self._plan.delay_s.get(method):
                    time.sleep(delay_s)
                yield from self._edited(method, response)
            trailing = _own(outgoing.trailing_metadata())
        except grpc.RpcError:
            context.set_trailing_metadata(_own(outgoing.trailing_metadata(), keep_details=True))
            context.abort(outgoing.code(), outgoing.details() or "")
        else:
            if loses:
                context.abort(grpc.StatusCode.UNAVAILABLE, "the answer was lost on the way")
            context.set_trailing_metadata(trailing)

    def _seen(self, call: Call, requests: Iterator[bytes]) -> Iterator[bytes]:
        kind = TODAY.request_class(call.method) if _has(TODAY, call.method) else None
        for request in requests:
            if kind is not None and "request_id" in kind.DESCRIPTOR.fields_by_name:
                call.request_id = getattr(kind.FromString(request), "request_id", "")
            if self._plan.older:
                yield _without_news(older().request_class(call.method).FromString(request))
            else:
                yield b"\xff\xff\xff" if call.method in self._plan.corrupt else request

    def _refusal(self, method: str) -> Any:
        refusal = self._plan.refuse.get(method)
        with self._lock:
            if refusal is None or refusal.setdefault("times", 1) <= 0:
                return None
            refusal["times"] -= 1
        return _status_of(refusal)

    def _token_refusal(self, metadata: Mapping[str, str]) -> Any:
        if not self._plan.tokens or metadata.get("authorization") in [f"Bearer {each}" for each in self._plan.tokens]:
            return None
        if self._plan.renew_file:
            Path(self._plan.renew_file).write_text(self._plan.tokens[0])
        return _status_of({"code": "UNAUTHENTICATED", "reason": "TOKEN_EXPIRED", "message": "the token ended"})

    def _counted(self, counts: dict[str, int], method: str) -> bool:
        with self._lock:
            left = counts.get(method, 0)
            counts[method] = left - 1
        return left > 0

    def _edited(self, method: str, response: bytes) -> Iterator[bytes]:
        kind = TODAY.response_class(method) if _has(TODAY, method) else None
        changes = self._plan.set.get(method, {})
        if self._plan.older:
            yield _without_news(older().response_class(method).FromString(response))
            return
        if kind is None or not (self._plan.unknown_fields or changes):
            yield response
            return
        message = kind.FromString(response)
        for path, value in changes.items():
            _set(message, path.split("."), value)
        if self._plan.unknown_fields:
            _add_unknown(message)
            if TODAY.method_of(method).server_streaming:
                # A kind of message that came later.
                yield UNKNOWN
        yield message.SerializeToString()


def _own(metadata: Metadata | None, *, keep_details: bool = False) -> Metadata:
    kept = ("grpc-status-details-bin",) if keep_details else ()
    return tuple((key, value) for key, value in metadata or () if key in kept or not key.startswith(_RESERVED))


def _has(api: Api, method: str) -> bool:
    try:
        api.method_of(method)
    except Mismatch:
        return False
    return True


def _without_news(message: Message) -> bytes:
    """As one who knows no more than the message's descriptor would send it."""
    _forget_news(message)
    return message.SerializeToString(deterministic=True)


def _forget_news(message: Message) -> None:
    message.DiscardUnknownFields()  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
    pool = message.DESCRIPTOR.file.pool
    for each, value in message.ListFields():
        if each.message_type is None or each.message_type.GetOptions().map_entry:
            continue
        for inner in value if each.is_repeated else [value]:
            if each.message_type.full_name == "google.protobuf.Any":
                found: Any = pool.FindMessageTypeByName(inner.TypeName())
                kind = message_factory.GetMessageClass(found)
                inner.value = _without_news(kind.FromString(inner.value))
            else:
                _forget_news(inner)


def _set(message: Any, path: list[str], value: Any) -> None:
    """Sets a field; of a repeated one on the way, in each of its messages."""
    field: FieldDescriptor = message.DESCRIPTOR.fields_by_name[path[0]]
    if len(path) == 1:
        setattr(message, path[0], value)
    elif field.is_repeated:
        for each in getattr(message, path[0]):
            _set(each, path[1:], value)
    elif message.HasField(path[0]):
        _set(getattr(message, path[0]), path[1:], value)


def _add_unknown(message: Message) -> None:
    for each, value in message.ListFields():
        if each.message_type is None or each.message_type.full_name.startswith("google."):
            continue
        if each.message_type.GetOptions().map_entry:
            continue
        for inner in value if each.is_repeated else [value]:
            _add_unknown(inner)
    message.MergeFromString(UNKNOWN)


def _status_of(refusal: Mapping[str, Any]) -> Any:
    info = error_details_pb2.ErrorInfo(reason=refusal.get("reason", ""), domain="chronovisor.dev")
    code: int = grpc.StatusCode[refusal["code"]].value[0]
    status = status_pb2.Status(code=code, message=refusal.get("message", "refused by the proxy"))
    status.details.add().Pack(info)
    if "retry_delay_s" in refusal:
        delay = Duration()
        delay.FromMilliseconds(int(refusal["retry_delay_s"] * 1000))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return rpc_status.to_status(status)  # pyright: ignore[reportUnknownMemberType]
