"""What a watch has given, collected by a thread of its own until somebody looks."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from chronovisor import ChronovisorError, Watch

from conformance_runner.methods import Json, json_of


class Collector:
    """The items of one watch. `take` gives those that came since the last time."""

    def __init__(self, watch: Watch[Any]) -> None:
        self._watch = watch
        self._items: list[Json] = []
        self._taken = 0
        self.error: ChronovisorError | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self, is_enough: Callable[[list[Json]], int | None], timeout_s: float) -> list[Json] | None:
        """The new items, as many of them as `is_enough` says; None when they have not come within the time."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while (count := is_enough(self._items[self._taken :])) is None:
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    return None
                self._changed.wait(left_s)
            taken = self._items[self._taken : self._taken + count]
            self._taken += count
            return taken

    def waiting(self) -> list[Json]:
        """What came and was not taken yet."""
        with self._changed:
            return self._items[self._taken :]

    def repeats(self) -> list[int]:
        """Positions that are not above the one before them, of all items so far."""
        with self._changed:
            positions = [position for item in self._items if (position := int(item.get("position", 0)))]
        return [later for earlier, later in pairwise(positions) if later <= earlier]

    def stop(self) -> None:
        """As a user leaves a watch."""
        self._watch.close()
        self._thread.join(30.0)

    def _run(self) -> None:
        try:
            for item in self._watch:
                with self._changed:
                    self._items.append(json_of(item))
                    self._changed.notify_all()
        except ChronovisorError as error:
            with self._changed:
                self.error = error
                self._changed.notify_all()
