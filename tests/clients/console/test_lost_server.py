"""A control plane that is killed under an open page, and comes back."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.clients.console import stage
from tests.clients.console.fleet import create_projects, places

pytestmark = pytest.mark.slow


def test_a_page_says_that_it_is_not_fresh_and_goes_on_when_the_server_is_back(tmp_path: Path, browser: Browser) -> None:
    with stage.server(tmp_path) as server, stage.window(browser, server.url) as window:
        with stage.fleet(server.address, places(1, 1, 2)) as fleet:
            fleet.run(create_projects(fleet.channel, ["before"]))
        page = window.open("/projects")
        expect(page.get_by_role("link", name="before")).to_be_visible()
        expect(page.locator(".now-button.is-live")).to_be_visible()
        shown = page.locator('[data-number="head"]').inner_text()
        server.kill()
        line = page.locator(".lost-line")
        expect(line).to_contain_text("Not connected since")
        expect(line).to_contain_text(f"position {shown}")
        # What is known stays.
        expect(page.get_by_role("link", name="before")).to_be_visible()
        server.start()
        expect(line).to_have_count(0)
        server.command("project", "create", "after")
        expect(page.get_by_role("link", name="after")).to_be_visible()
