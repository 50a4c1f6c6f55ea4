"""A control plane with the console, a fleet beside it, and a browser: real processes, for as long as a test lasts."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Coroutine, Generator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from grpc import aio
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from controlplane.identity.pki import Pki
from tests.clients.console.fleet import Agents, Place
from tests.support.waiting import WAIT_S, wait_until

ROOT = Path(__file__).resolve().parents[3]
DEV = ROOT / "clients" / "console" / "dev.sh"
BIN = Path(sys.executable).parent
CHROMIUM = shutil.which("chromium") or ""
# Chromium alone, without what it does of itself on the network.
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MS = WAIT_S * 1000
_T = TypeVar("_T")


class Server:
    """A `chronovisord` that can be killed and started again, on the same ledger and the same addresses.

    `settings`: the text of a file; with any, it has certificates and a local socket, and believes nobody without proof.
    """

    def __init__(self, home: Path, settings: str | None = None) -> None:
        self._home = home
        self._options = ["--insecure", "--socket", "none"]
        if settings is not None:
            Pki(home / "pki").create("console", ["127.0.0.1"])
            (home / "chronovisord.toml").write_text(settings)
            self._options = ["--config", str(home / "chronovisord.toml"), "--socket", str(home / "socket")]
            self._options += ["--agent-listen", "127.0.0.1:0"]
        self._process: subprocess.Popen[str] | None = None
        self.address: str = "127.0.0.1:0"
        self.http: str = "127.0.0.1:0"

    @property
    def url(self) -> str:
        return f"http://{self.http}/"

    def start(self) -> None:
        options = ["--listen", self.address, "--http", self.http, *self._options]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "controlplane", *options],
            env=os.environ | {"CHRONOVISOR_HOME": str(self._home)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        lines = [self._process.stdout.readline()]
        while lines[-1] and "http://" not in lines[-1]:
            lines.append(self._process.stdout.readline())
        self.address = lines[0].removeprefix("chronovisord listens on ").partition(",")[0].strip()
        self.http = lines[-1].rpartition("http://")[2].strip()
        assert ":" in self.http, lines

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.communicate(timeout=WAIT_S)

    def command(self, *words: str) -> Any:
        """What the command line answers, as JSON."""
        server = self.address if "--insecure" in self._options else f"unix:{self._home / 'socket'}"
        done = subprocess.run(
            [BIN / "chronovisor", *words, "--server", server, "--output", "json"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"HOME": str(self._home)},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@contextlib.contextmanager
def server(home: Path, settings: str | None = None) -> Generator[Server]:
    made = Server(home, settings)
    try:
        made.start()
        yield made
    finally:
        made.stop()


class Fleet:
    """Agents on a thread of their own, since a browser test waits for its browser."""

    def __init__(self, address: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="agents")
        self._thread.start()
        self.channel = self.run(self._open(address))
        self.agents = Agents(self.channel)

    async def _open(self, address: str) -> aio.Channel:
        return aio.insecure_channel(address)

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S * 2)

    def start(self, hosts: Sequence[Place]) -> None:
        self.run(self.agents.start(hosts))

    def close(self) -> None:
        self.run(self.agents.close())
        self.run(self.channel.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextlib.contextmanager
def fleet(address: str, hosts: Sequence[Place]) -> Generator[Fleet]:
    made = Fleet(address)
    try:
        made.start(hosts)
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def chromium() -> Generator[Browser]:
    # As root it has no sandbox of its own: what it opens is the control plane's page alone.
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """One window of a browser: its page, and what its console printed."""

    def __init__(self, browser: Browser, url: str, *, theme: str = "light", token: str = "") -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1440, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
            extra_http_headers=headers,
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.context.set_default_timeout(_PATIENCE_MS)
        expect.set_options(timeout=_PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._printed)
        self._url = url

    def _printed(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(message.text)

    def open(self, place: str) -> Page:
        """A place of the console, such as `/vms`, as a link opens it."""
        load(self.page, f"{self._url}#{place}")
        # A page that is there already only moves: as a link from elsewhere, it is loaded.
        load(self.page)
        expect(self.page.locator("main h1")).to_be_visible()
        return self.page

    def numbers(self) -> dict[str, str]:
        """The page's numbers, by their names."""
        script = "all => Object.fromEntries(all.map(e => [e.dataset.number, e.dataset.value ?? e.textContent]))"
        return self.page.locator("main [data-number]").evaluate_all(script)

    def settled(self) -> None:
        """Once nothing is being read any more."""
        expect(self.page.locator("main .loading, main .is-loading")).to_have_count(0)

    def close(self) -> None:
        self.context.close()
        assert not self.faults, self.faults


def load(page: Page, url: str = "") -> None:
    """Loads an address, or the page's own anew. Chromium gives up whenever the machine's network interfaces change."""
    while True:
        try:
            page.goto(url) if url else page.reload()
        except Error as error:
            if "ERR_NETWORK_CHANGED" not in str(error):
                raise
        else:
            return


@contextlib.contextmanager
def window(browser: Browser, url: str, *, theme: str = "light", token: str = "") -> Generator[Window]:
    made = Window(browser, url, theme=theme, token=token)
    try:
        yield made
    finally:
        made.close()


def build() -> str:
    """Builds the console where it has changed; why it cannot be, where it cannot."""
    done = subprocess.run([DEV, "build"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def axe() -> str:
    """The source of axe-core."""
    done = subprocess.run([DEV, "axe"], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip()).read_text()


__all__ = [
    "CHROMIUM",
    "Fleet",
    "Server",
    "Window",
    "axe",
    "build",
    "chromium",
    "fleet",
    "server",
    "wait_until",
    "window",
]
