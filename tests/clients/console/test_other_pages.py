"""A page of somebody else's at another origin: connect-web as npm has it, where the operator lets its origin in."""

import subprocess
import threading
from collections.abc import Generator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.clients.console import stage

pytestmark = pytest.mark.slow

PROTOCOLS = (("connect", False), ("connect", True), ("grpcWeb", True))


@pytest.fixture(scope="module")
def pages(built: None, tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[str, str]]:
    """Two origins that have the page: the first is let in."""
    directory = tmp_path_factory.mktemp("pages")
    command = [stage.DEV, "bundle", "test/other_page.ts"]
    (directory / "page.js").write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    (directory / "index.html").write_text('<!doctype html><title>Others</title><script src="page.js"></script>')
    handler = partial(Quiet, directory=directory)
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as first,
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as other,
    ):
        for each in (first, other):
            threading.Thread(target=each.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{first.server_port}", f"http://127.0.0.1:{other.server_port}"
        first.shutdown()
        other.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def server(pages: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Generator[stage.Server]:
    with stage.server(tmp_path_factory.mktemp("others"), f'http-allow-origin = ["{pages[0]}"]') as server:
        server.command("project", "create", "shop")
        yield server


@pytest.fixture(scope="module")
def token(server: stage.Server) -> str:
    account = "projects/shop/serviceAccounts/page"
    server.command("service-account", "create", account)
    server.command("access", "grant", "serviceAccount:shop/page", "operator", "projects/shop")
    return server.command("service-account", "token", "create", account)["token"]


def opened(browser: Browser, origin: str) -> Page:
    page = browser.new_context().new_page()
    stage.load(page, f"{origin}/index.html")
    return page


def request_of(server: stage.Server, token: str, number: int) -> dict[str, Any]:
    protocol, binary = PROTOCOLS[number]
    return {
        "protocol": protocol,
        "useBinaryFormat": binary,
        "baseUrl": server.url.rstrip("/"),
        "token": token,
        "parent": "projects/shop",
        "vmId": f"page-{number}",
    }


@pytest.mark.parametrize("number", range(len(PROTOCOLS)))
def test_a_page_of_an_origin_that_is_let_in_calls_and_watches(
    browser: Browser, server: stage.Server, token: str, pages: tuple[str, str], number: int
) -> None:
    page = opened(browser, pages[0])
    found = page.evaluate("request => call(request)", request_of(server, token, number))
    assert found["name"] == f"projects/shop/vms/page-{number}"
    assert found["first"]["vmCreated"]
    assert found["first"]["actor"] == "serviceAccount:projects/shop/serviceAccounts/page"
    assert found["refusal"] == "VM_NOT_FOUND"
    page.context.close()


def test_a_page_of_another_origin_is_not_let_in(
    browser: Browser, server: stage.Server, token: str, pages: tuple[str, str]
) -> None:
    page = opened(browser, pages[1])
    with pytest.raises(Error, match="Failed to fetch"):
        page.evaluate("request => call(request)", {**request_of(server, token, 0), "vmId": "stranger"})
    page.context.close()
    names = [each["name"] for each in server.command("vm", "list", "--project", "shop")["vms"]]
    assert "projects/shop/vms/stranger" not in names
