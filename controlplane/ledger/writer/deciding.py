"""Decides each command of a batch against what the ones before it left of the fleet. Performs no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from controlplane.domain.command import A, Answer, AnyAnswer, Command, Outcome, RecordedAnswer
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.limits import Limits
from controlplane.ledger.writer.idempotency import RequestLog
from controlplane.ledger.writer.queue import QueuedCommand


class Handle(Protocol):
    """Decides a command against a unit of work, which records its events. Raises DomainError for a refusal."""

    def __call__(self, unit: UnitOfWork, command: Command[A]) -> A: ...


@dataclass(slots=True)
class Decided:
    """A command that was carried out on the fleet. Its events are the batch's from `first` on, so many."""

    queued: QueuedCommand
    answer: AnyAnswer
    first: int
    events: int
    unchanged: bool

    def outcome(self, committed: Sequence[RecordedEvent], head: int) -> Outcome[AnyAnswer]:
        """`committed`: the batch as it was stored, or nothing where only the store's answer was lost, up to `head`."""
        if not self.events:
            return Outcome(self.answer, unchanged=self.unchanged)
        mine = committed[self.first : self.first + self.events]
        last = mine[-1].position if mine else head
        begin, end = last, last
        if isinstance(self.answer, Answer):
            uid, version = self.answer.resource.uid, self.answer.version
            about = [each for each in mine if each.after and each.after.uid == uid]
            begin = next((each.position for each in about if each.version == version), last)
            end = about[-1].position if about else last
        return Outcome(self.answer, begin, unchanged=self.unchanged, end_position=end)


@dataclass(slots=True)
class Refusal:
    """A command that the fleet, as the batch had left it, does not allow."""

    queued: QueuedCommand
    error: DomainError


@dataclass(slots=True)
class Decisions:
    """What was decided of a batch, and the events of all of it, in order."""

    recorded: list[RecordedEvent] = field(default_factory=list[RecordedEvent])
    decided: list[Decided] = field(default_factory=list[Decided])
    refused: list[Refusal] = field(default_factory=list[Refusal])
    # Commands whose handlers have a fault, and what it raised.
    faulty: list[tuple[QueuedCommand, Exception]] = field(default_factory=list[tuple[QueuedCommand, Exception]])
    # The same request once more: it is answered from what the first leaves.
    twins: list[QueuedCommand] = field(default_factory=list[QueuedCommand])

    @property
    def concerned(self) -> list[QueuedCommand]:
        """The commands whose results depend on the commit: what was refused was so by the state that the batch left."""
        return [*(each.queued for each in self.decided), *(each.queued for each in self.refused)]

    def without_unproven(self) -> tuple["Decisions", list[QueuedCommand]]:
        """Those that the append proves to be decided by the ledger's last state, and the commands of the others."""
        proven = [each for each in self.decided if each.events]
        unproven = [each.queued for each in self.decided if not each.events]
        return Decisions(self.recorded, proven), [*unproven, *(each.queued for each in self.refused)]

    @property
    def is_proven(self) -> bool:
        """Whether each of them has events, whose append proves that nobody else had written."""
        return not self.refused and all(each.events for each in self.decided)


class Decider:
    """`now` gives the time of the batch's commit."""

    def __init__(
        self, fleet: Fleet, handle: Handle, requests: RequestLog, limits: Limits, now: Callable[[], Micros]
    ) -> None:
        self._fleet = fleet
        self._handle = handle
        self._requests = requests
        self._limits = limits
        self._now = now

    def decide(self, batch: Sequence[QueuedCommand]) -> Decisions:
        """Evolves the fleet by all that is decided."""
        decisions = Decisions()
        accepted: set[str] = set()
        for queued in batch:
            if queued.is_settled:
                continue
            if queued.key and queued.key.identity in accepted:
                decisions.twins.append(queued)
                continue
            try:
                events, answer = self._decide(queued)
            except DomainError as error:
                decisions.refused.append(Refusal(queued, error))
                continue
            except Exception as error:  # noqa: BLE001 a fault in one command must not harm its neighbours
                decisions.faulty.append((queued, error))
                continue
            if queued.key and not queued.validate_only:
                accepted.add(queued.key.identity)
            first = len(decisions.recorded)
            decisions.recorded += events
            unchanged = not (events or queued.validate_only)
            decisions.decided.append(Decided(queued, answer, first, len(events), unchanged))
        return decisions

    def _decide(self, queued: QueuedCommand) -> tuple[list[RecordedEvent], AnyAnswer]:
        mark = self._fleet.mark()
        unit = self._unit(queued)
        try:
            answer = self._handle(unit, queued.command)
        except BaseException:
            self._fleet.undo(mark)
            raise
        if queued.validate_only:
            self._fleet.undo(mark)
            return [], answer
        if queued.key and answer and unit.recorded:
            self._requests.accept(unit, queued.key, answer)
        return unit.recorded, answer

    def accept(self, decisions: Decisions, each: Decided, answer: RecordedAnswer) -> None:
        """Records that a request was accepted with which there was nothing to do."""
        assert each.queued.key
        unit = self._unit(each.queued)
        self._requests.accept(unit, each.queued.key, answer)
        each.first, each.events = len(decisions.recorded), len(unit.recorded)
        decisions.recorded += unit.recorded

    def _unit(self, queued: QueuedCommand) -> UnitOfWork:
        return UnitOfWork(self._fleet, queued.context, self._now(), self._limits)
