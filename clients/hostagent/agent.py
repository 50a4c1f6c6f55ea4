"""The agent of one host, in whatever process: joins driver, readings, workers and stream. Holds no rule of its own."""

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections.abc import Callable
from pathlib import Path

import grpc.aio
from chronovisor import keepalive
from chronovisor.retry import Backoff
from chronovisor.tracing import Tracer
from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1.agent_networks_pb2 import DesiredAddressGroup, DesiredNetwork, DesiredNetworks

from hostagent.control.connection import SecureCalls
from hostagent.control.identity import IdentityFiles
from hostagent.control.image_fetcher import ImageFetcher
from hostagent.control.network_link import NetworkLink
from hostagent.control.registration import HostSettings, hello_of, new_instance
from hostagent.control.renewals import Renewals
from hostagent.control.reporter import Outbox, Reporter
from hostagent.control.sampler import EVERY_S, Sampler
from hostagent.control.session import Session, SessionCalls
from hostagent.control.tunnels import Tunnels
from hostagent.converge.converger import Converger
from hostagent.converge.guest_cache import GuestCache
from hostagent.converge.reconcile import DesiredGuest
from hostagent.converge.repeats import Repeats
from hostagent.drivers.base import Driver, DriverError, Endpoint, GuestRef, HostFacts, Kept, VmUid
from hostagent.drivers.imaged_driver import imaged
from hostagent.metrics.watch import UNWATCHED, AgentWatch
from hostagent.network.host_networks import HostNetworks, Listener
from hostagent.network.networked_driver import networked
from hostagent.watchdog.watchdog import NoWatchdog, Watchdog

log = logging.getLogger(__name__)
CHANNEL_OPTIONS = (
    # A control plane that comes back is to be noticed soon; gRPC's own waits grow to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
    # For how long one attempt may take, in spite of its name: one that meets a hung control plane is given up then.
    ("grpc.min_reconnect_backoff_ms", 5000),
    *keepalive.CHANNEL_OPTIONS,
)
_IMAGES_EVERY_S = 10.0


