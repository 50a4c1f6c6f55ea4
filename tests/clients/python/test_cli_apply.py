"""`apply` and `export` against a control plane: files, plans, what is done, and what goes wrong."""

import hashlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from chronovisor.cli.exit_codes import Exit
from chronovisor.v1.project_service_pb2 import UpdateProjectRequest
from chronovisor.v1.vm_pb2 import Vm, VmState
from google.protobuf.field_mask_pb2 import FieldMask
from hostagent.drivers.simulated.behaviour import Fault

from controlplane.domain.errors import FieldViolation, InvalidField, NoCapacity
from tests.clients.python.conftest import Cli, Run
from tests.clients.python.plane import Plane
from tests.clients.python.proxy import status
from tests.clients.python.test_cli import CREATE
from tests.support.images import qcow2

FLEET = """\
x-web: &web
  vcpus: 1
  memory: 64MiB
  disk: 1GiB
  image: tiny

projects:
  shop:
    title: The shop
    labels: {managed-by: fleet}
    quota: {vcpus: 8, memory: 8GiB, gpu.a100: 1}
    placement_policy: spread
    zone_policies: {eu-1a: pack}
    spare_capacity: ["within=rack,zone=eu-9"]

hosts:
  node-1:
    labels: {rack: r1}
    reserved: {vcpus: 1}
    ratios: {vcpus: 2}
    cordoned: false
vms:
  shop/web-1:
    labels: {managed-by: fleet, tier: web, version: 1.10}
    lifetime: 6h
    availability: {on_maintenance: live, restart: host-failed, backoff: 90s, priority: -5, after: "app=db"}
    state: running
    spec:
      <<: *web
      cpu_policy: share
      io_limits: {disk_read_iops: 500, disk_write: 10MiB, network_send: none}
      placement:
        require: zone=eu-1a,trait:ssd
        prefer: ["rack=r1:50"]
        rather_apart: [tier=web, "tier=web@rack:2"]
        spread: ["tier=web@zone:1"]
        avoid_hosts: [node-9]
  shop/web-2:
    labels: {managed-by: fleet}
    spec: {vcpus: 2, memory: 128, kernel: vmlinuz, initramfs: initrd, cmdline: quiet}
"""
Write = Callable[[str], str]
Apply = Callable[..., Run]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes fleet.yaml, and returns its name."""

    def write(text: str) -> str:
        file = tmp_path / "fleet.yaml"
        file.write_text(text)
        return str(file)

    return write


@pytest.fixture
def apply(cli: Cli, write: Write) -> Apply:
    """`apply(text, "--plan")`."""

    def run(text: str, *args: str) -> Run:
        return cli("apply", "-f", write(text), *args)

    return run


def states(plane: Plane) -> dict[str, str]:
    return {vm.name.rpartition("/")[2]: VmState.Name(vm.state).removeprefix("VM_STATE_") for vm in plane.vms()}


def mutations(plane: Plane) -> list[str]:
    """What was sent that changes something, or would have."""
    reads = ("Get", "List", "Wait")
    return [
        each.method
        for each in plane.proxy.calls
        if not each.method.startswith(reads) and not getattr(each.request, "validate_only", False)
    ]


def test_a_plan_shows_what_would_change_and_changes_nothing(apply: Apply, plane: Plane) -> None:
    ran = apply(FLEET, "--plan")
    assert (ran.code, ran.err) == (2, "")
    assert ran.out.splitlines()[:5] == [
        "+ project shop: create",
        "    labels.managed-by: fleet",
        "    placement_policy: spread",
        "    quota.gpu.a100: 1",
        "    quota.memory: 8GiB",
    ]
    assert "~ host node-1\n    labels.rack: 7 -> r1\n    ratios.vcpus: - -> 2\n    reserved.vcpus: - -> 1\n" in ran.out
    assert "+ vm shop/web-1: create, and start it\n" in ran.out
    assert "    labels.version: 1.10\n" in ran.out
    assert ran.out.splitlines()[-1] == "Plan: 3 to create, 1 to change."
    assert not mutations(plane)


def test_what_is_applied_is_as_declared_and_nothing_is_left_to_do(apply: Apply, plane: Plane) -> None:
    ran = apply(FLEET, "--yes", "--reason", "the fleet")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-4:] == [
        "project shop is created.",
        "host node-1 is updated.",
        "vm shop/web-1 is created.",
        "vm shop/web-2 is created.",
    ]
    assert states(plane) == {"web-1": "RUNNING", "web-2": "STOPPED"}
    project = plane.project("shop")
    assert (project.quota.vcpus, project.quota.memory_mib, dict(project.quota.extended)) == (8, 8192, {"gpu.a100": 1})
    host = plane.host()
    assert (host.inventory["vcpus"].reserved, host.inventory["vcpus"].allocation_ratio) == (1, 2.0)
    assert dict(host.labels) == {"rack": "r1"}
    web = next(vm for vm in plane.vms() if vm.name.endswith("web-1"))
    assert web.spec.boot.image.image == "tiny"
    assert {event.reason for event in plane.events() if event.HasField("vm_created")} == {"the fleet"}
    again = apply(FLEET, "--plan")
    assert (again.code, again.out) == (0, "Nothing to change: all is as declared.\n")
    # Without anything to do, nobody has to answer.
    assert apply(FLEET).code == 0


def test_what_there_is_is_exported_and_changes_nothing_when_applied(apply: Apply, cli: Cli, plane: Plane) -> None:
    apply(FLEET, "--yes")
    cli("host", "cordon", "node-1")
    cli("project", "update", "default", "--label", "odd=yes: no", "--title", "1.10")
    exported = cli("export")
    assert (exported.code, exported.err) == (0, "")
    document = yaml.safe_load(exported.out)
    assert list(document) == ["projects", "hosts", "vms"]
    assert document["hosts"]["node-1"]["cordoned"] is True
    assert document["vms"]["shop/web-1"]["spec"]["memory"] == "64MiB"
    assert document["vms"]["shop/web-1"]["lifetime"] == "6h"
    # What is as by default is left out.
    availability = {"restart": "host-failed", "backoff": "90s", "priority": -5, "after": "app=db"}
    assert document["vms"]["shop/web-1"]["availability"] == availability
    ran = apply(exported.out, "--plan")
    assert (ran.code, ran.out, ran.err) == (0, "Nothing to change: all is as declared.\n", "")
    assert json.loads(cli("export", "-o", "json").out) == document


def test_an_export_makes_the_same_fleet_again(apply: Apply, cli: Cli, plane: Plane) -> None:
    apply(FLEET, "--yes")
    exported = cli("export", "--of-project", "shop").out
    cli("--project", "shop", "vm", "destroy", "web-1", "web-2", "--yes")
    cli("project", "delete", "shop")
    assert apply(exported, "--yes").code == 0
    assert cli("export", "--of-project", "shop").out == exported


def test_an_export_is_of_what_was_requested(apply: Apply, cli: Cli) -> None:
    apply(FLEET, "--yes")
    assert list(yaml.safe_load(cli("export", "--kind", "hosts").out)) == ["hosts"]
    assert list(yaml.safe_load(cli("export", "-l", "tier=web").out)["vms"]) == ["shop/web-1"]
    assert cli("export", "-l", "tier=none").out == ""
    assert cli("export", "--of-project", "none").code == Exit.NOT_FOUND


SMALLER = FLEET.replace("  shop/web-2:\n", "  shop/web-3:\n")


def test_prune_destroys_what_is_not_declared_any_more(apply: Apply, cli: Cli, plane: Plane) -> None:
    apply(FLEET, "--yes")
    cli("project", "create", "old", "--label", "managed-by=fleet")
    cli(*CREATE)
    selected = ("--prune", "--selector", "managed-by=fleet")
    planned = apply(SMALLER, "--plan", *selected)
    assert "- vm shop/web-2: destroy\n" in planned.out
    assert "Plan: 1 to create, 2 to destroy." in planned.out
    assert apply(SMALLER, "--yes").out.splitlines()[-1] == "vm shop/web-3 is created."
    ran = apply(SMALLER, "--yes", *selected)
    assert ran.out.splitlines()[-2:] == ["vm shop/web-2 is destroyed.", "project old is destroyed."]
    assert {vm.name: VmState.Name(vm.state) for vm in plane.vms()} == {
        "projects/default/vms/web-1": "VM_STATE_STOPPED",
        "projects/shop/vms/web-1": "VM_STATE_RUNNING",
        "projects/shop/vms/web-2": "VM_STATE_DELETED",
        "projects/shop/vms/web-3": "VM_STATE_STOPPED",
    }
    assert apply(SMALLER, "--plan", *selected).code == 0


def test_a_restart_changes_the_spec_of_what_runs(apply: Apply, plane: Plane) -> None:
    apply(FLEET, "--yes")
    larger = FLEET.replace("vcpus: 1\n  memory: 64MiB", "vcpus: 3\n  memory: 64MiB")
    refused = apply(larger, "--yes")
    assert refused.code == Exit.WRONG_STATE
    # Where the anchor has it.
    line = larger.splitlines().index("  vcpus: 3") + 1
    assert f"fleet.yaml:{line}: vms.shop/web-1.spec.vcpus: it is RUNNING" in refused.err
    ran = apply(larger, "--yes", "--restart")
    assert ran.out.splitlines()[-3:] == [
        "vm shop/web-1 is stopped.",
        "vm shop/web-1 is updated.",
        "vm shop/web-1 is started.",
    ]
    (web,) = (vm for vm in plane.vms() if vm.name.endswith("web-1"))
    assert (web.spec.resources.vcpus, web.state) == (3, VmState.VM_STATE_RUNNING)


def test_limits_change_while_a_vm_runs(apply: Apply, plane: Plane) -> None:
    apply(FLEET, "--yes")
    ran = apply(FLEET.replace("disk_write: 10MiB", "disk_write: 20MiB"), "--yes")
    assert ran.out.splitlines()[-1:] == ["vm shop/web-1 is updated."]
    (web,) = (vm for vm in plane.vms() if vm.name.endswith("web-1"))
    assert (web.spec.io_limits.disk_write_bytes, web.state) == (20 << 20, VmState.VM_STATE_RUNNING)


def test_without_a_terminal_it_needs_yes(apply: Apply, plane: Plane) -> None:
    ran = apply(FLEET)
    assert ran.code == Exit.USAGE
    assert (
        ran.err == "There is no terminal to ask whether to make 4 changes: give --yes, or --plan to see them alone.\n"
    )
    assert not mutations(plane)


def test_several_files_a_folder_and_standard_input(
    cli: Cli, plane: Plane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "fleet"
    folder.mkdir()
    (folder / "a.yaml").write_text("projects:\n  a: {}\n---\nprojects:\n  b:\n")
    (folder / "b.yml").write_text("# nothing\n")
    (folder / "c.txt").write_text("no: yaml: here")
    monkeypatch.setattr(sys, "stdin", io.StringIO("projects: {c: {title: C}}"))
    ran = cli("apply", "-f", str(folder), "-f", "-", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert [plane.project(each).name for each in "abc"] == ["projects/a", "projects/b", "projects/c"]


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("a: [", [":1: is not YAML: expected the node content, but found '<stream end>'"]),
        ("- 1", [":1: must be a mapping, such as `key: value`"]),
        (
            "vm: {}",
            [
                ":1: vm: there is no such section; there are projects, hosts, "
                "security_groups, networks, images, vms, and x-... for anchors"
            ],
        ),
        ("projects:\n  Shop: {}", [":2: projects.Shop: must be a project's id: "]),
        ("vms:\n  web-1: {}", [":2: vms.web-1: must be PROJECT/VM, such as shop/web-1"]),
        ("hosts:\n  -n: {}", [":2: hosts.-n: must be a host's id"]),
        ("projects:\n  a: {}\n  a: {}", [":3: projects.a: is given twice"]),
        ("projects:\n  a: {}\n---\nprojects:\n  a: {}", [":5: projects.a: is declared already at FILE:2"]),
        ("projects:\n  a:\n    colour: red", [":3: projects.a.colour: there is no such key; there are title, labels"]),
        (
            "projects:\n  a:\n    quota: {memory: 1GB}",
            [":3: projects.a.quota.memory: '1GB': sizes are in powers of 1024"],
        ),
        ("projects:\n  a:\n    quota: {vcpus: -1}", ["projects.a.quota.vcpus: '-1' is less than 0"]),
        ("projects:\n  a:\n    quota: {gpu.a100: x}", ["projects.a.quota.gpu.a100: 'x' is not a whole number"]),
        ("projects:\n  a:\n    title: [x]", [":3: projects.a.title: must be a text"]),
        ("projects:\n  a:\n    labels: x", [":3: projects.a.labels: must be a mapping"]),
        ("projects:\n  a:\n    labels: {[x]: y}", [":3: projects.a.labels: a key must be a text"]),
        ("hosts:\n  n:\n    ratios: {vcpus: 0}", ["hosts.n.ratios.vcpus: '0' must be above 0"]),
        ("hosts:\n  n:\n    ratios: {vcpus: much}", ["'much' is not a factor such as 1.5"]),
        ("hosts:\n  n:\n    cordoned: yes", [":3: hosts.n.cordoned: 'yes' is neither true nor false"]),
        ("vms:\n  a/b:\n    state: on", [":3: vms.a/b.state: 'on' is neither running nor stopped"]),
        ("vms:\n  a/b:\n    lifetime: long", ["vms.a/b.lifetime: 'long' is not a time such as 6h or 30d"]),
        (
            "vms:\n  a/b:\n    availability: {restart: sometimes}",
            ["vms.a/b.availability.restart: 'sometimes' is none of never, host-failed, always"],
        ),
        ("vms:\n  a/b:\n    spec: {}", ["needs vcpus", "needs memory", "needs one of image and kernel"]),
        ("vms:\n  a/b:\n    spec: {vcpus: 1, memory: 1, kernel: k}", [":3: vms.a/b.spec: kernel needs initramfs"]),
        ("vms:\n  a/b:\n    spec: {vcpus: 1, memory: 1, image: i, cmdline: c}", ["go with kernel"]),
        ("vms:\n  a/b:\n    spec: {vcpus: 1, memory: 1, image: i, kernel: k}", ["needs one of image and kernel"]),
        (
            "vms:\n  a/b:\n    spec: {placement: {prefer: [a]}}",
            [":3: vms.a/b.spec.placement.prefer[0]: 'a' is not SEL"],
        ),
        ("vms:\n  a/b:\n    spec: {placement: {apart: a}}", [":3: vms.a/b.spec.placement.apart: must be a list"]),
        ("projects:\n  a: &a {<<: *a}", [":2: projects.a: must be a mapping"]),
        ("[" * 5000, ["is nested too deeply"]),
        ("a\x00b", ["is not YAML"]),
        ("projects:\n  a: {x: 1}\n  b: {y: 1}", [":2: projects.a.x", ":3: projects.b.y"]),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_every_place(
    apply: Apply, plane: Plane, write: Write, text: str, errors: list[str]
) -> None:
    ran = apply(text, "--yes")
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    file = write(text)
    for each in errors:
        assert each.replace("FILE", file) in ran.err
    assert all(line.startswith(f"{file}:") for line in ran.err.splitlines())
    assert not plane.proxy.calls


@pytest.mark.parametrize("text", ["", "# vms:\n", "---\n---\n", "x-web: {vcpus: 1}\n"])
def test_files_without_a_section_are_refused_and_prune_nothing(apply: Apply, plane: Plane, text: str) -> None:
    apply(FLEET, "--yes")
    before = mutations(plane)
    ran = apply(text, "--prune", "--selector", "managed-by=fleet", "--yes")
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert "has no section; there are projects, hosts, security_groups, networks, images, vms" in ran.err
    assert mutations(plane) == before


def test_an_empty_section_declares_that_there_is_none(apply: Apply) -> None:
    assert apply("vms:\n", "--yes").out == "Nothing to change: all is as declared.\n"


def test_with_json_problems_are_an_object(apply: Apply) -> None:
    ran = apply("vm: 1\nhost: 2", "-o", "json")
    error = json.loads(ran.err)["error"]
    assert error["reason"] == "INVALID_FILE"
    assert "fleet.yaml:1: vm" in error["sentence"]
    assert "fleet.yaml:2: host" in error["sentence"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--prune",), "--prune and --selector go together"),
        (("--selector", "a=b"), "--prune and --selector go together"),
        (("--prune", "--selector", "a b"), "is not a selector"),
    ],
)
def test_wrong_usage(apply: Apply, plane: Plane, args: tuple[str, ...], words: str) -> None:
    ran = apply(FLEET, *args)
    assert ran.code == Exit.USAGE
    assert words in ran.err
    assert not plane.proxy.calls


def test_a_file_is_needed_and_must_be_there(cli: Cli, tmp_path: Path) -> None:
    assert cli("apply").code == Exit.USAGE
    ran = cli("apply", "-f", str(tmp_path / "none.yaml"))
    assert (ran.code, ran.err) == (Exit.INTERNAL, f"{tmp_path / 'none.yaml'}: No such file or directory.\n")
    ran = cli("apply", "-f", str(tmp_path))
    assert ran.code == Exit.USAGE
    assert "there is no *.yaml file in it" in ran.err


def test_what_the_control_plane_would_refuse_is_found_before_anything_is_done(apply: Apply, plane: Plane) -> None:
    bad = FLEET.replace("tier: web", "-tier: web").replace("lifetime: 6h", "lifetime: 6h\n    # here")
    apply(FLEET.partition("vms:")[0], "--yes")
    before = mutations(plane)
    ran = apply(bad, "--yes")
    assert ran.code == Exit.USAGE
    line = bad.splitlines().index("    labels: {managed-by: fleet, -tier: web, version: 1.10}") + 1
    assert f"fleet.yaml:{line}: vms.shop/web-1.labels.-tier: " in ran.err
    assert mutations(plane) == before


def test_a_rule_about_what_is_no_term_names_its_field(apply: Apply, plane: Plane) -> None:
    plane.proxy.fail_next("UpdateHost", InvalidField([FieldViolation("host.secret", "must be known")]))
    ran = apply(FLEET, "--plan")
    assert "hosts.node-1: host.secret must be known." in ran.err
    assert ran.code == Exit.USAGE


def test_what_is_refused_ends_it_and_the_rest_can_be_applied_later(apply: Apply, plane: Plane) -> None:
    apply(FLEET.partition("vms:")[0], "--yes")
    plane.proxy.fail_next("CreateVm", NoCapacity("projects/shop/vms/web-1", 1, {"vcpus": 1}), times=3)
    ran = apply(FLEET, "--yes")
    assert ran.code == Exit.NO_ROOM
    first, second = ran.err.splitlines()
    line = FLEET.splitlines().index("  shop/web-1:") + 1
    assert f"fleet.yaml:{line}: vm shop/web-1: No host has room for web-1" in first
    assert second == "0 of 2 changes made. Apply again for the rest."
    assert apply(FLEET, "--yes").code == 0


def test_what_was_begun_before_a_refusal_counts_and_is_waited_for(apply: Apply, plane: Plane) -> None:
    head = "projects: {shop: {}}\nvms:\n"
    spec = "spec: {vcpus: 3, memory: 64MiB, disk: 1GiB, image: tiny}"
    fleet = head + "".join(f"  shop/web-{each}: {{state: running, {spec}}}\n" for each in range(4))
    # There are 8 vCPUs.
    ran = apply(fleet, "--yes")
    assert ran.code == Exit.NO_ROOM
    assert ran.out.splitlines()[-3:] == [
        "project shop is created.",
        "vm shop/web-0 is created.",
        "vm shop/web-1 is created.",
    ]
    assert ran.err.splitlines()[-1] == "3 of 5 changes made. Apply again for the rest."
    assert states(plane) == {"web-0": "RUNNING", "web-1": "RUNNING"}


def test_a_start_that_fails_later_is_reported(apply: Apply, plane: Plane) -> None:
    plane.driver.behaviour.faults["start"] = Fault(permanent=True, error="no such image")
    ran = apply(FLEET, "--yes")
    assert ran.code == Exit.OPERATION_FAILED
    assert "no such image (STEP_FAILED)" in ran.err
    assert "3 of 4 changes made." in ran.err


def test_what_changed_meanwhile_is_not_overwritten(apply: Apply, cli: Cli, plane: Plane) -> None:
    apply(FLEET, "--yes")
    changed = FLEET.replace("title: The shop", "title: Ours")
    meanwhile(plane, cli, "--title", "Theirs")
    ran = apply(changed, "--yes")
    assert ran.code == Exit.CONFLICT
    assert "(ETAG_MISMATCH)" in ran.err
    assert plane.project("shop").display_name == "Theirs"


def test_a_change_that_is_about_something_else_is_no_obstacle(apply: Apply, cli: Cli, plane: Plane) -> None:
    apply(FLEET, "--yes")
    changed = FLEET.replace("title: The shop", "title: Ours")
    meanwhile(plane, cli, "--placement-policy", "pack")
    assert apply(changed, "--yes").code == 0
    project = plane.project("shop")
    assert (project.display_name, project.placement_policy) == ("Ours", "pack")


def meanwhile(plane: Plane, cli: Cli, *update: str) -> None:
    """Somebody changes the project shop after it was read: what is listed is as it was before."""
    before = plane.project("shop")
    assert cli("project", "update", "shop", *update).code == 0

    def stale(listed: Any) -> None:
        (shop,) = (each for each in listed.projects if each.name == before.name)
        shop.CopyFrom(before)

    plane.proxy.edit("ListProjects", stale)


def test_a_vm_that_is_another_by_now_is_not_destroyed(apply: Apply, cli: Cli, plane: Plane) -> None:
    cli(*CREATE, "--label", "by=us")
    real = plane.vm()

    def stale(listed: Any) -> None:
        listed.vms[0].etag = "stale"
        listed.vms[0].uid = "another"

    plane.proxy.edit("ListVms", stale)
    ran = apply("projects: {}", "--prune", "-l", "by=us", "--yes")
    assert ran.code == Exit.CONFLICT
    assert plane.vm().uid == real.uid
    assert states(plane) == {"web-1": "STOPPED"}


def test_a_busy_hosts_own_events_are_no_obstacle(apply: Apply, plane: Plane) -> None:
    mismatch = status(grpc.StatusCode.ABORTED, "ETAG_MISMATCH", "it changed")
    plane.proxy.fail_next("CordonHost", mismatch, times=2)
    assert apply("hosts: {node-1: {cordoned: true}}", "--yes").code == 0
    assert apply("hosts: {node-1: {cordoned: false}}", "--yes").out.splitlines()[-1] == "host node-1 is uncordoned."


def test_output_for_programs_is_one_document(apply: Apply) -> None:
    planned = apply(FLEET, "--plan", "-o", "json")
    assert planned.code == 2
    assert [each["done"] for each in planned.json["changes"]] == [False] * 4
    done = apply(FLEET, "--yes", "-o", "yaml")
    document = yaml.safe_load(done.out)
    assert [each["done"] for each in document["changes"]] == [True] * 4
    assert document["changes"][1]["fields"][0] == {"path": ["labels", "rack"], "before": "7", "after": "r1"}
    assert apply(FLEET, "--plan", "-o", "json").json == {"changes": [], "conflicts": [], "notes": []}


def test_without_waiting_it_ends_when_all_is_accepted(apply: Apply, plane: Plane) -> None:
    plane.hold_agent()
    ran = apply(FLEET, "--yes", "--no-wait")
    assert ran.code == 0
    assert "vm shop/web-1 is to be created.\n" in ran.out
    assert states(plane)["web-1"] == "STARTING"


def test_control_characters_of_others_do_not_reach_the_terminal(apply: Apply, plane: Plane) -> None:
    apply(FLEET, "--yes")

    def spoil(listed: Any) -> None:
        for vm in listed.vms:
            spoiled: Vm = vm
            spoiled.labels["k"] = "\x1b]0;x\x07"

    plane.proxy.edit("ListVms", spoil)
    out = apply(FLEET, "--plan").out
    assert "\x1b" not in out
    assert "\\x1b" in out


def test_the_mask_names_what_changes_alone(apply: Apply, plane: Plane) -> None:
    apply(FLEET, "--yes")
    apply(FLEET.replace("vcpus: 8", "vcpus: 9"), "--yes")
    request: UpdateProjectRequest = plane.proxy.calls_of("UpdateProject")[-1].request
    assert request.update_mask == FieldMask(paths=["quota"])
    assert request.project.etag


NETWORKS = """
security_groups:
  shop/front: {rules: ["tcp:80", "tcp:22:10.0.0.5"], labels: {by: us}}
  shop/a-store: {rules: ["tcp:5432:group=front"], labels: {by: us}}
