"""Hosts as values, for tests of what only looks at one."""

from collections.abc import Mapping

from controlplane.domain.host.aggregate import Host, Platform
from controlplane.domain.time import Micros


def host(name: str = "node-1", labels: Mapping[str, str] | None = None, zone: str = "") -> Host:
    return Host(
        uid=f"uid-of-{name}",
        name=f"hosts/{name}",
        inventory={},
        platform=Platform(),
        zone=zone,
        labels=tuple(sorted((labels or {}).items())),
        created=Micros(0),
        updated=Micros(0),
    )
