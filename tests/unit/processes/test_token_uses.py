"""Uses of tokens are recorded, once an hour for each token, also after what went wrong with it."""

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from controlplane.commands.project import CreateProject
from controlplane.commands.service_account import CreateServiceAccount, CreateToken, DeleteServiceAccount
from controlplane.domain.command import AnyAnswer, Command, CommandContext
from controlplane.domain.errors import Unavailable
from controlplane.domain.reasons import Reason
from controlplane.domain.resource_kinds import SERVICE_ACCOUNTS
from controlplane.domain.service_account.aggregate import AccountTerms
from controlplane.domain.service_account.token_text import token_id, token_text
from controlplane.domain.time import SECOND
from controlplane.identity.service_accounts import ServiceAccountTokens
from controlplane.processes import token_uses
from controlplane.processes.token_uses import INTERVAL_US, TokenUses
from tests.support.controlplane import World
from tests.support.waiting import patient

DAY = 86_400
PROJECT = "projects/shop"


@dataclass
class Bench:
    """Accounts with a token each, called by their names. `faults` are raised instead of what the next commands do."""

    world: World = field(default_factory=World)
    faults: list[Exception] = field(default_factory=list[Exception])
    # Whether the next command is carried out, and the process does not hear of it.
    answer_lost: bool = False
    contexts: list[CommandContext] = field(default_factory=list[CommandContext])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    # A command was carried out.
    used: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.carry_out(CreateProject("p", PROJECT))
        self.begin()

    def begin(self) -> None:
        """A server that was just started: what tokens were used for before it, it does not know."""
        self.tokens = ServiceAccountTokens()
        self.tokens.restore(self.world.fleet.captured(0, self.world.now))
        self.process = TokenUses(self.submit, self.tokens)
        self.followed = len(self.world.history)

    async def submit(self, command: Command[AnyAnswer], context: CommandContext) -> object:
        self.contexts.append(context)
        if self.faults:
            raise self.faults.pop(0)
        answer = self.carry_out(command)
        self.publish()
        self.used.set()
        if self.answer_lost:
            self.answer_lost = False
            raise unavailable()
        return answer

    def carry_out(self, command: Command[AnyAnswer]) -> object:
        return self.world.carry_out(command)

    def publish(self) -> None:
        since, self.followed = self.followed, len(self.world.history)
        self.tokens.follow(self.world.history[since:])

    def account(self, uid: str) -> None:
        name = f"{PROJECT}/serviceAccounts/{uid}"
        self.carry_out(CreateServiceAccount(uid, PROJECT, name, AccountTerms()))
        id_ = token_id(len(self.texts))
        text = self.texts[uid] = token_text(id_, len(self.texts))
        self.carry_out(CreateToken(name, id_, hashlib.sha256(text.encode()).digest(), 30 * DAY * SECOND))
        self.publish()

    def use(self, *uids: str) -> None:
        for uid in uids:
            self.tokens.verify(self.texts[uid], self.world.now / SECOND)

    def recorded(self) -> list[str]:
        """The accounts of whose tokens it was recorded, in order."""
        events = self.world.history
        return [each.stream.partition("/")[2] for each in events if each.event.HasField("service_account_tokens_used")]


def unavailable() -> Unavailable:
    return Unavailable(Reason.LEDGER_UNAVAILABLE, "not now", 1.0)


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.account("a")
    bench.account("b")
    return bench


async def test_the_first_use_is_recorded_and_then_one_an_hour(bench: Bench) -> None:
    await bench.process.record()
    assert bench.recorded() == []
    bench.use("a")
    await bench.process.record()
    assert bench.recorded() == ["a"]
    assert [each.actor for each in bench.contexts] == ["system:tokens"]
    (token,) = bench.world.fleet.of(SERVICE_ACCOUNTS)["a"].tokens
    assert token.used == bench.world.now
    bench.world.later(INTERVAL_US / SECOND - 1)
    bench.use("a")
    await bench.process.record()
    assert bench.recorded() == ["a"]
    bench.world.later(1)
    bench.use("a", "b")
    await bench.process.record()
    assert sorted(bench.recorded()) == ["a", "a", "b"]


async def test_what_is_refused_is_recorded_later(bench: Bench) -> None:
    bench.use("a", "b")
    bench.faults = [unavailable()]
    await bench.process.record()
    # A ledger that refuses is not called for every account.
    assert (len(bench.contexts), bench.recorded()) == (1, [])
    await bench.process.record()
    assert bench.recorded() == ["a", "b"]


async def test_a_fault_in_the_command_of_one_account_is_not_the_others(bench: Bench) -> None:
    bench.use("a", "b")
    bench.faults = [RuntimeError("a bug")]
    await bench.process.record()
    assert bench.recorded() == ["b"]
    await bench.process.record()
    assert bench.recorded() == ["b", "a"]


async def test_what_was_recorded_though_nobody_heard_is_not_recorded_again(bench: Bench) -> None:
    bench.use("a")
    bench.answer_lost = True
    for _ in range(2):
        await bench.process.record()
    assert (len(bench.contexts), bench.recorded()) == (1, ["a"])


async def test_a_use_that_two_servers_saw_is_recorded_once(bench: Bench) -> None:
    bench.use("a")
    ((uid, uses),) = bench.tokens.uses_to_record(INTERVAL_US)
    for _ in range(2):
        bench.carry_out(token_uses.RecordTokenUses(uid, uses))
    assert bench.recorded() == ["a"]


async def test_of_an_account_that_is_deleted_meanwhile_nothing_is_recorded(bench: Bench) -> None:
    bench.use("a", "b")
    bench.carry_out(DeleteServiceAccount(f"{PROJECT}/serviceAccounts/a"))
    await bench.process.record()
    assert bench.recorded() == ["b"]


@pytest.mark.parametrize("before", [True, False])
async def test_a_server_that_ends_at_the_step_loses_at_most_what_it_saw(bench: Bench, before: bool) -> None:
    bench.use("a")
    if not before:
        await bench.process.record()
    bench.begin()
    await bench.process.record()
    assert bench.recorded() == ([] if before else ["a"])
    bench.use("a")
    await bench.process.record()
    assert bench.recorded() == ["a"]


async def test_it_runs_until_it_is_cancelled(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_uses, "LOOK_EVERY_S", 0.001)
    bench.faults = [unavailable()]
    bench.use("a")
    task = asyncio.create_task(bench.process.run())
    async with asyncio.timeout(patient(10)):
        await bench.used.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert (task.cancelled(), bench.recorded()) == (True, ["a"])
