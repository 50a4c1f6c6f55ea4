"""Every command of the command line, end to end, as a program would run it: no terminal, stdout, stderr, exit code."""

import json
from typing import Any

import pytest
from chronovisor.cli.settings import Settings
from chronovisor.v1.history_service_pb2 import ListEventsResponse
from chronovisor.v1.vm_pb2 import Vm

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane

CREATE = (
    "vm",
    "create",
    "web-1",
    "--vcpus",
    "2",
    "--memory",
    "512MiB",
    "--disk",
    "10GiB",
    "--image",
    "debian-12.qcow2",
)


def last_request(plane: Plane, method: str) -> Any:
    return plane.proxy.calls_of(method)[-1].request


def test_create_records_the_request(cli: Cli, plane: Plane) -> None:
    ran = cli(*CREATE, "--label", "tier=web", "--label", "a=b=c", "--extended", "gpu.a100=1", "--reason", "shop opens")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "web-1 is STOPPED. Start it: chronovisor vm start web-1\n"
    request = last_request(plane, "CreateVm")
    assert (request.parent, request.vm_id, request.reason) == ("projects/default", "web-1", "shop opens")
    resources = request.vm.spec.resources
    assert (resources.vcpus, resources.memory_mib, resources.disk_gib, dict(resources.extended)) == (
        2,
        512,
        10,
        {"gpu.a100": 1},
    )
    assert dict(request.vm.labels) == {"tier": "web", "a": "b=c"}
    assert request.vm.spec.boot.image.image == "debian-12.qcow2"


def test_create_from_a_kernel(cli: Cli, plane: Plane) -> None:
    boot = ("--kernel", "vmlinuz", "--initramfs", "initrd", "--cmdline", "console=ttyS0 quiet")
    ran = cli("vm", "create", "projects/default/vms/k-1", "--vcpus", "1", "--memory", "96", *boot)
    assert ran.code == 0
    vm = last_request(plane, "CreateVm").vm
    assert (vm.spec.resources.memory_mib, vm.spec.resources.disk_gib) == (96, 0)
    assert (vm.spec.boot.kernel.kernel, vm.spec.boot.kernel.cmdline) == ("vmlinuz", "console=ttyS0 quiet")


def test_create_with_start_waits_until_it_runs(cli: Cli, plane: Plane) -> None:
    plane.hold_agent()
    plane.proxy.edit("GetVm", lambda _vm: plane.release_agent())
    ran = cli(*CREATE, "--start")
    assert ran.code == 0
    assert ran.out == "web-1 is RUNNING on node-1.\n"
    assert ran.err.startswith("web-1: STARTING on node-1\n")
    # Another VM may have the name before this one's operation has ended.
    (vm,) = plane.vms()
    assert {each.request.name for each in plane.proxy.calls_of("GetVm")} == {f"projects/default/vms/{vm.uid}"}


def test_validate_only_changes_nothing(cli: Cli, plane: Plane) -> None:
    ran = cli(*CREATE, "--validate-only")
    assert ran.code == 0
    assert ran.out.startswith("web-1: valid. Nothing was changed.\n")
    assert not plane.vms()


def test_no_wait_returns_when_accepted_and_the_operation_can_be_followed(cli: Cli, plane: Plane) -> None:
    plane.hold_agent()
    cli(*CREATE)
    ran = cli("vm", "start", "web-1", "--no-wait", "--reason", "demo")
    assert ran.code == 0
    assert ran.err == ""
    name = ran.out.split()[-1]
    assert ran.out == f"web-1: StartVm accepted. Follow it: chronovisor operation wait {name}\n"
    shown = cli("operation", "show", name)
    assert "under way" in shown.out
    assert "demo" in shown.out
    plane.release_agent()
    waited = cli("operation", "wait", name)
    assert (waited.code, waited.out) == (0, "web-1 is RUNNING on node-1.\n")


def test_a_vm_lives_through_every_command(cli: Cli, plane: Plane) -> None:
    cli(*CREATE, "--start")
    for command, state in [
        (("pause", "web-1"), "PAUSED"),
        (("resume", "web-1"), "RUNNING"),
        (("reboot", "web-1", "--force"), "RUNNING"),
        (("stop", "projects/default/vms/web-1", "--grace", "1m"), "STOPPED"),
        (("stop", "web-1"), "STOPPED"),
        (("destroy", "web-1", "--yes", "--reason", "done with it"), "DELETED"),
    ]:
        ran = cli("vm", *command)
        assert ran.code == 0
        assert ran.out.startswith(f"web-1 is {state}")
    assert last_request(plane, "RebootVm").force
    assert plane.proxy.calls_of("StopVm")[0].request.grace_period.seconds == 60
    assert not plane.proxy.calls_of("StopVm")[1].request.HasField("grace_period")
    assert last_request(plane, "DeleteVm").reason == "done with it"


