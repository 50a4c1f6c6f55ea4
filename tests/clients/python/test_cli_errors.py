"""Errors of the command line: one sentence with the reason and what to do next, and an exit code for it."""

import json
import socket
from pathlib import Path

import grpc
import pytest
from chronovisor.cli.exit_codes import BY_STATUS, EPILOG, MEANINGS, Exit
from chronovisor.cli.manual import tree
from chronovisor.cli.text.error_text import HINTS
from google.rpc import status_pb2
from hostagent.drivers.simulated.behaviour import Fault

from controlplane.domain.errors import (
    AlreadyExists,
    DomainError,
    FieldViolation,
    InvalidField,
    LedgerUntrusted,
    NearMiss,
    NoCapacity,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Unavailable,
    Unimplemented,
    WrongState,
)
from controlplane.domain.reasons import Reason
from controlplane.domain.vm.errors import DiskInUse
from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.proxy import METHODS, status
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


def test_no_room_counts_the_hosts_by_rule(cli: Cli, plane: Plane) -> None:
    turned_down = {"vcpus": 2, "memory_mib": 1}
    plane.proxy.fail_next("StartVm", NoCapacity("projects/default/vms/web-2", 3, turned_down))
    ran = cli("vm", "start", "web-2")
    assert ran.code == Exit.NO_ROOM
    assert ran.err == (
        "No host has room for web-2: 3 hosts considered, 2 lack vcpus, 1 lacks memory_mib (NO_CAPACITY). "
        "Stop or destroy a VM, or add a host: chronovisor host list.\n"
    )


@pytest.mark.parametrize(
    ("nearest", "words"),
    [
        (NearMiss("hosts/n1", "vcpus", 2), "needs 2 more vcpus"),
        (NearMiss("hosts/n1", "memory_mib", 256), "needs 256 MiB more memory"),
        (NearMiss("hosts/n1", "gpu.a100", 1), "needs 1 more gpu.a100"),
        (NearMiss("hosts/n1", "require zone in (a,b)", 0), "does not obey zone in (a,b)"),
        (NearMiss("hosts/n1", "vcpus.max_unit", 0), "takes no VM of so many vcpus"),
        (NearMiss("hosts/n1", "anti_affinity", 0), "is where VMs are that it keeps apart from"),
        (NearMiss("hosts/n1", "not_active", 0), "is not active"),
    ],
)
def test_no_room_names_the_nearest_host_and_what_it_lacks(
    cli: Cli, plane: Plane, nearest: NearMiss, words: str
) -> None:
    misses = [nearest, NearMiss("hosts/n2", "vcpus", 9)]
    plane.proxy.fail_next("StartVm", NoCapacity("projects/default/vms/web-2", 3, {"pinned": 2}, misses))
    assert cli("vm", "start", "web-2").err == (
        "No host has room for web-2: 3 hosts considered, 2 are not the one that it is pinned to; "
        f"nearest is n1, which {words} (NO_CAPACITY). Stop or destroy a VM, or add a host: chronovisor host list.\n"
    )


@pytest.mark.no_hosts
def test_no_room_where_there_are_no_hosts(cli: Cli) -> None:
    ran = cli(*CREATE, "--start")
    assert ran.err.startswith("No host has room for web-1: there are no hosts (NO_CAPACITY).")


