"""The text that Prometheus scrapes: read on the event loop as copies, made on a thread, one at a time."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, cast

from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector, CollectorRegistry

from controlplane.metrics.process import process_collectors
from controlplane.metrics.vms import VmMetrics

Families = Callable[[], Iterable[Metric]]


class Exposition(NamedTuple):
    """A text, and what kind it is."""

    content_type: str
    data: bytes


class MetricsQuery(NamedTuple):
    """`project_uids`: the metrics of these projects alone; None: of the server and the fleet.

    `with_vms`: what VMs use, too, by name. Series of projects are there with either.
    """

    project_uids: Collection[str] | None = None
    with_vms: bool = False
    open_metrics: bool = False


class MetricsReader:
    """`server`: sources of what is of the whole. Each is called on the event loop, and what it returns on a thread."""

    def __init__(self, server: Sequence[Callable[[], Families]], vms: VmMetrics) -> None:
        self._server = server
        self._vms = vms
        self._process = process_collectors()
        self._lock = asyncio.Lock()

    async def text(self, query: MetricsQuery) -> Exposition:
        async with self._lock:
            families = self._families(query)
            return await asyncio.to_thread(_text, families, open_metrics=query.open_metrics)

    def _families(self, query: MetricsQuery) -> list[Families]:
        is_whole = query.project_uids is None
        found = [each() for each in self._server] if is_whole else []
        found += [each.collect for each in self._process] if is_whole else []
        if query.with_vms or not is_whole:
            found.append(self._vms.captured(query.project_uids, with_vms=query.with_vms, with_projects=True))
        return found


class _Collected(Collector):
    """Families as the library reads them."""

    def __init__(self, families: Sequence[Families]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        for each in self._families:
            yield from each()


def _text(families: Sequence[Families], *, open_metrics: bool) -> Exposition:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(families))
    if open_metrics:
        text = openmetrics.generate_latest(registry)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return Exposition(openmetrics.CONTENT_TYPE_LATEST, cast("bytes", text))
    return Exposition(CONTENT_TYPE_PLAIN_0_0_4, generate_latest(registry))
