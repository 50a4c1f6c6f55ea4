"""Dialogs of verbs stay until they are closed, whatever becomes of the page below them."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.clients.console import stage
from tests.clients.console.conftest import Stage
from tests.clients.console.test_change_verbs import opened, place_of, shown
from tests.clients.console.test_pages import violations
from tests.clients.console.test_roles_and_hosts import button
from tests.clients.console.test_verbs import close, confirm, done

pytestmark = pytest.mark.slow


def has_focus(page: Page, selector: str) -> None:
    page.wait_for_function("selector => document.activeElement?.matches(selector)", arg=selector)


def test_an_operation_is_cancelled_and_its_dialog_outlives_its_row(
    window: stage.Window, looked_at: Stage, axe: str
) -> None:
    host = shown(looked_at, "vm", "projects/research/vms/train-2")["host"]
    operation = looked_at.server.command("host", "drain", host, "--no-wait", "--reason", str(uuid.uuid4()))
    page = window.open("/operations?only=running")
    row = page.locator("main .row", has_text=host.removeprefix("hosts/"))
    button(row.first, "Cancel").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".command")).to_contain_text(f"chronovisor operation cancel {operation['name']}")
    expect(dialog.get_by_text("This is not checked beforehand")).to_be_visible()
    button(dialog, "Cancel").click()
    expect(row).to_have_count(0)
    done(dialog)
    assert violations(page, axe) == []
    # The button is gone: whoever uses keys goes on in the page.
    page.keyboard.press("Escape")
    expect(page.locator("dialog.verb")).to_have_count(0)
    has_focus(page, "#main")
    listed = looked_at.server.command("operation", "list")["operations"]
    assert next(each for each in listed if each["name"] == operation["name"])["done"]
    looked_at.server.command("host", "uncordon", host)


def test_a_dialog_stays_while_the_page_below_it_cannot_be_read(window: stage.Window, looked_at: Stage) -> None:
    page = window.open(place_of("hosts/node-31"))
    dialog = opened(page, "Labels")
    dialog.get_by_role("textbox", name="Labels").fill("rack=r9")
    page.route("**/chronovisor.v1.HostService/GetHost", lambda route: route.abort())
    looked_at.server.command("host", "cordon", "node-31", "--reason", "something happens")
    expect(page.locator("main .problem")).to_be_visible()
    expect(dialog.get_by_role("textbox", name="Labels")).to_have_value("rack=r9")
    # It is read again without another event.
    page.unroute("**/chronovisor.v1.HostService/GetHost")
    expect(page.locator("main h1 .state")).to_have_text("cordoned")
    confirm(page, "Labels")
    close(page)
    has_focus(page, "#main")
    assert shown(looked_at, "host", "node-31")["labels"] == {"rack": "r9"}
    looked_at.server.command("host", "uncordon", "node-31")


def test_a_check_that_was_not_answered_is_repeated(window: stage.Window) -> None:
    page = window.open(place_of("hosts/node-32"))
    page.route("**/chronovisor.v1.HostService/CordonHost", lambda route: route.abort())
    dialog = opened(page, "Cordon")
    expect(dialog.get_by_text("The control plane does not answer.")).to_be_visible()
    expect(button(dialog, "Cordon")).to_be_disabled()
    page.unroute("**/chronovisor.v1.HostService/CordonHost")
    expect(dialog.get_by_text("it can be done")).to_be_visible()
    # The button is still there, and has the focus again.
    page.keyboard.press("Escape")
    has_focus(page, "main header .button")


def test_who_got_no_answer_to_what_it_may_do_gets_one_later(window: stage.Window) -> None:
    method = "**/google.iam.v1.IAMPolicy/TestIamPermissions"
    page = window.open("/hosts")
    page.route(method, lambda route: route.fulfill(status=503, body="{}"))
    window.open(place_of("hosts/node-33"))
    expect(page.locator("main h1")).to_contain_text("node-33")
    page.unroute(method)
    page.route(method, lambda route: route.abort(), times=1)
    expect(button(page.locator("main header"), "Cordon")).to_be_visible()


def test_a_dialog_is_above_whichever_page_its_work_leads_to(window: stage.Window) -> None:
    page = window.open("/projects")
    button(page, "Create a project").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill("led-to")
    confirm(page, "Create a project")
    expect(page.locator("main h1")).to_have_text("led-to")
    close(page)
    has_focus(page, "#main")
