"""The clock of this machine."""

import time

from controlplane.domain.time import Micros


def clock() -> Micros:
    """Now."""
    return Micros(time.time_ns() // 1000)
