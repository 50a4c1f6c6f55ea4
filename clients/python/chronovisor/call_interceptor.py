"""The interceptor of every call: the actor, a deadline, a request id, retries, and errors as exceptions."""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, TypeVar, cast

import grpc
from google.protobuf.message import Message

from chronovisor.errors import error_from_rpc
from chronovisor.retry import RetryPolicy

if TYPE_CHECKING:
    # Names that only grpc's types have, not grpc.
    from grpc import _CallFuture as CallFuture  # pyright: ignore[reportPrivateUsage]
    from grpc import _CallIterator as CallIterator  # pyright: ignore[reportPrivateUsage]

ACTOR_KEY = "chronovisor-actor"
HISTORY_KEY = "chronovisor-history"

Request = TypeVar("Request")
Response = TypeVar("Response")


@dataclass
class _CallDetails(grpc.ClientCallDetails):
    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str | bytes], ...] | None
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class KnownHistory:
    """The ledger's history as the server sent it last. It is sent back with every call."""

    def __init__(self) -> None:
        self.text = ""

    def learn(self, call: object) -> None:
        """Takes it from the metadata of a response or an error, wherever that has it."""
        self.text = history_of(call) or self.text


def history_of(call: object) -> str:
    """The ledger's history that the response of a call has; empty where it has none."""
    for kind in ("trailing_metadata", "initial_metadata"):
        read = getattr(call, kind, None)
        for key, value in (read() if read else None) or ():
            if key == HISTORY_KEY:
                return value if isinstance(value, str) else value.decode("ascii", "replace")
    return ""


def initial_history(call: object) -> str:
    """The ledger's history that a stream began with; empty where it sent none."""
    read = getattr(call, "initial_metadata", None)
    sent = [value for key, value in (read() if read else None) or () if key == HISTORY_KEY]
    return str(sent[0]) if sent else ""


@dataclass(frozen=True)
class CallInterceptor(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """The one interceptor. `timeout_s` is for a unary call with all its attempts; a stream has no deadline of its own.

    Calls block: a stub's `.future()` works, but returns only when the call has ended.
    """

    actor: str
    timeout_s: float
    retry: RetryPolicy
    history: KnownHistory = field(default_factory=KnownHistory)

    def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.ClientCallDetails, Request], CallFuture[Response]],
        client_call_details: grpc.ClientCallDetails,
        request: Request,
    ) -> CallFuture[Response]:
        sent = with_request_id(request)
        left_s = client_call_details.timeout if client_call_details.timeout is not None else self.timeout_s
        deadline = time.monotonic() + left_s
        # Every attempt is of what was known when the call began.
        history = self.history.text
        for attempt in count(1):
            call = continuation(self._addressed(client_call_details, left_s, history), sent)
            error = call.exception()
            self.history.learn(call)
            if error is None:
                return call
            if not isinstance(error, grpc.RpcError):
                raise error
            failure = error_from_rpc(error)
            pause = self.retry.pause_after(attempt, failure)
            if pause is None or time.monotonic() + pause >= deadline:
                raise failure from error
            time.sleep(pause)
            left_s = deadline - time.monotonic()
        raise AssertionError("count() does not end")

    def intercept_unary_stream(
        self,
        continuation: Callable[[grpc.ClientCallDetails, Request], CallIterator[Response]],
        client_call_details: grpc.ClientCallDetails,
        request: Request,
    ) -> CallIterator[Response]:
        details = self._addressed(client_call_details, client_call_details.timeout, self.history.text)
        return cast("CallIterator[Response]", _Stream(continuation(details, request), self.history))

    def intercept_stream_stream(
        self,
        continuation: Callable[[grpc.ClientCallDetails, Iterator[Request]], CallIterator[Response]],
        client_call_details: grpc.ClientCallDetails,
        request_iterator: Iterator[Request],
    ) -> CallIterator[Response]:
        details = self._addressed(client_call_details, client_call_details.timeout, self.history.text)
        return cast("CallIterator[Response]", _Stream(continuation(details, request_iterator), self.history))

    def _addressed(self, details: grpc.ClientCallDetails, timeout_s: float | None, history: str) -> _CallDetails:
        given = tuple(details.metadata or ())
        # A stream that is resumed says itself of which history it is.
        known = history and not any(key == HISTORY_KEY for key, _ in given)
        return _CallDetails(
            method=details.method,
            timeout=timeout_s,
            metadata=(*given, (ACTOR_KEY, self.actor), *(((HISTORY_KEY, history),) if known else ())),
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
            compression=details.compression,
        )


class _Stream(Iterator[Response]):
    """A streaming call whose errors are ours. Everything else of the call (`cancel`, `code`...) is as it was."""

    def __init__(self, call: CallIterator[Response], history: KnownHistory) -> None:
        self._call = call
        self._messages = iter(call)
        self._history = history
        self._begun = False

    def __next__(self) -> Response:
        try:
            message = next(self._messages)
        except grpc.RpcError as error:
            self._history.learn(error)
            raise error_from_rpc(error) from error
        if not self._begun:
            # Once there is a message, its metadata is there, and nothing is waited for.
            self._begun = True
            self._history.text = initial_history(self._call) or self._history.text
        return message

    def __getattr__(self, name: str) -> object:
        return getattr(self._call, name)


def with_request_id(request: Request) -> Request:
    """The request itself, or a copy with a new UUID where it has an empty `request_id`. See AIP-155.

    The caller's message stays as it was: sending it again is a new command, not a repeat.
    """
    # Anything but "" means that there is no such field, or that it is set.
    if not isinstance(request, Message) or getattr(request, "request_id", None) != "":
        return request
    sent = copy.deepcopy(request)
    setattr(sent, "request_id", str(uuid.uuid4()))  # noqa: B010 - only some requests have the field
    return sent
