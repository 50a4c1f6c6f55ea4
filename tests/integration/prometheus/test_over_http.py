"""A `chronovisord` as it is shipped is scraped over its HTTP listener, by an address alone."""

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.prometheus.prometheus_server import prometheus
from tests.support.dev_server import LISTENS_FOR_HTTP, ON_LOOPBACK, chronovisord, environment_of
from tests.support.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("prometheus"), reason="needs Prometheus: apt-get install prometheus"),
]


@pytest.fixture
def served(tmp_path: Path) -> Generator[str]:
    """Its HTTP address."""
    options = (*ON_LOOPBACK, "--http", "127.0.0.1:0", "--socket", "none")
    with chronovisord(environment_of(tmp_path / "home"), *options, lines=(LISTENS_FOR_HTTP,)) as (address,):
        yield address


async def test_it_is_scraped_and_no_alert_fires(served: str, tmp_path: Path) -> None:
    scrape: dict[str, Any] = {"job_name": "chronovisor", "static_configs": [{"targets": [served]}]}
    async with prometheus(tmp_path, [scrape]) as server:

        async def is_scraped() -> bool:
            return bool(await server.query("chronovisor_ledger_position > 0"))

        await until(is_scraped)
        (up,) = await server.query('up{job="chronovisor"}')
        assert up["value"][1] == "1"
        assert await server.firing() == {}
