"""Custom roles, hosts that join, and verbs for many VMs at once, carried out in the browser."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.clients.console import stage
from tests.clients.console.conftest import Stage
from tests.clients.console.test_change_verbs import opened, place_of, shown
from tests.clients.console.test_pages import violations
from tests.clients.console.test_verbs import close, confirm

pytestmark = pytest.mark.slow


def button(where: Page | Locator, name: str) -> Locator:
    return where.get_by_role("button", name=name, exact=True)


def roles(looked_at: Stage) -> dict[str, list[str]]:
    listed = looked_at.server.command("role", "list")["roles"]
    return {each["name"]: each["permissions"] for each in listed}


def test_a_role_is_created_changed_and_deleted(window: stage.Window, looked_at: Stage, axe: str) -> None:
    page = window.open("/access")
    button(page, "Create a role").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("starter")
    dialog.get_by_role("textbox", name="Permissions").fill("vms.nonsense")
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(button(dialog, "Create a role")).to_be_disabled()
    dialog.get_by_role("textbox", name="Permissions").fill("vms.start, vms.get")
    expect(dialog.locator(".command")).to_contain_text(
        "chronovisor role create starter --permission vms.start --permission vms.get"
    )
    assert violations(page, axe) == []
    confirm(page, "Create a role", "for the night shift")
    close(page)
    assert roles(looked_at)["roles/starter"] == ["vms.get", "vms.start"]
    row = page.locator("[data-role='roles/starter']")
    expect(row).to_contain_text("2 permissions")
    button(row, "Change").click()
    dialog.get_by_role("textbox", name="Title").fill("Starts VMs")
    permissions = dialog.get_by_role("textbox", name="Permissions")
    expect(permissions).to_have_value("vms.get, vms.start")
    permissions.fill("vms.start")
    line = dialog.locator(".command code").inner_text()
    confirm(page, "Change")
    close(page)
    expect(row).to_contain_text("Starts VMs")
    assert roles(looked_at)["roles/starter"] == ["vms.start"]
    assert line == "chronovisor role update roles/starter --title 'Starts VMs' --permission vms.start"
    assert violations(page, axe) == []
    button(row, "Delete").click()
    confirm(page, "Delete", "of no use")
    close(page)
    expect(row).to_have_count(0)
    assert "roles/starter" not in roles(looked_at)


def test_a_role_that_changed_meanwhile_is_not_overwritten(window: stage.Window, looked_at: Stage) -> None:
    looked_at.server.command("role", "create", "shared", "--permission", "vms.get")
    page = window.open("/access")
    button(page.locator("[data-role='roles/shared']"), "Change").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("it can be done")).to_be_visible()
    looked_at.server.command("role", "update", "shared", "--permission", "vms.list")
    dialog.get_by_role("textbox", name="Title").fill("Mine")
    expect(dialog.get_by_text("ETAG_MISMATCH")).to_be_visible()
    assert roles(looked_at)["roles/shared"] == ["vms.list"]


def test_a_role_on_everything_is_granted_and_revoked(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/access")
    button(page, "Grant a role").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="To whom").fill("user:linus")
    dialog.get_by_role("textbox", name="Role").fill("viewer")
    expect(dialog.locator(".command")).to_contain_text("chronovisor access grant user:linus roles/viewer /")
    expect(dialog.get_by_text("it can be done")).to_be_visible()
    button(dialog, "Grant a role").click()
    close(page)
    row = page.locator("[data-member='user:linus']")
    expect(row).to_contain_text("viewer user:linus")
    assert "user:linus" in str(looked_at.server.command("access", "policy", "/"))
    button(row, "Revoke role").click()
    expect(dialog.get_by_text("it can be done")).to_be_visible()
    button(dialog, "Revoke role").click()
    close(page)
    expect(row).to_have_count(0)


def test_a_person_is_forgotten_once_that_was_checked(window: stage.Window, looked_at: Stage, axe: str) -> None:
    looked_at.server.command("host", "cordon", "node-35", "--as", "gone")
    page = window.open("/access")
    button(page, "Forget a person").click()
    dialog = page.get_by_role("dialog")
    whom = dialog.get_by_role("textbox", name="Whom")
    whom.fill("user:nobody")
    expect(dialog.get_by_text("PERSON_NOT_FOUND").or_(dialog.get_by_text("does not exist"))).to_be_visible()
    whom.fill("user:gone")
    confirm(page, "Forget a person")
    assert violations(page, axe) == []
    expect(dialog.get_by_text("Whoever that was is user:forgotten-")).to_be_visible()
    button(dialog, "Close").click()
    assert "user:gone" not in str(looked_at.server.command("history", "host", "node-35"))


def test_a_host_is_registered_and_stands_somewhere_else(window: stage.Window, looked_at: Stage, axe: str) -> None:
    page = window.open("/hosts")
    dialog = opened(page, "Register a host")
    for name, value in (("Host", "new-1"), ("vCPUs", "8"), ("Memory, MiB", "16384"), ("Disk, GiB", "100")):
        dialog.get_by_role("textbox", name=name, exact=True).fill(value)
    dialog.get_by_role("textbox", name="Zone").fill("eu-1a")
    dialog.get_by_role("textbox", name="Labels").fill("rack=r1, rank=a")
    assert violations(page, axe) == []
    line = dialog.locator(".command code").inner_text()
    confirm(page, "Register a host", "it comes tomorrow")
    close(page)
    assert shown(looked_at, "host", "new-1")["inventory"]["memory_mib"]["total"] == "16384"
    # The line says the same, so that registering it again changes nothing.
    before = shown(looked_at, "host", "new-1")["etag"]
    looked_at.server.command(*line.split()[1:])
    assert shown(looked_at, "host", "new-1")["etag"] == before
    page = window.open(place_of("hosts/new-1"))
    dialog = opened(page, "Place")
    expect(dialog.get_by_role("textbox", name="Rack")).to_have_value("r1")
    dialog.get_by_role("textbox", name="Zone").fill("eu-1b")
    dialog.get_by_role("textbox", name="Rack").fill("")
    dialog.get_by_role("textbox", name="Only for project").fill("shop")
    expect(dialog.locator(".command")).to_contain_text(
        "chronovisor host update hosts/new-1 --zone eu-1b --no-label rack --dedicated-to shop"
    )
    assert violations(page, axe) == []
    confirm(page, "Place", "moved")
    close(page)
    host = shown(looked_at, "host", "new-1")
    assert (host["zone"], host["labels"], host["dedicated_project"]) == ("eu-1b", {"rank": "a"}, "projects/shop")


def test_a_host_joins_by_a_token_that_is_shown_once_until_it_is_revoked(
    browser: Browser, certified: stage.Server, axe: str
) -> None:
    with stage.window(browser, certified.url) as window:
        joins(window, certified, axe)


def joins(window: stage.Window, server: stage.Server, axe: str) -> None:
    page = window.open("/hosts")
    dialog = opened(page, "Let a host join")
    dialog.get_by_role("textbox", name="Host").fill("new-2")
    confirm(page, "Let a host join", "a new rack")
    token = dialog.locator("[data-secret]").inner_text()
    expect(dialog.get_by_text("chronovisor-agent join --server")).to_contain_text(f"--host-id new-2 --token {token}")
    assert violations(page, axe) == []
    close(page)
    assert token not in page.content()
    # Nobody knows the host yet, and its page has its tokens.
    page = window.open(place_of("hosts/new-2"))
    row = page.locator("[data-token]")
    expect(row).to_contain_text("until")
    assert violations(page, axe) == []
    button(row, "Revoke token").click()
    expect(dialog.locator(".command")).to_contain_text("chronovisor host revoke hosts/new-2 --token")
    confirm(page, "Revoke token")
    close(page)
    expect(row).to_contain_text("revoked")
    tokens = server.command("host", "credentials", "new-2")["tokens"]
    assert [bool(each.get("revoke_time")) for each in tokens] == [True]
    button(page, "Create a token").click()
    expect(dialog.locator(".command")).to_contain_text("chronovisor host token create new-2 --ttl 1h")
    confirm(page, "Create a token")
    expect(dialog.locator("[data-secret]")).to_be_visible()
    close(page)
    expect(row).to_have_count(2)


def test_several_vms_are_created_started_stopped_and_destroyed_at_once(
    window: stage.Window, looked_at: Stage, axe: str
) -> None:
    page = window.open("/vms")
    button(page, "Create a VM").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Project").fill("billing")
    dialog.get_by_role("textbox", name="Name").fill("many")
    dialog.get_by_role("textbox", name="How many").fill("3")
    dialog.get_by_label("start it, too").uncheck()
    confirm(page, "Create a VM", "for the end of the year")
    expect(page.locator("main .subtitle")).to_have_text("billing")
    expect(dialog.get_by_text("3 of 3")).to_be_visible()
    close(page)
    states = page.locator("main .row", has_text="many-").locator(".state")
    expect(states).to_have_text(["stopped"] * 3)
    for number in (1, 2, 3):
        page.get_by_label(f"Choose many-{number}", exact=True).check()
    chosen = page.get_by_role("group", name="3 chosen")
    assert violations(page, axe) == []
    for verb, becomes in (("Start", "running"), ("Stop", "stopped")):
        button(chosen, verb).click()
        expect(dialog.locator(".command")).to_contain_text(
            f"chronovisor vm {verb.lower()} " + " ".join(f"projects/billing/vms/many-{each}" for each in (1, 2, 3))
        )
        expect(dialog.get_by_role("heading")).to_contain_text("3 VMs")
        confirm(page, verb)
        expect(dialog.get_by_text("3 of 3")).to_be_visible()
        close(page)
        expect(states).to_have_text([becomes] * 3)
    button(chosen, "Destroy").click()
    confirm(page, "Destroy", "the year is over")
    expect(dialog.get_by_text("3 of 3")).to_be_visible()
    close(page)
    expect(states).to_have_count(0)
    left = looked_at.server.command("vm", "list", "--project", "billing")["vms"]
    assert not [each for each in left if "/many-" in each["name"]]


def test_batches_are_all_or_nothing(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/vms?project=projects%2Fbilling")
    page.get_by_label("Choose spare-4", exact=True).check()
    page.get_by_label("Choose job-1", exact=True).check()
    looked_at.server.command("vm", "pause", "projects/billing/vms/job-1")
    button(page.get_by_role("group", name="2 chosen"), "Start").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("WRONG_STATE")).to_be_visible()
    expect(button(dialog, "Start")).to_be_disabled()
    looked_at.server.command("vm", "resume", "projects/billing/vms/job-1")


def test_a_project_has_another_title_and_policy(window: stage.Window, looked_at: Stage) -> None:
    page = window.open(place_of("projects/research"))
    dialog = opened(page, "Details")
    expect(dialog.get_by_role("textbox", name="Placement policy")).to_have_value("spread")
    dialog.get_by_role("textbox", name="Title").fill("Research and more")
    dialog.get_by_role("textbox", name="Placement policy").fill("spread=1")
    line = dialog.locator(".command code").inner_text()
    confirm(page, "Details")
    close(page)
    expect(page.locator("main .subtitle")).to_have_text("Research and more")
    assert shown(looked_at, "project", "research")["placement_policy"] == "spread=1"
    assert line.endswith("--title 'Research and more' --placement-policy spread=1")


def test_labels_that_are_taken_away_are_in_the_line_too(window: stage.Window, looked_at: Stage) -> None:
    page = window.open(place_of("projects/billing/vms/spare-4"))
    dialog = opened(page, "Labels")
    dialog.get_by_role("textbox", name="Labels").fill("colour=red")
    line = dialog.locator(".command code").inner_text()
    assert line.endswith("--label colour=red --no-label tier")
    looked_at.server.command(*line.split()[1:])
    assert shown(looked_at, "vm", "projects/billing/vms/spare-4")["labels"] == {"colour": "red"}
