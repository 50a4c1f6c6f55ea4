"""Hosts in trouble, and hosts that go: decide. What becomes of their VMs is the VMs' own to decide. Performs no I/O."""

from collections.abc import Mapping
from enum import IntEnum

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf.message import Message

from controlplane.domain.errors import invalid
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.errors import HostConnected, HostInUse
from controlplane.domain.host.states import TRANSITIONS, HostObservation, HostState, HostVerb, require
from controlplane.domain.time import Micros, duration_in, timestamp_if_known

DEFAULT_PARALLEL = 2
MOST_PARALLEL = 100
MOST_DRIFT = 100


class FenceMethod(IntEnum):
    """How it is made certain that a host is off. The numbers are those of chronovisor.v1.FenceMethod."""

    OPERATOR = 1
    FENCER = 2
    WATCHDOG = 3


def is_losable(host: Host) -> bool:
    return (host.state, HostObservation.LOST) in TRANSITIONS


def decide_lost(host: Host, heard: Micros | None, lease_us: int) -> list[Message]:
    """Its agent's lease was missed. A host that is away already, or gone, stays as it is."""
    if not is_losable(host):
        return []
    watchdog_us = host.reported.watchdog_us if host.reported else 0
    return [
        ev.HostLost(
            heard_time=timestamp_if_known(heard),
            lease=duration_in(lease_us),
            watchdog_timeout=duration_in(watchdog_us) if watchdog_us else None,
        )
    ]


def decide_regained(host: Host) -> list[Message]:
    """Its agent is back, and has reported its guests. A fencing that was not confirmed has no cause any more."""
    if not host.is_away:
        return []
    given_up = [ev.HostFenceFailed(error="the host's agent is back", cancelled=True)] if host.fence else []
    return [*given_up, ev.HostRegained()]


def to_move(host: Host, *, move_disks: bool) -> int:
    """How many VMs a drain has to move: those that hold compute on the host, or with `move_disks`, anything."""
    return sum(move_disks or held.has_compute for held in host.holdings.values())


def decide_drain(host: Host, requested: ev.HostDrainRequested) -> list[Message]:
    """Nothing for one that is drained already, or being drained. Raises WrongState."""
    if host.place in (HostState.DRAINING, HostState.MAINTENANCE):
        return []
    require(host.name, host.state, HostVerb.DRAIN)
    return [requested]


def decide_drain_cancelled(host: Host, version: int) -> list[Message]:
    """Nothing where that drain is not under way any more."""
    if host.place is not HostState.DRAINING or host.drain is None or host.drain.version != version:
        return []
    return [ev.HostDrainCancelled()]


def decide_drained(host: Host, version: int) -> list[Message]:
    """MAINTENANCE, if that drain is under way and no VM holds compute there: with `move_disks`, nothing at all."""
    drain = host.drain
    if (
        host.place is not HostState.DRAINING
        or drain is None
        or drain.version != version
        or host.state is HostState.DOWN
    ):
        return []
    holds = to_move(host, move_disks=drain.move_disks) > 0
    active = any(guest.is_active for guest in host.unexpected.values())
    return [] if holds or active else [ev.HostDrained()]


def decide_fence(host: Host, method: FenceMethod, *, is_connected: bool) -> list[Message]:
    """Raises WrongState, HostConnected. Nothing for a host that is FENCED, or being fenced by this method already."""
    if host.state is HostState.FENCED or (host.fence and host.fence.method == method):
        return []
    require(host.name, host.state, HostVerb.FENCE)
    if method is not FenceMethod.FENCER and is_connected:
        raise HostConnected(host.name)
    return [ev.HostFenceRequested(method=method)]


def method_of(host: Host, requested: int, *, has_fencer: bool) -> FenceMethod:
    """How a host is to be fenced. `requested` is a chronovisor.v1.FenceMethod. Raises InvalidField."""
    promised = bool(host.reported and host.reported.watchdog_us)
    available: Mapping[FenceMethod, bool] = {
        FenceMethod.FENCER: has_fencer,
        FenceMethod.WATCHDOG: promised,
        FenceMethod.OPERATOR: True,
    }
    if not requested:
        if not (has_fencer or promised):
            rule = f"no fencer is configured for {host.name}: see that it is off, and say so (FENCE_METHOD_OPERATOR)"
            raise invalid("method", rule)
        return FenceMethod.FENCER if has_fencer else FenceMethod.WATCHDOG
    method = FenceMethod(requested)
    if not available[method]:
        why = "no fencer is configured" if method is FenceMethod.FENCER else "no agent promised a watchdog"
        raise invalid("method", f"{why} for {host.name}")
    return method


def decide_fenced(host: Host, version: int, detail: str) -> list[Message]:
    """Confirmed, if that fencing is under way."""
    fence = host.fence
    if fence is None or fence.version != version:
        return []
    return [ev.HostFenced(method=fence.method, detail=detail)]


def decide_fence_failed(host: Host, version: int, error: str, *, cancelled: bool = False) -> list[Message]:
    """Nothing where that fencing is not under way any more."""
    if host.fence is None or host.fence.version != version:
        return []
    return [ev.HostFenceFailed(error=error, cancelled=cancelled)]


def decide_decommission(host: Host) -> list[Message]:
    """Raises WrongState, and HostInUse while anything is held there. DECOMMISSIONED already: nothing."""
    if host.state is HostState.DECOMMISSIONED:
        return []
    require(host.name, host.state, HostVerb.DECOMMISSION)
    if host.holdings:
        raise HostInUse(host.name, len(host.holdings), "move its VMs away, or delete them, first")
    return [ev.HostDecommissioned()]


def decide_drift(items: Mapping[str, tuple[str, str]]) -> list[Message]:
    """What was expected and reported, by VM uid, of guests that were other than expected."""
    if not items:
        return []
    found = [
        ev.HostDriftFound.Item(vm_uid=uid, expected=expected, reported=reported)
        for uid, (expected, reported) in sorted(items.items())
    ]
    return [ev.HostDriftFound(items=found[:MOST_DRIFT], count=len(found))]
