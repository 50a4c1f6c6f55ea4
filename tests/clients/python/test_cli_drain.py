"""`chronovisor host drain`: one host, and many in turn, with work on each."""

from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.v1 import host_pb2, vm_pb2

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE

SIZE = ("--vcpus", "8", "--memory", "16GiB", "--disk", "100GiB")
RACK = ("--selector", "rack=r7")


def rack(cli: Cli, *names: str) -> None:
    """Hosts without agents, and without VMs."""
    for name in names:
        assert cli("host", "register", name, *SIZE, "--label", "rack=r7").code == 0


def state(plane: Plane, host_id: str) -> str:
    return host_pb2.HostState.Name(plane.host(host_id).state).removeprefix("HOST_STATE_")


def drains(plane: Plane) -> list[tuple[str, str]]:
    """What happened to which host, in order, by drains."""
    names = {event.host_registered.uid: event.host_registered.name for event in plane.events()}
    kinds = ("host_drain_requested", "host_drained", "host_uncordoned")
    return [
        (names[event.stream.partition("/")[2]].removeprefix("hosts/"), event.WhichOneof("payload") or "")
        for event in plane.events()
        if event.WhichOneof("payload") in kinds
    ]


def test_a_host_is_drained_as_was_requested(cli: Cli, plane: Plane) -> None:
    cli(*CREATE, "--start")
    ran = cli("host", "drain", "node-1", "--policy", "stop", "--parallel", "5", "--move-disks", "--no-wait")
    assert ran.code == 0
    assert ran.out.startswith("hosts/node-1: DrainHost accepted. Follow it: chronovisor operation wait operations/")
    (call,) = plane.proxy.calls_of("DrainHost")
    request = call.request
    assert (request.policy, request.max_parallel) == (vm_pb2.Availability.ON_MAINTENANCE_STOP, 5)
    assert request.move_disks


def test_a_drain_is_waited_for_and_shows_how_far_it_is(cli: Cli, plane: Plane) -> None:
    cli(*CREATE, "--start")
    # So long that it is seen to be under way.
    plane.driver.behaviour.delay_s["stop"] = 0.5
    ran = cli("host", "drain", "node-1", "--policy", "stop")
    assert (ran.code, ran.out) == (0, "node-1 is MAINTENANCE.\n")
    assert ran.err.startswith("hosts/node-1: DRAINING, 0 of 1 VMs are away")
    assert plane.vm().state == vm_pb2.VM_STATE_STOPPED
    assert cli("host", "drain", "node-1", "-o", "name").out == "hosts/node-1\n"
    assert cli("host", "drain", "node-1", "-o", "json").json["done"]


def test_what_a_drain_waits_for_is_shown(cli: Cli) -> None:
    cli(*CREATE, "--start")
    ran = cli("--timeout", "1", "host", "drain", "node-1")
    assert ran.code == Exit.STILL_RUNNING
    assert "projects/default/vms/web-1: the host's agent moves no guests while they run" in ran.err


def test_of_a_selector_one_host_is_drained_after_the_other(cli: Cli, plane: Plane) -> None:
    rack(cli, "b", "c", "a")
    ran = cli("host", "drain", *RACK, "--one-at-a-time", "--reason", "new disks")
    assert (ran.code, ran.out) == (0, "a is in maintenance.\nb is in maintenance.\nc is in maintenance.\n")
    assert drains(plane) == [(host, kind) for host in "abc" for kind in ("host_drain_requested", "host_drained")]
    assert {call.request.reason for call in plane.proxy.calls_of("DrainHost")} == {"new disks"}
    assert state(plane, "node-1") == "ACTIVE"


def test_work_is_done_on_each_host_which_then_takes_vms_again(cli: Cli, plane: Plane, tmp_path: Path) -> None:
    rack(cli, "a", "b")
    log = tmp_path / "log"
    ran = cli("host", "drain", "b", "a", "--one-at-a-time", "--run", f'echo "$CHRONOVISOR_HOST" >> {log}')
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "a is active again."
    assert log.read_text() == "b\na\n"
    kinds = ("host_drain_requested", "host_drained", "host_uncordoned")
    assert drains(plane) == [(host, kind) for host in "ba" for kind in kinds]


