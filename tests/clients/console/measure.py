"""How fast the console is in a browser, with so many VMs: `python -m tests.clients.console.measure 100000`."""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.clients.console import stage
from tests.clients.console.fleet import Kind, create, create_projects, places

_PAINT = """() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return paint ? paint.startTime : 0;
}"""
# From an event until the frame after it: what a reader waits for.
_FRAME = """act => new Promise(done => {
  const begin = performance.now();
  act();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin), 0));
})"""


def frame_ms(page: Page, act: str) -> float:
    return float(page.evaluate(f"({_FRAME})({act})"))


def took_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def show(name: str, values: list[float]) -> None:
    print(f"{name:58} median {statistics.median(values):7.1f} ms, most {max(values):7.1f} ms", flush=True)


def paints(window: stage.Window, place: str) -> list[float]:
    return [float(window.open(place).evaluate(_PAINT)) for _ in range(5)]


def measure(window: stage.Window, vms: int) -> None:
    show("first contentful paint, fleet", paints(window, "/"))
    show("first contentful paint, VMs", paints(window, "/vms"))
    page = window.open("/vms")
    rows = page.locator("main .row")
    expect(rows.first).to_be_visible()
    link = "() => { location.hash = '#/hosts'; }"
    show("another page, until its frame", [frame_ms(page, link)])
    page = window.open("/vms")
    expect(rows.first).to_be_visible()
    table = page.get_by_role("table", name="VMs")
    scroll = "() => { document.querySelector('main .scroll').scrollTop += 2000; }"
    show("scrolling 2,000 pixels, until its frame", [frame_ms(page, scroll) for _ in range(20)])
    began = time.perf_counter()
    while page.locator('main [data-number="rows-read"]').count():
        table.evaluate("box => { box.scrollTop = box.scrollHeight }")
        page.wait_for_timeout(30)
    show(f"scrolling to the last of {vms:,}", [(time.perf_counter() - began) * 1000])
    up = "() => { const it = document.querySelector('main .scroll'); it.scrollTop = Math.random() * it.scrollHeight; }"
    show("jumping anywhere in all of them, until its frame", [frame_ms(page, up) for _ in range(20)])
    print(f"rows in the page then: {rows.count()}", flush=True)
    page = window.open("/")
    page.get_by_role("slider", name="Time").focus()

    def step() -> None:
        before = page.locator(".shell").get_attribute("class")
        shown = page.url
        page.keyboard.press("[")
        page.wait_for_function("shown => location.href !== shown", arg=shown)
        assert before is not None

    show("one event back, until the page is at it", [took_ms(step) for _ in range(10)])


def main(vms: int) -> None:
    assert not stage.build()
    with (
        tempfile.TemporaryDirectory() as home,
        stage.server(Path(home)) as server,
        stage.fleet(server.address, places(4, 10, 4)) as fleet,
        stage.chromium() as browser,
    ):
        fleet.run(create_projects(fleet.channel, ["crowd"]))
        for number, begin in enumerate(range(0, vms, 5000)):
            kind = Kind("crowd", f"m{number}", min(5000, vms - begin), 1, 512, 1, "web", start=False)
            fleet.run(create(fleet.channel, [kind]))
        print(f"{vms:,} VMs are there", flush=True)
        with stage.window(browser, server.url) as window:
            measure(window, vms)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
