"""A reader who is not known signs in from the page, at the certified provider of npm, and out again."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Cookie, Page, expect

from tests.clients.console import stage
from tests.clients.console.test_pages import violations
from tests.support.oidc.provider import AUDIENCE, CONSOLE, Provider, why_not
from tests.support.token_signer import Signer

VM = "projects/default/vms/web-1"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_not()), reason=why_not())]


@pytest.fixture
def provider() -> Generator[Provider]:
    provider = Provider({"alice": ["ops"], "bob": ["writers"]})
    provider.start(Signer("first"))
    yield provider
    provider.stop()


@pytest.fixture
def server(built: None, provider: Provider, tmp_path: Path) -> Generator[stage.Server]:
    settings = f"""
[[issuers]]
issuer = "{provider.issuer}"
audience = "{AUDIENCE}"
client_id = "{CONSOLE}"
groups_claim = "groups"
"""
    with stage.server(tmp_path, settings) as server:
        server.command("access", "grant", "group:ops", "viewer", "/")
        server.command("access", "grant", "group:writers", "operator", "/")
        yield server


def stranger(window: stage.Window, server: stage.Server) -> None:
    """On the machine itself the connection says who reads: with a token that proves nothing, it does not."""
    answer = window.context.request.post(f"{server.url}sign-in/token", data={"token": "cvsa_nobody"})
    assert answer.status == 204, answer.text()


def kept(window: stage.Window, server: stage.Server) -> list[Cookie]:
    """The cookies of the control plane: those of the provider, on another port of this machine, are with them."""
    return [each for each in window.context.cookies(server.url) if each.get("name", "").startswith("chronovisor")]


def agree(page: Page, account: str) -> None:
    """The provider's own pages for developers: a name, then consent."""
    page.get_by_placeholder("Enter any login").fill(account)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_a_reader_signs_in_at_an_issuer_from_the_page_and_out_again(
    browser: Browser, server: stage.Server, provider: Provider, axe: str
) -> None:
    with stage.window(browser, server.url) as window:
        stranger(window, server)
        page = window.open("/hosts")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert violations(page, axe) == []
        page.get_by_role("link", name="Sign in at").click()
        assert page.url.startswith(provider.issuer)
        agree(page, "alice")
        expect(page.locator(".who")).to_contain_text("user:alice")
        expect(page.locator(".who")).to_contain_text("oidc")
        assert page.url.startswith(server.url)
        # What proves it is out of the reach of scripts, and of other sites.
        cookies = kept(window, server)
        assert cookies
        assert all(each.get("httpOnly") and each.get("sameSite") in {"Lax", "Strict"} for each in cookies), cookies
        assert page.evaluate("document.cookie") == ""
        assert "eyJ" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        # A viewer by its group: it sees everything, and has no button.
        page.get_by_role("link", name="Hosts", exact=True).click()
        expect(page.get_by_role("table", name="Hosts")).to_be_visible()
        expect(page.locator("main .verb-button")).to_have_count(0)
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator(".who")).not_to_contain_text("user:alice")
        assert kept(window, server) == []


def test_a_reader_who_turns_back_at_the_issuer_is_not_signed_in(
    browser: Browser, server: stage.Server, provider: Provider
) -> None:
    with stage.window(browser, server.url) as window:
        stranger(window, server)
        page = window.open("/")
        page.get_by_role("link", name="Sign in at").click()
        page.get_by_role("link", name="[ Cancel ]").click()
        page.wait_for_url(f"{server.url}sign-in/callback**")
        expect(page.locator("body")).to_contain_text("You are not signed in")
        stage.load(page, server.url)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.fixture
def guest(server: stage.Server, tmp_path: Path) -> Generator[None]:
    """The VM `web-1` runs on a simulated host."""
    words = ("--server", f"unix:{tmp_path / 'socket'}", "--host-id", "node-1", "--driver", "simulated")
    program = [sys.executable, "-m", "hostagent.main", *words, "--state-dir", str(tmp_path / "agent")]
    agent = subprocess.Popen(program, stderr=subprocess.DEVNULL)
    try:
        stage.wait_until(lambda: bool(server.command("host", "list")["hosts"]))
        shape = ("--vcpus", "1", "--memory", "112MiB", "--disk", "1GiB", "--image", "any")
        server.command("vm", "create", "web-1", *shape, "--start")
        yield
    finally:
        agent.terminate()
        agent.wait()


def signed_in(window: stage.Window, server: stage.Server, account: str) -> Page:
    stranger(window, server)
    page = window.open("/")
    page.get_by_role("link", name="Sign in at").click()
    agree(page, account)
    expect(page.locator(".who")).to_contain_text(f"user:{account}")
    return window.open(f"/vms/{VM.replace('/', '%2F')}?tab=console")


def test_the_console_is_opened_in_the_name_of_who_signed_in_and_only_as_it_may(
    browser: Browser, server: stage.Server, guest: None
) -> None:
    with stage.window(browser, server.url) as window, stage.window(browser, server.url) as other:
        writer = signed_in(window, server, "bob")
        shown = writer.locator(".guest-view")
        expect(shown).to_contain_text("What you type goes to the VM.")
        writer.get_by_label("Terminal input").focus()
        writer.keyboard.type("echo typed-by-bob")
        writer.keyboard.press("Enter")
        watcher = signed_in(other, server, "alice").locator(".guest-view")
        expect(watcher).to_contain_text("user:bob")
        expect(watcher.get_by_role("button", name="Take over")).to_have_count(0)
        expect(watcher.locator(".xterm-rows")).to_contain_text("typed-by-bob")
        events = server.command("history", "vm", "web-1", "--type", "ConsoleOpened")["events"]
        assert [each["actor"] for each in events] == ["user:bob", "user:alice"]
        # Without its role, it has no console any more.
        server.command("access", "revoke", "group:writers", "operator", "/")
        expect(shown.locator(".lost-line")).to_be_visible()
        assert server.command("history", "vm", "web-1", "--type", "ConsoleClosed")["events"]
