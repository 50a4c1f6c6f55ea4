"""Commands on many VMs: by names, by a selector of labels, and from a file."""

import io
import sys
from pathlib import Path

import grpc
import pytest
import yaml
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.selectors import parse_selector
from chronovisor.v1.vm_pb2 import VmState
from hostagent.drivers.simulated.behaviour import Fault
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.proxy import status
from tests.clients.python.test_cli import CREATE

SMALL = ("--vcpus", "1", "--memory", "64MiB", "--disk", "1GiB", "--image", "tiny")


def states(plane: Plane) -> dict[str, str]:
    return {vm.name.rpartition("/")[2]: VmState.Name(vm.state).removeprefix("VM_STATE_") for vm in plane.vms()}


def test_several_are_created_started_stopped_and_destroyed_together(cli: Cli, plane: Plane) -> None:
    ran = cli("vm", "create", "a", "b", "a", *SMALL, "--reason", "opening")
    assert (ran.code, ran.out) == (0, "a is STOPPED.\nb is STOPPED.\n")
    assert plane.proxy.calls_of("BatchCreateVms")[-1].request.reason == "opening"
    assert cli("vm", "start", "b", "a").out == "b is RUNNING on node-1.\na is RUNNING on node-1.\n"
    assert cli("vm", "pause", "a", "b", "--reason", "tea").out == "a is PAUSED on node-1.\nb is PAUSED on node-1.\n"
    assert {call.request.pause_vm.reason for call in plane.proxy.calls_of("ExecuteCommands")} == {"tea"}
    assert cli("vm", "stop", "a", "b", "--force").code == 0
    assert all(each.HasField("grace_period") for each in plane.proxy.calls_of("BatchStopVms")[-1].request.requests)
    assert cli("vm", "destroy", "a", "b", "--yes", "-o", "name").out == (
        "projects/default/vms/a\nprojects/default/vms/b\n"
    )
    assert states(plane) == {"a": "DELETED", "b": "DELETED"}


def test_all_or_none_unless_some_are_enough(cli: Cli, plane: Plane) -> None:
    cli("vm", "create", "a", *SMALL)
    ran = cli("vm", "start", "a", "none")
    assert (ran.code, ran.out) == (Exit.NOT_FOUND, "")
    assert states(plane) == {"a": "STOPPED"}
    ran = cli("vm", "start", "none", "a", "--allow-partial")
    assert (ran.code, ran.out) == (Exit.NOT_FOUND, "a is RUNNING on node-1.\n")
    assert ran.err == "none: projects/default/vms/none does not exist (VM_NOT_FOUND).\n"
    document = cli("vm", "start", "none", "a", "--allow-partial", "-o", "json").json
    assert document["outcomes"][0]["error"]["reason"] == "VM_NOT_FOUND"
    assert document["outcomes"][1]["operation"]["done"]


def test_one_that_fails_later_is_reported_with_the_others(cli: Cli, plane: Plane) -> None:
    cli("vm", "create", "a", "b", *SMALL)
    plane.driver.behaviour.faults["start"] = Fault(permanent=True, error="no such image")
    ran = cli("vm", "start", "a", "b")
    assert (ran.code, ran.out) == (Exit.OPERATION_FAILED, "")
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["a", "b"]
    assert "no such image (STEP_FAILED)" in ran.err


def test_a_selector_finds_vms_by_labels(cli: Cli, plane: Plane) -> None:
    cli("vm", "create", "web-1", "web-2", *SMALL, "--label", "app=web")
    cli("vm", "create", "api-1", *SMALL, "--label", "app=api")
    assert cli("vm", "list", "-l", "app=web", "-o", "name").out.count("\n") == 2
    assert cli("vm", "start", "--selector", "app in (web)").out == (
        "web-1 is RUNNING on node-1.\nweb-2 is RUNNING on node-1.\n"
    )
    assert cli("vm", "start", "-l", "app=db").out == "No VM has such labels: app=db.\n"
    assert states(plane)["api-1"] == "STOPPED"
    assert cli("host", "list", "-l", "rack=7", "-o", "name").out == "hosts/node-1\n"
    assert cli("host", "list", "-l", "rack!=7", "-o", "name").out == ""


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("start",), "Give one of NAME... and --selector"),
        (("start", "a", "-l", "x"), "Give one of NAME... and --selector"),
        (("start", "-l", "app = "), None),
        (("start", "-l", "app=web app=api"), "is not a selector"),
        (("start", "-l", ",a"), "is not a selector"),
        (("list", "-l", "a in web"), "is not a selector"),
        (
            ("destroy", "a", "b"),
            "Destroying 2 VMs (a, b) cannot be undone, and there is no terminal to ask: give --yes",
        ),
        (("stop", "a", "b", "--etag", "x"), "--etag goes with one VM"),
    ],
)
def test_wrong_usage(cli: Cli, plane: Plane, args: tuple[str, ...], words: str | None) -> None:
    ran = cli("vm", *args)
    assert ran.code == (Exit.OK if words is None else Exit.USAGE)
    assert (words or "") in ran.err
    assert not [each for each in plane.proxy.calls if each.method.startswith("Batch")]


def test_validate_only_of_one_and_of_several(cli: Cli, plane: Plane) -> None:
    cli("vm", "create", "a", "b", *SMALL)
    assert cli("vm", "start", "a", "--validate-only").out == "a: valid. Nothing was changed.\n"
    assert cli("vm", "start", "a", "b", "--validate-only").out.count("valid. Nothing was changed.") == 2
    assert cli("vm", "create", "c", "d", *SMALL, "--validate-only").code == 0
    assert states(plane) == {"a": "STOPPED", "b": "STOPPED"}


