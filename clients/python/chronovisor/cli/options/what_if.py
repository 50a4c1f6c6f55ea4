"""What the options of `what-if` say: hosts by the number, and where a picture goes."""

import importlib.util
import os
import re
from pathlib import Path

from chronovisor.cli.settings import Misused
from chronovisor.cli.text.units import parse_disk, parse_memory
from chronovisor.names import host_name
from chronovisor.v1.host_pb2 import Host
from chronovisor.v1.resources_pb2 import ResourceInventory
from chronovisor.v1.what_if_pb2 import MoreHosts

PICTURES = (".png", ".pdf", ".svg")
_COUNTED = re.compile(r"(\d{1,6})\s*x\s*(\S+)")


def parse_hosts(text: str) -> MoreHosts:
    """From such as `20x64:256GiB:2TiB`, or `20xnode-1` for hosts like that one. Raises ValueError."""
    match = _COUNTED.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not NxSHAPE, such as 20x64:256GiB:2TiB, or 20xnode-1")
    count, shape = int(match[1]), match[2]
    if ":" not in shape:
        return MoreHosts(count=count, like=host_name(shape))
    parts = shape.split(":")
    if len(parts) != 3 or not parts[0].isdecimal():
        raise ValueError(f"{shape!r} is not VCPUS:MEMORY:DISK, such as 64:256GiB:2TiB")
    amounts = {"vcpus": int(parts[0]), "memory_mib": parse_memory(parts[1]), "disk_gib": parse_disk(parts[2])}
    inventory = {name: ResourceInventory(total=amount) for name, amount in amounts.items()}
    return MoreHosts(count=count, host=Host(inventory=inventory))


def require_picture(file: Path) -> None:
    """A replay may take minutes: a place where its picture cannot be is reported before. Raises Misused."""
    if file.suffix not in PICTURES:
        raise Misused(f"--picture {file}: must end in one of {', '.join(PICTURES)}")
    if not os.access(file if file.exists() else file.absolute().parent, os.W_OK):
        raise Misused(f"--picture {file}: cannot be written")
    if importlib.util.find_spec("matplotlib") is None:
        raise Misused("--picture needs matplotlib: pip install 'chronovisor[bench]'")
