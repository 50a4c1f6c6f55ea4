"""Fill hosts up, the largest first, so that the fewest are in use. Pure."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Share = TypeVar("Share", float, npt.NDArray[np.float64])

# What the largest host is better than one of no size at all. See decision 0010.
LARGE = 0.75


def pack(vcpus_left: Share, memory_left: Share, size: Share) -> Share:
    """The shares of its capacity that the host would have left, and its size, 0 to 1. Best is a large one, and full."""
    return LARGE * size - (vcpus_left + memory_left)
