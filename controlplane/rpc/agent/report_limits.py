"""How many events one agent's unrequested reports may write: token buckets for each guest, and for the agent.

A guest that changes by itself is news a few times; an agent that contradicts itself at every message would fill the
ledger. What is held back is not lost: the newest report of each guest is taken when its bucket has refilled.
"""

from collections.abc import Callable
from dataclasses import dataclass

# Of one guest: so many at once, then one in so many seconds.
GUEST_BURST, GUEST_EVERY_S = 20.0, 10.0
# Of one agent, beside two for each of its guests: a machine whose guests all end at once writes one for each.
AGENT_BURST, AGENT_EVERY_S = 200.0, 0.2
# Reports held back: more than that, and the agent makes no sense.
HELD_BACK_BURST, HELD_BACK_EVERY_S = 500.0, 0.2


# Of one stream, whatever is in it: messages, and their bytes. A host of a thousand guests sends a tenth of that.
MESSAGE_BURST, MESSAGE_EVERY_S = 20_000.0, 1 / 500
BYTE_BURST, BYTE_EVERY_S = float(64 << 20), 1 / (4 << 20)
# Guests in one inventory.
MOST_GUESTS = 20_000


@dataclass(slots=True)
class Bucket:
    """Tokens that come back one by one, up to a burst."""

    burst: float
    every_s: float
    tokens: float
    at_s: float

    def take(self, now_s: float, amount: float = 1) -> bool:
        self.tokens = min(self.burst, self.tokens + (now_s - self.at_s) / self.every_s)
        self.at_s = now_s
        if self.tokens < amount:
            return False
        self.tokens -= amount
        return True


class StreamLimits:
    """What one stream may send, however fast its agent is. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._messages = _full(MESSAGE_BURST, MESSAGE_EVERY_S, clock())
        self._bytes = _full(BYTE_BURST, BYTE_EVERY_S, clock())

    def allows(self, size: int, guests: int) -> bool:
        """Whether one more message, of so many bytes, and guests in an inventory, is taken."""
        now_s = self._clock()
        return guests <= MOST_GUESTS and self._messages.take(now_s) and self._bytes.take(now_s, size)


class ReportLimits:
    """The buckets of one agent. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guests: dict[str, Bucket] = {}
        self._agent = _full(AGENT_BURST, AGENT_EVERY_S, clock())
        self._held_back = _full(HELD_BACK_BURST, HELD_BACK_EVERY_S, clock())

    def allows(self, vm_uid: str, guests: int) -> bool:
        """Whether one more event of this guest may be written, of an agent that has so many guests."""
        now_s = self._clock()
        bucket = self._guests.get(vm_uid)
        if bucket is None:
            bucket = self._guests[vm_uid] = _full(GUEST_BURST, GUEST_EVERY_S, now_s)
            # Each guest that is heard of the first time brings its share.
            if len(self._guests) <= guests:
                self._agent.burst += 2
                self._agent.tokens += 2
        return bucket.take(now_s) and self._agent.take(now_s)

    def is_beyond_sense(self) -> bool:
        """To be called for each report that is held back."""
        return not self._held_back.take(self._clock())


def _full(burst: float, every_s: float, now_s: float) -> Bucket:
    return Bucket(burst, every_s, burst, now_s)