def test_stop_with_force_gives_no_grace(cli: Cli, plane: Plane) -> None:
    cli(*CREATE, "--start")
    cli("vm", "stop", "web-1", "--force")
    request = last_request(plane, "StopVm")
    assert request.HasField("grace_period")
    assert request.grace_period.ToNanoseconds() == 0


def test_destroy_without_a_terminal_needs_yes(cli: Cli, plane: Plane) -> None:
    cli(*CREATE)
    ran = cli("vm", "destroy", "web-1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "Destroying web-1 cannot be undone, and there is no terminal to ask: give --yes.\n"
    assert not plane.proxy.calls_of("DeleteVm")


def test_list_shows_the_projects_vms_and_filters(cli: Cli, plane: Plane) -> None:
    cli("project", "create", "shop")
    cli(*CREATE)
    cli("--project", "shop", *CREATE[:2], "cart-1", *CREATE[3:], "--start")
    own = cli("vm", "list")
    assert own.out.splitlines()[0].split() == ["NAME", "STATE", "VCPUS", "MEMORY", "DISK", "HOST", "AGE"]
    assert own.out.splitlines()[1].split()[:8] == ["web-1", "STOPPED", "2", "512", "MiB", "10", "GiB", "-"]
    everyone = cli("vm", "list", "--all-projects").out
    assert "shop" in everyone
    assert "web-1" in everyone
    running = cli("vm", "list", "--filter", 'state = "RUNNING"', "-A").out
    assert "cart-1" in running
    assert "web-1" not in running
    cli("project", "create", "empty")
    assert cli("vm", "list", "--project", "projects/empty").out == "No VMs in projects/empty.\n"


def test_list_goes_through_all_pages(cli: Cli, plane: Plane) -> None:
    plane.proxy.page_size = 2
    for index in range(5):
        cli(*CREATE[:2], f"web-{index}", *CREATE[3:])
    assert len(cli("vm", "list", "-o", "json").json["vms"]) == 5


def test_show_has_all_of_a_vm(cli: Cli) -> None:
    cli(*CREATE, "--start", "--label", "tier=web")
    out = cli("vm", "show", "web-1").out
    for fact in (
        "RUNNING",
        "hosts/node-1",
        "2 vCPUs, 512 MiB memory, 10 GiB disk",
        "image debian-12.qcow2",
        "tier=web",
    ):
        assert fact in out


def test_host_list_and_show(cli: Cli) -> None:
    cli("host", "register", "node-2", "--vcpus", "64", "--memory", "16GiB", "--disk", "100GiB")
    cli(*CREATE, "--start")
    out = cli("host", "list").out
    assert out.splitlines()[1].split()[:5] == ["node-1", "ACTIVE", "connected", "2/8", "512M/16G"]
    assert "node-2" in out
    assert "64 vCPUs, 16 GiB memory, 100 GiB disk" in cli("host", "show", "node-2").out
    assert "debian-12.qcow2" in cli("host", "show", "node-1").out


@pytest.mark.no_hosts
def test_no_hosts_says_what_to_do(cli: Cli) -> None:
    assert cli("host", "list").out == "No hosts yet. Start an agent on a machine: chronovisor-agent.\n"


def test_project_create_list_and_show(cli: Cli) -> None:
    quota = ("--quota-vcpus", "8", "--quota-memory", "16GiB", "--quota-extended", "gpu.a100=2")
    ran = cli("project", "create", "shop", "--title", "The shop", *quota)
    assert (ran.code, ran.out) == (0, "shop is created.\n")
    assert "8 vCPUs, 16 GiB memory, 2 gpu.a100" in cli("project", "show", "shop").out
    assert "not limited" in cli("project", "list").out
    assert cli("project", "create", "other", "--validate-only").out == "other: valid. Nothing was changed.\n"


def test_utilization_shows_totals_and_eta(cli: Cli) -> None:
    cli(*CREATE[:4], "4", "--memory", "8GiB", "--disk", "10GiB", "--image", "tiny", "--start")
    lines = cli("utilization").out.splitlines()
    assert lines[0].startswith("fleet: 1 host, 1 running VM, at position ")
    assert lines[2].split()[:5] == ["vCPUs", "8", "4", "4", "50.0%"]
    assert lines[3].split()[:8] == ["memory", "16", "GiB", "8", "GiB", "8", "GiB", "50.0%"]
    assert lines[5].split()[0] == "gpu.a100"


@pytest.mark.parametrize(
    ("options", "scope"),
    [
        ((), "fleet"),
        (("--host", "node-1"), "hosts/node-1"),
        (("--zone", "eu-1a"), "zones/eu-1a"),
        (("--project", "shop"), "projects/shop"),
    ],
)
def test_utilization_of_a_part(cli: Cli, plane: Plane, options: tuple[str, ...], scope: str) -> None:
    cli("project", "create", "shop")
    assert cli("utilization", *options).code == 0
    assert last_request(plane, "GetUtilization").scope == scope


def test_history_has_when_who_what_and_why(cli: Cli) -> None:
    cli(*CREATE, "--reason", "shop opens")
    cli("vm", "start", "web-1", "--reason", "demo", "--as", "bob")
    lines = cli("history", "vm", "web-1").out.splitlines()
    assert lines[0].split() == ["POS", "WHEN", "WHO", "EVENT", "WHAT", "WHY"]
    assert "user:alice" in lines[1]
    assert "shop opens" in lines[1]
    for part in ("user:bob", "VmStartRequested", "start requested on hosts/node-1", "pack-balanced of 1 host", "demo"):
        assert part in lines[2]
    assert "holds 2 vCPUs, 512 MiB memory, 10 GiB disk more, for web-1" in cli("history", "host", "node-1").out
    assert cli("history", "host", "node-1", "--by", "user:nobody").out == "Nothing happened.\n"
    assert "web-1: created" in cli("history", "fleet").out
    assert cli("history", "fleet", "--after", "8", "-o", "json").json["events"][0]["position"] == "9"


def test_operation_list(cli: Cli) -> None:
    assert cli("operation", "list").out == "No operations.\n"
    cli(*CREATE)
    assert "CreateVm  web-1  user:alice  done" in cli("operation", "list").out


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (("vm", "list"), "vms"),
        (("vm", "show", "web-1"), "uid"),
        (("vm", "stop", "web-1"), "response"),
        (("vm", "start", "web-1"), "response"),
        (("host", "list"), "hosts"),
        (("host", "show", "node-1"), "capacity"),
        (("project", "list"), "projects"),
        (("project", "show", "default"), "name"),
        (("project", "create", "shop"), "name"),
        (("utilization",), "running_vms"),
        (("history", "vm", "web-1"), "events"),
        (("history", "host", "node-1"), "events"),
        (("history", "project", "default"), "events"),
        (("history", "fleet"), "events"),
        (("operation", "list"), "operations"),
    ],
)
def test_json_is_one_document_and_nothing_else(cli: Cli, command: tuple[str, ...], key: str) -> None:
    cli(*CREATE)
    before, after = cli("-o", "json", *command), cli(*command, "--output", "json")
    assert before.code == 0
    assert key in before.json
    if command[1:2] != ("create",):
        assert key in after.json


