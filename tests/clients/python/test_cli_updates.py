"""`chronovisor vm update`, `project update` and `project delete`: what is sent, and what is shown."""

from collections.abc import Callable

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.text.event_words import in_words
from chronovisor.events.v1.event_pb2 import Amount, Event, ImageBoot, ProjectUpdated, Spec, VmUpdated
from chronovisor.v1 import project_pb2, vm_pb2
from hostagent.drivers.base import Limits, VmUid

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import last_request
from tests.support.waiting import wait_until


@pytest.fixture
def web(cli: Cli, plane: Plane) -> Callable[[], vm_pb2.Vm]:
    """Reads the VM `web`, which was created with a label and rules."""
    size = ("--vcpus", "2", "--memory", "512MiB", "--disk", "5GiB", "--image", "tiny")
    cli("vm", "create", "web", *size, "--label", "tier=gold", "--require", "zone=a", "--apart", "app=web")
    return lambda: plane.vm("web")


@pytest.fixture
def shop(cli: Cli, plane: Plane) -> Callable[[], project_pb2.Project]:
    """Reads the project `shop`, which was created with a label, a quota and policies."""
    quota = ("--quota-vcpus", "9", "--quota-extended", "gpu.a100=2")
    policies = ("--placement-policy", "pack", "--zone-policy", "eu-1a=spread")
    assert cli("project", "create", "shop", "--label", "a=b", *quota, *policies).code == 0
    return lambda: plane.project("shop")


def test_update_changes_what_was_given_and_nothing_else(cli: Cli, plane: Plane, web: Callable[[], vm_pb2.Vm]) -> None:
    etag = web().etag
    ran = cli("vm", "update", "web", "--label", "app=web", "--no-label", "tier", "--reason", "renamed")
    assert (ran.code, ran.out, ran.err) == (0, "web is updated.\n", "")
    request = last_request(plane, "UpdateVm")
    assert (list(request.update_mask.paths), request.vm.etag, request.reason) == (["labels"], etag, "renamed")
    assert dict(web().labels) == {"app": "web"}
    cli("vm", "update", "web", "--vcpus", "4", "--memory", "1GiB", "--extended", "gpu.a100=1")
    assert list(last_request(plane, "UpdateVm").update_mask.paths) == ["spec"]
    found = web().spec.resources
    assert (found.vcpus, found.memory_mib, found.disk_gib, dict(found.extended)) == (4, 1024, 5, {"gpu.a100": 1})
    cli("vm", "update", "web", "--extended", "gpu.a100=0")
    assert (dict(web().spec.resources.extended), web().spec.boot.image.image) == ({}, "tiny")


def test_limits_are_given_one_by_one_and_shown(cli: Cli, plane: Plane, web: Callable[[], vm_pb2.Vm]) -> None:
    ran = cli("vm", "update", "web", "--io-limit", "disk-read-iops=500", "--io-limit", "disk-read=10MiB")
    assert (ran.code, list(last_request(plane, "UpdateVm").update_mask.paths)) == (0, ["spec"])
    cli("vm", "update", "web", "--io-limit", "network-send=1500")
    assert web().spec.io_limits == vm_pb2.IoLimits(
        disk_read_iops=500, disk_read_bytes=10 << 20, network_send_bytes=1500
    )
    assert "disk-read-iops=500, disk-read=10MiB, network-send=1500B" in cli("vm", "show", "web").out
    cli("vm", "update", "web", "--io-limit", "disk-read=none", "--cpu-policy", "share")
    assert web().spec.io_limits == vm_pb2.IoLimits(disk_read_iops=500, network_send_bytes=1500)
    for wrong in ("disk-read", "disk-erase=1", "disk-read-iops=1MiB", "disk-read=10MB"):
        assert cli("vm", "update", "web", "--io-limit", wrong).code == Exit.USAGE


