"""The networks of a simulated host: everything is as desired at once, and nothing is done for it."""

from collections.abc import Mapping
from pathlib import Path

from hostagent.network.desired import Desired, IpAddress
from hostagent.network.host_networks import HostNetworks, Listener
from hostagent.network.publishing import Target
from hostagent.network.realizer import Place


class SimulatedRealizer:
    """`made`: what was desired last. `failures`: why not, by the UIDs of networks."""

    def __init__(self) -> None:
        self.made = Desired()
        self.failures: dict[str, str] = {}
        self.left: list[str] = []

    def ensure(self, desired: Desired, *, verify: bool = True) -> dict[str, str]:
        self.made = desired
        here = {network.uid for network in desired.networks}
        return {uid: why for uid, why in self.failures.items() if uid in here}

    def bridges(self) -> tuple[str, ...]:
        return ()

    def pids(self) -> frozenset[int]:
        return frozenset()

    def leftovers(self, desired: Desired) -> list[str]:
        return self.left

    def counters(self, desired: Desired) -> dict[str, int]:
        return {}


class SimulatedPublisher:
    """No port is opened: many simulated hosts have one loopback address."""

    async def ensure(self, targets: Mapping[int, Target]) -> dict[int, str]:
        return {}

    async def connected(self, target: Target) -> None:
        """Its driver has the ports of simulated guests."""

    async def close(self) -> None:
        pass


def simulated_networks(
    tunnel: IpAddress, listener: Listener, realizer: SimulatedRealizer | None = None
) -> HostNetworks:
    return HostNetworks(
        Place(Path()),
        Desired(tunnel=tunnel),
        listener,
        realizer=realizer or SimulatedRealizer(),
        publisher=SimulatedPublisher(),
    )
