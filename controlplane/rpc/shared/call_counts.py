"""Who counts the calls of methods, if anybody does. Counts nothing itself."""

from typing import Protocol

OK, CANCELLED = "OK", "CANCELLED"


class MethodCount(Protocol):
    """Counts the calls of one method."""

    def now(self) -> float: ...

    def answered(self, began: float) -> None: ...

    def ended(self, code: str) -> None: ...

    def opened(self, change: int) -> None: ...


class CallCounts(Protocol):
    """Counts of calls, by `/Service/Method`."""

    def of(self, method: str) -> MethodCount: ...

    def refused(self, reason: str) -> None: ...


class _Uncounted:
    """Nobody counts."""

    def of(self, method: str) -> MethodCount:
        return self

    def refused(self, reason: str) -> None: ...

    def now(self) -> float:
        return 0.0

    def answered(self, began: float) -> None: ...

    def ended(self, code: str) -> None: ...

    def opened(self, change: int) -> None: ...


UNCOUNTED: CallCounts = _Uncounted()
