"""The converger over a simulated hypervisor: what it repeats, and where that ends."""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hostagent.converge.converger import Converger
from hostagent.converge.guest_cache import GuestCache
from hostagent.converge.reconcile import DesiredGuest, DesiredPower
from hostagent.converge.repeats import Repeats
from hostagent.drivers.base import Guest, GuestRef, GuestSpec, KernelBoot, MigrationProgress, Power, VmUid
from hostagent.drivers.simulated.driver import SimulatedDriver

UID = VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111")
RUN = DesiredGuest(
    GuestSpec(UID, "projects/p/vms/a", 1, 1, 128, 1, KernelBoot("k", "i")), DesiredPower.RUNNING, version=3
)
MOST = 3


class PausingDriver(SimulatedDriver):
    """Its guest is paused again as soon as it was resumed, as long as the disk is full."""

    full = True

    def _put(self, guest: Guest) -> None:
        super()._put(guest)
        if self.full and guest.power is Power.RUNNING:
            super()._put(dataclasses.replace(guest, power=Power.PAUSED, detail="ioerror"))


@dataclass
class Bench:
    driver: PausingDriver = field(default_factory=PausingDriver)
    failures: list[tuple[str, str, bool]] = field(default_factory=list[tuple[str, str, bool]])
    settled_when: asyncio.Event = field(default_factory=asyncio.Event)
    failed_when: asyncio.Event = field(default_factory=asyncio.Event)

    def settled(self, vm_uid: VmUid) -> None:
        self.settled_when.set()

    def failed(self, vm_uid: VmUid, step: str, error: str, *, permanent: bool) -> None:
        self.failures.append((step, error, permanent))
        self.failed_when.set()

    def progressed(self, ref: GuestRef, progress: MigrationProgress) -> None:
        raise AssertionError(f"nothing moves here, {ref} {progress}")


@asynccontextmanager
async def at_work(bench: Bench) -> AsyncGenerator[Converger]:
    made: list[Converger] = []

    def read(vm_uid: VmUid) -> None:
        made[0].guest_changed(vm_uid)

    watch = GuestCache(bench.driver, read)
    converger = Converger(bench.driver, watch, bench, retry_first_s=0.001, repeats=Repeats(0.001, MOST))
    made.append(converger)
    await bench.driver.open(lambda _uid: None)
    yield converger
    await converger.close()


async def test_a_guest_that_pauses_after_each_resume_is_given_up_with_its_reason() -> None:
    bench = Bench()
    async with at_work(bench) as converger:
        converger.desire(RUN)
        await asyncio.wait_for(bench.failed_when.wait(), 20)
    assert bench.failures[0] == ("resume", f"paused by its hypervisor {MOST} times: ioerror", True)
    assert bench.driver.done["resume"] == MOST


async def test_after_it_was_given_up_a_new_request_resumes_at_once() -> None:
    bench = Bench()
    async with at_work(bench) as converger:
        converger.desire(RUN)
        await asyncio.wait_for(bench.failed_when.wait(), 20)
        bench.driver.full = False
        bench.settled_when.clear()
        converger.desire(dataclasses.replace(RUN, version=4))
        await asyncio.wait_for(bench.settled_when.wait(), 20)
        guest = await bench.driver.get_guest(UID)
    assert guest is not None
    assert guest.power is Power.RUNNING
    assert bench.driver.done["resume"] == MOST + 1
