"""Takes samples now and then while there is a connection, and sends them with a heartbeat. Nobody waits for it."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import sample_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from hostagent.control.reporter import Outbox
from hostagent.drivers.base import (
    Driver,
    DriverError,
    GuestSample,
    HostSample,
    InterfaceSample,
    Samples,
    StoppedFrames,
)
from hostagent.network.netlink import NetworkFailed

log = logging.getLogger(__name__)
# By the UID of the VM and the card's index.
Stopped = Mapping[tuple[str, int], StoppedFrames]
EVERY_S = 10.0
_US = 1_000_000


class Sampler:
    """Writes into the outbox of the present connection; without one it measures nothing."""

    def __init__(
        self,
        driver: Driver,
        every_s: float = EVERY_S,
        sampled: Callable[[Samples], None] = lambda _samples: None,
        stopped: Callable[[], Awaitable[Stopped]] | None = None,
    ) -> None:
        """`sampled` gets what was measured, too. `stopped` counts what rules stop, where the host has networks."""
        self._driver = driver
        self._stopped = stopped
        self._sampled = sampled
        self._every_s = every_s
        self._outbox: Outbox | None = None
        self._connected = asyncio.Event()

    def connected(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._connected.set()

    def disconnected(self) -> None:
        self._outbox = None
        self._connected.clear()

    async def run(self) -> None:
        """Measures and waits, in turn, until cancelled: a slow hypervisor is read less often."""
        while True:
            await self._connected.wait()
            await self._take()
            # Agents that were connected at one time, by a restart, need not all speak at one time ever after.
            await asyncio.sleep(self._every_s * random.uniform(0.9, 1.1))

    async def _take(self) -> None:
        try:
            samples = with_stopped(await self._driver.sample(), await self._count())
        except DriverError as error:
            log.debug("nothing measured: %s", error)  # Reported once for the whole host, where its guests are read.
            return
        except Exception:  # A boundary: what cannot be measured must not end the agent.
            log.exception("taking samples")
            return
        self._sampled(samples)
        # Another connection than before, perhaps: it takes them just as well.
        if self._outbox is not None:
            self._outbox.put_nowait(pb.ConnectRequest(heartbeat=heartbeat_of(samples, self._every_s)))

    async def _count(self) -> Stopped:
        try:
            return await self._stopped() if self._stopped else {}
        except NetworkFailed as error:
            log.debug("no frames counted: %s", error)  # Reported once for the whole host, where its networks are made.
            return {}


def with_stopped(samples: Samples, stopped: Stopped) -> Samples:
    """With the frames that rules have stopped, of each card that the hypervisor counts."""
    if not stopped:
        return samples
    guests = [
        replace(
            guest,
            interfaces=tuple(
                replace(each, frames=stopped.get((guest.ref.vm_uid, each.index))) for each in guest.interfaces
            ),
        )
        for guest in samples.guests
    ]
    return replace(samples, guests=tuple(guests))


def heartbeat_of(samples: Samples, every_s: float) -> pb.AgentHeartbeat:
    beat = pb.AgentHeartbeat()
    beat.send_time.GetCurrentTime()
    taken = Timestamp()
    taken.FromNanoseconds(samples.taken_ns)
    beat.host_sample.CopyFrom(_host(samples.host, taken))
    beat.guest_samples.extend(_guest(each, taken) for each in samples.guests)
    beat.sample_interval.FromMicroseconds(round(every_s * _US))
    return beat


def _host(sample: HostSample, taken: Timestamp) -> sample_pb2.Sample:
    return sample_pb2.Sample(
        sample_time=taken,
        cpu_time=_duration(sample.cpu_us),
        cpu_total_time=_duration(sample.cpu_total_us),
        memory_bytes=sample.memory_bytes,
        disk_bytes=sample.disk_bytes,
    )


def _guest(measured: GuestSample, taken: Timestamp) -> sample_pb2.GuestSample:
    sample = sample_pb2.Sample(
        sample_time=taken,
        cpu_time=_duration(measured.cpu_us),
        memory_bytes=measured.memory_bytes,
        disk_bytes=measured.disk_bytes,
        disk_read_bytes=measured.disk_read_bytes,
        disk_written_bytes=measured.disk_written_bytes,
        network_received_bytes=measured.network_received_bytes,
        network_sent_bytes=measured.network_sent_bytes,
    )
    ref = measured.ref
    return sample_pb2.GuestSample(
        vm_uid=ref.vm_uid,
        incarnation=ref.incarnation,
        sample=sample,
        addresses=measured.addresses,
        interfaces=map(_interface, measured.interfaces),
    )


def _interface(measured: InterfaceSample) -> sample_pb2.InterfaceSample:
    message = sample_pb2.InterfaceSample(
        index=measured.index, received_bytes=measured.received_bytes, sent_bytes=measured.sent_bytes
    )
    if frames := measured.frames:
        message.refused_frames, message.unsent_frames = frames.refused, frames.unsent
        message.spoofed_frames = frames.spoofed
    return message


def _duration(micros: int | None) -> Duration | None:
    return None if micros is None else Duration(seconds=micros // _US, nanos=micros % _US * 1000)
