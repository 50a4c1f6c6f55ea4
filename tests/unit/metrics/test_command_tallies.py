"""What is counted of commands and batches: outcomes, refusals, and the time of each stage."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from controlplane.commands.project import CreateProject
from controlplane.commands.vm import VmCommand
from controlplane.domain.command import BatchAnswer, Command, CommandContext, Outcome, Refused
from controlplane.domain.errors import BatchItemRefused, NoCapacity, Unavailable
from controlplane.domain.project.aggregate import ProjectTerms
from controlplane.domain.reasons import Reason
from controlplane.domain.vm.states import Verb
from controlplane.ledger.writer.queue import QueuedCommand, Result
from controlplane.metrics.command_tallies import CommandTallies
from controlplane.rpc.errors import reason_of
from tests.support.exposition import Samples
from tests.support.families import text_of

START = VmCommand(Verb.START, "projects/shop/vms/web")
CREATE = CreateProject("uid", "projects/shop", ProjectTerms("Shop"))


class Seconds:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def queued(command: Command[Any], result: Result | None, at: float = 0.0) -> QueuedCommand:
    found = QueuedCommand(command, CommandContext("user:a", "1"), None, False, asyncio.Future(), queued_at=at)
    if result is not None:
        found.settle(result)
        if isinstance(result, BaseException):
            # Nobody waits for it here.
            found.future.exception()
    return found


def counted(*batch: QueuedCommand) -> Samples:
    tallies = CommandTallies(reason_of)
    tallies.begins(batch)
    tallies.ends(batch)
    return Samples(text_of(tallies.families()))


async def test_each_outcome_is_counted_by_the_methods_name() -> None:
    withdrawn = queued(CREATE, None)
    withdrawn.future.cancel()
    found = counted(
        queued(START, Outcome(None)),
        queued(START, Outcome(None, unchanged=True)),
        queued(START, NoCapacity("web", 3, {"capacity.vcpus": 2, "not_active": 1})),
        queued(CREATE, Unavailable(Reason.LEDGER_UNAVAILABLE, "not now")),
        queued(CREATE, RuntimeError("a fault")),
        withdrawn,
    )
    assert {(each["command"], each["outcome"]): value for each, value in found.of("commands_total")} == {
        ("StartVm", "accepted"): 1,
        ("StartVm", "unchanged"): 1,
        ("StartVm", "refused"): 1,
        ("CreateProject", "unavailable"): 1,
        ("CreateProject", "failed"): 1,
        ("CreateProject", "withdrawn"): 1,
    }
    assert found.value("command_refusals_total", reason="NO_CAPACITY") == 1
    assert found.value("placement_hosts_turned_down_total", rule="capacity.vcpus") == 2


async def test_a_command_that_is_decided_again_is_counted_once_it_has_its_result() -> None:
    tallies, again = CommandTallies(reason_of), queued(START, None)
    tallies.begins([again])
    tallies.ends([again])
    assert not list(Samples(text_of(tallies.families())).of("commands_total"))
    again.settle(Outcome(None))
    tallies.begins([again])
    tallies.ends([again])
    assert Samples(text_of(tallies.families())).value("commands_total", command="StartVm", outcome="accepted") == 1


async def test_items_of_a_batch_that_were_refused_are_counted_by_reason() -> None:
    refused = NoCapacity("web", 0)
    found = counted(
        queued(START, Outcome(BatchAnswer((Refused(refused), Refused(refused))))),
        queued(START, BatchItemRefused(1, refused)),
    )
    assert found.value("command_refusals_total", reason="NO_CAPACITY") == 3


async def test_every_reason_is_there_from_the_start_so_that_its_first_refusal_is_an_increase() -> None:
    found = counted()
    assert {each["reason"] for each, _ in found.of("command_refusals_total")} == set(Reason)


async def test_each_stage_has_its_time_for_each_command() -> None:
    now = Seconds()
    tallies = CommandTallies(reason_of, now)
    batch = [queued(START, Outcome(None), at=1.0), queued(START, Outcome(None), at=2.0)]
    for step, at in ((lambda: tallies.begins(batch), 3.0), (tallies.decided, 3.5), (tallies.committed, 5.5)):
        now.at = at
        step()
    now.at = 5.75
    tallies.ends(batch)
    # A snapshot is appended outside of a batch.
    tallies.committed()
    found = Samples(text_of(tallies.families()))
    sums = {stage: found.value("command_stage_seconds_sum", stage=stage) for stage in _stages()}
    assert sums == {"wait": 3.0, "decide": 1.0, "commit": 4.0, "answer": 0.5}
    assert {found.value("command_stage_seconds_count", stage=stage) for stage in _stages()} == {2}
    assert found.value("ledger_commit_seconds_sum") == 2.0
    assert found.value("ledger_commit_seconds_count") == 1
    assert found.value("batch_commands_bucket", le="2") == 1


def _stages() -> Sequence[str]:
    return ("wait", "decide", "commit", "answer")


def rules(count: int) -> Iterator[NoCapacity]:
    return (NoCapacity("web", 1, {f"rule-{number}": 1}) for number in range(count))


async def test_of_very_many_rules_the_later_ones_count_together() -> None:
    found = counted(*(queued(START, each) for each in rules(150)))
    assert len(list(found.of("placement_hosts_turned_down_total"))) == 101
    assert found.value("placement_hosts_turned_down_total", rule="others") == 50
