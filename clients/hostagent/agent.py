"""The agent of one host, in whatever process: joins driver, readings, workers and stream. Holds no rule of its own."""

import asyncio
import contextlib
import dataclasses
import logging

import grpc.aio
from chronovisor import keepalive
from chronovisor.retry import Backoff
from chronovisor.v1 import agent_service_pb2 as pb

from hostagent.control.registration import HostSettings, hello_of, new_instance
from hostagent.control.reporter import Outbox, Reporter
from hostagent.control.sampler import EVERY_S, Sampler
from hostagent.control.session import Session, SessionCalls
from hostagent.converge.converger import Converger
from hostagent.converge.guest_cache import GuestCache
from hostagent.converge.reconcile import DesiredGuest
from hostagent.drivers.base import Driver, DriverError, HostFacts, VmUid

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
    ) -> None:
        self._server = server
        self._host_id = host_id
        self._driver = driver
        self._settings = settings or HostSettings()
        self._shared_channel = channel
        self._images_every_s = images_every_s
        self._instance = new_instance()
        self._facts: HostFacts | None = None
        self._dirty: set[VmUid | None] = set()
        self._hint = asyncio.Event()
        self._unreadable = ""
        self._watch = GuestCache(driver, self._read)
        self._reporter = Reporter(self._watch, self._acted_on, self._is_starting)
        self._sampler = Sampler(driver, sample_every_s)
        self._converger = Converger(driver, self._watch, self._reporter, retry_first_s=retry_first_s)

    async def open(self) -> HostFacts:
        """Opens the driver and reads the host's facts. Raises DriverError."""
        if self._facts is None:
            await self._driver.open(self._hinted)
            self._facts = await self._driver.facts()
        return self._facts

    async def run(self) -> None:
        """Works until cancelled. Raises DriverError when the driver can't be opened at all."""
        try:
            await self.open()
            channel = self._shared_channel or grpc.aio.insecure_channel(self._server, options=CHANNEL_OPTIONS)
            try:
                session = Session(SessionCalls(channel), self._hello, self, server=self._server)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._keep_reading())
                    tasks.create_task(session.run())
                    tasks.create_task(self._keep_images(session))
                    tasks.create_task(self._sampler.run())
            finally:
                if self._shared_channel is None:
                    await channel.close(None)
        finally:
            await self._converger.close()
            await self._driver.close()

    # What a connection means: see session.Receiver.

    async def welcomed(self, outbox: Outbox) -> None:
        self._reporter.connected(outbox)
        await self._read_everything()
        # After the inventory, which says first whose guests these are.
        self._sampler.connected(outbox)

    def disconnected(self) -> None:
        self._reporter.disconnected()
        self._sampler.disconnected()

    def desired_state(self, guests: list[DesiredGuest]) -> None:
        self._converger.desire_all(guests)

    def desired(self, guest: DesiredGuest) -> None:
        self._converger.desire(guest)

    def _hello(self) -> pb.AgentHello:
        if self._facts is None:
            raise RuntimeError("the hello was sent before the driver was opened")
        return hello_of(self._host_id, self._instance, self._facts, self._settings)

    def _acted_on(self, vm_uid: VmUid) -> DesiredGuest | None:
        return self._converger.acted_on(vm_uid)

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
            backoff.reset()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hint.wait(), self._driver.poll_s)
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
        try:
            await self._watch.read_all()
        except DriverError as error:
            self._became_unreadable(error)
            return
        if self._unreadable:
            log.info("the hypervisor can be read again")
            self._unreadable = ""
            self._converger.wake_all()
        self._reporter.inventory()

    def _became_unreadable(self, error: DriverError) -> None:
        if not self._unreadable:
            log.warning("the hypervisor can't be read, trying again: %s", error)
            self._hinted(None)  # Whoever found out, the reading goes on trying.
        self._unreadable = str(error) or type(error).__name__
        self._reporter.unreadable(self._unreadable)

    async def _keep_images(self, session: Session) -> None:
        """A changed image directory is reported with a new hello: only hellos carry the list."""
        while True:
            await asyncio.sleep(self._images_every_s)
            images = await self._driver.images()
            if self._facts is not None and images != self._facts.images:
                self._facts = dataclasses.replace(self._facts, images=images)
                session.reconnect()