REFUSALS = [
    (
        NotFound("vm", WEB),
        Exit.NOT_FOUND,
        f"{WEB} does not exist (VM_NOT_FOUND). See what there is: chronovisor vm list --all-projects.",
    ),
    (
        AlreadyExists("vm", "projects/shop/vms/web-1"),
        Exit.CONFLICT,
        "projects/shop/vms/web-1 already exists (VM_ALREADY_EXISTS). "
        "Choose another name, or look at it: chronovisor vm show projects/shop/vms/web-1.",
    ),
    (
        WrongState("vm", WEB, "STOPPED", "PauseVm", ["StartVm", "DeleteVm"]),
        Exit.WRONG_STATE,
        f"{WEB} is STOPPED, which does not allow PauseVm; allowed: StartVm, DeleteVm (WRONG_STATE). "
        "Look at it: chronovisor vm show web-1.",
    ),
    (
        DiskInUse(WEB, "projects/default/images/golden", "StartVm"),
        Exit.WRONG_STATE,
        f"projects/default/images/golden is being made of the disk of {WEB}, which does not allow StartVm: "
        "wait for that, or delete the image (VM_DISK_IN_USE). "
        "See how far it is: chronovisor image show golden. Or end it: chronovisor image delete golden.",
    ),
    (
        QuotaExceeded("projects/default", "vcpus", quota=2, held=2, requested=1),
        Exit.NO_ROOM,
        "projects/default holds 2 of its quota of 2 vcpus; 1 more is too much (QUOTA_EXCEEDED). "
        "Stop or destroy VMs, delete images, or have the quota raised: chronovisor project show default.",
    ),
    (
        status(grpc.StatusCode.ABORTED, "CONCURRENT_CHANGE", "another writer changed the same resources first"),
        Exit.CONFLICT,
        "Another writer changed the same resources first (CONCURRENT_CHANGE). Try again.",
    ),
    (
        InvalidField(
            [
                FieldViolation("vm.labels[A]", "must begin small"),
                FieldViolation("vm.spec.resources.extended[gpu]", "is no class"),
            ]
        ),
        Exit.USAGE,
        "--label A must begin small; --extended gpu is no class (INVALID_FIELD). "
        "Add --help to the command to see what it takes.",
    ),
    (
        InvalidField([FieldViolation("something.new", "a new rule")]),
        Exit.USAGE,
        "something.new: a new rule (INVALID_FIELD). Add --help to the command to see what it takes.",
    ),
    (
        LedgerUntrusted(7, "it was altered"),
        Exit.NOT_PROVEN,
        "The ledger is read-only, because it failed its check at position 7: it was altered (LEDGER_UNTRUSTED). "
        "See what was found: chronovisor audit verify.",
    ),
    (
        PermissionDenied("user:alice", "see web-1"),
        Exit.NOT_PERMITTED,
        "user:alice may not see web-1 (NOT_YOURS).",
    ),
    (
        Unimplemented("reading the past"),
        Exit.INTERNAL,
        "Reading the past is not implemented in this version (NOT_IMPLEMENTED). "
        "A later version of the control plane will have it.",
    ),
    (
        status(grpc.StatusCode.INTERNAL, "INTERNAL", "internal error"),
        Exit.INTERNAL,
        "Internal error (INTERNAL). The control plane's log says more.",
    ),
    (
        Unavailable(Reason.OVERLOADED, "too many commands are waiting", 3600.0),
        Exit.UNAVAILABLE,
        "Too many commands are waiting (OVERLOADED). Try again in 3600 s.",
    ),
]


@pytest.mark.parametrize(("refusal", "code", "sentence"), REFUSALS, ids=[each[2][:40] for each in REFUSALS])
def test_each_refusal_is_one_sentence_and_a_code(
    cli: Cli, plane: Plane, refusal: DomainError | status_pb2.Status, code: Exit, sentence: str
) -> None:
    plane.proxy.fail_next("GetVm", refusal)
    ran = cli("vm", "show", "web-1")
    assert (ran.code, ran.out, ran.err) == (code, "", f"{sentence}\n")


def test_with_json_an_error_is_an_object_on_stderr(cli: Cli) -> None:
    ran = cli("vm", "show", "web-1", "-o", "json")
    assert (ran.code, ran.out) == (Exit.NOT_FOUND, "")
    error = json.loads(ran.err)["error"]
    assert (error["reason"], error["code"]) == ("VM_NOT_FOUND", "NOT_FOUND")
    assert error["hint"] == HINTS["VM_NOT_FOUND"]
    assert error["metadata"] == {"name": WEB}


def test_a_failed_operation_has_a_code_of_its_own(cli: Cli, plane: Plane) -> None:
    plane.driver.behaviour.faults["start"] = Fault(permanent=True, error="no such image")
    ran = cli(*CREATE, "--start")
    assert ran.code == Exit.OPERATION_FAILED
    assert ran.err.splitlines()[-1] == (
        "CreateVm on web-1 failed: no such image (STEP_FAILED). See what happened: chronovisor history vm web-1."
    )


@pytest.mark.slow
def test_a_wait_that_times_out_says_that_it_goes_on(cli: Cli, plane: Plane) -> None:
    plane.hold_agent()
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
        (("vm", "list", "--output", "xml"), "'--output' / '-o': 'xml' is not one of 'table', 'wide'"),
        (("audit", "seal", "--output", "csv"), "can be written as table, wide, json, yaml"),
        (("vm", "list", "--columns", "name,colour"), "there is no column 'colour'"),
        (("vm", "list", "--columns", "name", "-o", "json"), "not with json"),
        (("vm", "list", "--sort-by", "colour"), "there is no column 'colour'"),
        (("project", "list", "--filter", "name"), "is not FIELD"),
        (("project", "list", "--filter", 'colour = "red"'), "there is no column 'colour'"),
        (("vm", "list", "--context", "prod"), "There is no context 'prod'"),
        (("vm", "list", "--as", "zoë"), "printable ASCII"),
        (("vm", "list", "--token-file", "/dev/null"), "/dev/null: a token must be printable ASCII, in one line"),
    ],
)
def test_wrong_usage_is_an_error_and_nothing_is_sent(cli: Cli, plane: Plane, args: tuple[str, ...], words: str) -> None:
    ran = cli(*args)
    assert ran.code == Exit.USAGE
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not plane.proxy.calls


