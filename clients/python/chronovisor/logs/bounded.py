"""No line without end: of entries that are alike, the first of each minute are written, and the others counted."""

import logging
import time
from collections.abc import Callable

# In this time, so many lines of one wording, and so many that are the same to the letter.
WINDOW_S = 60.0
MOST_ALIKE = 100
MOST_THE_SAME = 5
# Wordings that are remembered; then the window begins anew for all.
MOST_KEPT = 1000


class Bounded(logging.Filter):
    """Lets the first lines of a kind through, and says later how many were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._began = clock()
        self._counts: dict[tuple[str, int, str], int] = {}
        self._left_out: dict[tuple[str, int, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        if now - self._began >= WINDOW_S or len(self._counts) >= MOST_KEPT:
            self._began, self._counts = now, {}
        wording = (record.name, record.levelno, str(record.msg))
        # The limit of a wording holds for all lines that have it.
        if self._is_over(wording, MOST_ALIKE) or self._is_over((*wording[:2], record.getMessage()), MOST_THE_SAME):
            self._left_out[wording] = self._left_out.get(wording, 0) + 1
            return False
        if left_out := self._left_out.pop(wording, 0):
            record.msg, record.args = f"{record.getMessage()} ({left_out} lines like this were left out before)", None
        return True

    def _is_over(self, kind: tuple[str, int, str], most: int) -> bool:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind] > most