def test_an_option_after_the_command_wins_over_the_one_before_and_the_environment(
    cli: Cli, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHRONOVISOR_PROJECT", "from-env")
    cli("vm", "list")
    cli("--project", "before", "vm", "list")
    cli("--project", "before", "vm", "list", "--project", "after")
    parents = [call.request.parent for call in plane.proxy.calls_of("ListVms")]
    assert parents == ["projects/from-env", "projects/before", "projects/after"]


def test_control_characters_do_not_reach_the_terminal(cli: Cli, plane: Plane) -> None:
    def spoil_events(listed: ListEventsResponse) -> None:
        listed.events[0].reason = "\x1b[31mred\x07"

    def spoil_vm(vm: Vm) -> None:
        vm.labels["k"] = "\x1b]0;title\x07"

    cli(*CREATE)
    plane.proxy.edit("ListEvents", spoil_events)
    plane.proxy.edit("GetVm", spoil_vm)
    for command in (("history", "vm", "web-1"), ("vm", "show", "web-1")):
        out = cli(*command).out
        assert "\x1b" not in out
        assert "\x07" not in out
        assert "\\x1b" in out


def test_no_arguments_shows_the_help(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    ran = cli("vm")
    assert ran.code == 2
    assert "destroy" in ran.out
    root = cli("--help")
    assert root.code == 0
    assert "Exit codes" in root.out
    assert json.dumps(Settings().project) == '"default"'
