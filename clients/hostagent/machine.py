"""The identity of this machine and its hypervisor, as digests, which distinguish a clone from a restart.

A host's name can be copied with an image, and so can /etc/machine-id; the product UUID is the board's (or the outer
hypervisor's) own, and only root can read it. Whatever can be read is reported.
"""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

# By source: where it may be, the first that there is.
SOURCES = {
    "machine-id": ("etc/machine-id", "var/lib/dbus/machine-id"),
    "product-uuid": ("sys/class/dmi/id/product_uuid", "sys/firmware/devicetree/base/serial-number"),
}
# What machines say that have none of their own.
_NOT_SET = frozenset({"", "uninitialized", "none", "not settable", "to be filled by o.e.m.", "default string"})
ENVIRONMENT = "CHRONOVISOR_MACHINE_ID"


def machine_ids(hypervisor: str, chosen: str = "", root: Path = Path("/")) -> tuple[str, ...]:
    """One `{source}:{sha256}` for each source that can be read, sorted; of `chosen` alone where it is given.

    `hypervisor` is part of each: another one on the same machine has other guests.
    """
    if chosen:
        return (_entry("chosen", chosen, hypervisor),)
    found = {source: _read([root / path for path in paths]) for source, paths in SOURCES.items()}
    return tuple(sorted(_entry(source, value, hypervisor) for source, value in found.items() if value))


def hypervisor_of(driver: str, uri: str = "") -> str:
    """What has the guests: `simulated`, or the driver, place and path of libvirt's URI, however it is reached."""
    if driver != "libvirt":
        return driver
    parts = urlsplit(uri)
    return f"{driver} {parts.scheme.partition('+')[0]}://{parts.netloc}{parts.path}"


def _entry(source: str, value: str, hypervisor: str) -> str:
    digest = hashlib.sha256(f"chronovisor machine\n{source}\n{value}\n{hypervisor}".encode()).hexdigest()
    return f"{source}:{digest}"


def _read(paths: list[Path]) -> str:
    for path in paths:
        try:
            value = path.read_text(errors="replace").strip("\0 \n\t").lower()
        except OSError:
            continue
        if value not in _NOT_SET and value.strip("0-") and value.strip("f-"):
            return value
    return ""
