"""What is derived from values, found by the identity of each."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
MOST = 4096


class IdentityCache(Generic[K, V]):
    """For large values that never change, and of which equal ones mostly are the same: hashing one costs more.

    Forgets everything when it is full.
    """

    __slots__ = ("_found",)

    def __init__(self) -> None:
        # Each keeps its value, so that no other can have its identity.
        self._found: dict[int, tuple[K, V]] = {}

    def get(self, value: K) -> V | None:
        found = self._found.get(id(value))
        return found[1] if found else None

    def put(self, value: K, derived: V) -> V:
        if len(self._found) >= MOST:
            self._found.clear()
        self._found[id(value)] = (value, derived)
        return derived
