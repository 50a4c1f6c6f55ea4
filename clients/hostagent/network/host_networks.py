"""Keeps a host's networks as desired: at every change, now and then, and when a server dies. Level-triggered."""

import asyncio
import contextlib
import logging
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from time import monotonic
from typing import Protocol

from chronovisor.retry import Backoff

from hostagent.drivers.base import GuestPort, Interface, Kept, KeptKind, StepFailed, StoppedFrames
from hostagent.network import names
from hostagent.network.desired import AddressGroup, Desired, Network
from hostagent.network.desired import Protocol as IpProtocol
from hostagent.network.netlink import NetworkFailed
from hostagent.network.publishing import Publisher, Target
from hostagent.network.realizer import Place, Realizer

log = logging.getLogger(__name__)
_VERIFY_EVERY_S = 15.0
_READY_S = 30.0
# What a trait can end with.
_TRAIT = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,14})?")


class Listener(Protocol):
    """Who is notified of how far a network is. `failure` is empty when the host is as desired."""

    def __call__(self, network_uid: str, version: int, failure: str, /) -> None: ...


class Makes(Protocol):
    """What makes a host's networks as desired: see Realizer."""

    def ensure(self, desired: Desired, *, verify: bool = True) -> dict[str, str]: ...

    def bridges(self) -> tuple[str, ...]: ...

    def pids(self) -> frozenset[int]: ...

    def counters(self, desired: Desired) -> dict[str, int]: ...

    def leftovers(self, desired: Desired) -> list[str]: ...


class Publishes(Protocol):
    """What opens published ports: see Publisher."""

    async def ensure(self, targets: Mapping[int, Target]) -> dict[int, str]: ...

    async def connected(self, target: Target) -> GuestPort | None: ...

    async def close(self) -> None: ...


