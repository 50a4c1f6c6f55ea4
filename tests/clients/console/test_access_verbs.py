"""Who may call and what they may do, changed in the browser; tokens that are shown once; and a rebalance."""

import pytest
from playwright.sync_api import expect

from tests.clients.console import stage
from tests.clients.console.conftest import Stage
from tests.clients.console.test_pages import violations
from tests.clients.console.test_verbs import close, confirm

pytestmark = pytest.mark.slow
ACCESS = "/projects/projects%2Fbilling?tab=access"
ACCOUNT = "projects/billing/serviceAccounts/nightly"


def test_an_account_has_a_token_that_is_shown_once_until_it_is_revoked(
    window: stage.Window, looked_at: Stage, axe: str
) -> None:
    page = window.open(ACCESS)
    page.get_by_role("button", name="Create an account", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("nightly")
    confirm(page, "Create an account", "backups")
    close(page)
    row = page.locator(f"[data-account='{ACCOUNT}']")
    row.get_by_role("button", name="Create a token", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox", name="What it is for").fill("cron")
    confirm(page, "Create a token")
    token = page.get_by_role("dialog").locator("[data-secret]").inner_text()
    assert token.startswith("cvsa_")
    close(page)
    # The token works, and the page has it no more.
    with stage.window(looked_at.browser, looked_at.url, token=token) as other:
        expect(other.open("/vms").locator(".who")).to_contain_text(f"serviceAccount:{ACCOUNT}")
    expect(row.locator(".token")).to_contain_text("cron until")
    assert token not in page.content()
    assert violations(page, axe) == []
    row.get_by_role("button", name="Revoke token", exact=True).click()
    confirm(page, "Revoke token")
    close(page)
    expect(row.locator(".token")).to_contain_text("revoked")
    tokens = looked_at.server.command("service-account", "token", "list", ACCOUNT)["service_account_tokens"]
    assert [bool(each.get("revoke_time")) for each in tokens] == [True]


def test_an_account_is_disabled_enabled_and_deleted(window: stage.Window, looked_at: Stage) -> None:
    account = "projects/billing/serviceAccounts/weekly"
    looked_at.server.command("service-account", "create", account)
    page = window.open(ACCESS)
    row = page.locator(f"[data-account='{account}']")
    for verb, disabled in (("Disable", True), ("Enable", False)):
        row.get_by_role("button", name=verb, exact=True).click()
        confirm(page, verb)
        close(page)
        expect(row.get_by_text("disabled", exact=True)).to_have_count(int(disabled))
        assert bool(looked_at.server.command("service-account", "show", account).get("disabled")) == disabled
    row.get_by_role("button", name="Delete", exact=True).click()
    confirm(page, "Delete", "of no use")
    close(page)
    expect(row).to_have_count(0)
    left = looked_at.server.command("service-account", "list", "--all-projects")["service_accounts"]
    assert account not in [each["name"] for each in left]


def test_a_role_is_granted_and_revoked(window: stage.Window, looked_at: Stage) -> None:
    page = window.open(ACCESS)
    page.get_by_role("button", name="Grant a role", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="To whom").fill("user:grace")
    dialog.get_by_role("textbox", name="Role").fill("nonsense")
    expect(dialog.get_by_text("There is no roles/nonsense.")).to_be_visible()
    dialog.get_by_role("textbox", name="Role").fill("operator")
    expect(dialog.get_by_text("it can be done")).to_be_visible()
    dialog.get_by_role("button", name="Grant a role", exact=True).click()
    close(page)
    row = page.locator("[data-member='user:grace']")
    expect(row).to_contain_text("operator user:grace")
    granted = looked_at.server.command("access", "policy", "projects/billing")["bindings"]
    assert ("roles/operator", ["user:grace"]) in [(each["role"], each["members"]) for each in granted]
    row.get_by_role("button", name="Revoke role", exact=True).click()
    expect(dialog.get_by_text("it can be done")).to_be_visible()
    expect(dialog.locator(".command")).to_contain_text(
        "chronovisor access revoke user:grace roles/operator projects/billing"
    )
    dialog.get_by_role("button", name="Revoke role", exact=True).click()
    close(page)
    expect(row).to_have_count(0)
    assert "user:grace" not in str(looked_at.server.command("access", "policy", "projects/billing"))


def test_a_rebalance_shows_its_plan_before_it_runs(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/hosts")
    page.locator("main header").get_by_role("button", name="Rebalance", exact=True).click()
    dialog = page.get_by_role("dialog")
    planned = looked_at.server.command("rebalance", "--plan", "--goal", "free-hosts").get("migrations", [])
    assert len(planned) > 1
    expect(dialog.locator(".foreseen li")).to_have_count(len(planned))
    dialog.get_by_label("What for").select_option("every rule obeyed")
    expect(dialog.get_by_text("There is nothing to move.")).to_be_visible()
    expect(dialog.locator(".command")).to_contain_text("chronovisor rebalance --goal violations --max-parallel 2")
    confirm(page, "Rebalance", "every rule")
    close(page)
