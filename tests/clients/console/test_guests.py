"""A real guest's serial console and screen in a browser: typed into, watched, lost and opened again."""

import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.clients.console import stage
from tests.clients.console.conftest import PICTURES
from tests.clients.console.test_pages import picture, violations
from tests.support.shared import RealHypervisor

pytestmark = pytest.mark.slow
READY = "chronovisor guest ready"
VM = "projects/default/vms/web-1"
CONSOLE, SCREEN = ("/vms/" + VM.replace("/", "%2F") + f"?tab={tab}" for tab in ("console", "screen"))
TICKET = """async ({name, mode, url}) => {
  const answer = await fetch(url + "v1:createConsoleTicket", {
    method: "POST", headers: {"content-type": "application/json"},
    body: JSON.stringify({serialConsole: {name, mode}}),
  })
  return (await answer.json()).ticket
}"""
# How a WebSocket of the console with a ticket ends, or that it is open.
OPENED = """({url, name, ticket}) => new Promise((done) => {
  const socket = new WebSocket(`${url.replace("http", "ws")}v1/${name}:console`,
    ["chronovisor.console.v1", `chronovisor.ticket.${ticket}`])
  socket.onmessage = ({data}) => { done("open " + data); socket.close() }
  socket.onclose = ({code, reason}) => done(`${code} ${reason}`)
})"""


