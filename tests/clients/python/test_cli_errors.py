"""Errors of the command line: one sentence with the reason and what to do next, and a telling exit code."""

import json
import socket

import grpc
import pytest
from chronovisor.cli.exit_codes import BY_STATUS, EPILOG, MEANINGS, Exit
from chronovisor.cli.text.error_text import HINTS
from google.rpc import status_pb2

from tests.clients.python import fake_wire as wire
from tests.clients.python.conftest import Cli
from tests.clients.python.fake_control_plane import ControlPlane
from tests.clients.python.test_cli import CREATE

WEB = "projects/default/vms/web-1"


def test_nobody_answers(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ran = cli("vm", "list", "--server", address)
    assert (ran.code, ran.out) == (Exit.UNAVAILABLE, "")
    assert ran.err == (
        f"No control plane answers at {address} (UNREACHABLE). "
        "Is it running? Start one: chronovisord --dev. Elsewhere? Say so: --server HOST:PORT.\n"
    )


def test_no_room_counts_the_hosts_by_rule(cli: Cli, plane: ControlPlane) -> None:
    turned_down = {"vcpus": 2, "memory_mib": 1}
    plane.wire.fail_next("StartVm", wire.no_capacity("projects/default/vms/web-2", 3, turned_down))
    ran = cli("vm", "start", "web-2")
    assert ran.code == Exit.NO_ROOM
    assert ran.err == (
        "No host has room for web-2: 3 hosts considered, 2 lack vcpus, 1 lacks memory_mib (NO_CAPACITY). "
        "Stop or destroy a VM, or add a host: chronovisor host list.\n"
    )


@pytest.mark.parametrize(
    ("nearest", "words"),
    [
        ("hosts/n1 lacks 2 vcpus", "needs 2 more vcpus"),
        ("hosts/n1 lacks 256 memory_mib", "needs 256 MiB more memory"),
        ("hosts/n1 lacks 1 gpu.a100", "needs 1 more gpu.a100"),
        ("hosts/n1 breaks require zone in (a,b)", "does not obey zone in (a,b)"),
        ("hosts/n1 breaks vcpus.max_unit", "takes no VM of so many vcpus"),
        ("hosts/n1 breaks anti_affinity", "is where VMs are that it keeps apart from"),
        ("hosts/n1 breaks not_active", "is not active"),
    ],
)
def test_no_room_tells_the_nearest_host_and_what_it_lacks(
    cli: Cli, plane: ControlPlane, nearest: str, words: str
) -> None:
    told = [nearest, "hosts/n2 lacks 9 vcpus"]
    plane.wire.fail_next("StartVm", wire.no_capacity("projects/default/vms/web-2", 3, {"pinned": 2}, told))
    assert cli("vm", "start", "web-2").err == (
        "No host has room for web-2: 3 hosts considered, 2 are not the one that it is pinned to; "
        f"nearest is n1, which {words} (NO_CAPACITY). Stop or destroy a VM, or add a host: chronovisor host list.\n"
    )


def test_no_room_where_there_are_no_hosts(cli: Cli, plane: ControlPlane) -> None:
    plane.fleet.hosts.clear()
    ran = cli(*CREATE, "--start")
    assert ran.err.startswith("No host has room for web-1: there are no hosts (NO_CAPACITY).")


REFUSALS = [
    (
        wire.not_found("vm", WEB),
        Exit.NOT_FOUND,
        f"{WEB} does not exist (VM_NOT_FOUND). See what there is: chronovisor vm list --all-projects.",
    ),
    (
        wire.already_exists("vm", "projects/shop/vms/web-1"),
        Exit.CONFLICT,
        "projects/shop/vms/web-1 already exists (VM_ALREADY_EXISTS). "
        "Choose another name, or look at it: chronovisor vm show projects/shop/vms/web-1.",
    ),
    (
        wire.wrong_state(WEB, "STOPPED", "PAUSE", "START, DELETE"),
        Exit.WRONG_STATE,
        f"{WEB} is STOPPED, which does not allow PAUSE; allowed: START, DELETE (WRONG_STATE). "
        "Look at it: chronovisor vm show web-1.",
    ),
    (
        wire.quota_exceeded("projects/default", "projects/default holds 2 of its quota of 2 vcpus; 1 more is too much"),
        Exit.NO_ROOM,
        "projects/default holds 2 of its quota of 2 vcpus; 1 more is too much (QUOTA_EXCEEDED). "
        "Stop or destroy a VM of the project, or have its quota raised: chronovisor project show default.",
    ),
    (
        wire.status(grpc.StatusCode.ABORTED, "CONCURRENT_CHANGE", "another writer changed the same resources first"),
        Exit.CONFLICT,
        "Another writer changed the same resources first (CONCURRENT_CHANGE). Try again.",
    ),
    (
        wire.invalid(("vm.labels[A]", "must begin small"), ("vm.spec.resources.extended[gpu]", "is no class")),
        Exit.USAGE,
        "--label A must begin small; --extended gpu is no class (INVALID_FIELD). "
        "Add --help to the command to see what it takes.",
    ),
    (
        wire.invalid(("something.new", "a new rule")),
        Exit.USAGE,
        "something.new: a new rule (INVALID_FIELD). Add --help to the command to see what it takes.",
    ),
    (
        wire.status(
            grpc.StatusCode.FAILED_PRECONDITION, "LEDGER_UNTRUSTED", "the ledger is read-only, because it was altered"
        ),
        Exit.NOT_PROVEN,
        "The ledger is read-only, because it was altered (LEDGER_UNTRUSTED). "
        "See what was found: chronovisor audit verify.",
    ),
    (
        wire.status(grpc.StatusCode.PERMISSION_DENIED, "NOT_YOURS", "user:alice may not see web-1"),
        Exit.NOT_PERMITTED,
        "user:alice may not see web-1 (NOT_YOURS).",
    ),
    (
        wire.status(grpc.StatusCode.UNIMPLEMENTED, "NOT_IMPLEMENTED", "reading the past is not implemented"),
        Exit.INTERNAL,
        "Reading the past is not implemented (NOT_IMPLEMENTED). A later version of the control plane will have it.",
    ),
    (
        wire.status(grpc.StatusCode.INTERNAL, "INTERNAL", "internal error"),
        Exit.INTERNAL,
        "Internal error (INTERNAL). The control plane's log says more.",
    ),
    (
        wire.unavailable("OVERLOADED", "too many commands are waiting", 3600.0),
        Exit.UNAVAILABLE,
        "Too many commands are waiting (OVERLOADED). Try again in 3600 s.",
    ),
]


@pytest.mark.parametrize(("refusal", "code", "sentence"), REFUSALS, ids=[each[0].message for each in REFUSALS])
def test_each_refusal_is_one_sentence_and_a_code(
    cli: Cli, plane: ControlPlane, refusal: status_pb2.Status, code: Exit, sentence: str
) -> None:
    plane.wire.fail_next("GetVm", refusal)
    ran = cli("vm", "show", "web-1")
    assert (ran.code, ran.out, ran.err) == (code, "", f"{sentence}\n")


def test_with_json_an_error_is_an_object_on_stderr(cli: Cli) -> None:
    ran = cli("vm", "show", "web-1", "-o", "json")
    assert (ran.code, ran.out) == (Exit.NOT_FOUND, "")
    error = json.loads(ran.err)["error"]
    assert (error["reason"], error["code"]) == ("VM_NOT_FOUND", "NOT_FOUND")
    assert error["hint"] == HINTS["VM_NOT_FOUND"]
    assert error["metadata"] == {"name": WEB}


def test_a_failed_operation_has_a_code_of_its_own(cli: Cli, plane: ControlPlane) -> None:
    plane.fleet.operation_fails = wire.status(grpc.StatusCode.FAILED_PRECONDITION, "STEP_FAILED", "no such image")
    ran = cli(*CREATE, "--start")
    assert ran.code == Exit.OPERATION_FAILED
    assert ran.err.splitlines()[-1] == (
        "CreateVm on web-1 failed: no such image (STEP_FAILED). See what happened: chronovisor history vm web-1."
    )


def test_a_wait_that_times_out_says_that_it_goes_on(cli: Cli, plane: ControlPlane) -> None:
    plane.fleet.agent_works.clear()
    ran = cli(*CREATE, "--start", "--timeout", "3s")
    assert ran.code == Exit.STILL_RUNNING
    last = ran.err.splitlines()[-1]
    assert "it goes on. Follow it: chronovisor operation wait operations/" in last


def test_no_answer_in_time(cli: Cli) -> None:
    with socket.socket() as deaf:
        # It accepts connections and never says a word.
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        ran = cli("vm", "list", "--server", f"127.0.0.1:{deaf.getsockname()[1]}", "--timeout", "300ms")
    assert ran.code == Exit.UNAVAILABLE
    assert "(DEADLINE_EXCEEDED)" in ran.err or "(UNREACHABLE)" in ran.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("vmm",), "Did you mean 'vm'?"),
        (("vm", "stat", "web-1"), "Did you mean 'start'?"),
        (("vm", "create", "x", "--vcpus", "1", "--memory", "1GB", "--image", "i"), "write GiB"),
        (("vm", "create", "x", "--vcpus", "1", "--memory", "much", "--image", "i"), "512MiB"),
        (("vm", "create", "x", "--vcpus", "1", "--memory", "1", "--disk", "512MiB", "--image", "i"), "whole number"),
        (("vm", "create", "x", "--vcpus", "one", "--memory", "1"), "whole number"),
        (("vm", "create", "x", "--vcpus", "9" * 20, "--memory", "1"), "too much"),
        (("vm", "create", "x", "--vcpus", "1", "--memory", "9" * 20 + "G"), "too much"),
        (("history", "fleet", "--after", "9" * 20), "too much"),
        (("vm", "create", "x", "--vcpus", "1", "--memory", "1"), "Give one of --image and --kernel"),
        (("vm", "create", "x", "--vcpus", "1", "--memory", "1", "--kernel", "k"), "--kernel needs --initramfs"),
        (("vm", "create", "x", "--vcpus", "1", "--memory", "1", "--image", "i", "--cmdline", "c"), "go with --kernel"),
        (("vm", "create", "x", "--vcpus", "1", "--memory", "1", "--image", "i", "--label", "x"), "KEY=VALUE"),
        (("vm", "create", "x", "--vcpus", "1", "--memory", "1", "--image", "i", "--extended", "g=x"), "CLASS=COUNT"),
        (("vm", "stop", "x", "--grace", "soon"), "30s or 2m"),
        (("vm", "stop", "x", "--grace", "2y"), "30s or 2m"),
        (("vm", "stop", "x", "--grace", "30s", "--force"), "one of --grace and --force"),
        (("vm", "show", "hosts/x"), "not the name of a VM"),
        (("vm", "show", ""), "not the name of a VM"),
        (("host", "show", "a/b/c"), "hosts/ID"),
        (("project", "show", "a/b"), "projects/ID"),
        (("operation", "show", "a/b"), "operations/ID"),
        (("utilization", "--host", "h", "--zone", "z"), "one of --host, --zone and --project"),
        (("vm", "list", "--output", "yaml"), "yaml"),
        (("vm", "list", "--as", "zoë"), "printable ASCII"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_sent(
    cli: Cli, plane: ControlPlane, args: tuple[str, ...], words: str
) -> None:
    ran = cli(*args)
    assert ran.code == Exit.USAGE
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not plane.wire.calls


def test_every_exit_code_has_a_meaning_and_is_in_the_help() -> None:
    assert set(MEANINGS) == set(Exit)
    assert all(f"{code.value} {meaning}" in EPILOG for code, meaning in MEANINGS.items())
    assert {getattr(grpc.StatusCode, name).name for name in BY_STATUS} == set(BY_STATUS)
