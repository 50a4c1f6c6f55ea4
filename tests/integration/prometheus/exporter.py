"""Metrics of many control planes on one HTTP port, each at its own path. Speaks as much HTTP as a scrape needs."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from chronovisor.v1.metrics_service_pb2 import GetMetricsRequest

from tests.integration.controlplane.plane import Plane

TEXT = "text/plain; version=0.0.4"
Scrape = Callable[[], Awaitable[bytes]]


def of_plane(plane: Plane, **request: Any) -> Scrape:
    async def scrape() -> bytes:
        return (await plane.metrics.GetMetrics(GetMetricsRequest(**request))).data

    return scrape


@asynccontextmanager
async def exporting(scrapes: Mapping[str, Scrape]) -> AsyncGenerator[int]:
    """Serves `/NAME`; any other path is not there. Yields the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).decode().split()[1].removeprefix("/").partition("?")[0]
        while (await reader.readline()).strip():
            pass
        scrape = scrapes.get(path)
        status, body = ("200 OK", await scrape()) if scrape else ("503 Service Unavailable", b"")
        headers = f"content-type: {TEXT}\r\ncontent-length: {len(body)}\r\nconnection: close"
        head = f"HTTP/1.1 {status}\r\n{headers}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def scrape_config(name: str, port: int, **more: Any) -> dict[str, Any]:
    """Each is a job of its own."""
    targets = [{"targets": [f"127.0.0.1:{port}"], "labels": {"instance": name}}]
    return {"job_name": f"chronovisor-{name}", "metrics_path": f"/{name}", "static_configs": targets, **more}
