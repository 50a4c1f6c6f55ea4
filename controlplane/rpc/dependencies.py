"""What servicers have in common: commands to the writer, with whose they are, and how long a call may wait."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, TypeAlias, cast

from chronovisor import tracing
from grpc import aio
from uuid_utils import uuid7

from controlplane.domain.access.principal import Principal
from controlplane.domain.command import A, Command, CommandContext, IdempotencyKey, Outcome
from controlplane.domain.errors import InvalidActor
from controlplane.rpc.access.caller import BELIEVED, caller
from controlplane.rpc.access.guard import Demand
from controlplane.rpc.error_mapping import Outages
from controlplane.tracing.calls import CallSpans

ACTOR_KEY = "chronovisor-actor"
ANONYMOUS = "user:anonymous"
# How long a read waits for `min_position`, in seconds, when the caller set no deadline of its own.
WAIT_WITHOUT_DEADLINE_S = 5.0
# Answer so long before the caller's deadline: an error that explains is better than its own time-out.
MARGIN_S = 0.2
_ACTOR = re.compile(r"(user|service|agent):[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")

ServicerContext: TypeAlias = "aio.ServicerContext[Any, Any]"


class Mutation(Protocol):
    """The fields that every mutating request has."""

    request_id: str
    validate_only: bool
    reason: str

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes: ...


class CommandWriter(Protocol):
    """The writer of the ledger, as commands come to it."""

    def enqueue(
        self,
        command: Command[A],
        context: CommandContext,
        idempotency_key: IdempotencyKey | None = None,
        *,
        validate_only: bool = False,
    ) -> "asyncio.Future[Outcome[A]]": ...


class PartGuard(Protocol):
    """What checks the parts of a call that each have a permission of their own, such as the commands of a stream."""

    async def admit(self, method: str, principal: Principal, request: Any) -> object:
        """Raises AccessDenied."""
        ...

    async def admit_part(self, method: str, principal: Principal, request: Any) -> Demand | None:
        """What one message of a method demands that checks each of its parts. Raises AccessDenied."""
        ...

    def veiled(self, error: BaseException) -> BaseException:
        """The error as the caller may see it."""
        ...


class _Unguarded:
    """Checks nothing: for commands that nobody outside gives."""

    async def admit(self, method: str, principal: Principal, request: Any) -> None:
        del method, principal, request

    async def admit_part(self, method: str, principal: Principal, request: Any) -> None:
        del method, principal, request

    def veiled(self, error: BaseException) -> BaseException:
        return error


class Actors(Protocol):
    """What the ledger has in place of actors' names: of people, pseudonyms. `known` is None for who has none yet."""

    def known(self, actor: str) -> str | None: ...

    async def of(self, name: str) -> str: ...

    def sealed(self, actor: str, text: str) -> str:
        """What the ledger has in place of a text that says who a person is."""
        ...


class AsTheyAre:
    """Actors by their names."""

    def known(self, actor: str) -> str | None:
        return actor

    async def of(self, name: str) -> str:
        return name

    def sealed(self, actor: str, text: str) -> str:
        return text


def _untraced(_address: str) -> str:
    return ""


class Commands:
    """Commands to the writer, for whoever calls: each once for its request_id, and only decided if that is requested.

    `outages` are the errors which say that the ledger cannot be read now.
    """

    def __init__(self, writer: CommandWriter, outages: Outages = (), actors: Actors | None = None) -> None:
        self._writer = writer
        self._actors: Actors = actors or AsTheyAre()
        self.outages = outages
        self.guard: PartGuard = _Unguarded()
        # The trace of an event, by its address; empty where it is in none.
        self.trace_of: Callable[[str], str] = _untraced
        # None: nothing is traced.
        self.spans: CallSpans | None = None

    def enqueue(
        self,
        command: Command[A],
        context: CommandContext,
        idempotency_key: IdempotencyKey | None = None,
        *,
        validate_only: bool = False,
    ) -> "asyncio.Future[Outcome[A]]":
        """Has the writer carry a command out, by an actor whom the ledger knows as its events have it."""
        actor = context.actor
        known = self._actors.known(actor)
        if known is None:
            return asyncio.ensure_future(self._introduced(command, context, idempotency_key, validate_only))
        if known is not actor:
            context, idempotency_key = self._recorded(known, context, idempotency_key)
        return self._writer.enqueue(command, context, idempotency_key, validate_only=validate_only)

    def _recorded(
        self, actor: str, context: CommandContext, key: IdempotencyKey | None
    ) -> tuple[CommandContext, IdempotencyKey | None]:
        """All that says who a person is, as the ledger has it."""
        if key and key.principal:
            key = replace(key, principal=actor)
        if context.proof is None:
            return context._replace(actor=actor), key
        sealed = self._actors.sealed
        proof = context.proof._replace(detail=sealed(actor, context.proof.detail))
        return context._replace(actor=actor, proof=proof, address=sealed(actor, context.address)), key

    async def _introduced(
        self, command: Command[A], context: CommandContext, key: IdempotencyKey | None, validate_only: bool
    ) -> Outcome[A]:
        """The first command of somebody."""
        context, key = self._recorded(await self._actors.of(context.actor), context, key)
        return await self._writer.enqueue(command, context, key, validate_only=validate_only)

    async def submit(
        self, method: str, request: Mutation, context: ServicerContext, command: Command[A]
    ) -> tuple[Outcome[A], CommandContext]:
        """Has the writer carry a command out, once for each request_id that the caller chose."""
        return await self.submit_as(actor_of(context), method, request, command)

    async def submit_as(
        self, actor: str, method: str, request: Mutation, command: Command[A]
    ) -> tuple[Outcome[A], CommandContext]:
        """`submit` for a caller that is known already: `actor` is what `actor_of` gives."""
        request_id = request.request_id.lower()
        by = command_context(actor, request_id, reason=request.reason)
        key: IdempotencyKey | None = None
        if request_id:
            request.request_id = ""
            key = IdempotencyKey(
                request_id,
                method,
                hashlib.sha256(request.SerializeToString(deterministic=True)).digest(),
                actor if by.proof else "",
            )
        outcome = await self.enqueue(command, by, key, validate_only=request.validate_only)
        return outcome, by


def patience_of(context: ServicerContext) -> float:
    """For how many seconds a read can wait within the call's deadline."""
    remaining = cast("float | None", context.time_remaining())
    if remaining is None:
        return WAIT_WITHOUT_DEADLINE_S
    return max(remaining - min(MARGIN_S, remaining / 10), 0.0)


def command_context(actor: str, request_id: str = "", causation: str = "", reason: str = "") -> CommandContext:
    """The context of a command of this call's caller: `actor` is what `actor_of` gives."""
    principal = caller()
    proof = None if principal is BELIEVED else principal.proof
    span = tracing.current()
    trace = str(span.context) if span else ""
    return CommandContext(actor, request_id or str(uuid7()), causation, reason, proof, principal.address, trace)


def actor_of(context: ServicerContext) -> str:
    """Who calls: proven; or where callers are believed, as the caller itself says. Raises InvalidActor."""
    if (principal := caller()) is not BELIEVED:
        return principal.name
    for key, value in context.invocation_metadata() or ():
        if key == ACTOR_KEY:
            actor = value if isinstance(value, str) else value.decode("ascii", "replace")
            if not _ACTOR.fullmatch(actor):
                raise InvalidActor(actor[:140])
            return actor
    return ANONYMOUS
