"""The picture of a what-if: hosts in use, and eta of the hosts in use, as it was and as it would have been."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from chronovisor.v1.what_if_pb2 import WhatIfFigures, WhatIfPoint

mpl.use("Agg")
_CLASSES = {"vcpus": "vCPUs", "memory_mib": "memory"}
_SIDES: dict[str, tuple[str, Callable[[WhatIfPoint], WhatIfFigures]]] = {
    "as it was": ("-", lambda point: point.was),
    "as it would be": ("--", lambda point: point.would),
}


def draw(points: Sequence[WhatIfPoint], path: Path) -> None:
    """Writes a picture; its kind is that of the file's name, such as .png. Raises OSError."""
    figure = Figure(figsize=(12, 8), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    times = [datetime.fromtimestamp(each.time.seconds + each.time.nanos / 1e9, UTC) for each in points]
    for side, (line, totals_of) in _SIDES.items():
        in_use = [totals_of(each).hosts_in_use for each in points]
        above.plot(times, in_use, line, label=side, drawstyle="steps-post", linewidth=1.2)
        for place, (name, title) in enumerate(_CLASSES.items()):
            eta = [100 * _eta(totals_of(each), name) for each in points]
            below.plot(
                times, eta, line, color=f"C{place}", label=f"{title}, {side}", drawstyle="steps-post", linewidth=1.2
            )
    above.set_ylabel("hosts in use")
    below.set_ylabel("eta of the hosts in use, %")
    below.set_xlabel("UTC")
    for each in (above, below):
        each.set_ylim(bottom=0)
        each.grid(alpha=0.3)
        each.legend(fontsize="small")
    figure.savefig(path)  # pyright: ignore[reportUnknownMemberType] its own types are partial


def _eta(totals: WhatIfFigures, resource_class: str) -> float:
    return next((each.eta_in_use for each in totals.classes if each.resource_class == resource_class), 0.0)
