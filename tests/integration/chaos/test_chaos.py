"""Chaos, for a few seconds on each store: what `make chaos` does for longer. And chaos notices what it is there for."""

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import vm_service_pb2
from grpc import aio

from tests.chaos.agents import Agent
from tests.chaos.audit import Audit
from tests.chaos.callers import Caller, Command
from tests.chaos.promises import broken, shown
from tests.chaos.rounds import ensure_network
from tests.chaos.stores import installed
from tests.integration.controlplane.plane import running
from tests.support.waiting import patient

SECONDS = "4"
RUN = Path(__file__).parents[2] / "chaos" / "run.py"


def chaos(*options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, RUN, *options], env=os.environ | environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("store", installed())
def test_nothing_promised_is_broken_by_kills(store: str) -> None:
    ran = chaos("--seconds", SECONDS, "--store", store)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    acknowledged = re.search(r"^acknowledged +([\d,]+)$", ran.stdout, re.MULTILINE)
    assert acknowledged
    assert acknowledged[1] != "0"


def test_the_script_says_its_seed_and_leaves_nothing_behind(tmp_path: Path) -> None:
    ran = chaos("--seconds", "4", "--seed", "7", "--store", "sqlite", TMPDIR=str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("seed 7\n")
    assert not list(tmp_path.iterdir())


class When(asyncio.Event):
    """Set as soon as something holds."""

    def __init__(self, holds: Callable[[], bool]) -> None:
        super().__init__()
        self._holds = holds

    def is_set(self) -> bool:
        return self._holds()


class Aftermath:
    """A ledger that a short load left, and what its callers know of it."""

    def __init__(self, path: Path, commands: list[Command]) -> None:
        self.path = path
        self.commands = commands

    def problems(self) -> list[str]:
        audit = Audit()
        audit.read(f"sqlite:///{self.path}")
        return audit.problems + broken(self.commands, audit)

    def change(self, statement: str, *parameters: object) -> None:
        with sqlite3.connect(self.path) as connection:
            assert connection.execute(statement, parameters).rowcount > 0
        connection.close()

    def acknowledged(self, method: str) -> Command:
        return next(each for each in self.commands if each.method == method and each.answers)


@pytest.fixture
async def aftermath(tmp_path: Path) -> Aftermath:
    path = tmp_path / "ledger.db"
    caller, agent = Caller("alice", 1), Agent("host-1", 1)
    async with running(f"sqlite:///{path}") as plane:
        await ensure_network(plane.channel)
        connected = asyncio.create_task(agent.work(plane.channel))
        async with asyncio.timeout(patient(20)):
            await caller.work(plane.channel, When(lambda: len(caller.commands) >= 150))
        connected.cancel()
        await asyncio.gather(connected, return_exceptions=True)
    return Aftermath(path, caller.commands)


async def test_a_ledger_that_nobody_touched_has_no_problem(aftermath: Aftermath) -> None:
    assert aftermath.problems() == []


def _lose_the_tail(aftermath: Aftermath) -> None:
    batch = "SELECT MAX(rowid) FROM stored_events WHERE originator_id='ledger' AND originator_version<40"
    aftermath.change(f"DELETE FROM stored_events WHERE rowid>({batch})")


def _lose_one(aftermath: Aftermath) -> None:
    command = aftermath.acknowledged("CreateVm")
    aftermath.change("DELETE FROM stored_events WHERE originator_id=?", f"requests/{command.request_id}")


def _give_twice(aftermath: Aftermath) -> None:
    """One VM's start, with its address, is another's."""
    with sqlite3.connect(aftermath.path) as connection:
        rows = connection.execute("SELECT rowid, state FROM stored_events WHERE topic LIKE '%VmStartRequested'")
        found = [(rowid, ev.Event.FromString(state)) for rowid, state in rows]
    connection.close()
    given = [each for each in found if each[1].vm_start_requested.network_addresses]
    (_, first), (rowid, second) = given[-2:]
    held = first.vm_start_requested.network_addresses
    del second.vm_start_requested.network_addresses[:]
    second.vm_start_requested.network_addresses.extend(held)
    aftermath.change("UPDATE stored_events SET state=? WHERE rowid=?", second.SerializeToString(), rowid)


def _hold_twice(aftermath: Aftermath) -> None:
    held = "SELECT originator_id, originator_version+1000, topic, state FROM stored_events"
    aftermath.change(f"INSERT INTO stored_events {held} WHERE topic LIKE '%CapacityHeld' LIMIT 1")


@pytest.mark.parametrize("harm", [_lose_the_tail, _lose_one, _hold_twice, _give_twice])
async def test_harm_to_the_ledger_is_noticed(aftermath: Aftermath, harm: Callable[[Aftermath], None]) -> None:
    harm(aftermath)
    assert aftermath.problems()


async def test_a_command_that_was_carried_out_twice_is_noticed(aftermath: Aftermath) -> None:
    audit = Audit()
    audit.read(f"sqlite:///{aftermath.path}")
    command = aftermath.acknowledged("CreateVm")
    audit.effects[command.request_id]["vm_created"] += 1
    assert broken(aftermath.commands, audit) == [
        f"CreateVm {command.request_id} ({command.attempts} attempts): it caused 2 vm_created, not 1"
    ]


@pytest.mark.parametrize(("done_by", "problems"), [("vm_stopped", 0), ("vm_started", 1), ("", 1)])
def test_a_command_that_caused_nothing_had_nothing_to_do(done_by: str, problems: int) -> None:
    audit, command = Audit(), Command("StopVm", vm_service_pb2.StopVmRequest(request_id="1"))
    audit.requests["1"] = ev.RequestAccepted(method="StopVm", result="operations/a.1")
    audit.versions["vms/a"] = 1
    audit.unchanged["1"] = done_by
    assert len(broken([command], audit)) == problems


@pytest.mark.parametrize(
    ("answers", "refusals", "accepted", "problem"),
    [
        ([("operations/a.1",)], [], False, "it was acknowledged and is lost"),
        ([("operations/a.1",), ("operations/b.1",)], [], True, "its answers differ"),
        ([], ["ALREADY_EXISTS"], True, "it was refused (ALREADY_EXISTS) and carried out"),
        ([("operations/b.1",)], [], True, "and stored as ('operations/a.1',)"),
        ([("operations/a.2",)], [], True, "its operations/a.2 is lost"),
    ],
)
def test_a_broken_promise_is_named(
    answers: list[tuple[str, ...]], refusals: list[str], accepted: bool, problem: str
) -> None:
    request = vm_service_pb2.CreateVmRequest(request_id="one")
    audit = Audit()
    if accepted:
        audit.requests["one"] = ev.RequestAccepted(result="operations/a.1")
        audit.effects["one"]["vm_created"] = 1
        audit.versions["vms/a"] = 1
    assert problem in "\n".join(broken([Command("CreateVm", request, answers=answers, refusals=refusals)], audit))


def test_twins_of_which_one_is_refused_and_then_one_carried_out_break_no_promise() -> None:
    audit = Audit()
    audit.requests["one"] = ev.RequestAccepted(result="operations/a.1")
    audit.effects["one"]["vm_created"] = 1
    audit.versions["vms/a"] = 1
    request = vm_service_pb2.CreateVmRequest(request_id="one")
    answers, refusals = [("operations/a.1",)], ["RESOURCE_EXHAUSTED"]
    assert broken([Command("CreateVm", request, twins=True, answers=answers, refusals=refusals)], audit) == []
    assert broken([Command("CreateVm", request, answers=answers, refusals=refusals)], audit) != []


async def test_what_is_shown_and_not_stored_is_noticed(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with running(store) as plane:
        await plane.register()
        await plane.create("web", start=True)
        audit = Audit()
        await asyncio.to_thread(audit.read, store)
        assert (await shown(plane.channel, audit))[0] == []
        await plane.create("db", start=True)
        problems, position = await shown(plane.channel, audit)
        assert position > audit.position
        assert "other VMs are shown" in "\n".join(problems)


async def test_a_caller_does_not_take_a_lost_connection_for_an_answer() -> None:
    caller = Caller("alice", 1)
    tried_again = When(lambda: any(command.attempts > 2 for command in caller.commands))
    async with aio.insecure_channel("127.0.0.1:1") as channel, asyncio.timeout(patient(20)):
        await caller.work(channel, tried_again)
    assert not any(command.known for command in caller.commands)
    assert not caller.faults
