"""The score of hosts by a project's policies: one for all hosts, or others for those of some zones. Chooses nothing.

Policies have scales of their own: `pack` gives little above 0, `spread` at least 0. Where hosts are scored by different
ones, each score is moved to one scale, from 0 for the worst host that the policy can think of to WIDTH for the best.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, overload

from controlplane.domain.placement.policy import Policy, ZonePolicies
from controlplane.placement.host_table import Floats, HostTable, Rows

# As far apart as `spread` puts the best host and the worst: preferences weigh about as much as without zones.
WIDTH = 2.0
# What the largest host is better than one of no size at all. See decision 0010.
LARGE = 0.75
Share = TypeVar("Share", float, Floats)


class Elementary(Protocol):
    """The score of a host, or of all, by the shares of vCPUs and of memory left there. Higher is better.

    `size` is how many such VMs the host could hold if it were empty, as a share of what the largest could. Written with
    arithmetic alone, so that one function scores one host, given floats, and all hosts, given arrays, to the same bits.
    """

    @overload
    def __call__(self, vcpus_left: float, memory_left: float, size: float) -> float: ...

    @overload
    def __call__(self, vcpus_left: Floats, memory_left: Floats, size: Floats) -> Floats: ...


def pack(vcpus_left: Share, memory_left: Share, size: Share) -> Share:
    """Fill hosts up, the largest first, so that the fewest are in use."""
    return LARGE * size - (vcpus_left + memory_left)


def spread(vcpus_left: Share, memory_left: Share, size: Share) -> Share:
    """Keep room on every host, so that each VM has quiet neighbours and a lost host costs little."""
    del size
    return vcpus_left + memory_left


def balance(vcpus_left: Share, memory_left: Share, size: Share) -> Share:
    """Keep what is left of vCPUs and memory alike, so that neither is stranded when the other is used up."""
    del size
    difference = vcpus_left - memory_left
    return -(difference * difference)


POLICIES: Mapping[str, Elementary] = {"pack": pack, "spread": spread, "balance": balance}
# The least and the most that each can give.
BOUNDS: Mapping[str, tuple[float, float]] = {"pack": (-2.0, LARGE), "spread": (0.0, 2.0), "balance": (-1.0, 0.0)}


class _Weighed:
    """A policy as a function of the shares that a host would have left and of its size, or of arrays of them."""

    def __init__(self, policy: Policy, on_one_scale: bool) -> None:
        self.name = policy.name
        self._parts: list[tuple[Callable[[Any, Any, Any], Any], float]] = [
            (POLICIES[name], weight) for name, weight in policy.weights.items() if weight
        ]
        self._on_one_scale = on_one_scale
        self._least, most = (
            sum(weight * BOUNDS[name][end] for name, weight in policy.weights.items()) for end in (0, 1)
        )
        self._factor = WIDTH / (most - self._least)

    @overload
    def __call__(self, vcpus_left: float, memory_left: float, size: float) -> float: ...

    @overload
    def __call__(self, vcpus_left: Floats, memory_left: Floats, size: Floats) -> Floats: ...

    def __call__(self, vcpus_left: Any, memory_left: Any, size: Any) -> Any:
        score: Any = 0.0
        for part, weight in self._parts:
            score = score + weight * part(vcpus_left, memory_left, size)
        return (score - self._least) * self._factor if self._on_one_scale else score


class Scores:
    """Scores the hosts of the table for one project."""

    def __init__(self, table: HostTable, policy: Policy, zone_policies: ZonePolicies) -> None:
        self._table = table
        self._elsewhere = _Weighed(policy, bool(zone_policies))
        self._by_zone: Mapping[str, _Weighed] = {zone: _Weighed(each, True) for zone, each in zone_policies}

    def of_rows(self, rows: Rows, vcpus_left: Floats, memory_left: Floats, size: Floats) -> Floats:
        score = self._elsewhere(vcpus_left, memory_left, size)
        zones = self._table.coded("zone")
        if zones is None:
            return score
        codes = zones.codes[rows]
        for zone, weighed in self._by_zone.items():
            inside = codes == zones.of.get(zone, -1)
            score[inside] = weighed(vcpus_left[inside], memory_left[inside], size[inside])
        return score

    def of_one(self, zone: str, vcpus_left: float, memory_left: float, size: float) -> float:
        """As `of_rows`, of one host in a zone, bit for bit."""
        return self._in(zone)(vcpus_left, memory_left, size)

    def policy_in(self, zone: str) -> str:
        """The name of the policy that scores the hosts of a zone."""
        return self._in(zone).name

    def _in(self, zone: str) -> _Weighed:
        return self._by_zone.get(zone, self._elsewhere)