def test_the_first_that_fails_ends_it_and_it_can_be_gone_on_with(cli: Cli, plane: Plane, tmp_path: Path) -> None:
    rack(cli, "a", "b", "c")
    repaired = tmp_path / "repaired"
    plan = ("host", "drain", *RACK, "--one-at-a-time", "--run", f"[ $CHRONOVISOR_HOST != b ] || [ -e {repaired} ]")
    ran = cli(*plan)
    assert ran.code == Exit.OPERATION_FAILED
    assert ran.err.splitlines()[-3:] == [
        "b: the command exited with 1; the host is left in maintenance",
        "Active again: a.",
        "Not begun: c.",
    ]
    assert [state(plane, host) for host in "abc"] == ["ACTIVE", "MAINTENANCE", "ACTIVE"]
    repaired.touch()
    assert cli(*plan).code == 0
    assert [state(plane, host) for host in "abc"] == ["ACTIVE"] * 3


def test_a_host_that_is_refused_ends_it_and_gives_the_code(cli: Cli, plane: Plane) -> None:
    rack(cli, "a", "c")
    ran = cli("host", "drain", "a", "none", "c", "--one-at-a-time")
    assert (ran.code, ran.out) == (Exit.NOT_FOUND, "a is in maintenance.\n")
    assert "none: hosts/none does not exist (HOST_NOT_FOUND)." in ran.err.lower().replace(
        "host_not_found", "HOST_NOT_FOUND"
    )
    assert state(plane, "c") == "ACTIVE"


def test_a_drain_that_takes_too_long_ends_it(cli: Cli, plane: Plane) -> None:
    cli(*CREATE, "--start")
    rack(cli, "z")
    ran = cli("--timeout", "1", "host", "drain", "node-1", "z", "--one-at-a-time")
    assert ran.code == Exit.STILL_RUNNING
    assert "node-1: not drained within --timeout; it goes on" in ran.err
    assert (state(plane, "node-1"), state(plane, "z")) == ("DRAINING", "ACTIVE")


def test_without_it_several_are_drained_at_once(cli: Cli, plane: Plane) -> None:
    rack(cli, "a", "b", "c")
    cli(*CREATE, "--start")
    plane.hold_agent()
    ran = cli("--timeout", "2", "host", "drain", "node-1", "a", "b", "c", "--at-once", "2", "--policy", "stop")
    # The one that hangs keeps no other from being drained; the last begins as one has ended.
    assert [state(plane, host) for host in "abc"] == ["MAINTENANCE"] * 3
    assert ran.code == Exit.STILL_RUNNING
    requested = [host for host, kind in drains(plane) if kind == "host_drain_requested"]
    assert requested[:2] == ["node-1", "a"]
    plane.release_agent()


def test_a_host_that_was_cordoned_is_left_in_maintenance(cli: Cli, plane: Plane) -> None:
    rack(cli, "a")
    cli("host", "cordon", "a")
    ran = cli("host", "drain", "a", "--run", "true")
    assert (ran.code, ran.out) == (0, "a is in maintenance.\n")
    assert state(plane, "a") == "MAINTENANCE"


def test_as_data(cli: Cli) -> None:
    rack(cli, "a", "b")
    document = cli("host", "drain", *RACK, "--one-at-a-time", "--run", "exit 3", "-o", "json").json
    failed, left = document["hosts"]
    assert (failed["host"], failed["outcome"]) == ("hosts/a", "failed")
    assert failed["error"].startswith("the command exited with 3")
    assert left == {"host": "hosts/b", "outcome": "not begun"}
    assert cli("host", "drain", "b", "a", "-o", "name").out == "hosts/b\nhosts/a\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "Give one of NAME... and --selector"),
        (("a", "--selector", "rack=r7"), "Give one of NAME... and --selector"),
        (("a", "b", "--etag", "x"), "--etag goes with one host"),
        (("a", "b", "--no-wait"), "go with one host"),
        (
            (
                "--selector",
                "=",
            ),
            "is not a selector",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Cli, args: tuple[str, ...], words: str) -> None:
    ran = cli("host", "drain", *args)
    assert ran.code == Exit.USAGE
    assert words in ran.err


def test_a_selector_that_finds_nothing(cli: Cli) -> None:
    assert cli("host", "drain", "--selector", "rack=none").out == "No host has such labels: rack=none.\n"
