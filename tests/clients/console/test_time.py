"""The time slider: every number of a page of the past is the command line's, and nothing there can be changed."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.clients.console import stage
from tests.clients.console.conftest import Stage

pytestmark = pytest.mark.slow
CLASSES = ("vcpus", "memory_mib", "disk_gib")


def drag(page: Page, share: float) -> int:
    """Drags the handle to a part of the track; the position that the page is at then."""
    track = page.locator(".dock .track")
    expect(track).to_be_visible()
    box = track.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 20)
    page.mouse.down()
    for step in (0.9, 0.6, share):
        page.mouse.move(box["x"] + box["width"] * step, box["y"] + 20)
    page.mouse.up()
    expect(page.locator(".past-banner strong")).not_to_have_text("…")
    return at(page)


def at(page: Page) -> int:
    found = re.search(r"at=(\d+)", page.url)
    assert found
    return int(found[1])


def settled(page: Page) -> int:
    """The position at which the page stays."""
    page.wait_for_timeout(400)
    return at(page)


@pytest.mark.parametrize("share", [0.15, 0.5, 0.85])
def test_every_number_of_the_fleet_is_the_command_lines(window: stage.Window, looked_at: Stage, share: float) -> None:
    page = window.open("/")
    drag(page, share)
    position = settled(page)
    totals = looked_at.server.command("at", str(position), "utilization")
    by_class = {each["resource_class"]: each for each in totals["classes"]}
    expected = {
        f"{name}.{kind}": str(by_class[name][kind])
        for name in CLASSES
        if name in by_class
        for kind in ("allocated", "free", "total")
    }
    assert expected
    for name, value in expected.items():
        expect(page.locator(f'main [data-number="{name}"]')).to_have_attribute("data-value", value)
    for name in by_class:
        shown = page.locator(f'main [data-number="{name}.eta"]').get_attribute("data-value")
        assert shown is not None
        assert float(shown) == pytest.approx(by_class[name]["eta"])
    subtitle = page.locator("main .subtitle")
    expect(subtitle).to_contain_text(f"{totals['hosts']} hosts")
    expect(subtitle).to_contain_text(f"{totals['running_vms']} VMs")


def test_lists_of_the_past_are_the_command_lines(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/vms")
    drag(page, 0.5)
    position = settled(page)
    vms = looked_at.server.command("at", str(position), "vm", "list", "--all-projects")["vms"]
    expect(page.locator('main [data-number="rows"]')).to_have_text(f"{len(vms):,} rows")
    page.get_by_role("link", name="Hosts", exact=True).click()
    assert at(page) == position
    hosts = looked_at.server.command("at", str(position), "host", "list")["hosts"]
    expect(page.locator('main [data-number="rows"]')).to_have_text(f"{len(hosts):,} rows")


def test_a_host_of_the_past_has_what_it_held(window: stage.Window, looked_at: Stage) -> None:
    position = int(looked_at.server.command("utilization")["position"]) // 2
    host = next(
        each
        for each in looked_at.server.command("at", str(position), "host", "list")["hosts"]
        if int(each["allocated"]["vcpus"])
    )
    page = window.open(f"/hosts/{host['name'].replace('/', '%2F')}?at={position}")
    for name in CLASSES:
        held = page.locator(f'main [data-number="{name}.allocated"]')
        expect(held).to_have_attribute("data-value", str(host["allocated"][name]))


def test_the_past_is_in_another_frame_and_has_no_verbs(window: stage.Window) -> None:
    page = window.open("/vms/projects%2Fshop%2Fvms%2Fweb-1")
    expect(page.locator("main .verb-button").first).to_be_visible()
    page.keyboard.press("[")
    expect(page.get_by_text("read-only")).to_be_visible()
    expect(page.locator(".shell")).to_have_class(re.compile("is-past"))
    expect(page.locator("main .verb-button")).to_have_count(0)
    page.keyboard.press("n")
    expect(page.locator(".past-banner")).to_have_count(0)
    expect(page.locator("main .verb-button").first).to_be_visible()


def test_keys_step_event_by_event_and_a_link_opens_there(window: stage.Window, looked_at: Stage) -> None:
    page = window.open("/")
    slider = page.get_by_role("slider", name="Time")
    slider.focus()
    positions: list[int] = []
    for _ in range(3):
        before = page.url
        slider.press("ArrowLeft")
        page.wait_for_function("before => location.href !== before", arg=before)
        positions.append(at(page))
    assert positions == sorted(positions, reverse=True)
    slider.press("ArrowRight")
    page.wait_for_function("position => location.href.includes(`at=${position}`)", arg=positions[1])
    page.locator(".past-banner").get_by_role("button", name="Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    with stage.window(looked_at.browser, looked_at.url) as colleague:
        stage.load(colleague.page, link)
        expect(colleague.page.locator('.past-banner [data-number="position"]')).to_have_text(f"{positions[1]:,}")
    slider.press("End")
    expect(page.locator(".past-banner")).to_have_count(0)


def test_it_plays_from_the_past_to_now(window: stage.Window) -> None:
    page = window.open("/")
    drag(page, 0.6)
    page.get_by_label("Speed of playing").select_option("3600")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".past-banner")).to_have_count(0)


def test_steps_back_among_events_that_were_read_wait_for_nothing(window: stage.Window) -> None:
    def back(page: Page) -> int:
        before = page.url
        page.keyboard.press("[")
        page.wait_for_function("before => location.href !== before", arg=before)
        return at(page)

    page = window.open("/hosts")
    window.settled()
    reads: list[str] = []
    page.on("request", lambda request: reads.append(request.url) if request.url.endswith("/ListEvents") else None)
    positions = [back(page) for _ in range(6)]
    assert len(reads) <= 2, reads
    # A page that has read nothing yet steps to the same.
    for place in (0, 3):
        assert back(window.open(f"/hosts?at={positions[place]}")) == positions[place + 1]
