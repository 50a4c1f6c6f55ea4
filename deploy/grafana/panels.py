"""Dashboards as values: rows of panels, each with the queries that it draws. Knows nothing of Grafana's JSON."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """PromQL, and what its lines are called."""

    query: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """`unit` is Grafana's name of one. `number`: a number, no lines."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    number: bool = False
    stacked: bool = False


@dataclass(frozen=True)
class Dashboard:
    """`variables`: the name of each, and the query that gives its values."""

    uid: str
    title: str
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]
    variables: tuple[tuple[str, str], ...]


def lines(title: str, unit: str, *queries: tuple[str, str], stacked: bool = False) -> Panel:
    """`queries`: PromQL with a legend."""
    return Panel(title, unit, tuple(Line(*each) for each in queries), stacked=stacked)


def number(title: str, query: str) -> Panel:
    return Panel(title, "short", (Line(query),), number=True)


# PromQL. `of` is what selects the series.


def rate(metric: str, of: str, *by: str) -> str:
    """A second, summed."""
    return f"sum by ({', '.join(by)}) (rate({metric}{{{of}}}[$__rate_interval]))"


def increase(metric: str, of: str, *by: str) -> str:
    return f"sum by ({', '.join(by)}) (increase({metric}{{{of}}}[$__rate_interval]))"


def largest(metric: str, of: str, *by: str) -> str:
    """The same, whichever servers report it."""
    return f"max by ({', '.join(by)}) ({metric}{{{of}}})"


def total(metric: str, of: str) -> str:
    return f"sum({metric}{{{of}}})"


def quantile(share: float, metric: str, of: str, *by: str) -> str:
    """Of a histogram; `metric` without `_bucket`."""
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', of, *by, 'le')})"


def mean(metric: str, of: str, *by: str) -> str:
    """Of a histogram or a summary."""
    return f"{rate(f'{metric}_sum', of, *by)} / {rate(f'{metric}_count', of, *by)}"


def above_0(query: str) -> str:
    """Only what there is any of; 0 where there is nothing."""
    return f"({query} > 0) or vector(0)"
