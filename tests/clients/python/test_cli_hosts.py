"""`chronovisor host`: registering, updating, cordoning, and what is shown of it."""

import json
from typing import Any

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.v1 import host_pb2

from controlplane.domain.errors import FieldViolation, InvalidField
from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE

SIZE = ("--vcpus", "32", "--memory", "128GiB", "--disk", "2TiB")


def last_request(plane: Plane, method: str) -> Any:
    return plane.proxy.calls_of(method)[-1].request


def test_register_sends_all_that_was_requested(cli: Cli, plane: Plane) -> None:
    ran = cli(
        *("host", "register", "node-9", *SIZE, "--total", "gpu.a100=4", "--reserved", "vcpus=2"),
        *("--reserved", "memory=8GiB", "--ratio", "vcpus=4", "--numa", "16:64GiB", "--numa", "16:64GiB"),
        *("--zone", "eu-1a", "--label", "rack=7", "--trait", "ssd", "--trait", "nvme", "--dedicated-to", "default"),
        *("--min-unit", "memory=1GiB", "--max-unit", "vcpus=16", "--step", "vcpus=2", "--reason", "new rack"),
    )
    assert (ran.code, ran.out, ran.err) == (0, "node-9 is registered.\n", "")
    request = last_request(plane, "RegisterHost")
    host = request.host
    assert (request.host_id, request.reason, host.zone) == ("node-9", "new rack", "eu-1a")
    assert {name: each.total for name, each in host.inventory.items()} == {
        "vcpus": 32,
        "memory_mib": 131072,
        "disk_gib": 2048,
        "gpu.a100": 4,
    }
    vcpus, memory = host.inventory["vcpus"], host.inventory["memory_mib"]
    assert (vcpus.reserved, vcpus.allocation_ratio, vcpus.max_unit, vcpus.step_size) == (2, 4.0, 16, 2)
    assert (memory.reserved, memory.min_unit, memory.HasField("allocation_ratio")) == (8192, 1024, False)
    assert [(each.vcpus, each.memory_mib) for each in host.numa_nodes] == [(16, 65536)] * 2
    assert (dict(host.labels), list(host.traits)) == ({"rack": "7"}, ["ssd", "nvme"])
    assert host.dedicated_project == "projects/default"


def test_update_changes_what_was_given_and_nothing_else(cli: Cli, plane: Plane) -> None:
    before = plane.host()
    ran = cli(
        "host", "update", "node-1", "--ratio", "vcpus=2", "--trait", "nvme", "--no-trait", "ssd", "--label", "a=b"
    )
    assert (ran.code, ran.out) == (0, "node-1 is updated.\n")
    request = last_request(plane, "UpdateHost")
    assert list(request.update_mask.paths) == ["inventory", "labels", "traits"]
    assert (request.host.etag, request.host.zone) == (before.etag, "eu-1a")
    assert request.host.inventory["vcpus"].total == 8
    assert request.host.inventory["vcpus"].allocation_ratio == 2.0
    assert list(request.host.traits) == [
        "cpu.avx2",
        "device.guest-agent",
        "device.screen",
        "image.fetch",
        "network.user",
        "nvme",
    ]
    assert dict(request.host.labels) == {"rack": "7", "a": "b"}


def test_update_can_take_things_away(cli: Cli, plane: Plane) -> None:
    cli("host", "update", "node-1", "--dedicated-to", "default")
    assert plane.host().dedicated_project == "projects/default"
    ran = cli("host", "update", "node-1", "--zone", "", "--no-label", "rack", "--dedicated-to", "")
    assert ran.code == 0
    node = plane.host()
    assert (node.zone, dict(node.labels), node.dedicated_project) == ("", {}, "")


def test_an_update_shows_the_rules_that_are_broken_now(cli: Cli) -> None:
    cli("project", "create", "shop")
    cli(*CREATE, "--start")
    ran = cli("host", "update", "node-1", "--dedicated-to", "shop")
    assert ran.out.splitlines()[1:] == [
        "Rules that VMs on it break now; nothing is evicted for them:",
        "  projects/default/vms/web-1: the host is dedicated to projects/shop",
    ]


def test_cordon_and_uncordon(cli: Cli, plane: Plane) -> None:
    assert cli("host", "cordon", "node-1").out == "node-1 is cordoned.\n"
    assert "CORDONED" in cli("host", "list").out
    etag = plane.host().etag
    assert cli("host", "uncordon", "hosts/node-1", "--etag", etag).out == "node-1 is active.\n"
    assert cli("host", "cordon", "node-1", "-o", "json").json["state"] == "HOST_STATE_CORDONED"


def test_a_machine_is_replaced_with_a_word_on_its_vms(cli: Cli, plane: Plane) -> None:
    assert "machine-id:abababab" in cli("host", "show", "node-1").out
    plane.stop_agent()
    for options, held in (((), 0), (("--vms", "keep"), 1), (("--vms", "fail", "--reason", "burnt"), 2)):
        ran = cli("host", "replace", "node-1", *options)
        assert (ran.code, ran.err) == (Exit.OK, "")
        assert ran.out.startswith("node-1 is bound to no machine: the next other machine")
        assert last_request(plane, "ReplaceHostMachine").held_vms == held
    assert last_request(plane, "ReplaceHostMachine").reason == "burnt"
    assert cli("host", "replace", "node-1", "--vms", "maybe").code == Exit.USAGE


