"""What servicers have in common: commands to the writer, with whose they are, and how long a call may wait."""

import asyncio
import hashlib
import re
from typing import Any, Protocol, TypeAlias, cast

from grpc import aio
from uuid_utils import uuid7

from controlplane.domain.command import A, Command, CommandContext, IdempotencyKey, Outcome
from controlplane.domain.errors import InvalidActor
from controlplane.rpc.error_mapping import Outages

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


class Commands:
    """Commands to the writer, for whoever calls: each once for its request_id, and only decided if that is requested.

    `outages` are the errors which say that the ledger cannot be read now.
    """

    def __init__(self, writer: CommandWriter, outages: Outages = ()) -> None:
        self.enqueue = writer.enqueue
        self.outages = outages

    async def submit(
        self, method: str, request: Mutation, context: ServicerContext, command: Command[A]
    ) -> tuple[Outcome[A], CommandContext]:
        """Has the writer carry a command out, once for each request_id that the caller chose."""
        return await self.submit_as(actor_of(context), method, request, command)

    async def submit_as(
        self, actor: str, method: str, request: Mutation, command: Command[A]
    ) -> tuple[Outcome[A], CommandContext]:
        """`submit` for a caller that is known already."""
        request_id = request.request_id.lower()
        key: IdempotencyKey | None = None
        if request_id:
            request.request_id = ""
            key = IdempotencyKey(
                request_id, method, hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
            )
        context = CommandContext(actor, request_id or str(uuid7()), reason=request.reason)
        outcome = await self.enqueue(command, context, key, validate_only=request.validate_only)
        return outcome, context


def patience_of(context: ServicerContext) -> float:
    """For how many seconds a read can wait within the call's deadline."""
    remaining = cast("float | None", context.time_remaining())
    if remaining is None:
        return WAIT_WITHOUT_DEADLINE_S
    return max(remaining - min(MARGIN_S, remaining / 10), 0.0)


def actor_of(context: ServicerContext) -> str:
    """Who calls, as the caller itself says. Raises InvalidActor."""
    for key, value in context.invocation_metadata() or ():
        if key == ACTOR_KEY:
            actor = value if isinstance(value, str) else value.decode("ascii", "replace")
            if not _ACTOR.fullmatch(actor):
                raise InvalidActor(actor[:140])
            return actor
    return ANONYMOUS