def test_limits_reach_the_guest_that_runs(cli: Cli, plane: Plane, web: Callable[[], vm_pb2.Vm]) -> None:
    cli("vm", "update", "web", "--anywhere", "--io-limit", "disk-read-iops=500")
    assert cli("vm", "start", "web").code == 0
    uid = VmUid(web().uid)
    assert plane.driver.guests[uid].limits == Limits(disk_read_iops=500)
    cli("vm", "update", "web", "--io-limit", "disk-read-iops=100")
    wait_until(lambda: plane.driver.guests[uid].limits == Limits(disk_read_iops=100))
    assert web().state == vm_pb2.VM_STATE_RUNNING
    assert plane.driver.done["limit"] == 1


def test_a_policy_that_no_host_can_keep_is_refused_with_its_option(cli: Cli, web: Callable[[], vm_pb2.Vm]) -> None:
    ran = cli("vm", "update", "web", "--cpu-policy", "guarantee")
    assert ran.code == Exit.USAGE
    assert "--cpu-policy: no host has the trait 'isolation.cgroup.cpu'" in ran.err
    assert web().spec.cpu_policy == vm_pb2.CPU_POLICY_UNSPECIFIED


def test_rules_that_are_given_take_the_place_of_their_kind(cli: Cli, web: Callable[[], vm_pb2.Vm]) -> None:
    cli("vm", "update", "web", "--require", "zone=b", "--avoid-host", "node-9")
    rules = web().spec.placement
    assert (rules.require, list(rules.avoid_hosts), rules.groups[0].vms) == ("zone=b", ["hosts/node-9"], "app=web")
    cli("vm", "update", "web", "--anywhere", "--on-host", "node-1")
    assert web().spec.placement == vm_pb2.PlacementRules(host="hosts/node-1")
    cli("vm", "update", "web", "--anywhere")
    assert not web().spec.HasField("placement")


def test_another_boot_source_takes_the_place_of_the_one_before(cli: Cli, web: Callable[[], vm_pb2.Vm]) -> None:
    cli("vm", "update", "web", "--kernel", "vmlinuz", "--initramfs", "initrd")
    assert web().spec.boot.WhichOneof("source") == "kernel"
    cli("vm", "update", "web", "--cmdline", "quiet")
    kernel = web().spec.boot.kernel
    assert (kernel.kernel, kernel.initramfs, kernel.cmdline) == ("vmlinuz", "initrd", "quiet")
    cli("vm", "update", "web", "--image", "debian-12.qcow2")
    assert web().spec.boot.image.image == "debian-12.qcow2"


@pytest.mark.usefixtures("web")
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--vcpus", "many"),
        ("--memory", "1GB"),
        ("--label", "app"),
        ("--image", "a", "--cmdline", "quiet"),
        ("--cmdline", "quiet"),
        ("--apart", "@"),
    ],
)
def test_what_cannot_be_meant_is_not_sent(cli: Cli, plane: Plane, options: tuple[str, ...]) -> None:
    ran = cli("vm", "update", "web", *options)
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ran.err
    assert not plane.proxy.calls_of("UpdateVm")


def test_a_checked_update_and_json(cli: Cli, web: Callable[[], vm_pb2.Vm]) -> None:
    assert cli("vm", "update", "web", "--vcpus", "4", "--validate-only").out == "web: valid. Nothing was changed.\n"
    assert web().spec.resources.vcpus == 2
    assert (
        cli("vm", "update", "web", "--vcpus", "4", "-o", "json").json["response"]["spec"]["resources"]["vcpus"] == "4"
    )


@pytest.mark.usefixtures("web", "shop")
@pytest.mark.parametrize(
    ("command", "show"),
    [
        (("vm", "update", "web", "--vcpus", "4"), "vm show web"),
        (("project", "update", "shop", "--title", "x"), "project show shop"),
        (("project", "delete", "shop"), "project show shop"),
    ],
)
def test_a_stale_etag_says_how_to_look(cli: Cli, command: tuple[str, ...], show: str) -> None:
    ran = cli(*command, "--etag", '"1"')
    assert (ran.code, ran.out) == (Exit.CONFLICT, "")
    assert ran.err.rstrip().endswith(f"chronovisor {show}.")


