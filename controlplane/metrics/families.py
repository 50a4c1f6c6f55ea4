"""Metric families in few words. Names and units are Prometheus' conventions: see docs/how-to/metrics.md."""

from collections.abc import Iterable, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from controlplane.runtime.tallies import Histogram

PREFIX = "chronovisor_"
Rows = Iterable[tuple[Sequence[str], float]]


def gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, help_text, value)


def gauges(name: str, help_text: str, labels: Sequence[str], rows: Rows) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, help_text, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def counter(name: str, help_text: str, value: float) -> Metric:
    """`name` without `_total`."""
    return CounterMetricFamily(PREFIX + name, help_text, value)


def counters(name: str, help_text: str, labels: Sequence[str], rows: Rows) -> Metric:
    """`name` without `_total`."""
    family = CounterMetricFamily(PREFIX + name, help_text, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def histograms(
    name: str, help_text: str, labels: Sequence[str], rows: Iterable[tuple[Sequence[str], Histogram]]
) -> Metric:
    family = HistogramMetricFamily(PREFIX + name, help_text, labels=labels)
    for values, found in rows:
        family.add_metric(values, list(found.cumulative()), found.total)
    return family


def histogram(name: str, help_text: str, found: Histogram) -> Metric:
    return histograms(name, help_text, (), [((), found)])


def by_label(counts: Mapping[str, float]) -> Rows:
    """Of one label."""
    return (((value,), count) for value, count in sorted(counts.items()))
