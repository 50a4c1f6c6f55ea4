"""The console in a browser, over a control plane with a fleet: one control plane for a worker, since none is cheap."""

import os
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.clients.console import stage
from tests.clients.console.fleet import Kind, create, create_projects, places

# Where pictures for the documentation are written, where they are to be.
PICTURES = os.environ.get("CHRONOVISOR_TEST_PICTURES")
KINDS = (
    Kind("shop", "web", 24, 2, 4096, 20, "web"),
    Kind("shop", "db", 6, 8, 32768, 200, "data"),
    Kind("billing", "job", 12, 4, 8192, 40, "batch"),
    Kind("billing", "spare", 4, 2, 2048, 20, "web", start=False),
    Kind("research", "train", 20, 32, 131072, 500, "gpu"),
)


@dataclass(frozen=True)
class Served:
    """What there is to look at."""

    server: stage.Server
    fleet: stage.Fleet


@dataclass(frozen=True)
class Stage(Served):
    """And who looks at it."""

    browser: Browser

    @property
    def url(self) -> str:
        return self.server.url


@pytest.fixture(scope="session")
def built() -> None:
    """Skips where there is no browser, and fails where the console cannot be built."""
    if not stage.CHROMIUM:
        pytest.skip("Chromium is not there: apt-get install chromium")
    why = stage.build()
    assert not why, why


@pytest.fixture(scope="module")
def browser(built: None) -> Generator[Browser]:
    """One for each module: while there is one, an event loop runs in this thread, where tests of others have theirs."""
    with stage.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def served(built: None, tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """A fleet with some history. Tests may add to it, and must not count on being alone."""
    home: Path = tmp_path_factory.mktemp("console")
    with stage.server(home) as server, stage.fleet(server.address, places(3, 3, 4)) as fleet:
        fleet.run(create_projects(fleet.channel, ["shop", "billing"]))
        fleet.run(create_projects(fleet.channel, ["research"], "spread"))
        # An empty host that is lost: on the map, it is crossed out.
        server.command("host", "cordon", "node-36", "--reason", "a broken fan")
        fleet.run(fleet.agents.lose("node-36"))
        for kind in KINDS:
            fleet.run(create(fleet.channel, [kind]))
            # On pictures, history takes some time.
            time.sleep(8 if PICTURES else 0)
        yield Served(server, fleet)


@pytest.fixture(scope="session")
def certified(built: None, tmp_path_factory: pytest.TempPathFactory) -> Generator[stage.Server]:
    """One that signs the certificates of hosts, and has no fleet."""
    with stage.server(tmp_path_factory.mktemp("certified"), "") as server:
        yield server


@pytest.fixture
def looked_at(served: Served, browser: Browser) -> Stage:
    return Stage(served.server, served.fleet, browser)


@pytest.fixture
def window(looked_at: Stage) -> Generator[stage.Window]:
    with stage.window(looked_at.browser, looked_at.url) as window:
        yield window


@pytest.fixture(scope="session")
def axe(built: None) -> str:
    return stage.axe()
