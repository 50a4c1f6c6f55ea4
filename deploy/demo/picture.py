"""A picture of the console, as a browser shows it. Without a browser there is less to see, and nothing fails."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def take(url: str, picture: Path) -> bool:
    """Whether there is one now."""
    chromium = shutil.which("chromium")
    if not chromium:
        return False
    picture.parent.mkdir(parents=True, exist_ok=True)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(url)
            page.locator("main .class").first.wait_for()
            page.locator("main .events li").first.wait_for()
            page.locator(".chart canvas").first.wait_for()
            page.screenshot(path=picture)
            browser.close()
    except Error as error:
        print(f"no picture of the console: {error.message.splitlines()[0]}", file=sys.stderr)
        return False
    return True
