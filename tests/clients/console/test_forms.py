"""Forms that say all that a VM, a host and a project can have, with what is wrong beside each field."""

import shlex

import pytest
from chronovisor.v1.vm_pb2 import Availability
from playwright.sync_api import Locator, expect

from tests.clients.console import stage
from tests.clients.console.conftest import Stage
from tests.clients.console.test_change_verbs import opened, place_of, shown
from tests.clients.console.test_pages import violations
from tests.clients.console.test_roles_and_hosts import button
from tests.clients.console.test_verbs import close, confirm, create

pytestmark = pytest.mark.slow


def unfold(dialog: Locator, *titles: str) -> None:
    """Those that hold something are open from the beginning."""
    for title in titles:
        part = dialog.locator("details", has=dialog.page.locator("summary", has_text=title)).first
        if part.get_attribute("open") is None:
            part.locator("summary").click()


def fill(dialog: Locator, **typed: str) -> None:
    for path, text in typed.items():
        dialog.locator(f"[name='{path.replace('__', '.')}']").fill(text)


def line_of(dialog: Locator) -> list[str]:
    return shlex.split(dialog.locator(".command code").inner_text())[1:]


def test_a_vm_is_created_with_all_that_it_can_have(window: stage.Window, looked_at: Stage, axe: str) -> None:
    page = window.open("/vms")
    create(page, "full")
    dialog = page.get_by_role("dialog")
    unfold(dialog, "Placement", "Limits", "First boot", "In trouble", "More")
    fill(
        dialog,
        spec__placement__require="zone=",
        spec__placement__prefer="rack=r1:50",
        spec__placement__groups="rather-apart app=web@rack:2",
        spec__io_limits__disk_read_bytes="10MiB",
        spec__first_boot__hostname="not a host name",
        user_data="#cloud-config",
        availability__restart__backoff="soon",
        expected_lifetime="6h",
    )
    # What nothing can mean is shown before anything is sent; then the control plane's word, each beside its field.
    beside = dialog.locator(".field-box:has([aria-invalid=true])")
    expect(beside).to_contain_text(["must be a time"])
    fill(dialog, availability__restart__backoff="30s")
    expect(beside).to_have_count(2)
    expect(beside.nth(0)).to_contain_text("Only hosts")
    expect(beside.nth(1)).to_contain_text("Host name")
    described = dialog.locator("[name='spec.placement.require']").get_attribute("aria-describedby")
    assert described
    assert page.locator(f"[id='{described}']").inner_text()
    assert violations(page, axe) == []
    fill(dialog, spec__placement__require="zone=eu-1a", spec__first_boot__hostname="full.shop")
    line = line_of(dialog)
    assert "#cloud-config" not in line
    confirm(page, "Create a VM")
    close(page)
    vm = shown(looked_at, "vm", "projects/shop/vms/full")
    assert vm["spec"]["placement"]["prefer"] == [{"selector": "rack=r1", "weight": 50}]
    assert vm["spec"]["placement"]["groups"][0]["soft"]
    assert vm["spec"]["io_limits"]["disk_read_bytes"] == str(10 << 20)
    assert vm["kept_user_data"]["size_bytes"] == "13"
    # The line is taken as it is, and makes the same; user data is in a file.
    line[line.index("--user-data") + 1] = "/dev/null"
    without = line[: line.index("--user-data")] + line[line.index("--user-data") + 2 :]
    twin = [each.replace("/full", "/full-2") for each in without]
    looked_at.server.command(*twin)
    other = shown(looked_at, "vm", "projects/shop/vms/full-2")
    for field in ("spec", "availability", "expected_lifetime"):
        assert other[field] == vm[field]


def test_what_a_form_opens_by_itself_stays_open_while_it_is_mended(window: stage.Window) -> None:
    page = window.open(place_of("projects/billing/vms/job-2"))
    dialog = opened(page, "Change")
    expect(dialog.get_by_text("Nothing is changed yet.")).to_be_visible()
    expect(button(dialog, "Change")).to_be_disabled()
    # By keys alone.
    dialog.locator("summary", has_text="More").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("whenever")
    lifetime = dialog.locator("[name='expected_lifetime']")
    expect(lifetime).to_have_attribute("aria-invalid", "true")
    lifetime.fill("30d")
    expect(lifetime).to_be_visible()
    expect(dialog.locator(".command")).to_contain_text("--lifetime 30d")
    confirm(page, "Change")
    close(page)


def test_a_vm_that_runs_is_changed_and_the_line_says_only_that(window: stage.Window, looked_at: Stage) -> None:
    name = "projects/billing/vms/job-3"
    page = window.open(place_of(name))
    dialog = opened(page, "Change")
    unfold(dialog, "Limits", "More")
    fill(dialog, spec__io_limits__network_send_bytes="1MiB")
    dialog.get_by_label("cannot be destroyed").check()
    assert line_of(dialog) == f"vm update {name} --io-limit network-send=1MiB --deletion-protection".split()
    confirm(page, "Change")
    close(page)
    vm = shown(looked_at, "vm", name)
    assert vm["deletion_protection"]
    assert vm["spec"]["io_limits"]["network_send_bytes"] == str(1 << 20)
    assert vm["state"] == "VM_STATE_RUNNING"


