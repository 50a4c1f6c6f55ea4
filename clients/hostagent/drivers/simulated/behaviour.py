"""How a simulated host behaves: its size, its delays, its faults. Values, and nothing else."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hostagent.drivers.base import NumaNode
from hostagent.drivers.simulated.migration import Stage

STEPS = (
    "define",
    "start",
    "pause",
    "resume",
    "stop",
    "reboot",
    "delete",
    "resize_disk",
    "flatten_disk",
    "limit",
    "prepare_incoming",
    *(stage.value for stage in Stage),
)
DEFAULT_TOTALS = {"vcpus": 64, "memory_mib": 262_144, "disk_gib": 10_000}


@dataclass(slots=True)
class Fault:
    """A step that fails: `times` times, or for ever when None."""

    times: int | None = None
    permanent: bool = False
    error: str = "simulated fault"


@dataclass(slots=True)
class Behaviour:
    """How a simulated host behaves. Times are seconds."""

    totals: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_TOTALS))
    # `*` stands for any name.
    images: tuple[str, ...] = ("*",)
    # How many NUMA nodes the totals are spread over; 0: none are reported.
    numa_nodes: int = 0
    # What the machine can do, besides having a disk pool.
    traits: tuple[str, ...] = ()
    # Of disks that all hosts of the network with this pool have. Empty: this host has its own.
    disk_pool: str = ""
    # By step; a migration's by its stage.
    delay_s: dict[str, float] = field(default_factory=dict[str, float])
    # By step; a migration's by its stage.
    faults: dict[str, Fault] = field(default_factory=dict[str, Fault])
    # A guest that gets the power-off signal obeys it after this long; None: never.
    power_off_s: float | None = 0.0
    # A guest ends by itself this long after its start; None: it runs on.
    ends_after_s: float | None = None
    # Seconds of a clock that never goes back: what guests use grows with it.
    clock: Callable[[], float] = time.monotonic


def nodes_of(behaviour: Behaviour) -> tuple[NumaNode, ...]:
    """Equal nodes; what does not divide is on the first ones."""
    count = behaviour.numa_nodes
    vcpus, memory_mib = behaviour.totals.get("vcpus", 0), behaviour.totals.get("memory_mib", 0)
    return tuple(
        NumaNode(vcpus // count + (node < vcpus % count), memory_mib // count + (node < memory_mib % count))
        for node in range(count)
    )