def test_a_project_is_updated(cli: Cli, plane: Plane, shop: Callable[[], project_pb2.Project]) -> None:
    etag = shop().etag
    ran = cli(
        *("project", "update", "shop", "--title", "The shop", "--label", "c=d", "--no-label", "a"),
        *("--zone-policy", "eu-1b=pack=1,balance=0.5", "--no-zone-policy", "eu-1a", "--placement-policy", "spread"),
    )
    assert (ran.code, ran.out, ran.err) == (0, "shop is updated.\n", "")
    request, after = last_request(plane, "UpdateProject"), shop()
    assert list(request.update_mask.paths) == ["display_name", "labels", "placement_policy", "zone_policies"]
    assert (request.project.etag, after.display_name, dict(after.labels)) == (etag, "The shop", {"c": "d"})
    assert (after.placement_policy, dict(after.zone_policies)) == ("spread", {"eu-1b": "pack=1,balance=0.5"})
    assert after.quota.vcpus == 9
    assert "eu-1b=pack=1,balance=0.5" in cli("project", "show", "shop").out


def test_a_quota_below_what_is_held_is_reported(cli: Cli, shop: Callable[[], project_pb2.Project]) -> None:
    size = ("--vcpus", "4", "--memory", "8GiB", "--disk", "1GiB", "--image", "tiny")
    cli("--project", "shop", "vm", "create", "cart", *size, "--start")
    ran = cli(
        "project", "update", "shop", "--quota-vcpus", "3", "--quota-memory", "8GiB", "--quota-extended", "gpu.a100=0"
    )
    assert ran.out.splitlines() == [
        "shop is updated.",
        "It holds more vcpus than that, 4 of 3: nothing is stopped, and nothing that needs more starts.",
    ]
    assert dict(shop().quota.extended) == {}
    assert cli("project", "update", "shop", "--quota-vcpus", "0").out == "shop is updated.\n"


def test_a_quota_bounds_addresses_and_images(cli: Cli, shop: Callable[[], project_pb2.Project]) -> None:
    assert cli("project", "update", "shop", "--quota-addresses", "64", "--quota-images", "20GiB").code == 0
    assert dict(shop().quota.extended) == {"gpu.a100": 2, "addresses": 64, "image_mib": 20480}
    assert "64 addresses, 2 gpu.a100, 20 GiB images" in cli("project", "show", "shop").out
    assert cli("project", "update", "shop", "--quota-addresses", "0", "--quota-extended", "gpu.a100=0").code == 0
    assert dict(shop().quota.extended) == {"image_mib": 20480}


@pytest.mark.usefixtures("shop")
def test_an_update_of_nothing_is_not_sent(cli: Cli, plane: Plane) -> None:
    assert cli("project", "update", "shop").code == Exit.USAGE
    assert not plane.proxy.calls_of("UpdateProject")


@pytest.mark.usefixtures("shop")
def test_a_project_is_deleted_or_its_user_learns_why_not(cli: Cli) -> None:
    assert cli("project", "delete", "shop", "--validate-only").out == "shop: valid. Nothing was changed.\n"
    for vm_id in ("cart-1", "cart-2"):
        size = ("--vcpus", "1", "--memory", "1GiB", "--disk", "1GiB", "--image", "tiny")
        assert cli("--project", "shop", "vm", "create", vm_id, *size).code == 0
    ran = cli("project", "delete", "shop")
    assert ran.err == (
        "projects/shop still has 2 VMs (PROJECT_IN_USE). "
        "See: chronovisor --project shop vm list, or service-account list; chronovisor host list.\n"
    )
    for vm_id in ("cart-1", "cart-2"):
        cli("--project", "shop", "vm", "destroy", vm_id, "--yes")
    assert cli("project", "delete", "shop").out == "shop is deleted.\n"
    assert cli("project", "show", "shop").code == Exit.NOT_FOUND


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            Event(
                vm_updated=VmUpdated(
                    spec=Spec(resources=Amount(vcpus=2), image=ImageBoot(image="x")), labels={"a": "b"}
                )
            ),
            "updated: 2 vCPUs, image x; a=b",
        ),
        (
            Event(
                project_updated=ProjectUpdated(display_name="Shop", quota=Amount(vcpus=2), zone_policies={"a": "pack"})
            ),
            "updated: 'Shop'; may hold 2 vCPUs; pack in a",
        ),
    ],
)
def test_words_for_what_was_changed(event: Event, words: str) -> None:
    assert in_words(event) == words