def test_every_exit_code_has_a_meaning_and_is_in_the_help() -> None:
    assert set(MEANINGS) == set(Exit)
    assert all(f"{code.value} {meaning}" in EPILOG for code, meaning in MEANINGS.items())
    assert {getattr(grpc.StatusCode, name).name for name in BY_STATUS} == set(BY_STATUS)


LEAVES = [page for page in tree.root().all() if not page.commands]
# What takes no control plane; or finds out that it failed, and says so as its result.
ALONE = ("context", "completion", "login", "logout", "doctor", "top")
WORDS = {
    "NAME": "web-1",
    "NAME...": "web-1",
    "POSITION": "1",
    "FILE": "FILE",
    "MEMBER": "user:anna",
    "PRINCIPAL": "user:anna",
    "user:NAME": "user:anna",
    "ROLE": "viewer",
    "PERMISSION": "vms.get",
    "PERMISSION...": "vms.get",
    "RESOURCE": "default",
    "TOKEN_ID": "000000000000",
    "REQUEST_ID|OPERATION|POSITION": "operations/x.1",
    "TIME|POSITION": "1h",
    "TRACE_ID": "0af7651916cd43dd8448eb211c80319c",
    "FROM": "web-1",
    "TO": "10.0.0.5",
    "PORT": "22",
    "-- PROGRAM...": "id",
    "PORT:PORT...": "8080:80",
    "SOURCE": "https://example.com/web.qcow2",
}
# Options without which a command makes no sense.
NEEDED: dict[tuple[str, ...], tuple[str, ...]] = {
    ("vm", "create"): CREATE[3:],
    ("vm", "update"): ("--label", "a=b"),
    ("vm", "ssh"): ("--print",),
    ("vm", "screenshot"): ("--to", "FILE"),
    ("image", "create"): ("--from-vm", "web-1"),
    ("image", "update"): ("--family", "a"),
    ("host", "register"): ("--vcpus", "1", "--memory", "1", "--disk", "1"),
    ("host", "update"): ("--zone", "a"),
    ("project", "update"): ("--title", "a"),
    ("role", "update"): ("--title", "a"),
    ("service-account", "update"): ("--title", "a"),
    ("network", "update"): ("--description", "a"),
    ("security-group", "update"): ("--description", "a"),
    ("rebalance",): ("--plan",),
    ("usage",): ("--from", "1h"),
    ("diff",): ("--from", "1"),
    ("apply",): ("-f", "FILE", "--plan"),
}


def command_line(page: tree.Page, file: Path) -> list[str]:
    """The command with what it needs."""
    words = [*page.words, *(WORDS[each.value] for each in page.arguments if not each.value.startswith("["))]
    if page.words[0] == "at":
        words.insert(1, "1h")
    several = any(each.value == "[NAME...]" for each in page.arguments)
    yes = ["--yes"] * any("--yes" in each.names for each in page.options)
    words += [*["web-1"] * several, *NEEDED.get(tuple(page.words), ()), *yes]
    return [str(file) if word == "FILE" else word for word in words]


@pytest.mark.parametrize("page", LEAVES, ids=[page.title for page in LEAVES])
@pytest.mark.parametrize("output", ["table", "json"])
def test_every_command_says_in_a_sentence_that_the_control_plane_failed(
    cli: Cli, plane: Plane, tmp_path: Path, page: tree.Page, output: str
) -> None:
    if page.words[0] in ALONE:
        return
    file = tmp_path / "file.yaml"
    file.write_text("start web-1\n" if page.words == ("run",) else "projects: {shop: {}}")
    for method in {call.name for call in METHODS.values()}:
        plane.proxy.fail_next(method, status(grpc.StatusCode.INTERNAL, "INTERNAL", "internal error"), times=9)
    ran = cli(*command_line(page, file), "-o", output)
    assert (ran.code, len(ran.err.splitlines())) in [(Exit.INTERNAL, 1), (Exit.INTERNAL, 2)], ran.err
    assert "INTERNAL" in ran.err
    assert "Traceback" not in ran.out + ran.err
    assert "fault of the command line" not in ran.err
