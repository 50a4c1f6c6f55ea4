"""What a client adds to every call: the actor, a deadline, a request id, retries, errors as exceptions."""

import math
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias, TypeVar

import grpc
from google.protobuf.message import Message

from chronovisor.errors import UNREACHABLE, ChronovisorError, error_from_rpc
from chronovisor.retry import RetryPolicy
from chronovisor.steps import Pause, Provide, Steps

ACTOR_KEY = "chronovisor-actor"
HISTORY_KEY = "chronovisor-history"
TOKEN_KEY = "authorization"

Metadata: TypeAlias = "tuple[tuple[str, str | bytes], ...]"
Request = TypeVar("Request")


# Ten years. gRPC takes what is much longer for a time that has passed.
_LONGEST_TIMEOUT_S = 315_360_000.0


class ClientClosed(ValueError):
    """The client was closed, as one's file can be."""

    def __init__(self) -> None:
        super().__init__("the client is closed")


class Places:
    """The addresses of one control plane, by their index: which of them to call."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.current = 0

    def leave(self, place: int) -> None:
        """The next one, where that one does not answer and nobody has left it yet."""
        if self.current == place:
            self.current = (place + 1) % self.count


@dataclass(slots=True)
class Layer:
    """The same for all calls of one client."""

    actor: str
    # Of a unary call with all its attempts. A stream has no deadline of its own.
    timeout_s: float
    retry: RetryPolicy
    places: Places
    token: Callable[[], str | Awaitable[str]] | None = None
    # Says of an error without an answer, at a place, what to do.
    explain: Callable[[ChronovisorError, int], ChronovisorError] = lambda error, _place: error
    # The ledger's history as the server sent it last. It is sent back with every call.
    history: str = ""
    # Set once the client is closed: nothing is called any more.
    closed: bool = False
    # The metadata of a call that brings none, by what it was made of.
    _made: tuple[str, str, Metadata] = field(default=("", "", ()), init=False)

    def learn(self, metadata: Iterable[tuple[str, str | bytes]] | None) -> None:
        """Takes the ledger's history from the metadata of an answer or an error."""
        self.history = history_in(metadata) or self.history

    def metadata(self, given: Iterable[tuple[str, str | bytes]] | None, history: str, token: str) -> Metadata:
        """Of one attempt. `given` is the caller's own."""
        made = self._made
        if made[0] != history or made[1] != token or not made[2]:
            authorization = ((TOKEN_KEY, f"Bearer {token}"),) if token else ()
            known = ((HISTORY_KEY, history),) if history else ()
            self._made = made = (history, token, ((ACTOR_KEY, self.actor), *authorization, *known))
        if not given:
            return made[2]
        own = tuple(given)
        named = {key for key, _ in own}
        # A stream that is resumed says itself of which history it is.
        return (*own, *(pair for pair in made[2] if pair[0] not in named))

    def seconds(self, timeout_s: float | None) -> float:
        """How long a unary call may take. Raises ValueError for what is no time."""
        given_s = self.timeout_s if timeout_s is None else timeout_s
        if math.isnan(given_s):
            raise ValueError("timeout must be a number of seconds, not nan")
        return min(given_s, _LONGEST_TIMEOUT_S)

    def unary(
        self,
        send: Callable[[int, Any, float, Metadata], Any],
        request: Any,
        timeout_s: float | None,
        given: Iterable[tuple[str, str | bytes]] | None,
    ) -> Steps[Any]:
        """One call with all its attempts. `send` is the step of one: a place, a request, a timeout, metadata.

        Its answer is a response and the call's metadata. Raises ChronovisorError.
        """
        sent = with_request_id(request)
        left_s = self.seconds(timeout_s)
        deadline = time.monotonic() + left_s
        # Every attempt is of what was known when the call began.
        history = self.history
        untried = self.places.count - 1
        attempts = count(1)
        attempt = next(attempts)
        is_renewed = False
        while True:
            place = self.places.current
            token: str = (yield Provide(self.token)) if self.token else ""
            try:
                response, metadata = yield send(place, sent, left_s, self.metadata(given, history, token))
            except grpc.RpcError as error:
                self.learn(metadata_of_error(error))
                failure = self.explain(error_from_rpc(error), place)
                if failure.code is grpc.StatusCode.UNAVAILABLE:
                    self.places.leave(place)
                if failure.code is grpc.StatusCode.UNAUTHENTICATED and self.token and not is_renewed:
                    is_renewed = True
                    # What is no longer taken may have a successor by now.
                    pause: float | None = 0.0 if (yield Provide(self.token)) != token else None
                elif failure.reason == UNREACHABLE and untried:
                    # The next address may be there, so nothing is waited for.
                    untried -= 1
                    pause = 0.0
                else:
                    pause = self.retry.pause_after(attempt, failure)
                    attempt = next(attempts)
                if pause is None or time.monotonic() + pause >= deadline:
                    raise failure from error
            else:
                self.learn(metadata)
                return response
            if pause:
                yield Pause(pause)
            left_s = deadline - time.monotonic()


def history_in(metadata: Iterable[tuple[str, str | bytes]] | None) -> str:
    """The ledger's history in some metadata; empty where it is not."""
    for key, value in metadata or ():
        if key == HISTORY_KEY:
            return value if isinstance(value, str) else value.decode("ascii", "replace")
    return ""


def metadata_of_error(error: grpc.RpcError) -> tuple[tuple[str, str | bytes], ...]:
    """What the server sent with an error."""
    found: list[tuple[str, str | bytes]] = []
    for kind in ("trailing_metadata", "initial_metadata"):
        read: Callable[[], Any] | None = getattr(error, kind, None)
        found.extend((read() if read else None) or ())
    return tuple(found)


def with_request_id(request: Request) -> Request:
    """The request itself, or a copy with a new UUID where it has an empty `request_id`. See AIP-155.

    The caller's message stays as it was: sending it again is a new command, not a repeat.
    """
    # Anything but "" means that there is no such field, or that it is set.
    if not isinstance(request, Message) or getattr(request, "request_id", None) != "":
        return request
    sent = type(request)()
    sent.CopyFrom(request)
    setattr(sent, "request_id", str(uuid.uuid4()))  # noqa: B010 - only some requests have the field
    return sent
