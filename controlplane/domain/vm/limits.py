"""What commands are decided by beside the fleet: how long each step may take, and the spare capacity of zones."""

from collections.abc import Mapping

from controlplane.domain.placement.spare_capacity import SpareRules
from controlplane.domain.vm.verbs import GUEST_VERBS

DEFAULT_LIMITS: Mapping[str, float] = {row.step: row.limit_s for row in GUEST_VERBS.values()}


class Limits:
    """Seconds by step, such as `Limits(start=60.0)`: a step that is not given has its verb's own limit.

    A stop may take its grace period longer. Raises ValueError for what is no step. `spare_capacity` has rules about
    the VMs of all projects: starts that would break one are refused.
    """

    spare_capacity: SpareRules = ()

    def __init__(self, **seconds: float) -> None:
        if unknown := seconds.keys() - DEFAULT_LIMITS.keys():
            raise ValueError(f"{', '.join(sorted(unknown))}: not one of {', '.join(sorted(DEFAULT_LIMITS))}")
        self._seconds = {**DEFAULT_LIMITS, **seconds}

    def keeping(self, spare_capacity: SpareRules) -> "Limits":
        """The same, with these rules."""
        limits = Limits(**self._seconds)
        limits.spare_capacity = spare_capacity
        return limits

    def of(self, step: str) -> float:
        return self._seconds[step]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Limits):
            return False
        return self._seconds == other._seconds and self.spare_capacity == other.spare_capacity

    __hash__ = None  # pyright: ignore[reportAssignmentType] compared, never a key