networks:
  shop/web: {kind: nat, ipv4: 10.1.0.0/24, reserved: [10.1.0.2-10.1.0.9], description: the shop's, labels: {by: us}}
"""
ON_THEM = """
projects: {shop: {}}
vms:
  shop/web-1:
    labels: {by: us}
    state: running
    spec: {vcpus: 1, memory: 64MiB, disk: 1GiB, image: tiny, networks: ["web,group=front"]}
"""


CIRCLE = """
security_groups:
  shop/front: {labels: {by: us}, rules: ["tcp:80", "tcp:9090:group=store"]}
  shop/store: {labels: {by: us}, rules: ["tcp:5432:group=front"]}
"""


def test_groups_that_name_each_other_come_and_go(apply: Apply, cli: Cli) -> None:
    cli("project", "create", "shop")
    planned = apply(CIRCLE, "--plan")
    assert (planned.err, planned.out.splitlines()[-1]) == ("", "Plan: 2 to create.")
    assert apply(CIRCLE, "--yes").code == 0
    assert "tcp:9090:group=store" in cli("security-group", "show", "shop/front").out
    assert "tcp:5432:group=front" in cli("security-group", "show", "shop/store").out
    assert apply(CIRCLE, "--plan").code == 0
    pruned = apply("projects: {shop: {}}", "--prune", "--selector", "by=us", "--yes")
    assert pruned.code == 0, pruned.err
    assert [cli("security-group", "show", f"shop/{each}").code for each in ("front", "store")] == [3, 3]


def test_networks_and_groups_come_before_what_names_them_and_go_after_it(apply: Apply, cli: Cli) -> None:
    cli("host", "update", "node-1", "--trait", "network.vxlan")
    cli("project", "create", "shop")
    created = apply(ON_THEM + NETWORKS, "--yes")
    assert created.code == 0, created.err
    assert [line for line in created.out.splitlines() if line.endswith("is created.")] == [
        "security group shop/front is created.",
        "security group shop/a-store is created.",
        "network shop/web is created.",
        "vm shop/web-1 is created.",
    ]
    assert apply(ON_THEM + NETWORKS, "--plan").code == 0
    exported = cli("export", "--of-project", "shop").out
    for words in ("tcp:22:10.0.0.5/32", "10.1.0.2-10.1.0.9", "web,group=front"):
        assert words in exported
    assert apply(exported, "--plan").code == 0
    changed = apply(ON_THEM + NETWORKS.replace('"tcp:80", ', "").replace("the shop's", "its web"), "--yes")
    assert changed.code == 0, changed.err
    assert cli("network", "show", "shop/web", "-o", "json").json["description"] == "its web"
    refused = apply(ON_THEM + NETWORKS.replace("10.1.0.0/24", "10.2.0.0/24"), "--yes")
    assert (refused.code, "never changes of a network" in refused.err) == (5, True)
    kept = apply(ON_THEM, "--prune", "--selector", "by=us", "--plan")
    assert "networks.shop/web is not declared, and stays: vms.shop/web-1 names it" in kept.out
    assert "- security group shop/a-store: destroy" in kept.out
    pruned = apply("projects: {shop: {}}", "--prune", "--selector", "by=us", "--yes")
    assert pruned.code == 0, pruned.err
    assert cli("network", "list", "--project", "shop", "-o", "name").out == ""
    assert cli("security-group", "list", "--project", "shop", "-o", "name").out == ""


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("networks: {shop/web: {kind: flat}}", "is none of nat, isolated, bridged, user"),
        ("networks: {shop/web: {ipv4: 10.1.0.1/24}}", "host bits"),
        ("networks: {web: {}}", "must be PROJECT/NETWORK"),
        ("security_groups: {shop/web: {rules: [http]}}", "is no rule"),
    ],
)
def test_what_no_network_can_be_is_named_where_it_stands(apply: Apply, text: str, rule: str) -> None:
    ran = apply(text)
    assert (ran.code, rule in ran.err) == (2, True), ran.err


def test_a_vm_is_made_from_an_image_by_its_name(apply: Apply, cli: Cli, tmp_path: Path) -> None:
    qcow2(tmp_path / "base.qcow2")
    assert cli("image", "import", str(tmp_path / "base.qcow2")).code == 0
    assert cli("host", "update", "node-1", "--trait", "image.fetch").code == 0
    text = "vms: {default/from-base: {spec: {vcpus: 1, memory: 64MiB, image: base}}}"
    ran = apply(text, "--yes")
    assert ran.code == 0, ran.err
    spec = cli("vm", "show", "from-base", "-o", "json").json["spec"]
    assert spec["boot"]["image"]["image"] == "projects/default/images/base"
    assert spec["resources"]["disk_gib"] == "1"
    assert apply(text, "--plan").out == "Nothing to change: all is as declared.\n"


def test_images_are_imported_before_vms_and_go_with_their_project(
    apply: Apply, cli: Cli, plane: Plane, tmp_path: Path
) -> None:
    data = qcow2(Path(plane.image_folder.name) / "base.qcow2")
    digest = hashlib.sha256(data).hexdigest()
    assert cli("host", "update", "node-1", "--trait", "image.fetch").code == 0
    images = f"""
projects: {{shop: {{labels: {{by: us}}}}}}
images:
  shop/base:
    source: file://{plane.image_folder.name}/base.qcow2
    sha256: {digest.upper()}
    family: bases
    min_disk: 2GiB
    labels: {{by: us}}
"""
    vms = "vms: {shop/web: {labels: {by: us}, spec: {vcpus: 1, memory: 64MiB, image: base}}}\n"
    ran = apply(images + vms, "--yes")
    assert ran.code == 0, ran.err
    assert [line for line in ran.out.splitlines() if line.endswith("is created.")] == [
        "project shop is created.",
        "image shop/base is created.",
        "vm shop/web is created.",
    ]
    assert cli("vm", "show", "shop/web", "-o", "json").json["spec"]["resources"]["disk_gib"] == "2"
    assert apply(images + vms, "--plan").code == 0
    exported = cli("export", "--of-project", "shop").out
    assert f"sha256: {digest}" in exported
    assert "min_disk: 2GiB" in exported
    assert apply(exported, "--plan").code == 0
    changed = apply(images.replace("family: bases", "family: roots") + vms, "--yes")
    assert changed.code == 0, changed.err
    assert cli("image", "show", "shop/base", "-o", "json").json["family"] == "roots"
    refused = apply(images.replace(digest.upper(), "0" * 64) + vms, "--yes")
    assert (refused.code, "never changes of an image" in refused.err) == (5, True)
    kept = apply("projects: {shop: {}}\n" + vms, "--prune", "--selector", "by=us", "--plan")
    assert "images.shop/base is not declared, and stays: vms.shop/web names it" in kept.out
    pruned = apply("vms: {}", "--prune", "--selector", "by=us", "--yes")
    assert pruned.code == 0, pruned.err
    assert cli("project", "show", "shop").code == Exit.NOT_FOUND


def test_an_image_that_was_uploaded_has_to_be_there_as_it_was(apply: Apply, cli: Cli, tmp_path: Path) -> None:
    qcow2(tmp_path / "base.qcow2")
    assert cli("image", "import", str(tmp_path / "base.qcow2"), "--label", "by=us").code == 0
    exported = cli("export", "--kind", "images").out
    assert "source" not in exported
    assert apply(exported, "--plan").code == 0
    assert cli("image", "delete", "base").code == 0
    refused = apply(exported, "--plan")
    assert (refused.code, "upload it, by chronovisor image import FILE" in refused.err) == (5, True)
    qcow2(tmp_path / "base.qcow2")
    assert cli("image", "import", str(tmp_path / "base.qcow2"), "--label", "by=us").code == 0
    assert "images.default/base.sha256: never changes of an image" in apply(exported, "--plan").err


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("images: {shop/web: {sha256: abc}}", "must be 64 hexadecimal digits"),
        ("images: {shop/web: {format: vmdk}}", "is none of qcow2, raw"),
        ("images: {web: {}}", "must be PROJECT/IMAGE"),
    ],
)
def test_what_no_image_can_be_is_named_where_it_stands(apply: Apply, text: str, rule: str) -> None:
    ran = apply(text)
    assert (ran.code, rule in ran.err) == (2, True), ran.err
