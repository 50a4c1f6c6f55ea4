"""How well a host fits: one file a policy, each a pure function of what a host would have left, and of its size.

Higher is better. A policy is written with arithmetic alone, so that one function scores one host, given floats, and all
hosts, given arrays, and gives the same bits both ways. A new one is a file here, its rows in `POLICIES` and
`BOUNDS`, and a test.
"""

from collections.abc import Mapping
from typing import Protocol, overload

import numpy as np
import numpy.typing as npt

from controlplane.placement.policies.balance import balance
from controlplane.placement.policies.pack import LARGE, pack
from controlplane.placement.policies.spread import spread


class Elementary(Protocol):
    """The score of a host, or of all, by the shares of vCPUs and of memory left there.

    `size` is how many such VMs the host could hold if it were empty, as a share of what the largest could.
    """

    @overload
    def __call__(self, vcpus_left: float, memory_left: float, size: float) -> float: ...

    @overload
    def __call__(
        self,
        vcpus_left: npt.NDArray[np.float64],
        memory_left: npt.NDArray[np.float64],
        size: npt.NDArray[np.float64],
    ) -> npt.NDArray[np.float64]: ...


POLICIES: Mapping[str, Elementary] = {"pack": pack, "spread": spread, "balance": balance}
# The least and the most that each can give.
BOUNDS: Mapping[str, tuple[float, float]] = {"pack": (-2.0, LARGE), "spread": (0.0, 2.0), "balance": (-1.0, 0.0)}
