"""A benchmark's result: medians of interleaved runs, their ratio, and whether it is what was aimed at. Runs nothing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median

Run = Callable[[], Awaitable[float]]
_HEADINGS = ("measure", "baseline", "ours", "unit", "ratio", "target", "met")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ratio` is ours to the baseline's; None, like `baseline`, where there is no baseline."""

    measure: str
    unit: str
    baseline: float | None
    ours: float
    ratio: float | None
    target: str
    met: bool


async def interleave(rounds: int, *runs: Run) -> list[list[float]]:
    """What each run measured, in turns: what else the machine does meanwhile is shared between them."""
    measured: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, into in zip(runs, measured, strict=True):
            into.append(await run())
    return measured


def at_least(measure: str, unit: str, baseline: Sequence[float], ours: Sequence[float], target: float) -> Row:
    """More is better: ours reaches at least `target` times the baseline."""
    ratio = median(ours) / median(baseline)
    return Row(measure, unit, median(baseline), median(ours), ratio, f">= {target:g}", ratio >= target)


def at_most(measure: str, unit: str, baseline: Sequence[float], ours: Sequence[float], target: float) -> Row:
    """Less is better: ours takes at most `target` times the baseline."""
    ratio = median(ours) / median(baseline)
    return Row(measure, unit, median(baseline), median(ours), ratio, f"<= {target:g}", ratio <= target)


def under(measure: str, unit: str, ours: float, limit: float) -> Row:
    """A limit of its own, without a baseline."""
    return Row(measure, unit, None, ours, None, f"< {limit:g} {unit}", ours < limit)


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table with even columns."""
    cells = [
        (
            row.measure,
            "-" if row.baseline is None else _number(row.baseline),
            _number(row.ours),
            row.unit,
            "-" if row.ratio is None else f"{row.ratio:.2f}",
            row.target,
            "yes" if row.met else "NO",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in (_HEADINGS, *cells)) for column in range(len(_HEADINGS))]
    lines = [_HEADINGS, tuple("-" * width for width in widths), *cells]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
