"""What a servicer can reach, and the few steps that every mutating method shares."""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, cast

from grpc import aio
from uuid_utils import uuid7

from controlplane.domain.command import A, Command, CommandContext, IdempotencyKey, Outcome
from controlplane.domain.errors import InvalidActor
from controlplane.domain.time import Micros
from controlplane.ledger.events.dispatcher import EventDispatcher
from controlplane.ledger.events.live_tail import LiveTail
from controlplane.ledger.store import Ledger
from controlplane.ledger.writer.writer import Writer
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.metrics.metrics_store import MetricsStore
from controlplane.projections.projector.projector import Projector
from controlplane.queries.reads import Models, Reads
from controlplane.rpc.error_mapping import Outages
from controlplane.runtime.clock import Clock

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


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The rooms behind the servicers."""

    writer: Writer
    ledger: Ledger
    dispatcher: EventDispatcher
    inventory: Inventory
    utilization: Utilization
    projector: Projector
    history_reader: HistoryReader
    live_tail: LiveTail
    metrics: MetricsStore = field(default_factory=MetricsStore)
    # What the ledger raises when it cannot be read now.
    outages: Outages = ()
    clock: Clock = field(default_factory=Clock)

    reads: Reads = field(init=False)

    def __post_init__(self) -> None:
        models = Models(self.inventory, self.utilization, self.metrics, self.ledger, self.history_reader)
        reads = Reads(models, self.dispatcher, self.projector, lambda: self.writer.lineage, self.clock)
        object.__setattr__(self, "reads", reads)

    def now(self) -> Micros:
        """The ledger's time: what is committed from now on is not earlier."""
        return self.reads.now()

    async def mutate(
        self, method: str, request: Mutation, context: ServicerContext, command: Command[A]
    ) -> tuple[Outcome[A], CommandContext]:
        """Has the writer carry a command out, once for each request_id that the caller chose."""
        return await self.mutate_as(actor_of(context), method, request, command)

    async def mutate_as(
        self, actor: str, method: str, request: Mutation, command: Command[A]
    ) -> tuple[Outcome[A], CommandContext]:
        """`mutate` for a caller that is known already."""
        request_id = request.request_id.lower()
        key: IdempotencyKey | None = None
        if request_id:
            request.request_id = ""
            key = IdempotencyKey(
                request_id, method, hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
            )
        context = CommandContext(actor, request_id or str(uuid7()), reason=request.reason)
        outcome = await self.writer.submit(command, context, key, validate_only=request.validate_only)
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
