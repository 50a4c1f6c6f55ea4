"""A real Prometheus over our rules, in which minutes are seconds, and what it says over HTTP."""

import asyncio
import json
import re
import urllib.parse
import urllib.request
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.support.free_port import free_port
from tests.support.waiting import WAIT_S, until
from tests.unit.project.checkout import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
EVERY = "1s"
# For how long an increase is seen, and for how long a condition must hold.
RANGE, HOLD = "10s", "1s"


def quick(rules: str) -> str:
    """The same rules, with short times."""
    found = yaml.safe_load(rules)
    for group in found["groups"]:
        for rule in group["rules"]:
            rule["expr"] = re.sub(r"\[\d+[smhd]\]", f"[{RANGE}]", rule["expr"])
            if "for" in rule:
                rule["for"] = HOLD
    return yaml.safe_dump(found, sort_keys=False)


class Prometheus:
    """Its HTTP API."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    async def is_ready(self) -> bool:
        try:
            await self._get("/-/ready")
        except OSError:
            return False
        return True

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """What the expression gives now: its samples, each with `metric` and `value`."""
        found = json.loads(await self._get(f"/api/v1/query?query={urllib.parse.quote(expression)}"))
        return found["data"]["result"]

    async def firing(self) -> Mapping[str, set[str]]:
        """The names of alerts that fire, by job."""
        by_job: dict[str, set[str]] = {}
        for each in json.loads(await self._get("/api/v1/alerts"))["data"]["alerts"]:
            if each["state"] == "firing":
                by_job.setdefault(each["labels"]["job"], set()).add(each["labels"]["alertname"])
        return by_job

    async def unhealthy(self) -> list[str]:
        """Rules that cannot be evaluated, and why."""
        groups = json.loads(await self._get("/api/v1/rules"))["data"]["groups"]
        return [
            f"{rule['name']}: {rule['lastError']}"
            for group in groups
            for rule in group["rules"]
            if rule.get("lastError")
        ]

    async def _get(self, path: str) -> bytes:
        def read() -> bytes:
            with urllib.request.urlopen(self._url + path, timeout=WAIT_S) as answer:
                return answer.read()

        return await asyncio.to_thread(read)


@asynccontextmanager
async def prometheus(directory: Path, scrapes: Sequence[Mapping[str, Any]]) -> AsyncGenerator[Prometheus]:
    """Scrapes these each second, and evaluates our rules as often."""
    port = free_port()
    for file in RULES:
        (directory / file.name).write_text(quick(file.read_text()))
    settings = {
        "global": {"scrape_interval": EVERY, "scrape_timeout": EVERY, "evaluation_interval": EVERY},
        "rule_files": [file.name for file in RULES],
        "scrape_configs": scrapes,
    }
    (directory / "prometheus.yml").write_text(yaml.safe_dump(settings))
    with (directory / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "prometheus",
            f"--config.file={directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            stdout=log,
            stderr=log,
        )
    found = Prometheus(port)
    try:
        await until(found.is_ready)
        yield found
    finally:
        process.terminate()
        await process.wait()