class HostNetworks:
    """One host's. `run` until cancelled; what is there then stays, and guests go on talking."""

    def __init__(
        self,
        place: Place,
        base: Desired,
        listener: Listener,
        *,
        realizer: Makes | None = None,
        publisher: Publishes | None = None,
        verify_every_s: float = _VERIFY_EVERY_S,
        retry_first_s: float = 1.0,
        ready_s: float = _READY_S,
    ) -> None:
        """`base`: of what is the host's own, such as its tunnel's address."""
        self._place = place
        self._base = base
        self._listener = listener
        self._realizer: Makes = realizer or Realizer(place)
        self._publisher: Publishes = publisher or Publisher(place.namespace)
        self._ready_s = ready_s
        self._verify_every_s = verify_every_s
        self._backoff = Backoff(retry_first_s, most_s=30.0)
        self._networks: dict[str, Network] = {}
        self._groups: dict[str, AddressGroup] = {}
        # Parts of all that is desired, of which the last has not come.
        self._parts: list[tuple[Iterable[Network], Iterable[AddressGroup]]] = []
        self._is_complete = False
        self._changed = asyncio.Event()
        # Networks as they were made last, with what failed.
        self._made: dict[str, tuple[Network, str]] = {}
        self._progress = asyncio.Condition()
        self._reported: dict[str, tuple[int, str]] = {}
        self._watched: dict[int, int] = {}
        self._lock = asyncio.Lock()

    def desire_all(
        self, networks: Iterable[Network], groups: Iterable[AddressGroup], *, continues: bool = False
    ) -> None:
        """Takes these for all that is desired; what else there is of the agent's is removed."""
        self._parts.append((networks, groups))
        if continues:
            return
        parts, self._parts = self._parts, []
        self._networks = {network.uid: network for some, _ in parts for network in some}
        self._groups = {group.uid: group for _, some in parts for group in some}
        self._is_complete = True
        self._changed.set()

    def desire(self, network: Network) -> None:
        if self._networks.get(network.uid) != network:
            self._networks[network.uid] = network
            self._changed.set()

    def drop(self, network_uid: str) -> None:
        if self._networks.pop(network_uid, None):
            self._changed.set()

    def desire_group(self, group: AddressGroup) -> None:
        if self._groups.get(group.uid) != group:
            self._groups[group.uid] = group
            self._changed.set()

    def drop_group(self, group_uid: str) -> None:
        if self._groups.pop(group_uid, None):
            self._changed.set()

    def report_anew(self) -> None:
        """To another listener, or one that has forgotten: everything is reported at the next look."""
        self._parts = []
        self._reported = {}
        self._changed.set()

    async def run(self) -> None:
        try:
            while True:
                verify = await self._wait()
                if self._is_complete:
                    await self._converge(verify=verify)
        finally:
            await self._publisher.close()
            for pid in list(self._watched):
                self._unwatch(pid)

    async def ready(self, vm_uid: str, interfaces: Iterable[Interface]) -> None:
        """Waits until these cards' networks are there, with their rules. Raises StepFailed."""
        for each in interfaces:
            try:
                async with asyncio.timeout(self._ready_s), self._progress:
                    await self._progress.wait_for(lambda each=each: self._is_ready(vm_uid, each))
            except TimeoutError:
                _, failure = self._made.get(each.network_uid, (None, ""))
                reason = failure or "the control plane has not sent it"
                raise StepFailed(f"network {each.network_uid} is not there: {reason}") from None

    async def open_port(self, vm_uid: str, port: int) -> GuestPort | None:
        """A connection to a guest's TCP port, from the router of one of its networks. None: it has none with a router.

        Raises StepFailed where the guest does not take the connection.
        """
        for network in self._networks.values():
            for card in network.ports:
                address = card.ipv4 or card.ipv6
                if card.vm_uid == vm_uid and network.is_routed and address:
                    return await self._publisher.connected(Target(self._place.router(network.vni), str(address), port))
        return None

    async def traits(self) -> tuple[str, ...]:
        """What the host can do for networks of VMs."""
        try:
            bridges = await asyncio.to_thread(self._realizer.bridges)
        except NetworkFailed as error:
            log.warning("the host's bridges cannot be read: %s", error)
            bridges = ()
        named = tuple(f"network.bridge.{name}" for name in bridges if _TRAIT.fullmatch(name))
        return (*(("network.vxlan",) if self._base.tunnel else ()), *named)

    async def counts(self) -> dict[tuple[str, int], StoppedFrames]:
        """By the UID of the VM and the card's index. Raises NetworkFailed."""
        desired = self._desired()
        if not self._is_complete or not desired.networks:
            return {}
        async with self._lock:
            found = await asyncio.to_thread(self._realizer.counters, desired)
        ports = [port for network in desired.networks for port in network.ports]
        return {(port.vm_uid, port.index): _stopped(found, names.tap(port.vm_uid, port.index)) for port in ports}

    async def leftovers(self) -> list[Kept]:
        """What is of no network that is desired. Nothing before it is known which are."""
        if not self._is_complete:
            return []
        try:
            async with self._lock:
                found = await asyncio.to_thread(self._realizer.leftovers, self._desired())
        except (NetworkFailed, OSError) as error:
            log.warning("what is left of networks cannot be read: %s", error)
            return []
        return [Kept(KeptKind.NETWORK, name) for name in found]

    def _is_ready(self, vm_uid: str, interface: Interface) -> bool:
        network, failure = self._made.get(interface.network_uid, (None, ""))
        ports = network.ports if network else ()
        return not failure and any(
            (port.vm_uid, port.index, port.mac) == (vm_uid, interface.index, interface.mac) for port in ports
        )

    def _desired(self) -> Desired:
        return replace(self._base, networks=tuple(self._networks.values()), groups=tuple(self._groups.values()))

    async def _wait(self) -> bool:
        """Until there is something to do. Returns whether everything is to be read anew."""
        has_failed = any(failure for _, failure in self._made.values())
        wait_s = min(self._backoff.next_s(), self._verify_every_s) if has_failed else self._verify_every_s
        if not has_failed:
            self._backoff.reset()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._changed.wait()
        verify = has_failed or not self._changed.is_set()
        self._changed.clear()
        return verify

    async def _converge(self, *, verify: bool) -> None:
        desired, began = self._desired(), monotonic()
        try:
            async with self._lock:
                failures = await asyncio.to_thread(self._realizer.ensure, desired, verify=verify)
        except Exception as error:  # A boundary: a fault of ours here must not end the agent of all guests.
            log.exception("making networks")
            failures = {network.uid: f"the agent failed: {error!r}" for network in desired.networks}
        unpublished = await self._publish(desired)
        if trouble := failures.get(""):
            log.warning("what is left of networks cannot be removed: %s", trouble)
        async with self._progress:
            self._made = {
                network.uid: (network, failures.get(network.uid) or unpublished.get(network.uid, ""))
                for network in desired.networks
            }
            self._progress.notify_all()
        self._report()
        self._watch()
        log.debug("%d networks looked at in %.3f s", len(desired.networks), monotonic() - began)

    async def _publish(self, desired: Desired) -> dict[str, str]:
        """Returns why not, by the UID of the network."""
        targets, of, failures = dict[int, Target](), dict[int, str](), dict[str, str]()
        for network in desired.networks:
            for port in network.ports:
                for each in port.published:
                    address = port.ipv4 or port.ipv6
                    if each.protocol is not IpProtocol.TCP or not network.is_routed or address is None:
                        failures[network.uid] = f"port {each.host_port}: only TCP of a routed network can be published"
                        continue
                    targets[each.host_port] = Target(self._place.router(network.vni), str(address), each.guest_port)
                    of[each.host_port] = network.uid
        return failures | {of[port]: why for port, why in (await self._publisher.ensure(targets)).items()}

    def _report(self) -> None:
        for uid, (network, failure) in self._made.items():
            state = (network.version, failure)
            if self._reported.get(uid) != state:
                if failure:
                    log.warning("network %s is not as desired: %s", network.name or uid, failure)
                self._reported[uid] = state
                self._listener(uid, network.version, failure)
        self._reported = {uid: state for uid, state in self._reported.items() if uid in self._made}

    def _watch(self) -> None:
        """A server that dies is started again at once."""
        loop, pids = asyncio.get_running_loop(), self._realizer.pids()
        for pid in [pid for pid in self._watched if pid not in pids]:
            self._unwatch(pid)
        for pid in pids - self._watched.keys():
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                self._changed.set()
                continue
            self._watched[pid] = descriptor
            loop.add_reader(descriptor, self._died, pid)

    def _died(self, pid: int) -> None:
        log.warning("dnsmasq %d has ended: it is started again", pid)
        self._unwatch(pid)
        self._changed.set()

    def _unwatch(self, pid: int) -> None:
        if (descriptor := self._watched.pop(pid, None)) is not None:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)


def _stopped(found: Mapping[str, int], tap: str) -> StoppedFrames:
    return StoppedFrames(*(found.get(f"{what}_{tap}", 0) for what in ("refused", "unsent", "spoofed")))
