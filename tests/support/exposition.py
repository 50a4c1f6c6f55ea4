"""Prometheus' text read back, by the library's own parser."""

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


class Samples:
    """The samples of a text, by name and labels."""

    def __init__(self, text: str) -> None:
        self.families = {each.name: each for each in text_string_to_metric_families(text)}
        self._values: dict[tuple[str, Labels], float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float | None:
        """None where there is no such sample. `name` without the prefix."""
        return self._values.get((f"chronovisor_{name}", frozenset(labels.items())))

    def of(self, name: str) -> Iterator[tuple[dict[str, str], float]]:
        """The labels and the value of each sample of a name."""
        return (
            (dict(labels), value) for (found, labels), value in self._values.items() if found == f"chronovisor_{name}"
        )

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self._values}
