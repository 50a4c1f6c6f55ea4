"""Commands and batches, counted as the writer goes on. Runs on the event loop, and is quick."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

from prometheus_client.core import Metric

from controlplane.commands.host import HostCommand
from controlplane.commands.vm import VmCommand
from controlplane.domain.command import BatchAnswer, Command, Outcome, Refused
from controlplane.domain.errors import (
    BatchItemRefused,
    ConcurrentChange,
    DomainError,
    LedgerUntrusted,
    NoCapacity,
    NoSpareCapacity,
    Unavailable,
)
from controlplane.domain.host.verbs import VERBS as HOST_VERBS
from controlplane.domain.reasons import Reason
from controlplane.domain.vm.verbs import VERBS as VM_VERBS
from controlplane.ledger.writer.queue import QueuedCommand
from controlplane.metrics.families import by_label, counters, histogram, histograms
from controlplane.runtime.tallies import Histogram

WAIT, DECIDE, COMMIT, ANSWER = "wait", "decide", "commit", "answer"
BATCH_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
ACCEPTED, UNCHANGED, REPEATED, CHECKED = "accepted", "unchanged", "repeated", "checked"
REFUSED, UNAVAILABLE, FAILED, WITHDRAWN = "refused", "unavailable", "failed", "withdrawn"
# That nothing was stored was not the command's fault: it may be tried again as it is.
_NOT_ITS_FAULT = (Unavailable, LedgerUntrusted, ConcurrentChange)
# Rules are few, but for those that name a class or a label: beyond so many, they count as others.
MOST_RULES = 100
OTHER_RULES = "others"
_METHODS: dict[object, str] = {
    **{(VmCommand, verb): row.method for verb, row in VM_VERBS.items()},
    **{(HostCommand, verb): row.method for verb, row in HOST_VERBS.items()},
}


def name_of(command: Command[Any]) -> str:
    """The method's name where the command is a verb, else the command's own. There are some sixty."""
    kind = type(command)
    if isinstance(command, VmCommand | HostCommand):
        return _METHODS[kind, command.verb]
    return kind.__name__


class CommandTallies:
    """A watch of the writer: see BatchWatch. `reason_of` gives what a refusal is counted as."""

    def __init__(self, reason_of: Callable[[DomainError], Reason], now: Callable[[], float] = perf_counter) -> None:
        self.now = now
        self._reason_of = reason_of
        self._began = self._decided = self._committed = 0.0
        self._stages = {stage: Histogram() for stage in (WAIT, DECIDE, COMMIT, ANSWER)}
        self._sizes = Histogram(BATCH_SIZES)
        self._commits = Histogram()
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._refusals: Counter[str] = Counter(dict.fromkeys(map(str, Reason), 0))
        self._turned_down: Counter[str] = Counter()

    def begins(self, batch: Sequence[QueuedCommand]) -> None:
        self._began, self._decided, self._committed = self.now(), 0.0, 0.0
        wait = self._stages[WAIT]
        for each in batch:
            wait.add(self._began - each.queued_at)

    def decided(self) -> None:
        self._decided = self.now()

    def committed(self) -> None:
        """Snapshots are appended, too, outside of batches."""
        self._committed = self.now()
        if self._decided:
            self._commits.add(self._committed - self._decided)

    def ends(self, batch: Sequence[QueuedCommand]) -> None:
        if not batch:
            return
        size, stages = len(batch), self._stages
        self._sizes.add(size)
        if self._decided:
            stages[DECIDE].add(self._decided - self._began, size)
            if self._committed:
                stages[COMMIT].add(self._committed - self._decided, size)
                stages[ANSWER].add(self.now() - self._committed, size)
        else:
            stages[DECIDE].add(self.now() - self._began, size)
        self._decided = 0.0
        for each in batch:
            self._conclude(each)

    def _conclude(self, queued: QueuedCommand) -> None:
        match queued.result:
            case Outcome() as outcome:
                result = _success(queued, outcome)
                if isinstance(outcome.answer, BatchAnswer):
                    for each in outcome.answer.items:
                        if isinstance(each, Refused):
                            self._refuse(each.error)
            case DomainError() as error:
                result = UNAVAILABLE if isinstance(error, _NOT_ITS_FAULT) else REFUSED
                self._refuse(error)
            case None:
                if not queued.is_settled:
                    # It is decided again.
                    return
                result = WITHDRAWN
            case _:
                result = FAILED
        self._outcomes[name_of(queued.command), result] += 1

    def _refuse(self, error: DomainError) -> None:
        if isinstance(error, BatchItemRefused):
            error = error.error
        self._refusals[self._reason_of(error)] += 1
        lack = error.refusal if isinstance(error, NoSpareCapacity) else error
        if isinstance(lack, NoCapacity):
            for rule, hosts in lack.turned_down.items():
                known = rule in self._turned_down or len(self._turned_down) < MOST_RULES
                self._turned_down[rule if known else OTHER_RULES] += hosts

    def families(self) -> Iterator[Metric]:
        yield counters(
            "commands",
            "Commands that were decided, by the method or kind and by what became of them.",
            ("command", "outcome"),
            sorted(self._outcomes.items()),
        )
        yield counters(
            "command_refusals",
            "Commands, and items of batches, that were refused, by the reason.",
            ("reason",),
            by_label(self._refusals),
        )
        yield counters(
            "placement_hosts_turned_down",
            "Hosts that a placement turned down which found none, by the first rule that each broke.",
            ("rule",),
            by_label(self._turned_down),
        )
        yield histograms(
            "command_stage_seconds",
            "Time that commands took to wait for their batch, to be decided, to be committed, and to be answered.",
            ("stage",),
            (((stage,), found) for stage, found in self._stages.items()),
        )
        yield histogram("batch_commands", "Commands of a batch.", self._sizes)
        yield histogram("ledger_commit_seconds", "Time of a batch's transaction, until it was durable.", self._commits)


def _success(queued: QueuedCommand, outcome: Outcome[Any]) -> str:
    if outcome.repeated:
        return REPEATED
    if queued.validate_only:
        return CHECKED
    return UNCHANGED if outcome.unchanged else ACCEPTED
