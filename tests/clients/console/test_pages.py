"""Each page in a browser: what it shows, by keys alone; what axe finds; and many rows."""

import gzip
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.clients.console import stage
from tests.clients.console.conftest import PICTURES, Stage
from tests.clients.console.fleet import Kind, create, create_projects

pytestmark = pytest.mark.slow

# Without the parts that come later: the terminal and the screen of VMs.
MOST_BYTES = 400_000
LATER = ("vm_console", "vm_screen", "guest_view")
VM = "/vms/" + quote("projects/shop/vms/web-2", safe="")
SHOWN = {"fleet": "light", "past": "light", "vm-why": "light", "audit": "light", "vms": "dark"}
PLACES = {
    "fleet": "/",
    "vms": "/vms",
    "vm": VM,
    "vm-placement": f"{VM}?tab=placement",
    "vm-why": f"{VM}?tab=why",
    "vm-history": f"{VM}?tab=history",
    "vm-operations": f"{VM}?tab=operations",
    "hosts": "/hosts",
    "host": "/hosts/hosts%2Fnode-1",
    "projects": "/projects",
    "project": "/projects/projects%2Fshop",
    "operations": "/operations",
    "diff": "/diff?from=20&to=60",
    "what-if": "/whatif",
    "audit": "/audit",
    "past": "/?at=140",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PLACES)
def test_axe_finds_nothing(looked_at: Stage, axe: str, name: str, theme: str) -> None:
    with stage.window(looked_at.browser, looked_at.url, theme=theme) as window:
        page = window.open(PLACES[name])
        window.settled()
        expect(page.locator(".dock .track")).to_be_visible()
        assert violations(page, axe) == []
        if PICTURES and theme == SHOWN.get(name):
            picture(page, Path(PICTURES) / f"console-{name}.png")


def test_a_title_has_room_beside_many_buttons(window: stage.Window) -> None:
    window.page.set_viewport_size({"width": 1000, "height": 800})
    page = window.open(PLACES["project"])
    expect(page.locator("main header").get_by_role("button", name="Create a network")).to_be_visible()
    title = page.locator("main h1").bounding_box()
    assert title
    assert title["width"] > 200
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def picture(page: Page, into: Path) -> None:
    """Of few colours, so that it is small."""
    page.screenshot(path=into)
    with Image.open(into) as whole:
        whole.convert("RGB").quantize(240).save(into, optimize=True)


def violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", tags)
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def test_dialogs_have_nothing_for_axe_either(window: stage.Window, axe: str) -> None:
    page = window.open("/vms")
    page.get_by_role("button", name="Create a VM").click()
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search and commands")).to_be_focused()
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page, axe) == []


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("/#/vms/shop/web-2", "shop / web-2"),
        ("/vms/shop/web-2", "shop / web-2"),
        ("/#/hosts/node-1", "node-1"),
        ("/#/projects/shop", "shop"),
        ("/#/vms/shop/%E0%A4%A", "shop / %E0%A4%A"),
    ],
)
def test_a_link_that_somebody_typed_or_cut_is_a_page(
    looked_at: Stage, window: stage.Window, typed: str, title: str
) -> None:
    stage.load(window.page, looked_at.url.rstrip("/") + typed)
    expect(window.page.locator("main h1")).to_contain_text(title)


