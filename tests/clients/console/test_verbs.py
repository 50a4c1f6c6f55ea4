"""VMs made and unmade in the browser, in one window and in two; and a viewer, who can do none of it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.clients.console import stage
from tests.clients.console.conftest import Served, Stage
from tests.clients.console.test_pages import violations

pytestmark = pytest.mark.slow


def create(page: Page, vm_id: str, *, vcpus: str = "2") -> None:
    page.get_by_role("button", name="Create a VM").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Project").fill("shop")
    dialog.get_by_role("textbox", name="Name").fill(vm_id)
    dialog.get_by_role("textbox", name="vCPUs").fill(vcpus)


def carry_out(page: Page, verb: str, reason: str = "") -> None:
    """Opens the verb's dialog, waits for its check, and confirms."""
    page.locator("main header").get_by_role("button", name=verb, exact=True).click()
    confirm(page, verb, reason)


def confirm(page: Page, verb: str, reason: str = "") -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Why, for the history").fill(reason)
    expect(dialog.get_by_text("it can be done")).to_be_visible()
    dialog.get_by_role("button", name=verb, exact=True).click()


def state(page: Page, name: str) -> None:
    expect(page.locator("main h1 .state")).to_have_text(name)


def done(dialog: Locator) -> None:
    # Not the check before, which says that it can be done.
    expect(dialog.get_by_text(re.compile(r"^Done\."))).to_be_visible()


def close(page: Page) -> None:
    """Of a dialog whose work is done, whatever the page below it has become."""
    done(page.get_by_role("dialog"))
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    # It is closed at once, and then goes with all that was in it.
    expect(page.locator("dialog.verb")).to_have_count(0)


def test_a_vm_is_created_started_stopped_and_destroyed(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/vms")
    create(page, "made-here")
    confirm(page, "Create a VM", "to be seen")
    close(page)
    expect(page.locator("main h1")).to_contain_text("made-here")
    state(page, "running")
    for verb, becomes in (("Stop", "stopped"), ("Start", "running"), ("Pause", "paused"), ("Resume", "running")):
        carry_out(page, verb)
        close(page)
        state(page, becomes)
    shown = looked_at.server.command("vm", "show", "projects/shop/vms/made-here")
    assert shown["state"] == "VM_STATE_RUNNING"
    carry_out(page, "Destroy", "seen enough")
    close(page)
    expect(page.get_by_text("There is no such VM now.")).to_be_visible()
    # Its history is there, and leads back to when it was.
    expect(page.locator(".causes li", has_text="made-here destroyed")).to_have_count(1)
    names = [each["name"] for each in looked_at.server.command("vm", "list", "--all-projects")["vms"]]
    assert "projects/shop/vms/made-here" not in names


def test_a_vm_is_shown_once_its_start_is_done(window: stage.Window) -> None:
    requested = "**/google.longrunning.Operations/GetOperation"
    page = window.open("/vms")
    page.route(requested, lambda _: None)
    create(page, "waited-for")
    with page.expect_request(requested):
        confirm(page, "Create a VM")
    expect(page.get_by_role("dialog").get_by_text(re.compile(r"^Accepted"))).to_be_visible()
    expect(page.locator("main h1")).to_have_text("VMs")
    # What waits there goes on, too.
    page.unroute(requested)
    close(page)
    expect(page.locator("main h1")).to_contain_text("waited-for")


def test_the_line_beside_a_button_does_the_same_in_a_terminal(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/hosts/hosts%2Fnode-2")
    page.locator("main header .line").first.click()
    line = page.evaluate("navigator.clipboard.readText()")
    assert line == "chronovisor host cordon hosts/node-2"
    looked_at.server.command(*line.split()[1:])
    state(page, "cordoned")
    carry_out(page, "Uncordon")
    close(page)
    state(page, "active")


def test_a_start_that_no_host_fits_says_which_rule_turned_how_many_down(window: stage.Window) -> None:
    page = window.open("/vms")
    create(page, "too-big", vcpus="200")
    refused = page.get_by_role("dialog").locator(".refused")
    expect(refused).to_contain_text("No host fits.")
    expect(refused.get_by_text("too few vCPUs free")).to_be_visible()
    expect(refused.locator(".nearest li").first).to_contain_text("lacks")
    expect(page.get_by_role("dialog").get_by_role("button", name="Create a VM")).to_be_disabled()


def test_what_one_window_does_is_seen_in_another(window: stage.Window, looked_at: Stage) -> None:
    with stage.window(looked_at.browser, looked_at.url) as other:
        watched = other.open("/vms/projects%2Fbilling%2Fvms%2Fspare-1")
        state(watched, "stopped")
        page = window.open("/vms/projects%2Fbilling%2Fvms%2Fspare-1")
        carry_out(page, "Start")
        state(watched, "running")
        close(page)
        carry_out(page, "Stop")
        state(watched, "stopped")


@pytest.fixture(scope="session")
def viewer(served: Served) -> str:
    """A token of somebody who may look at everything and change nothing."""
    account = "projects/shop/serviceAccounts/viewer"
    served.server.command("service-account", "create", account)
    token = served.server.command("service-account", "token", "create", account)["token"]
    served.server.command("access", "grant", "serviceAccount:shop/viewer", "viewer", "/")
    return token


@pytest.mark.parametrize(
    "place",
    [
        "/vms",
        "/vms/projects%2Fshop%2Fvms%2Fweb-1",
        "/hosts",
        "/hosts/hosts%2Fnode-1",
        "/projects/projects%2Fshop",
        "/projects/projects%2Fshop?tab=access",
    ],
)
def test_a_viewer_sees_no_verbs(looked_at: Stage, viewer: str, place: str) -> None:
    with stage.window(looked_at.browser, looked_at.url) as admin:
        expect(admin.open(place).locator("main header .verb-button").first).to_be_visible()
    with stage.window(looked_at.browser, looked_at.url, token=viewer) as window:
        page = window.open(place)
        window.settled()
        expect(page.locator(".who")).to_contain_text("serviceAccount:projects/shop/serviceAccounts/viewer")
        expect(page.locator("main .verb-button")).to_have_count(0)


def test_a_quota_is_set_and_shown(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/projects/projects%2Fbilling")
    page.locator("main header").get_by_role("button", name="Quota", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox", name="vCPUs").fill("500")
    confirm(page, "Quota", "a new contract")
    close(page)
    expect(page.locator("main .capacity")).to_contain_text("/ 500")
    shown = looked_at.server.command("project", "show", "billing")
    assert int(shown["quota"]["vcpus"]) == 500


def test_labels_are_changed(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/vms/projects%2Fbilling%2Fvms%2Fspare-2")
    page.locator("main header").get_by_role("button", name="Labels", exact=True).click()
    labels = page.get_by_role("dialog").get_by_role("textbox", name="Labels")
    expect(labels).to_have_value("tier=web")
    labels.fill("tier=cold, team=books")
    confirm(page, "Labels")
    close(page)
    expect(page.locator("main .label", has_text="team=books")).to_be_visible()
    shown = looked_at.server.command("vm", "show", "projects/billing/vms/spare-2")
    assert shown["labels"] == {"tier": "cold", "team": "books"}


def test_who_is_not_known_is_led_to_sign_in(looked_at: Stage, axe: str) -> None:
    with stage.window(looked_at.browser, looked_at.url, token="cvsa_nobody") as window:
        page = window.open("/vms")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(page.get_by_label("Or enter a token")).to_be_visible()
        assert violations(page, axe) == []
