"""What VMs and hosts are made of and promise, changed in the browser, and seen in what the API answers."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.clients.console import stage
from tests.clients.console.conftest import Stage
from tests.clients.console.test_pages import violations
from tests.clients.console.test_verbs import close, confirm

pytestmark = pytest.mark.slow
SPARE = "projects/billing/vms/spare-3"


def opened(page: Page, verb: str) -> Locator:
    page.locator("main header").get_by_role("button", name=verb, exact=True).click()
    return page.get_by_role("dialog")


def place_of(name: str) -> str:
    kind = "vms" if "/vms/" in name else name.partition("/")[0]
    return f"/{kind}/{name.replace('/', '%2F')}"


def shown(looked_at: Stage, kind: str, name: str) -> dict[str, Any]:
    return looked_at.server.command(kind, "show", name)


def test_a_vm_has_another_size(window: stage.Window, looked_at: Stage, axe: str) -> None:
    page = window.open(place_of(SPARE))
    dialog = opened(page, "Size")
    dialog.get_by_role("textbox", name="vCPUs").fill("3")
    dialog.get_by_role("textbox", name="Disk, GiB").fill("30")
    assert violations(page, axe) == []
    confirm(page, "Size", "it was slow")
    close(page)
    resources = shown(looked_at, "vm", SPARE)["spec"]["resources"]
    assert (resources["vcpus"], resources["memory_mib"], resources["disk_gib"]) == ("3", "2048", "30")


def test_a_running_vm_takes_a_larger_disk_alone(window: stage.Window, looked_at: Stage) -> None:
    name = "projects/shop/vms/web-7"
    page = window.open(place_of(name))
    dialog = opened(page, "Size")
    dialog.get_by_role("textbox", name="vCPUs").fill("4")
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(dialog.get_by_role("button", name="Size", exact=True)).to_be_disabled()
    dialog.get_by_role("textbox", name="vCPUs").fill("2")
    dialog.get_by_role("textbox", name="Disk, GiB").fill("25")
    confirm(page, "Size")
    close(page)
    assert shown(looked_at, "vm", name)["spec"]["resources"]["disk_gib"] == "25"


def test_what_becomes_of_a_vm_in_trouble_is_changed(window: stage.Window, looked_at: Stage) -> None:
    page = window.open(place_of(SPARE))
    dialog = opened(page, "Availability")
    dialog.get_by_label("When its host is emptied").select_option("restarted elsewhere")
    dialog.get_by_label("Started again").select_option("when its host is fenced")
    dialog.get_by_role("textbox", name="Priority").fill("-5")
    expect(dialog.locator(".command")).to_contain_text(
        f"chronovisor vm update {SPARE} --on-maintenance restart --restart host-failed --restart-priority -5"
    )
    confirm(page, "Availability")
    close(page)
    availability = shown(looked_at, "vm", SPARE)["availability"]
    assert availability["on_maintenance"] == "ON_MAINTENANCE_RESTART"
    assert availability["restart"]["when"] == "WHEN_HOST_FAILED"
    assert int(availability["restart"]["priority"]) == -5


def test_a_host_offers_less(window: stage.Window, looked_at: Stage, axe: str) -> None:
    page = window.open(place_of("hosts/node-30"))
    dialog = opened(page, "Terms")
    dialog.get_by_role("textbox", name="vCPUs kept back").fill("2")
    dialog.get_by_role("textbox", name="vCPUs sold per CPU").fill("1.5")
    assert violations(page, axe) == []
    line = dialog.locator(".command code").inner_text()
    confirm(page, "Terms", "for the hypervisor itself")
    close(page)
    row = shown(looked_at, "host", "node-30")["inventory"]["vcpus"]
    assert (row["total"], row["reserved"], row["allocation_ratio"]) == ("64", "2", 1.5)
    # The line says the same, so that nothing is left to change.
    before = shown(looked_at, "host", "node-30")["etag"]
    looked_at.server.command(*line.split()[1:])
    assert shown(looked_at, "host", "node-30")["etag"] == before


def test_a_host_reports_anew(window: stage.Window) -> None:
    page = window.open(place_of("hosts/node-29"))
    dialog = opened(page, "Reconcile")
    expect(dialog.locator(".command")).to_contain_text("chronovisor host reconcile hosts/node-29 --force")
    dialog.get_by_label("What becomes of it").select_option("unexpected guests are stopped, their disks kept")
    expect(dialog.locator(".command")).to_contain_text("--stop all")
    dialog.get_by_label("What becomes of it").select_option("its agent reads and reports everything anew")
    confirm(page, "Reconcile")
    close(page)


def test_another_machine_is_to_be_a_host_whose_agent_is_gone(window: stage.Window, looked_at: Stage) -> None:
    page = window.open(place_of(shown(looked_at, "vm", "projects/research/vms/train-1")["host"]))
    dialog = opened(page, "Replace machine")
    expect(dialog.get_by_text("HOST_ALREADY_CONNECTED")).to_be_visible()
    expect(dialog.get_by_role("button", name="Replace machine", exact=True)).to_be_disabled()
    page = window.open(place_of("hosts/node-36"))
    opened(page, "Replace machine")
    confirm(page, "Replace machine", "a new board")
    close(page)


def test_a_host_that_nothing_proves_has_nothing_to_revoke(window: stage.Window) -> None:
    page = window.open(place_of("hosts/node-36"))
    dialog = opened(page, "Revoke")
    expect(dialog.locator(".command")).to_contain_text("chronovisor host revoke hosts/node-36 --yes")
    expect(dialog.get_by_text("hosts/node-36 does not exist")).to_be_visible()
    expect(dialog.get_by_role("button", name="Revoke", exact=True)).to_be_disabled()