def test_a_stale_etag_is_refused(cli: Cli) -> None:
    etag = cli(*CREATE, "-o", "json").json["response"]["etag"]
    assert cli("vm", "start", "web-1", "--etag", etag).code == 0
    assert cli("vm", "stop", "web-1", "--etag", etag).code == Exit.CONFLICT


@pytest.mark.parametrize("after", [False, True])
def test_a_stream_that_is_cut_goes_on_where_it_was(cli: Cli, plane: Plane, after: bool) -> None:
    cli("vm", "create", "a", "b", "c", *SMALL, "--start")
    plane.proxy.fail_next(
        "ExecuteCommands", status(grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN", "going"), times=2, after=after
    )
    ran = cli("vm", "pause", "a", "b", "c")
    assert (ran.code, ran.err) == (0, "")
    assert set(states(plane).values()) == {"PAUSED"}
    # What was sent twice was carried out once.
    assert sum(event.HasField("vm_pause_requested") for event in plane.events()) == 3


FILE = """
# Two VMs, one of which goes on.
create a b --vcpus 1 --memory 64MiB --disk 1GiB --image tiny \\
    --label app=web
vm start a --reason "open the shop"
chronovisor vm pause a   # after it runs
start b
destroy b
"""


def test_a_file_is_carried_out_in_the_order_of_each_vm(cli: Cli, plane: Plane, tmp_path: Path) -> None:
    file = tmp_path / "commands"
    file.write_text(FILE)
    ran = cli("run", str(file), "--yes", "--reason", "night shift")
    assert (ran.code, ran.err) == (0, "")
    assert states(plane) == {"a": "PAUSED", "b": "DELETED"}
    assert ran.out.splitlines()[:2] == ["a is STOPPED.", "b is STOPPED."]
    reasons = {event.reason for event in plane.events() if event.HasField("vm_start_requested")}
    assert reasons == {"open the shop", "night shift"}


def test_a_file_can_come_from_standard_input(cli: Cli, plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("create a --vcpus 1 --memory 64MiB --image tiny --disk 1GiB\n"))
    assert yaml.safe_load(cli("run", "-", "-o", "yaml").out)["outcomes"][0]["vm"] == "projects/default/vms/a"
    assert states(plane) == {"a": "STOPPED"}


def test_after_a_failure_nothing_more_is_sent(cli: Cli, plane: Plane, tmp_path: Path) -> None:
    cli("vm", "create", "a", *SMALL)
    file = tmp_path / "commands"
    file.write_text("start none\nstart a\nstop a\n")
    ran = cli("run", str(file))
    assert (ran.code, ran.out) == (Exit.NOT_FOUND, "a is RUNNING on node-1.\n")
    assert ran.err.splitlines()[0] == "1 command not sent: one before failed. See --keep-going."
    assert cli("run", str(file), "--keep-going").code == Exit.NOT_FOUND
    assert states(plane) == {"a": "STOPPED"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("start a\nmigrate a\n", ":2: 'migrate' is none of create, start"),
        ("\n\nstart 'a\n", ":3: no closing quotation"),
        ("start a --grace 3s\n", ":1: No such option: --grace"),
        ("create a --vcpus one --memory 1 --image i\n", ":1: Invalid value for '--vcpus'"),
        ("start hosts/a\n", ":1: 'hosts/a' is not the name of a VM"),
        ("start a --validate-only\n", ":1: --validate-only goes with one command"),
        ("start --help\n", ":1: start goes without --help"),
        ("start a \\\n", ": the last line goes on"),
        ("destroy a\n", "Destroying 1 VM cannot be undone"),
        ("\xff", "must be text, as UTF-8"),
    ],
)
def test_a_line_that_makes_no_sense_is_named_and_nothing_is_sent(
    cli: Cli, plane: Plane, tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "commands"
    file.write_bytes(text.encode("latin-1"))
    ran = cli("run", str(file))
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not plane.proxy.calls


def test_a_file_that_is_not_there_or_empty(cli: Cli, tmp_path: Path) -> None:
    ran = cli("run", str(tmp_path / "none"))
    assert ran.code == Exit.INTERNAL
    assert ran.err.endswith("none: No such file or directory.\n")
    (tmp_path / "empty").write_text("# nothing\n")
    assert cli("run", str(tmp_path / "empty")).out == "There is no command in it.\n"


@pytest.mark.parametrize(
    ("selector", "holds"),
    [
        ("app=web", True),
        ("app == web", True),
        ("app!=web", False),
        ("none!=web", True),
        ("app", True),
        ("!app", False),
        ("! none", True),
        ("app in (api, web)", True),
        ("app notin (api,web)", False),
        ("none notin (x)", True),
        ("none in (x)", False),
        ("a.b/c-d=1", True),
        ("app=web,tier=gold,!none", True),
        ("app=web,tier!=gold", False),
        ("empty=", True),
        ("in=x", True),
    ],
)
def test_selectors(selector: str, holds: bool) -> None:
    labels = {"app": "web", "tier": "gold", "a.b/c-d": "1", "empty": "", "in": "x"}
    assert parse_selector(selector)(labels) is holds


KEYS = st.sampled_from(["a", "b", "in"])
VALUES = st.sampled_from(["x", "y", ""])


@given(st.dictionaries(KEYS, VALUES), KEYS, VALUES)
def test_a_term_and_its_opposite_never_agree(labels: dict[str, str], key: str, value: str) -> None:
    for term, opposite in (
        (f"{key}={value}", f"{key}!={value}"),
        (key, f"!{key}"),
        (f"{key} in ({value})", f"{key} notin ({value})"),
    ):
        assert parse_selector(term)(labels) is not parse_selector(opposite)(labels)
