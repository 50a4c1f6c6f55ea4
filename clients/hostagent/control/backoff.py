"""Growing, jittered waits between tries. Counts tries; does not do them."""

import random


class Backoff:
    """Waits of `first_s`, doubling up to `most_s`, each shortened by up to half so that many agents spread out."""

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s

    def next_s(self) -> float:
        wait_s = self._next_s * random.uniform(0.5, 1.0)
        self._next_s = min(self._next_s * 2, self._most_s)
        return wait_s

    def longest_s(self) -> float:
        """A wait as after many tries, for what will hardly change soon."""
        self._next_s = self._most_s
        return self.next_s()

    def reset(self) -> None:
        self._next_s = self._first_s