@contextmanager
def agent(server: stage.Server, hypervisor: RealHypervisor, home: Path) -> Generator[None]:
    words = ("--server", server.address, "--host-id", "node-1", "--virt-type", "qemu", "--uri", hypervisor.uri)
    words = (*words, "--image-dir", str(hypervisor.images), "--state-dir", str(home / "guests"))
    process = subprocess.Popen([sys.executable, "-m", "hostagent.main", *words], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


class Guest:
    """The VM `web-1`, which runs the project's guest, and a browser's window of its server."""

    def __init__(self, server: stage.Server, window: stage.Window) -> None:
        self.server, self.window = server, window

    def closed(self) -> list[dict[str, object]]:
        """The ends of consoles, the newest last."""
        events = self.server.command("history", "vm", "web-1", "--type", "ConsoleClosed")["events"]
        return [each["console_closed"] for each in events]

    def open(self, place: str) -> Page:
        page = self.window.open(place)
        expect(view(page)).to_be_visible()
        return page


def view(page: Page) -> Locator:
    return page.locator(".guest-view")


def line(page: Page) -> Locator:
    return view(page).locator(".lost-line")


def rows(page: Page) -> Locator:
    return view(page).locator(".xterm-rows")


def typed(page: Page, text: str) -> None:
    page.get_by_label("Terminal input").focus()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def writes(page: Page) -> None:
    """Once the guest's shell is there, and what is typed goes to it."""
    expect(view(page)).to_contain_text("What you type goes to the VM.")
    expect(rows(page)).to_contain_text(READY)
    page.get_by_label("Terminal input").focus()
    page.keyboard.press("Enter")
    expect(rows(page)).to_contain_text("/ #")


@pytest.fixture(scope="module")
def server(
    built: None, real_hypervisor: RealHypervisor, tmp_path_factory: pytest.TempPathFactory
) -> Generator[stage.Server]:
    home = tmp_path_factory.mktemp("guests")
    with stage.server(home) as server, agent(server, real_hypervisor, home):
        stage.wait_until(lambda: bool(server.command("host", "list")["hosts"]))
        shape = ("--vcpus", "1", "--memory", "112MiB", "--disk", "1GiB", "--screen")
        boot = ("--kernel", "tiny-vmlinuz", "--initramfs", "tiny-initramfs.gz")
        server.command("vm", "create", "web-1", *shape, *boot, "--start")
        yield server
        server.command("vm", "destroy", "web-1", "--yes")


@pytest.fixture
def guest(server: stage.Server, browser: Browser) -> Generator[Guest]:
    with stage.window(browser, server.url) as window:
        yield Guest(server, window)


def test_a_command_is_typed_at_the_console_and_answered(guest: Guest, axe: str) -> None:
    page = guest.open(CONSOLE)
    writes(page)
    typed(page, "echo $((6 * 7))-is-it")
    expect(rows(page)).to_contain_text("42-is-it")
    assert violations(page, axe) == []
    if PICTURES:
        picture(page, Path(PICTURES) / "console-vm-console.png")
    # Colours of 24 bits take a style of their own, which the page's policy allows by script alone.
    typed(page, "printf '\\033[38;2;255;0;10mred\\033[0m\\n'")
    expect(rows(page).locator("span", has_text="red").last).to_have_css("color", "rgb(255, 0, 10)")


def test_the_terminal_fits_the_window_and_says_how_the_guest_learns_of_it(guest: Guest) -> None:
    page = guest.open(CONSOLE)
    writes(page)
    first = size_of(page)
    page.set_viewport_size({"width": 1500, "height": 1100})
    stage.wait_until(lambda: size_of(page)[0] > first[0] and size_of(page)[1] > first[1])
    large = size_of(page)
    # All of it is to be seen.
    expect(view(page).locator(".guest-screen")).to_have_js_property("scrollLeft", 0)
    assert view(page).locator(".guest-screen").evaluate("each => each.scrollWidth <= each.clientWidth")
    expect(rows(page).locator("> div")).to_have_count(large[1])
    command = f"stty cols {large[0]} rows {large[1]}"
    expect(page.get_by_role("tabpanel")).to_contain_text(command)
    typed(page, f"{command}; stty size")
    expect(rows(page)).to_contain_text(f"{large[1]} {large[0]}")
    # What a guest takes a serial line to have, it has in a small window, too.
    page.set_viewport_size({"width": 480, "height": 500})
    stage.wait_until(lambda: size_of(page)[0] == 80)
    assert size_of(page)[1] >= 24
    typed(page, "stty cols 80 rows 24")


def size_of(page: Page) -> tuple[int, int]:
    """In columns and rows, as the page says it."""
    text = page.locator(".guest-size").inner_text()
    found = re.search(r"(\d+) columns, (\d+) rows", text)
    assert found, text
    return int(found[1]), int(found[2])


def test_keys_leave_the_console_and_those_of_the_page_stay_out_of_it(guest: Guest) -> None:
    page = guest.open(CONSOLE)
    writes(page)
    page.get_by_role("button", name="Watch only").focus()
    page.get_by_role("button", name="To the keyboard").click()
    expect(page.get_by_label("Terminal input")).to_be_focused()
    page.keyboard.type("# gh?")
    expect(rows(page)).to_contain_text("# gh?")
    expect(page.locator("main h1")).to_contain_text("web-1")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Terminal input")).to_be_focused()
    page.keyboard.press("Control+Alt+Period")
    expect(page.get_by_role("button", name="To the keyboard")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Watch only")).to_be_focused()


def test_a_watcher_sees_and_does_not_write_until_it_takes_over(guest: Guest, browser: Browser) -> None:
    page = guest.open(CONSOLE)
    writes(page)
    with stage.window(browser, guest.server.url) as second:
        other = second.open(CONSOLE)
        expect(view(other)).to_contain_text("You watch:")
        typed(other, "echo not-mine")
        page.keyboard.press("Control+c")
        typed(page, "echo seen-by-all")
        expect(rows(other)).to_contain_text("seen-by-all")
        expect(rows(other)).not_to_contain_text("not-mine")
        other.get_by_role("button", name="Take over").click()
        expect(view(other)).to_contain_text("What you type goes to the VM.")
        expect(view(page)).to_contain_text("You watch:")
        typed(other, "echo taken-over")
        expect(rows(page)).to_contain_text("taken-over")
        other.get_by_role("button", name="Watch only").click()
        expect(view(other)).to_contain_text("You watch")


def test_what_the_guest_queried_its_terminal_for_before_is_not_answered_again(guest: Guest) -> None:
    page = guest.open(CONSOLE)
    # The shell queries where its prompt is.
    writes(page)
    page = guest.open(CONSOLE)
    expect(view(page)).to_contain_text("What you type goes to the VM.")
    expect(rows(page)).to_contain_text("/ #")
    page.wait_for_timeout(1500)
    before = len(guest.closed())
    guest.window.open("/vms")
    stage.wait_until(lambda: len(guest.closed()) > before)
    assert guest.closed()[-1]["input_bytes"] == "0"


def test_the_screen_shows_pixels_and_takes_keys(guest: Guest, axe: str) -> None:
    page = guest.open(SCREEN)
    canvas = view(page).locator("canvas")
    expect(view(page)).to_contain_text("What you type goes to the VM.")
    script = """canvas => {
      if (!canvas.width) return 0
      const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
      return new Set(new Uint32Array(data.buffer)).size
    }"""
    stage.wait_until(lambda: canvas.evaluate(script) > 1)
    assert violations(page, axe) == []
    if PICTURES:
        picture(page, Path(PICTURES) / "console-vm-screen.png")
    page.get_by_role("button", name="To the keyboard").click()
    expect(canvas).to_be_focused()
    page.keyboard.type("g")
    page.keyboard.press("v")
    expect(page.locator("main h1")).to_contain_text("web-1")
    page.keyboard.press("Control+Alt+Period")
    expect(page.get_by_role("button", name="To the keyboard")).to_be_focused()


def test_a_ticket_works_once_and_on_no_page_of_others(guest: Guest, browser: Browser) -> None:
    page = guest.window.open("/vms")
    about = {"name": VM, "mode": "CONSOLE_MODE_UNSPECIFIED", "url": guest.server.url}
    ticket = page.evaluate(TICKET, about)
    with stage.window(browser, guest.server.url) as foreign:
        foreign.page.goto("about:blank")
        # What a browser says of one that is refused.
        assert foreign.page.evaluate(OPENED, about | {"ticket": ticket}).startswith("1006")
    assert page.evaluate(OPENED, about | {"ticket": ticket}).startswith('open {"opened"')
    assert page.evaluate(OPENED, about | {"ticket": ticket}).startswith("4401 TOKEN_INVALID")


def test_a_page_of_the_past_says_that_there_is_no_console_of_then(guest: Guest, axe: str) -> None:
    for place, text in ((CONSOLE, "no console of then"), (SCREEN, "kept nowhere")):
        page = guest.window.open(f"{place}&at=20")
        expect(page.get_by_text(text)).to_be_visible()
        assert violations(page, axe) == []
        expect(view(page)).to_have_count(0)
    page.get_by_role("tabpanel").get_by_role("button", name="Back to now").click()
    expect(view(page)).to_be_visible()


def test_a_server_that_is_started_again_has_the_console_back(guest: Guest) -> None:
    page = guest.open(CONSOLE)
    writes(page)
    guest.server.kill()
    expect(line(page)).to_contain_text("Not connected")
    guest.server.start()
    expect(line(page)).to_have_count(0)
    expect(view(page)).to_contain_text("What you type goes to the VM.")
    page.get_by_label("Terminal input").focus()
    page.keyboard.press("Control+c")
    page.keyboard.press("Enter")
    typed(page, "echo $((8 * 8))-again")
    expect(rows(page)).to_contain_text("64-again")


def test_a_guest_that_does_not_run_says_so_and_its_console_opens_when_it_does(guest: Guest) -> None:
    page = guest.open(CONSOLE)
    guest.server.command("vm", "stop", "web-1", "--force")
    expect(page.get_by_text("It does not run")).to_be_visible()
    guest.server.command("vm", "start", "web-1")
    expect(view(page)).to_contain_text("What you type goes to the VM.")
    expect(rows(page)).to_contain_text(READY)
