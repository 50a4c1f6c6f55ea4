"""How long an agent has for each step before its request is given up."""

from collections.abc import Mapping

from controlplane.domain.vm.verbs import GUEST_VERBS

DEFAULT_LIMITS: Mapping[str, float] = {row.step: row.limit_s for row in GUEST_VERBS.values()}


class Limits:
    """Seconds by step, such as `Limits(start=60.0)`: a step that is not given has its verb's own limit.

    A stop may take its grace period longer. Raises ValueError for what is no step.
    """

    def __init__(self, **seconds: float) -> None:
        if unknown := seconds.keys() - DEFAULT_LIMITS.keys():
            raise ValueError(f"{', '.join(sorted(unknown))}: not one of {', '.join(sorted(DEFAULT_LIMITS))}")
        self._seconds = {**DEFAULT_LIMITS, **seconds}

    def of(self, step: str) -> float:
        return self._seconds[step]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Limits) and self._seconds == other._seconds

    __hash__ = None  # pyright: ignore[reportAssignmentType] compared, never a key
