"""What every process of Python exports: memory, CPU time, open files, garbage collection."""

from collections.abc import Sequence

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry


def process_collectors() -> Sequence[Collector]:
    """Under the library's own names: dashboards of others know them."""
    unused = CollectorRegistry()
    return ProcessCollector(registry=unused), PlatformCollector(registry=unused), GCCollector(registry=unused)
