"""What a decision on a VM needs beside the VM: the time, the limits, the request's own values, the chosen host."""

from collections.abc import Mapping
from typing import NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.domain.host.numa import NumaPart
from controlplane.domain.time import SECOND, Micros, timestamp_of
from controlplane.domain.vm.interfaces import Cards


class Placed(NamedTuple):
    """The host that was chosen for a VM, and how."""

    host_uid: str
    host: str
    policy: str
    hosts_considered: int
    turned_down: Mapping[str, int]
    score: float = 0.0
    # The next best, by name, and their scores.
    alternatives: tuple[tuple[str, float], ...] = ()
    parts: tuple[NumaPart, ...] = ()
    # When the VM, and the last of those that were there before it, is expected to end; None where that is not known.
    expected_end: Micros | None = None
    host_expected_end: Micros | None = None
    # Of the host and the alternatives, by name, those that have a copy of the VM's image: each is scored better for it.
    image_hosts: tuple[str, ...] = ()


class MigrationTerms(NamedTuple):
    """How a VM is to be moved, by its caller. `disk` is a chronovisor.v1.DiskMove."""

    disk: int = 1
    bandwidth_mib_s: int = 0
    auto_converge: bool = False


class Terms(NamedTuple):
    """Of one request. A verb reads those that concern it.

    `limit_s`: how long the step may take. `floor`: of the ledger's history; numbers up to it may have been issued
    without its knowledge. `newest_incarnation`: the newest that may be on any host. `restarts`: of a stop, that a start
    elsewhere is owed afterwards; `restart_attempt`: of a start that was owed, which in a row. `cards`: of a
    start, what network cards hold from then on.
    """

    now: Micros
    limit_s: float = 0.0
    grace_period_s: float = 0.0
    force: bool = False
    floor: int = 0
    newest_incarnation: int = 0
    placed: Placed | None = None
    restarts: bool = False
    restart_attempt: int = 0
    migration: MigrationTerms = MigrationTerms()
    cards: Cards = ()

    def deadline(self, more_s: float = 0.0) -> Timestamp:
        """The end of the step's time, `more_s` seconds later than its limit."""
        return timestamp_of(self.now + round((self.limit_s + more_s) * SECOND))