def test_pages_and_things_are_reached_by_keys(window: stage.Window) -> None:
    page = window.open("/")
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.locator("main h1")).to_have_text("Hosts")
    expect(page.get_by_role("link", name="node-10", exact=True)).to_be_visible()
    table = page.get_by_role("table", name="Hosts")
    table.focus()
    # Quicker than the page is drawn.
    table.evaluate("(it) => { for (const key of 'jjjk') it.dispatchEvent(new KeyboardEvent('keydown', { key })) }")
    # Hosts that other tests registered may come first.
    second = table.locator(".row").nth(1).get_by_role("link").first.inner_text()
    chosen = table.locator(".row.chosen").get_by_role("link").first
    expect(chosen).to_have_text(second)
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_contain_text(second)
    page.keyboard.press("/")
    page.keyboard.type("web-3")
    expect(page.get_by_role("option", name="shop/web-3")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_contain_text("web-3")
    page.keyboard.press("Control+k")
    page.keyboard.type("audit")
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_have_text("Audit")


def test_lists_are_filtered_and_ordered_by_the_server(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/vms")
    page.get_by_role("button", name="stopped").click()
    page.get_by_label("Filter").fill('labels.tier = "web"')
    page.keyboard.press("Enter")
    terms = 'state = "STOPPED" AND labels.tier = "web"'
    stopped = looked_at.server.command("vm", "list", "--all-projects", "--filter", terms)["vms"]
    expect(page.locator('main [data-number="rows"]')).to_have_text(f"{len(stopped):,} rows")
    page.get_by_role("button", name="all", exact=True).click()
    page.get_by_label("Filter").fill('labels.tier = "gpu"')
    page.keyboard.press("Enter")
    expect(page.locator('main [data-number="rows"]')).to_have_text("20 rows")
    page.get_by_label("Filter").fill("nonsense")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("filter")


def test_the_chain_and_an_event_are_checked_in_the_browser(window: stage.Window) -> None:
    page = window.open("/audit?type=VmStarted")
    page.get_by_role("button", name="Walk the chain in this browser").click()
    expect(page.get_by_text("each hash is that of its row")).to_be_visible()
    page.get_by_role("button", name="Verify the whole chain").click()
    expect(page.get_by_text("The chain holds")).to_be_visible()
    row = page.locator("main .row").first
    row.get_by_role("button", name="Prove").click()
    expect(row.get_by_text("proven")).to_be_visible()
    row.get_by_role("button", name="Chain").click()
    expect(page.locator(".causes li", has_text="start requested").first).to_be_visible()


def test_a_what_if_has_both_courses_side_by_side(window: stage.Window) -> None:
    page = window.open("/whatif")
    page.get_by_label("Placement policy").fill("spread")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".sides").get_by_text("as it would have been")).to_be_visible()
    expect(page.locator(".counts")).to_contain_text("Starts placed elsewhere")


def test_many_vms_are_scrolled_to_the_last_with_few_rows_in_the_page(window: stage.Window, looked_at: Stage) -> None:
    looked_at.fleet.run(create_projects(looked_at.fleet.channel, ["crowd"]))
    many = Kind("crowd", "many", 2500, 1, 512, 1, "crowd", start=False)
    looked_at.fleet.run(create(looked_at.fleet.channel, [many]))
    page = window.open("/projects/projects%2Fcrowd?tab=vms")
    expect(page.locator("main .row").first).to_be_visible()
    table = page.get_by_role("table", name="VMs")
    # How many there are is known, and shown, before they are all read.
    expect(page.get_by_role("status").filter(has_text="2,500 rows")).to_be_visible()
    expect(page.locator('main [data-number="rows-read"]')).to_contain_text("read so far")
    expect(table).to_have_attribute("aria-rowcount", "2501")
    for _ in range(8):
        table.evaluate("box => { box.scrollTop = box.scrollHeight }")
        page.wait_for_timeout(150)
    expect(page.locator('main [data-number="rows-read"]')).to_have_count(0)
    expect(page.locator('main [data-number="rows"]')).to_have_text("2,500 rows")
    table.evaluate("box => { box.scrollTop = box.scrollHeight }")
    expect(page.get_by_role("link", name="many-999", exact=True)).to_be_visible()
    assert page.locator("main .row").count() < 80


def test_what_a_browser_loads_is_small() -> None:
    built = stage.ROOT / "controlplane" / "gateway" / "console"
    page = (built / "index.html").read_text()
    files = [each for each in (built / "assets").iterdir() if each.suffix in (".js", ".css")]
    loaded = [each for each in files if each.name in page]
    assert loaded
    assert {each.name.partition("-")[0] for each in files if each not in loaded} == {*LATER}
    assert sum(len(gzip.compress(each.read_bytes(), 9)) for each in loaded) < MOST_BYTES


def test_a_vms_console_is_fetched_when_it_is_opened(window: stage.Window) -> None:
    page = window.open("/vms/projects%2Fshop%2Fvms%2Fweb-1")
    window.settled()
    script = """performance.getEntriesByType('resource').map(each => each.name.match(/assets\\/(\\w+)-/)?.[1])
      .filter(each => ['vm_console', 'vm_screen', 'guest_view'].includes(each))"""
    assert page.evaluate(script) == []
    page.get_by_role("tab", name="Console").click()
    expect(page.get_by_text("chronovisor vm console projects/shop/vms/web-1 --log")).to_be_visible()
    # These hosts' agents know no consoles.
    expect(page.locator(".guest-view")).to_contain_text("It has ended: CONSOLE_UNSUPPORTED")
    assert {*page.evaluate(script)} == {"vm_console", "guest_view"}
    page.get_by_role("tab", name="Screen").click()
    expect(page.get_by_text("It has no screen")).to_be_visible()
    assert "vm_screen" not in page.evaluate(script)
