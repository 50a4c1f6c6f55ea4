"""Tickets that open one console each, in the name of whoever was given them. In memory, by their hashes, for seconds.

They are for callers that can send no credential, such as a page's WebSocket. Has hashes, never a ticket.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import takewhile
from typing import NoReturn, TypeAlias

from chronovisor.v1 import console_service_pb2 as api

from controlplane.domain.access.principal import Principal
from controlplane.domain.errors import RateLimited, Unauthenticated
from controlplane.domain.reasons import Reason

# The metadata that has a ticket.
METADATA = "chronovisor-console-ticket"
PREFIX = "cvct_"
LIFE_S = 30.0
# Of one caller, and of all.
MOST_OF_ONE, MOST = 32, 10_000

Opening: TypeAlias = api.SerialConsoleOpening | api.ScreenOpening


@dataclass(frozen=True, slots=True)
class ConsoleTicket:
    """What one opens. `method` is `/SERVICE/METHOD`; `actor` is as events have it; `expires` is seconds since 1970."""

    id: str
    method: str
    principal: Principal
    actor: str
    vm_uid: str
    opening: Opening
    expires: float


class ConsoleTickets:
    """Those that are not used yet. Found by their SHA-256 alone, so that time says nothing of one."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        # The oldest first: all live equally long.
        self._tickets: dict[bytes, ConsoleTicket] = {}
        self._of_actors = Counter[str]()

    def require_room(self, actor: str) -> None:
        """Raises RateLimited where the actor, or all together, have as many as can be."""
        self._remove(self._expired())
        if self._of_actors[actor] >= MOST_OF_ONE or len(self._tickets) >= MOST:
            raise RateLimited(actor, "as many console tickets that are not used as can be", LIFE_S)

    @property
    def expiry(self) -> float:
        """When a ticket of now ends, in seconds since 1970."""
        return self._now() + LIFE_S

    def add(self, ticket: ConsoleTicket) -> str:
        """The ticket as its caller is to send it. Raises RateLimited."""
        self.require_room(ticket.actor)
        text = f"{PREFIX}{secrets.token_urlsafe(32)}"
        self._tickets[_hash(text)] = ticket
        self._of_actors[ticket.actor] += 1
        return text

    def principal(self, method: str, text: str) -> Principal:
        """Whose a ticket is: it stays. Raises Unauthenticated."""
        return self._found(method, text).principal

    def redeem(self, method: str, text: str) -> ConsoleTicket:
        """The ticket, which is used with that. Raises Unauthenticated."""
        found = self._found(method, text)
        self._remove([_hash(text)])
        return found

    def drop(self, is_concerned: Callable[[Principal], bool]) -> None:
        """Ends those of some principals, such as one whose token is revoked."""
        self._remove([key for key, each in self._tickets.items() if is_concerned(each.principal)])

    def __len__(self) -> int:
        return len(self._tickets)

    def _found(self, method: str, text: str) -> ConsoleTicket:
        found, now = self._tickets.get(_hash(text)), self._now()
        if found is None or found.expires <= now:
            _refuse(
                "the console ticket is not known here: it can be used once, within 30 s, on the server that made it"
            )
        if found.method != method:
            _refuse(f"the console ticket is for {found.method.rpartition('/')[2]} alone")
        if 0 < found.principal.until <= now:
            raise Unauthenticated(Reason.TOKEN_EXPIRED, "the credential that the console ticket came of has expired")
        return found

    def _expired(self) -> list[bytes]:
        now = self._now()
        oldest = takewhile(lambda item: item[1].expires <= now, self._tickets.items())
        return [key for key, _ in oldest]

    def _remove(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            actor = self._tickets.pop(key).actor
            self._of_actors[actor] -= 1
            if not self._of_actors[actor]:
                del self._of_actors[actor]


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "replace")).digest()


def _refuse(text: str) -> NoReturn:
    raise Unauthenticated(Reason.TOKEN_INVALID, text)
