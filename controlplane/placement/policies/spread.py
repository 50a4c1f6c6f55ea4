"""Keep room on every host, so that each VM has quiet neighbours and a lost host costs little. Pure."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Share = TypeVar("Share", float, npt.NDArray[np.float64])


def spread(vcpus_left: Share, memory_left: Share, size: Share) -> Share:
    """The shares of its capacity that the host would have left, 0 to 1. Best is a host that is empty."""
    del size
    return vcpus_left + memory_left