class Agent:
    """Makes one host as the control plane at `server` desires. `run` until cancelled; guests then stay as they are."""

    def __init__(
        self,
        server: str,
        host_id: str,
        driver: Driver,
        settings: HostSettings | None = None,
        *,
        channel: grpc.aio.Channel | None = None,
        retry_first_s: float = 1.0,
        images_every_s: float = _IMAGES_EVERY_S,
        sample_every_s: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
        watchdog: Watchdog | None = None,
        files: IdentityFiles | None = None,
        metrics: AgentWatch = UNWATCHED,
        tracer: Tracer | None = None,
        networks: Callable[[Listener], HostNetworks] | None = None,
    ) -> None:
        """`networks` makes what has the host's networks, given who is notified of them; None: it has none.

        `clock` gives seconds and never goes back. `files`: of a host that has joined; without, it is this machine's.

        Raises OSError and ValueError for files that are of no use.
        """
        self._identity = files.load() if files else None
        self._files = files or IdentityFiles(Path())
        self._server = server
        self._host_id = host_id
        self._metrics = metrics
        self._network_link = NetworkLink()
        self._networks = networks(self._network_link.report) if networks else None
        if self._networks:
            self._network_link.begin(self._networks)
            driver = networked(driver, self._networks.ready, self._networks.open_port)
        self._fetcher = ImageFetcher(host_id)
        self._driver = driver = imaged(metrics.driver(driver), self._fetcher, self._copying)
        self._settings = settings or HostSettings()
        self._shared_channel = channel
        self._watchdog = watchdog or NoWatchdog()
        self._images_every_s = images_every_s
        self._instance = new_instance()
        self._facts: HostFacts | None = None
        self._dirty: set[VmUid | None] = set()
        self._hint = asyncio.Event()
        self._refresh_due = False
        self._unreadable = ""
        self._tunnels: Tunnels | None = None
        self._watch = GuestCache(driver, self._read)
        self._reporter = Reporter(self._watch, self._acted_on, self._is_starting, self._endpoint_of)
        metrics.begins(host_id, lambda: self._watch.guests)
        stopped = self._networks.counts if self._networks else None
        self._sampler = Sampler(driver, sample_every_s, metrics.sampled, stopped)
        repeats = Repeats(retry_first_s, clock=clock)
        self._converger = Converger(
            driver,
            self._watch,
            self._reporter,
            retry_first_s=retry_first_s,
            repeats=repeats,
            on_step=metrics.step,
            tracer=tracer,
        )

    async def open(self) -> HostFacts:
        """Opens the watchdog and the driver, and reads the host's facts. Raises WatchdogError and DriverError."""
        if self._facts is None:
            # First: guests are to be stopped in time also where no hypervisor answers.
            await self._watchdog.open()
            await self._driver.open(self._hinted)
            self._facts = await self._read_facts()
        return self._facts

    async def _read_facts(self) -> HostFacts:
        facts = await self._driver.facts()
        more = await self._networks.traits() if self._networks else ()
        return dataclasses.replace(facts, traits=(*facts.traits, *more), copies=await self._copies())

    async def run(self) -> None:
        """Works until cancelled. Raises DriverError when the driver can't be opened at all."""
        try:
            await self.open()
            secure = SecureCalls(self._files, self._identity, self._server, CHANNEL_OPTIONS) if self._identity else None
            channel = None if secure else self._shared_channel
            channel = channel or grpc.aio.insecure_channel(self._server, options=CHANNEL_OPTIONS)
            try:
                calls = secure or SessionCalls(channel)
                self._fetcher.calls = calls
                self._tunnels = Tunnels(calls, self._driver, f"agent:{self._host_id}")
                session = Session(
                    calls, self._hello, self, Renewals(self._watchdog, self._metrics), server=self._server
                )
                async with asyncio.TaskGroup() as tasks:
                    if secure:
                        tasks.create_task(secure.keep_renewed(session.reconnect))
                    tasks.create_task(self._keep_reading())
                    tasks.create_task(session.run())
                    tasks.create_task(self._keep_images(session))
                    tasks.create_task(self._sampler.run())
                    if self._networks:
                        tasks.create_task(self._networks.run())
                    tasks.create_task(self._watchdog.run(session.reconnect))
            finally:
                if self._tunnels:
                    await self._tunnels.close()
                if secure:
                    await secure.close()
                if channel is not self._shared_channel:
                    await channel.close(None)
        finally:
            await self._converger.close()
            await self._driver.close()
            await self._watchdog.close()

    # What a connection means: see session.Receiver.

    async def welcomed(self, outbox: Outbox) -> None:
        self._metrics.connected(is_connected=True)
        self._reporter.connected(outbox)
        self._network_link.connected(outbox)
        await self._read_everything()
        # After the inventory, which says first whose guests these are.
        self._sampler.connected(outbox)

    def disconnected(self) -> None:
        self._metrics.connected(is_connected=False)
        self._reporter.disconnected()
        self._network_link.disconnected()
        self._sampler.disconnected()

    def desired_state(self, guests: list[DesiredGuest]) -> None:
        self._converger.desire_all(guests)

    def desired(self, guest: DesiredGuest) -> None:
        self._converger.desire(guest)

    def desired_networks(self, message: DesiredNetworks) -> None:
        self._network_link.desired_networks(message)

    def desired_network(self, message: DesiredNetwork) -> None:
        self._network_link.desired_network(message)

    def desired_address_group(self, message: DesiredAddressGroup) -> None:
        self._network_link.desired_address_group(message)

    def refresh(self) -> None:
        self._refresh_due = True
        self._reporter.repeat()
        self._hint.set()

    def open_tunnel(self, request: pb.TunnelRequest) -> None:
        if self._tunnels:
            self._tunnels.open(request)

    def _hello(self) -> pb.AgentHello:
        if self._facts is None:
            raise RuntimeError("the hello was sent before the driver was opened")
        return hello_of(self._host_id, self._instance, self._facts, self._settings, self._watchdog.promised_s)

    def _copying(self, vm_uid: VmUid, text: str) -> None:
        """How far the copy of a guest's image is: the last word on its start, until it runs."""
        self._reporter.failed(vm_uid, "start", text, permanent=False)

    def _acted_on(self, vm_uid: VmUid) -> DesiredGuest | None:
        return self._converger.acted_on(vm_uid)

    def _endpoint_of(self, ref: GuestRef) -> Endpoint | None:
        return self._converger.moves.endpoint(ref)

    def _is_starting(self, vm_uid: VmUid) -> bool:
        return self._converger.is_starting(vm_uid)

    def _read(self, vm_uid: VmUid) -> None:
        self._reporter.settled(vm_uid)
        self._converger.guest_changed(vm_uid)

    def _hinted(self, vm_uid: VmUid | None) -> None:
        self._dirty.add(vm_uid)
        self._hint.set()

    async def _keep_reading(self) -> None:
        """Reads what the driver hints at, and everything now and then: hints can be lost."""
        backoff = Backoff(first_s=0.2, most_s=2.0)
        while True:
            if self._unreadable:
                await asyncio.sleep(backoff.next_s())
                await self._read_everything()
                continue
            if self._refresh_due:
                await self._read_anew()
                continue
            backoff.reset()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._driver.poll_s):
                    await self._hint.wait()
            self._hint.clear()
            dirty, self._dirty = self._dirty, set()
            await self._read_dirty(dirty)

    async def _read_dirty(self, dirty: set[VmUid | None]) -> None:
        try:
            for vm_uid in dirty:
                if vm_uid is not None:
                    await self._watch.read(vm_uid)
            if None in dirty or not dirty:
                await self._watch.read_all()
        except DriverError as error:
            self._became_unreadable(error)

    async def _read_everything(self) -> None:
        """Reads and reports all guests: after a new connection to the control plane or to the hypervisor."""
        kept = await self._kept()
        try:
            await self._watch.read_all()
        except DriverError as error:
            self._became_unreadable(error)
            return
        if self._unreadable:
            log.info("the hypervisor can be read again")
            self._unreadable = ""
            self._converger.wake_all()
        self._reporter.inventory([each for each in kept if self._is_leftover(each)])

    async def _kept(self) -> list[Kept]:
        """What the host keeps for guests, and of networks that are not desired."""
        try:
            kept = await self._driver.kept()
        except (DriverError, OSError) as error:
            log.warning("what is left of guests cannot be read: %s", error)
            kept = []
        return [*kept, *(await self._networks.leftovers() if self._networks else [])]

    def _is_leftover(self, kept: Kept) -> bool:
        """Whether there is no guest that it could be of, and none is desired."""
        return self._watch.guest(kept.vm_uid) is None and self._acted_on(kept.vm_uid) is None

    async def _read_anew(self) -> None:
        """On request: everything is read, reported whatever was reported before, and tried again without delay."""
        self._refresh_due = False
        await self._read_everything()
        self._converger.wake_all()

    def _became_unreadable(self, error: DriverError) -> None:
        if not self._unreadable:
            log.warning("the hypervisor can't be read, trying again: %s", error)
            self._hinted(None)  # Whoever found out, the reading goes on trying.
        self._unreadable = str(error) or type(error).__name__
        self._reporter.unreadable(self._unreadable)

    async def _keep_images(self, session: Session) -> None:
        """A changed image directory, or copy of an image, is reported with a new hello: only hellos carry the lists."""
        while True:
            await asyncio.sleep(self._images_every_s)
            images, copies = await self._driver.images(), await self._copies()
            if self._facts is not None and (images, copies) != (self._facts.images, self._facts.copies):
                self._facts = dataclasses.replace(self._facts, images=images, copies=copies)
                session.reconnect()

    async def _copies(self) -> tuple[str, ...]:
        copies = self._driver.image_copies
        return await asyncio.to_thread(copies.digests) if copies else ()