def test_show_reports_an_agent_that_was_refused(cli: Cli, plane: Plane) -> None:
    refused = host_pb2.AgentRefusal(
        reason="HOST_MACHINE_MISMATCH", message="use another --host-id", peer="ipv4:10.0.0.7:1", count=3
    )
    refused.refuse_time.FromSeconds(1_700_000_000)
    plane.proxy.edit("GetHost", lambda host: host.refused_agent.CopyFrom(refused))
    shown = cli("host", "show", "node-1").out
    assert "HOST_MACHINE_MISMATCH at" in shown
    assert ", 3 times, from ipv4:10.0.0.7:1: use another --host-id" in shown


def test_show_puts_into_words_how_guests_are_isolated(cli: Cli, plane: Plane) -> None:
    assert "none is known: its agent measured nothing" in cli("host", "show", "node-1").out
    measured = ["isolation.dac", "isolation.seccomp", "isolation.cgroup.memory", "isolation.of.tomorrow"]
    plane.proxy.edit("GetHost", lambda host: host.traits.extend(measured))
    shown = " ".join(cli("host", "show", "node-1").out.split())
    has = "an unprivileged user, filtered system calls, memory limits, of.tomorrow"
    assert has in shown
    assert "without AppArmor, SELinux, CPU weights and quotas" in shown


def test_how_guests_are_isolated_is_not_an_operators_to_declare(cli: Cli) -> None:
    for command in (("register", "node-9", *SIZE), ("update", "node-1")):
        ran = cli("host", *command, "--trait", "isolation.svirt")
        assert ran.code == Exit.USAGE
        assert "'isolation.svirt' is measured by the host's agent, and not declared" in ran.err


def test_a_stale_etag_says_how_to_look_at_the_host(cli: Cli) -> None:
    ran = cli("host", "cordon", "node-1", "--etag", '"1"')
    assert (ran.code, ran.out) == (Exit.CONFLICT, "")
    assert ran.err.endswith("Look at what changed, then try again: chronovisor host show node-1.\n")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--reserved", "fpga.x=1"),
        ("--ratio", "vcpus=many"),
        ("--ratio", "vcpus"),
        ("--reserved", "vcpus=2GiB"),
        ("--reserved", "memory="),
        ("--label", "rack"),
        ("--min-unit", "memory=1GB"),
    ],
)
def test_what_cannot_be_meant_is_not_sent(cli: Cli, plane: Plane, options: tuple[str, ...]) -> None:
    ran = cli("host", "update", "node-1", *options)
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ran.err
    assert not plane.proxy.calls_of("UpdateHost")


@pytest.mark.parametrize("node_text", ["16", "16:", ":64GiB", "-1:64GiB", "a:b"])
def test_a_node_has_vcpus_and_memory(cli: Cli, plane: Plane, node_text: str) -> None:
    assert cli("host", "register", "node-9", *SIZE, "--numa", node_text).code == Exit.USAGE
    assert not plane.proxy.calls_of("RegisterHost")


def test_a_refused_field_is_named_by_its_option(cli: Cli, plane: Plane) -> None:
    violations = [
        FieldViolation("host.inventory[vcpus].allocation_ratio", "must be above 0"),
        FieldViolation("host.dedicated_project", "there is no such"),
    ]
    plane.proxy.fail_next("RegisterHost", InvalidField(violations))
    ran = cli("host", "register", "node-9", *SIZE)
    assert ran.err.startswith("--ratio vcpus must be above 0; --dedicated-to: there is no such (INVALID_FIELD).")


def test_show_has_all_that_is_set(cli: Cli, plane: Plane) -> None:
    def fill(node: host_pb2.Host) -> None:
        node.numa_nodes.add(vcpus=8, memory_mib=16384).allocated.vcpus = 2
        node.inventory["vcpus"].max_unit, node.dedicated_project = 4, "projects/default"
        node.violations.extend(["a breaks it", "b too"])

    plane.proxy.edit("GetHost", fill)
    shown = cli("host", "show", "node-1").out
    for part in (
        "8 vCPUs, 16 GiB memory; holds 2 vCPUs",
        "a VM takes at most 4",
        "cpu.avx2, device.guest-agent, device.screen, image.fetch, network.user, ssd",
        "projects/default",
        "a breaks it",
        "b too",
    ):
        assert part in shown


def test_a_host_is_compared_with_what_its_agent_reported(cli: Cli) -> None:
    run = cli("host", "reconcile", "node-1")
    assert run.code is Exit.OK, run.err
    assert "desired: " in run.out.lower()
    forced = cli("host", "reconcile", "node-1", "--force")
    assert forced.code is Exit.OK, forced.err
    assert "Every guest is as desired" in forced.out
    document = json.loads(cli("host", "reconcile", "node-1", "--output", "json").out)
    assert (document["check"]["agent_connected"], document["check"]["differences"]) == (True, [])
    assert "unexpected_guests" in document


def test_a_host_without_an_agent_has_nothing_to_compare(cli: Cli) -> None:
    cli("host", "register", "quiet-1", "--vcpus", "1", "--memory", "1GiB", "--disk", "1GiB")
    assert "No agent is connected: nothing can be compared" in cli("host", "reconcile", "quiet-1").out
    refused = cli("host", "reconcile", "quiet-1", "--force")
    assert refused.code is not Exit.OK
    assert "without a connected agent" in refused.err


def test_all_hosts_cannot_be_forced_at_once(cli: Cli) -> None:
    run = cli("host", "reconcile", "--force")
    assert run.code is Exit.USAGE
    assert "NAME" in run.err
