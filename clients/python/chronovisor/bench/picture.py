"""The picture of a replay: hosts in use and eta over time, against the least that was possible."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from chronovisor.bench.placements import Course

mpl.use("Agg")
HOUR_S = 3600


def draw(courses: Sequence[Course], path: Path) -> None:
    """Writes a picture; its kind is that of the file's name, such as .png. Raises OSError, ValueError."""
    figure = Figure(figsize=(12, 8), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    first = courses[0]
    hours = [(each - first.times[0]) / HOUR_S for each in first.times]
    for course in courses:
        over = f"{course.title}: {100 * course.over_bound():.1f} % over the bound"
        above.plot(hours, course.in_use, label=over, linewidth=1)
        below.plot(hours, [100 * each for each in course.eta], linewidth=1)
    above.plot(hours, first.least, label="lower bound", color="black", linestyle="--", linewidth=1)
    below.plot(hours, [100 * each for each in first.best_eta], color="black", linestyle="--", linewidth=1)
    above.set_ylabel("hosts in use")
    below.set_ylabel("eta: vCPUs allocated of hosts in use, %")
    below.set_xlabel("hours of the trace")
    figure.legend(  # pyright: ignore[reportUnknownMemberType] its own types are partial
        *above.get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize="small"
    )
    figure.savefig(path)  # pyright: ignore[reportUnknownMemberType] its own types are partial
