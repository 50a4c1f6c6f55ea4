"""Samples: what agents measure of a VM or host at one time, and rates of two of them. Performs no I/O."""

from typing import NamedTuple

from controlplane.domain.time import SECOND, Micros

# What was not measured. Nothing that is measured is negative.
ABSENT = -1


class Sample(NamedTuple):
    """What was measured at one time; ABSENT is what was not. CPU time is microseconds, all else bytes.

    Memory and disk are what is in use, all others are counters. `incarnation` is 0 for a host.
    """

    taken: Micros
    incarnation: int = 0
    cpu: int = ABSENT
    cpu_total: int = ABSENT
    memory: int = ABSENT
    disk: int = ABSENT
    disk_read: int = ABSENT
    disk_written: int = ABSENT
    received: int = ABSENT
    sent: int = ABSENT


class InterfaceSample(NamedTuple):
    """What went through one network card of a guest: bytes, and frames that rules stopped; ABSENT: not counted."""

    place: int
    received: int = ABSENT
    sent: int = ABSENT
    refused: int = ABSENT
    unsent: int = ABSENT
    spoofed: int = ABSENT


class GuestReport(NamedTuple):
    """What a sample of a guest has beside amounts: the addresses that it says it has, and its cards in their order."""

    addresses: tuple[str, ...] = ()
    interfaces: tuple[InterfaceSample, ...] = ()


NO_REPORT = GuestReport()


class Rates(NamedTuple):
    """How fast counters grew. `vcpus` is CPU time per time, all others bytes a second; None: unknown."""

    vcpus: float | None = None
    disk_read: float | None = None
    disk_written: float | None = None
    received: float | None = None
    sent: float | None = None


def rates(before: Sample | None, after: Sample) -> Rates:
    """The rates between two samples. Nothing where a guest was started anew between them."""
    if before is None or before.incarnation != after.incarnation or after.taken <= before.taken:
        return Rates()
    took_s = (after.taken - before.taken) / SECOND
    cpu = _rate(before.cpu, after.cpu, took_s)
    return Rates(
        None if cpu is None else cpu / SECOND,
        _rate(before.disk_read, after.disk_read, took_s),
        _rate(before.disk_written, after.disk_written, took_s),
        _rate(before.received, after.received, took_s),
        _rate(before.sent, after.sent, took_s),
    )


def _rate(before: int, after: int, took_s: float) -> float | None:
    """A counter that went back began anew: what it grew by is not known."""
    return None if before == ABSENT or after < before else (after - before) / took_s
