"""Request ids: that a request was accepted is an event, by which the same one is answered when it comes again."""

from collections.abc import Awaitable, Callable, Sequence

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.command import (
    Answer,
    AnyAnswer,
    BatchAnswer,
    IdempotencyKey,
    Outcome,
    RecordedAnswer,
    Refused,
)
from controlplane.domain.errors import DomainError, RequestIdReused
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.ledger.writer.queue import Result

EncodeRefusal = Callable[[DomainError], bytes]
ReadStream = Callable[[str], Awaitable[Sequence[RecordedEvent]]]


class RequestLog:
    """The stream of each request id in the ledger, which `read_stream` reads.

    `encode_refusal` gives what is recorded of a batch's item that was refused.
    """

    def __init__(self, read_stream: ReadStream, encode_refusal: EncodeRefusal) -> None:
        self._read_stream = read_stream
        self._encode_refusal = encode_refusal

    def accept(self, unit: UnitOfWork, key: IdempotencyKey, answer: RecordedAnswer) -> None:
        """Records the first answer to a request, in the append of what it did."""
        accepted = ev.RequestAccepted(
            method=key.method,
            payload_sha256=key.payload_sha256,
            result=answer.result,
            items=[self._item(each) for each in answer.items] if isinstance(answer, BatchAnswer) else (),
        )
        unit.record(_stream(key), [accepted])

    def _item(self, answer: Answer | Refused) -> ev.ItemOutcome:
        if isinstance(answer, Refused):
            return ev.ItemOutcome(refusal=self._encode_refusal(answer.error))
        return ev.ItemOutcome(result=answer.result)

    async def first_result(self, key: IdempotencyKey | None) -> Result | None:
        """What a request was answered when it came first; None if it was not accepted before, or has no id.

        It is RequestIdReused where that was another request of the same id. Raises PersistenceError.
        """
        found = await self._read_stream(_stream(key)) if key else ()
        if not key or not found:
            return None
        accepted = found[0].event.request_accepted
        if (accepted.method, accepted.payload_sha256) != (key.method, key.payload_sha256):
            return RequestIdReused(key.request_id)
        outcome: Outcome[AnyAnswer] = Outcome(None, found[0].position, accepted)
        return outcome


def _stream(key: IdempotencyKey) -> str:
    return f"requests/{key.identity}"
