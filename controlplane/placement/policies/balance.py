"""Keep what is left of vCPUs and memory alike, so that neither is stranded when the other is used up. Pure."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Share = TypeVar("Share", float, npt.NDArray[np.float64])


def balance(vcpus_left: Share, memory_left: Share, size: Share) -> Share:
    """The shares of its capacity that the host would have left, 0 to 1. Best is a host with as much of both."""
    del size
    apart = vcpus_left - memory_left
    return -(apart * apart)
