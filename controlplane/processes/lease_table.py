"""The leases of hosts, by time alone: who has one, since when it was heard, and whose is over. Performs no I/O.

All times are of a clock that only runs, in microseconds: steps of the wall clock are nothing to it. To renew a lease
costs the same however many there are.
"""

import heapq
from typing import NamedTuple

from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.time import SECOND, Micros

LEASE_S = 30.0
GRACE_S = 60.0
LONGEST_HEARTBEAT_S = 5.0


class LeaseTerms(NamedTuple):
    """How long a lease lasts after an agent was heard, and all of them at least after a start, in seconds."""

    lease_s: float = LEASE_S
    grace_s: float = GRACE_S

    @property
    def lease_us(self) -> int:
        return round(self.lease_s * SECOND)

    @property
    def grace_us(self) -> int:
        """A lease is never shorter than one."""
        return max(round(self.grace_s * SECOND), self.lease_us)

    @property
    def heartbeat_s(self) -> float:
        """How often an agent is to be heard: two of its heartbeats in a row may be lost."""
        return min(LONGEST_HEARTBEAT_S, self.lease_s / 3)


DEFAULT_TERMS = LeaseTerms()


def has_agent(host: Host) -> bool:
    """Whether an agent ever connected as a host that can be lost."""
    return host.reported is not None and not host.is_away and host.state is not HostState.DECOMMISSIONED


class LeaseTable:
    """By the host's uid. Until `begin`, hosts are only known; from then on, each that is heard has a lease."""

    def __init__(self, terms: LeaseTerms) -> None:
        self._terms = terms
        self._began: Micros | None = None
        self._known: set[str] = set()
        # Hosts that have none, whatever is heard of them: away, ended, or without an agent ever.
        self._barred: set[str] = set()
        self._heard: dict[str, Micros] = {}
        self._expires: dict[str, Micros] = {}
        # One entry for each lease, of a time at which it has to be looked at: it may have been renewed since.
        self._queue: list[tuple[Micros, str]] = []
        self._queued: set[str] = set()

    def __len__(self) -> int:
        return len(self._expires)

    def know(self, host: Host, now: Micros) -> None:
        """Takes a host as it is by now. One that is lost or ended has no lease any more.

        One that is back has one when its agent was heard here: another server may have it.
        """
        uid = host.uid
        if not has_agent(host):
            self._barred.add(uid)
            self._known.discard(uid)
            self._expires.pop(uid, None)
            return
        was_barred = uid in self._barred
        self._barred.discard(uid)
        if self._began is None:
            self._known.add(uid)
        elif was_barred and uid in self._heard:
            self._put(uid, Micros(now + self._terms.lease_us))

    def begin(self, now: Micros) -> None:
        """Agents are listened to from now on: all have time to come back."""
        self._began = now
        for uid in self._known:
            self._put(uid, Micros(now + self._terms.grace_us))
        self._known.clear()

    def renew(self, uid: str, now: Micros) -> None:
        self._heard[uid] = now
        if uid in self._barred or self._began is None:
            return
        # Not less than the grace that it has.
        self._put(uid, Micros(max(now + self._terms.lease_us, self._expires.get(uid, 0))))

    def put_off(self, by_us: int, now: Micros) -> None:
        """No lease is over sooner than this: nobody was listened to."""
        until = Micros(now + by_us)
        for uid, expires in self._expires.items():
            if expires < until:
                self._expires[uid] = until

    def again(self, uid: str, at: Micros) -> None:
        """A lease that was over is looked at once more."""
        if uid not in self._barred and uid not in self._expires:
            self._put(uid, at)

    def _put(self, uid: str, expires: Micros) -> None:
        self._expires[uid] = expires
        if uid not in self._queued:
            self._queued.add(uid)
            heapq.heappush(self._queue, (expires, uid))

    def due(self, now: Micros, most: int) -> list[str]:
        """Takes out the leases that are over, the first ones first, at most so many."""
        over: list[str] = []
        while self._queue and self._queue[0][0] <= now and len(over) < most:
            _, uid = heapq.heappop(self._queue)
            self._queued.discard(uid)
            expires = self._expires.get(uid)
            if expires is None:
                continue
            if expires > now:
                self._put(uid, expires)
                continue
            del self._expires[uid]
            over.append(uid)
        return over

    @property
    def next_look(self) -> Micros | None:
        """When the next lease may be over; None without any."""
        return self._queue[0][0] if self._queue else None

    def heard(self, uid: str) -> Micros | None:
        """When the host's agent was heard last; None: not since the start."""
        return self._heard.get(uid)

    def last_word(self, uid: str, now: Micros) -> Micros:
        """When the host's agent can have been answered last: by this process, or before it began by another."""
        began = now if self._began is None else self._began
        return self._heard.get(uid, began)

    def expires(self, uid: str) -> Micros | None:
        return self._expires.get(uid)

    def longest_unheard(self, now: Micros) -> int:
        """For how long the agent was not heard, of those that have a lease, that was heard first; 0 without any."""
        began = now if self._began is None else self._began
        return max((now - self._heard.get(uid, began) for uid in self._expires), default=0)
