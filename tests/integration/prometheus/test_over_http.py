"""A `chronovisord` as it is shipped is scraped over its HTTP listener, by an address alone."""

import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.prometheus.prometheus_server import prometheus
from tests.support.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("prometheus"), reason="needs Prometheus: apt-get install prometheus"),
]
HTTP = "console and HTTP API on http://"


@pytest.fixture
def served(tmp_path: Path) -> Generator[str]:
    """Its HTTP address."""
    options = ["--listen", "127.0.0.1:0", "--insecure", "--http", "127.0.0.1:0", "--socket", "none"]
    home = str(tmp_path / "home")
    with subprocess.Popen(
        [Path(sys.executable).with_name("chronovisord"), *options, "--home", home],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            line = next(line for line in server.stdout if line.startswith(HTTP))
            yield line.removeprefix(HTTP).split()[0]
        finally:
            server.terminate()


async def test_it_is_scraped_and_no_alert_fires(served: str, tmp_path: Path) -> None:
    scrape: dict[str, Any] = {"job_name": "chronovisor", "static_configs": [{"targets": [served]}]}
    async with prometheus(tmp_path, [scrape]) as server:

        async def is_scraped() -> bool:
            return bool(await server.query("chronovisor_ledger_position > 0"))

        await until(is_scraped)
        (up,) = await server.query('up{job="chronovisor"}')
        assert up["value"][1] == "1"
        assert await server.firing() == {}