def test_a_project_says_how_hosts_of_a_zone_are_chosen(window: stage.Window, looked_at: Stage) -> None:
    page = window.open(place_of("projects/shop"))
    dialog = opened(page, "Details")
    unfold(dialog, "Placement")
    fill(dialog, zone_policies="eu-1a=nonsense", spare_capacity="survive=1,within=rack")
    expect(dialog.locator(".field-box:has([aria-invalid=true])")).to_contain_text("eu-1a: ")
    fill(dialog, zone_policies="eu-1a=pack=1,balance=0.5\neu-1b=spread")
    line = line_of(dialog)
    confirm(page, "Details")
    close(page)
    project = shown(looked_at, "project", "shop")
    assert project["zone_policies"] == {"eu-1a": "pack=1,balance=0.5", "eu-1b": "spread"}
    assert [each["within"] for each in project["spare_capacity"]] == ["rack"]
    # The line says the same, so that nothing is left to change.
    looked_at.server.command(*line)
    assert shown(looked_at, "project", "shop")["etag"] == project["etag"]
    dialog = opened(page, "Details")
    unfold(dialog, "Placement")
    fill(dialog, zone_policies="", spare_capacity="")
    looked_at.server.command(*line_of(dialog))
    assert not shown(looked_at, "project", "shop").get("zone_policies")


def test_a_host_has_traits_and_terms_of_every_class(window: stage.Window, looked_at: Stage, axe: str) -> None:
    page = window.open("/hosts")
    dialog = opened(page, "Register a host")
    for path, text in (("host", "full-1"), ("vcpus", "8"), ("memory", "16384"), ("disk", "100")):
        fill(dialog, **{path: text})
    unfold(dialog, "What it offers")
    fill(dialog, traits="ssd, cpu.avx512", inventory__total="gpu.a100=8", inventory__max_unit="vcpus=four")
    expect(dialog.locator(".field-box:has([aria-invalid=true])")).to_contain_text("The most for a VM")
    fill(dialog, inventory__max_unit="vcpus=4, memory=8GiB")
    assert violations(page, axe) == []
    line = line_of(dialog)
    confirm(page, "Register a host")
    close(page)
    host = shown(looked_at, "host", "full-1")
    assert host["traits"] == ["cpu.avx512", "ssd"]
    assert host["inventory"]["gpu.a100"]["total"] == "8"
    assert host["inventory"]["memory_mib"]["max_unit"] == "8192"
    looked_at.server.command(*line)
    assert shown(looked_at, "host", "full-1")["etag"] == host["etag"]
    page = window.open(place_of("hosts/full-1"))
    dialog = opened(page, "Terms")
    unfold(dialog, "What it offers")
    expect(dialog.locator("[name='inventory.max_unit']")).to_have_value("memory=8192MiB, vcpus=4")
    fill(dialog, inventory__max_unit="vcpus=4", inventory__allocation_ratio="gpu.a100=1.5")
    line = line_of(dialog)
    confirm(page, "Terms")
    close(page)
    after = shown(looked_at, "host", "full-1")
    assert (after["inventory"]["gpu.a100"]["total"], after["inventory"]["gpu.a100"]["allocation_ratio"]) == ("8", 1.5)
    assert after["inventory"]["memory_mib"].get("max_unit", "0") == "0"
    looked_at.server.command(*line)
    assert shown(looked_at, "host", "full-1")["etag"] == after["etag"]


def test_how_vms_are_moved_is_their_administrators_to_say(window: stage.Window, looked_at: Stage, axe: str) -> None:
    page = window.open(place_of("projects/shop/vms/web-7"))
    dialog = opened(page, "Migrate")
    fill(dialog, to="node-2", bandwidth="50", timeout="120")
    dialog.get_by_label("slow the guest down").check()
    terms = ["--to", "node-2", "--bandwidth", "50", "--give-up-after", "120s", "--auto-converge"]
    assert line_of(dialog) == ["vm", "migrate", "projects/shop/vms/web-7", *terms]
    command = looked_at.server.command
    command("host", "register", "empty", "--vcpus", "1", "--memory", "1GiB", "--disk", "1GiB")
    page = window.open(place_of("hosts/empty"))
    dialog = opened(page, "Drain")
    dialog.get_by_label("How all VMs go").select_option("restarted elsewhere")
    assert line_of(dialog) == ["host", "drain", "hosts/empty", "--policy", "restart", "--parallel", "2"]
    assert violations(page, axe) == []
    confirm(page, "Drain")
    expect(page.locator("main h1 .state")).to_have_text("maintenance")
    events = command("history", "host", "empty")["events"]
    (requested,) = [each["host_drain_requested"] for each in events if "host_drain_requested" in each]
    assert requested["policy"] == Availability.ON_MAINTENANCE_RESTART
    command("host", "decommission", "empty", "--yes")
