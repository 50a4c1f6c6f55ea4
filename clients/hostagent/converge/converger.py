"""Makes the host's guests as desired: one worker a guest, alive only while there is something to do for it."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Protocol

from chronovisor.retry import Backoff
from chronovisor.tracing import Tracer, sampled, within

from hostagent.converge.guest_cache import GuestCache
from hostagent.converge.migrations import GuestMoves
from hostagent.converge.reconcile import Define, Delete, DesiredGuest, DesiredPower, Start, Step, reconcile
from hostagent.converge.repeats import Repeats
from hostagent.drivers.base import (
    Driver,
    DriverError,
    GuestChanged,
    GuestRef,
    HypervisorUnavailable,
    MigrationProgress,
    VmUid,
)
from hostagent.metrics.watch import BROKEN_OFF, DONE, FAILED, UNWATCHED

log = logging.getLogger(__name__)


class Listener(Protocol):
    """The listener to what the workers did and could not do."""

    def settled(self, vm_uid: VmUid) -> None: ...

    def failed(self, vm_uid: VmUid, step: str, error: str, *, permanent: bool) -> None: ...

    def progressed(self, ref: GuestRef, progress: MigrationProgress) -> None: ...


class Converger:
    """Holds what is desired, and works towards it."""

    def __init__(
        self,
        driver: Driver,
        watch: GuestCache,
        listener: Listener,
        *,
        retry_first_s: float = 1.0,
        repeats: Repeats | None = None,
        on_step: Callable[[str, str, float], None] = UNWATCHED.step,
        tracer: Tracer | None = None,
    ) -> None:
        """`on_step` gets the name of each step, what became of it, and how long it took.

        With a `tracer`, steps for what is desired in a trace are spans of it.
        """
        self._on_step = on_step
        self._tracer = tracer
        self._driver = driver
        self._watch = watch
        self._listener = listener
        self._retry_first_s = retry_first_s
        self._repeats = repeats or Repeats(retry_first_s)
        self._desired: dict[VmUid, DesiredGuest] = {}
        # What the steps taken so far were for. Lags behind `_desired` while a step for older wishes is under way.
        self._acted: dict[VmUid, DesiredGuest] = {}
        # Steps that can't succeed until something else is desired.
        self._hopeless: dict[VmUid, tuple[DesiredGuest, Step, str]] = {}
        self._changed: dict[VmUid, asyncio.Event] = {}
        self._workers: dict[VmUid, asyncio.Task[None]] = {}
        self._starting: set[VmUid] = set()
        self.moves = GuestMoves(listener.progressed)

    def acted_on(self, vm_uid: VmUid) -> DesiredGuest | None:
        return self._acted.get(vm_uid)

    def is_starting(self, vm_uid: VmUid) -> bool:
        """Whether a start is under way this moment: guests are paused for a while in it."""
        return vm_uid in self._starting

    def desire_all(self, guests: Iterable[DesiredGuest]) -> None:
        """Takes `guests` for all that is desired. What else is on the host is left alone from now on."""
        desired = {guest.vm_uid: guest for guest in guests}
        for vm_uid in [uid for uid in self._desired if uid not in desired]:
            self._drop(vm_uid)
        for guest in desired.values():
            self.desire(guest)

    def desire(self, guest: DesiredGuest) -> None:
        changed = self._desired.get(guest.vm_uid) != guest
        self._desired[guest.vm_uid] = guest
        if changed and (event := self._changed.get(guest.vm_uid)):
            event.set()
        self._wake(guest.vm_uid)

    def guest_changed(self, vm_uid: VmUid) -> None:
        """A new reading: there may be something to do."""
        desired = self._desired.get(vm_uid)
        if desired is not None and reconcile(desired, self._watch.guest(vm_uid), self.moves):
            self._wake(vm_uid)

    def wake_all(self) -> None:
        """Tries everything again without delay: the hypervisor has come back."""
        for event in self._changed.values():
            event.set()
        for vm_uid in list(self._desired):
            self._wake(vm_uid)

    async def close(self) -> None:
        """Stops working. Guests stay as they are."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def _drop(self, vm_uid: VmUid) -> None:
        for kept in (self._desired, self._acted, self._hopeless):
            kept.pop(vm_uid, None)
        self._repeats.forget(vm_uid)
        self.moves.forget(vm_uid)
        if event := self._changed.get(vm_uid):
            event.set()

    def _wake(self, vm_uid: VmUid) -> None:
        if vm_uid not in self._workers:
            self._changed[vm_uid] = asyncio.Event()
            self._workers[vm_uid] = asyncio.create_task(self._work(vm_uid), name=f"guest {vm_uid}")

    async def _work(self, vm_uid: VmUid) -> None:
        try:
            await self._converge(vm_uid)
        finally:
            del self._workers[vm_uid]
            del self._changed[vm_uid]

    async def _converge(self, vm_uid: VmUid) -> None:
        backoff = Backoff(self._retry_first_s, most_s=30.0)
        tried: tuple[DesiredGuest, list[Step]] | None = None
        while True:
            changed = self._changed[vm_uid]
            changed.clear()
            if not await self._read(vm_uid):
                await self._pause(changed, backoff)
                continue
            steps = self._plan(vm_uid)
            desired = self._acted.get(vm_uid)
            if desired is None or not steps:
                return
            if (wait_s := self._repeats.wait_s(desired, steps)) > 0:
                # Taken before, and undone since. Afterwards there may be nothing to do, or something else.
                await self._wait(changed, wait_s)
                tried = None
                continue
            if (desired, steps) == tried:
                # Tried just now without effect.
                await self._pause(changed, backoff)
            tried = (desired, steps)
            if not changed.is_set() and await self._take(desired, steps, changed):
                self._repeats.took(desired, steps)
                backoff.reset()

    async def _read(self, vm_uid: VmUid) -> bool:
        try:
            await self._watch.read(vm_uid)
        except HypervisorUnavailable:
            return False  # Logged once for the whole host, where all of it is read.
        except DriverError as error:
            log.warning("guest %s can't be read: %s", vm_uid, error)
            return False
        return True

    def _plan(self, vm_uid: VmUid) -> list[Step]:
        """What to do next, from the newest reading. Notifies the listener when that is nothing."""
        desired = self._desired.get(vm_uid)
        if desired is None:
            return []
        self._acted[vm_uid] = desired
        steps = reconcile(desired, self._watch.guest(vm_uid), self.moves)
        hopeless = self._hopeless.get(vm_uid)
        if steps and (repeated := self._repeats.failure(desired, steps, self._detail(vm_uid))):
            hopeless = self._hopeless[vm_uid] = (desired, *repeated)
        if steps and hopeless and hopeless[0] == desired:
            self._listener.failed(vm_uid, hopeless[1].name, hopeless[2], permanent=True)
            return []
        if not steps:
            self._listener.settled(vm_uid)
        return steps

    def _detail(self, vm_uid: VmUid) -> str:
        guest = self._watch.guest(vm_uid)
        return guest.detail if guest else ""

    async def _pause(self, changed: asyncio.Event, backoff: Backoff) -> None:
        await self._wait(changed, backoff.next_s())

    @staticmethod
    async def _wait(changed: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            return

    async def _take(self, desired: DesiredGuest, steps: list[Step], changed: asyncio.Event) -> bool:
        """Takes the steps. Returns False when one failed."""
        vm_uid = desired.vm_uid
        for step in steps:
            began, outcome = perf_counter(), FAILED
            try:
                whole = await self._traced(desired, step, changed)
                outcome = DONE if whole else BROKEN_OFF
                if not whole:
                    return True
            except (HypervisorUnavailable, GuestChanged):
                return False
            except DriverError as error:
                self._failed(desired, step, str(error), permanent=error.permanent)
                return False
            except Exception as error:  # A boundary: our fault in one guest must not end the agent of all.
                log.exception("guest %s: %s", vm_uid, step)
                self._failed(desired, step, f"the agent failed: {error!r}", permanent=False)
                return False
            finally:
                self._on_step(step.name, outcome, perf_counter() - began)
            if isinstance(step, Delete):
                self._deleted(desired)
            elif isinstance(step, Define):
                self.moves.grown(step.spec.ref, step.spec.disk_gib)
        return True

    async def _traced(self, desired: DesiredGuest, step: Step, changed: asyncio.Event) -> bool:
        context = sampled(desired.trace) if self._tracer and desired.trace else None
        if self._tracer is None or context is None:
            return await self._take_one(step, changed)
        attributes = {"chronovisor.vm": desired.spec.vm_name, "chronovisor.step": step.name}
        with within(self._tracer.begin(type(step).__name__, context, attributes)):
            return await self._take_one(step, changed)

    async def _take_one(self, step: Step, changed: asyncio.Event) -> bool:
        """Returns False when the step was broken off, for something else is desired now."""
        if not isinstance(step, Start):
            return await self._perform(step, changed)
        self._starting.add(step.ref.vm_uid)
        try:
            return await self._perform(step, changed)
        finally:
            self._starting.discard(step.ref.vm_uid)

    async def _perform(self, step: Step, changed: asyncio.Event) -> bool:
        if not step.is_patient:
            await step.take(self._driver)
            return True
        doing = asyncio.ensure_future(step.take(self._driver))
        change = asyncio.ensure_future(changed.wait())
        try:
            await asyncio.wait({doing, change}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                return False
            await doing
            return True
        finally:
            for task in (doing, change):
                task.cancel()
            # A driver ends the call that it is in before it gives up: no two steps ever run on one guest.
            await asyncio.gather(doing, change, return_exceptions=True)

    def _failed(self, desired: DesiredGuest, step: Step, error: str, *, permanent: bool) -> None:
        if permanent:
            self._hopeless[desired.vm_uid] = (desired, step, error)
            return  # Reported when the plan comes to it, once it is read how far the guest came.
        self._listener.failed(desired.vm_uid, step.name, error, permanent=permanent)

    def _deleted(self, desired: DesiredGuest) -> None:
        """Nothing is left of it: reported, and no longer desired. If the report is lost, it is desired again."""
        self._watch.forget(desired.vm_uid)
        if self._desired.get(desired.vm_uid) == desired and desired.power is DesiredPower.ABSENT:
            self._listener.settled(desired.vm_uid)
            self._drop(desired.vm_uid)
