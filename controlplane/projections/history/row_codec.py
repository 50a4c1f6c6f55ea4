"""Amounts of resources as the read database's rows have them: as text, and in whole numbers. Reads no rows."""

import json
from functools import lru_cache
from typing import NamedTuple

from controlplane.domain.resources import BASE_CLASSES, Resources

Extended = tuple[tuple[str, int], ...]


def text_of(vcpus: int, memory_mib: int, disk_gib: int, extended: Extended) -> str:
    """Each class of which there is something, as JSON."""
    if extended:
        base = zip(BASE_CLASSES, (vcpus, memory_mib, disk_gib), strict=True)
        return json.dumps({name: amount for name, amount in (*base, *extended) if amount})
    if vcpus and memory_mib and disk_gib:
        return f'{{"vcpus": {vcpus}, "memory_mib": {memory_mib}, "disk_gib": {disk_gib}}}'
    some = [f'"vcpus": {vcpus}'] if vcpus else []
    if memory_mib:
        some.append(f'"memory_mib": {memory_mib}')
    if disk_gib:
        some.append(f'"disk_gib": {disk_gib}')
    return f"{{{', '.join(some)}}}"


def amounts(resources: Resources) -> str:
    """Each class of which there is something, as JSON."""
    return text_of(resources.vcpus, resources.memory_mib, resources.disk_gib, resources.extended)


@lru_cache(maxsize=8192)
def resources_of(stored: str) -> Resources:
    """The other way."""
    found: dict[str, int] = json.loads(stored)
    extended = tuple(sorted((name, n) for name, n in found.items() if name not in BASE_CLASSES))
    return Resources(found.get("vcpus", 0), found.get("memory_mib", 0), found.get("disk_gib", 0), extended)


class Held(NamedTuple):
    """What a VM holds, taken apart once for all VMs that share the value."""

    of: Resources
    vcpus: int
    memory_mib: int
    disk_gib: int
    extended: Extended
    # All, as JSON.
    text: str
    compute: bool
    anything: bool


class HeldAmounts:
    """Finds what is held by the identity of its value: equal amounts mostly share one, and hashing one costs more."""

    MOST = 4096

    def __init__(self) -> None:
        self._found: dict[int, Held] = {}

    def of(self, held: Resources) -> Held:
        found = self._found.get(id(held))
        # It keeps the value, so that no other can have its identity.
        if found is None:
            if len(self._found) >= self.MOST:
                self._found.clear()
            parts = (held.vcpus, held.memory_mib, held.disk_gib, held.extended)
            found = Held(held, *parts, amounts(held), held.has_compute, bool(held))
            self._found[id(held)] = found
        return found
