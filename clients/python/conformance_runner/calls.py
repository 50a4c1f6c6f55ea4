"""Calls of the API by the full names of methods, through the client. It knows no method but ProveEvent."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

import grpc
from chronovisor import (
    ChronovisorError,
    Client,
    RetryPolicy,
    Watch,
    connect,
    pages,
    result_of,
)
from chronovisor.v1 import history_service_pb2
from chronovisor.verify import NotProven, check_inclusion
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from conformance_runner.methods import TODAY, Json, json_of, method_of, request_of


class Calls:
    """A client, called by the names of methods. Requests and responses are JSON."""

    def __init__(
        self,
        server: str,
        actor: str | None = None,
        timeout_s: float = 10.0,
        attempts: int = 0,
        credentials: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._options = (server, actor, timeout_s, attempts, credentials)
        retry = RetryPolicy(attempts=attempts) if attempts else None
        self.client: Client = connect(server, actor=actor, timeout_s=timeout_s, retry=retry, **credentials)

    def unary(self, name: str, request: Json, timeout_s: float | None, cancel_after_s: float | None) -> Json:
        """Raises ChronovisorError."""
        method = method_of(name)
        if cancel_after_s is None:
            return json_of(self._stub(method)(request_of(method, request), timeout=timeout_s))
        # A blocking call ends before its time when its client is closed.
        with Calls(*self._options).client as client:
            timer = threading.Timer(cancel_after_s, client.close)
            timer.start()
            try:
                return json_of(_stub_on(client.channel, method)(request_of(method, request), timeout=timeout_s))
            finally:
                timer.cancel()

    def wait(self, operation: str, timeout_s: float | None) -> Json:
        """What the operation came to, such as a VM. Raises OperationFailed, WaitTimeout, ChronovisorError."""
        return json_of(result_of(self.client.wait(operation, timeout_s=timeout_s)))

    def items(self, name: str, request: Json, field: str) -> list[Json]:
        """All items of a list, of all pages. Raises ChronovisorError."""
        method = method_of(name)
        found: list[Json] = []
        for page in pages(self._stub(method), request_of(method, request)):
            found += json_of(page)[field]
        return found

    def stream(
        self,
        name: str,
        requests: Sequence[Json],
        count: int | None,
        timeout_s: float | None,
        cancel_after_s: float | None,
    ) -> list[Json]:
        """The responses of a streaming call, up to its end or the first `count` of them. Raises ChronovisorError."""
        method = method_of(name)
        sent = [request_of(method, each) for each in requests]
        enough = threading.Event()
        call = self._begun(method, sent, enough if count is not None else None, timeout_s)
        timer = threading.Timer(cancel_after_s or 0.0, call.cancel)
        if cancel_after_s is not None:
            timer.start()
        found: list[Json] = []
        try:
            for response in call:
                found.append(json_of(response))
                if count is not None and len(found) >= count:
                    break
        finally:
            timer.cancel()
            call.cancel()
            enough.set()
        return found

    def watch(self, name: str, request: Json) -> Watch[Any]:
        """The client's own watch of that method: it resumes by itself."""
        if not name.rpartition("/")[2].startswith("Watch"):
            raise ValueError(f"{name} is no watch")
        # The layer's own requests: to play an older client of plain calls needs no older layer.
        return cast("Any", self.client).watch(request_of(method_of(name, TODAY), request))

    def prove(self, position: int, tamper: bool) -> bool:
        """Whether the ledger proves the event at a position. With `tamper`, a byte of it is changed before."""
        request = history_service_pb2.ProveEventRequest(position=position)
        proof = self.client.history.ProveEvent(request)
        if tamper:
            proof.leaf = proof.leaf[:-1] + bytes([proof.leaf[-1] ^ 1])
        try:
            check_inclusion(proof)
        except NotProven:
            return False
        return True

    def close(self) -> None:
        self.client.close()

    def _stub(self, method: MethodDescriptor) -> Callable[..., Any]:
        return _stub_on(self.client.channel, method)

    def _begun(
        self, method: MethodDescriptor, sent: list[Message], until: threading.Event | None, timeout_s: float | None
    ) -> Any:
        stub = self._stub(method)
        return stub(_kept_open(sent, until) if method.client_streaming else sent[0], timeout=timeout_s)


def _kept_open(sent: list[Message], until: threading.Event | None) -> Iterator[Message]:
    yield from sent
    if until:
        until.wait()


def _stub_on(channel: grpc.Channel, method: MethodDescriptor) -> Callable[..., Any]:
    kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
    service = cast("Any", method.containing_service)
    return getattr(channel, kind)(
        f"/{service.full_name}/{method.name}",
        message_factory.GetMessageClass(method.input_type).SerializeToString,
        message_factory.GetMessageClass(method.output_type).FromString,
    )


def refusal_of(error: ChronovisorError) -> Json:
    """What a scenario can expect of an error."""
    return {
        "code": error.code.name,
        "reason": str(error.reason),
        "message": error.message,
        "fields": [field for field, _ in error.fields],
        "metadata": dict(error.metadata),
        "retry_delay_s": error.retry_after or 0,
    }
