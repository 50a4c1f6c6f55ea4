"""A host's clock beside the ledger's: how far it is off, and what its times are by ours. One stream's."""

import logging
from collections.abc import Callable

from controlplane.domain.time import SECOND, Micros

log = logging.getLogger(__name__)
# Clocks that agree to this are taken as they are: what is measured includes how long a message was on its way.
AGREES_US = SECOND
# By more than this no message is late: the clock was set.
SET_US = 5 * SECOND


class AgentClock:
    """`offset_us` is above 0 where the host's clock is ahead; None before anything was heard."""

    def __init__(self, host: str, now: Callable[[], Micros]) -> None:
        self._host = host
        self._now = now
        self._connected = now()
        self._late = False
        self._logged_us = 0
        self.offset_us: int | None = None

    def heard(self, sent: Micros) -> None:
        """The host sent something at `sent`, by its own clock; 0 where it does not say when."""
        if not sent:
            return
        measured = sent - self._now()
        known = self.offset_us
        if known is None:
            # The first word of one agent of thousands that come at once waits for seconds: nothing is logged of it yet.
            self.offset_us = measured
            return
        self.offset_us = self._revised(known, measured)
        self._log(self.offset_us)

    def _revised(self, known: int, measured: int) -> int:
        if measured > known or known - measured > SET_US:
            # It was on its way for less time than the ones before, or the clock was set.
            self._late = False
            return measured
        if known - measured <= AGREES_US:
            self._late = False
            return known
        # Late, or set back: the next one counts.
        self._late = not self._late
        return known if self._late else measured

    def _log(self, offset_us: int) -> None:
        if abs(offset_us) > AGREES_US and abs(offset_us - self._logged_us) > AGREES_US:
            way = "ahead of" if offset_us > 0 else "behind"
            log.warning("the clock of %s is %.1f s %s the ledger's time", self._host, abs(offset_us) / SECOND, way)
            self._logged_us = offset_us

    def ours(self, theirs: Micros) -> Micros:
        """A time of the host's clock, by ours."""
        offset_us = self.offset_us or 0
        return Micros(theirs - offset_us) if abs(offset_us) > AGREES_US else theirs

    def observed(self, theirs: Micros) -> Micros:
        """When something was observed that was reported in this stream: not before it began, nor after now."""
        return max(self._connected, min(self.ours(theirs), self._now()))
