"""Leases: a host whose agent is not heard for too long is lost. Knows no states of VMs, only times of hosts.

Heartbeats renew in memory, and are no events; that a host is lost is one. Times are of what really elapsed: where
commit times go ahead by a step of the wall clock, leases do not end sooner. A control plane that has just begun, that
stood still, or whose ledger takes no commands has heard nobody: then every lease lasts for the grace, as after a start.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from uuid_utils import uuid7

from controlplane.commands.trouble import LoseHost
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError, Unavailable
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.time import SECOND, Micros
from controlplane.processes.deadlines import Submit
from controlplane.processes.lease_table import DEFAULT_TERMS, LeaseTable, LeaseTerms
from controlplane.runtime.waiting import wait_for_event

log = logging.getLogger(__name__)
ACTOR = "system:leases"
RETRY_S = 1.0
# Losses that are decided at once: where a whole site is lost, others' commands come in between.
MOST_AT_ONCE = 64
# So many looks in the time of a lease: one that comes later than the next was due finds that this process stood still.
LOOKS = 6


class Leases:
    """Follows the dispatcher for hosts that come and go; sessions renew."""

    def __init__(
        self,
        submit: Submit,
        clock: Callable[[], Micros],
        terms: LeaseTerms = DEFAULT_TERMS,
        moved_us: Callable[[], int] = int,
    ) -> None:
        """`moved_us` returns by how much `clock` has gone ahead of what elapsed, so far."""
        self.terms = terms
        self._submit = submit
        self._commit_clock = clock
        self._moved_us = moved_us
        self._table = LeaseTable(terms)
        self._losing: dict[str, asyncio.Task[None]] = {}
        self._looked: Micros | None = None
        self._wake = asyncio.Event()
        # Why no loss could be recorded last: logged once.
        self._refused = ""

    def _elapsed(self) -> Micros:
        return Micros(self._commit_clock() - self._moved_us())

    def _commit_time(self, elapsed: Micros) -> Micros:
        return Micros(elapsed + self._moved_us())

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        now = self._elapsed()
        for recorded in batch:
            if isinstance(recorded.after, Host):
                self._table.know(recorded.after, now)

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        now = self._elapsed()
        for host in state.hosts:
            self._table.know(host, now)

    def begin(self) -> None:
        """To be called once agents can connect."""
        self._table.begin(self._elapsed())
        self._wake.set()

    def renew(self, host_uid: str) -> None:
        """Something was heard of the host's agent. A loss that waits to be decided is taken back."""
        self._table.renew(host_uid, self._elapsed())
        if losing := self._losing.get(host_uid):
            losing.cancel()

    def expires_at(self, host_uid: str) -> Micros | None:
        """When the host's lease is over unless it is renewed, as a commit time; None where it has none."""
        expires = self._table.expires(host_uid)
        return None if expires is None else self._commit_time(expires)

    def awaited_until(self, host_uid: str) -> Micros:
        """Until when an agent that was not heard since the start may come back, as a commit time. 0: none may."""
        expires = self.expires_at(host_uid)
        return Micros(0) if expires is None or self._table.heard(host_uid) is not None else expires

    @property
    def held(self) -> int:
        """How many hosts have a lease."""
        return len(self._table)

    def oldest_s(self) -> float:
        """For how long the agent was not heard that, of all with a lease, was heard first; 0 without any."""
        return self._table.longest_unheard(self._elapsed()) / SECOND

    def last_word_at(self, host_uid: str) -> Micros:
        """When the host's agent can have been answered last, as a commit time: its own lease began no later.

        Also of a host that is lost: its agent may be connected, and not have reported its guests yet.
        """
        return self._commit_time(self._table.last_word(host_uid, self._elapsed()))

    async def run(self) -> None:
        """Runs until cancelled."""
        try:
            while True:
                self._wake.clear()
                self.look()
                await wait_for_event(self._wake, self._seconds_to_next())
        finally:
            for losing in list(self._losing.values()):
                losing.cancel()

    def _seconds_to_next(self) -> float:
        most_s = self.terms.lease_s / LOOKS
        if len(self._losing) >= MOST_AT_ONCE or (at := self._table.next_look) is None:
            return most_s
        return min(most_s, max(0.0, (at - self._elapsed()) / SECOND))

    def look(self) -> None:
        """Has every host lost whose lease is over."""
        now = self._elapsed()
        if self._looked is not None and now - self._looked > 2 * self.terms.lease_us / LOOKS:
            log.warning("stood still for %.1f s: hosts have time to be heard again", (now - self._looked) / SECOND)
            self._table.put_off(self.terms.grace_us, now)
        self._looked = now
        for host_uid in self._table.due(now, MOST_AT_ONCE - len(self._losing)):
            self._losing[host_uid] = asyncio.create_task(self._lose(host_uid), name=f"losing {host_uid}")

    async def _lose(self, host_uid: str) -> None:
        heard = self._table.heard(host_uid)
        command = LoseHost(host_uid, self.terms.lease_us, None if heard is None else self._commit_time(heard))
        try:
            await self._submit(command, CommandContext(ACTOR, str(uuid7()), reason="its agent was not heard"))
            self._refused = ""
        except DomainError as error:
            self._put_off(host_uid, error)
        except Exception:
            # A fault of ours in one host's command must not end the leases of all others.
            log.exception("host %s could not be lost", host_uid)
            self._table.again(host_uid, Micros(self._elapsed() + round(RETRY_S * SECOND)))
        finally:
            self._losing.pop(host_uid, None)
            self._wake.set()

    def _put_off(self, host_uid: str, error: DomainError) -> None:
        """A ledger that takes no commands takes no reports either, and lets no agent come back."""
        if str(error) != self._refused:
            log.warning("hosts are lost later: %s", error)
        self._refused = str(error)
        retry_s = error.retry_after_s if isinstance(error, Unavailable) else RETRY_S
        now = self._elapsed()
        self._table.again(host_uid, Micros(now + round(retry_s * SECOND)))
        self._table.put_off(self.terms.grace_us, now)
