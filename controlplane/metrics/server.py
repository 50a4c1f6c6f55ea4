"""The server itself: its queue, its agents and their leases, its streams, its alarms. On the event loop."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version

from prometheus_client.core import Metric

from controlplane.consistency.alarms import Alarms
from controlplane.consistency.discrepancy import TotalsSource
from controlplane.heads.publisher import ALARM as HEADS
from controlplane.identity.certificates import END_ALARM, FILES_ALARM
from controlplane.ledger.writer.writer import Writer
from controlplane.metrics.families import by_label, gauge, gauges
from controlplane.processes.clock_watch import KIND as CLOCK_STEP
from controlplane.processes.leases import Leases
from controlplane.queries.events.live_tail import LiveTail
from controlplane.runtime.system_alarms import SystemAlarms

# Kinds of alarms about the server itself: each is there from the start.
KINDS = (CLOCK_STEP, HEADS, FILES_ALARM, END_ALARM)


class ServerMetrics:
    """What is in this process alone. `agents`: how many are connected."""

    def __init__(
        self,
        writer: Writer,
        tail: LiveTail,
        leases: Leases,
        totals: Alarms,
        alarms: SystemAlarms,
        agents: Callable[[], int],
    ) -> None:
        self._writer = writer
        self._tail = tail
        self._leases = leases
        self._totals = totals
        self._alarms = alarms
        self._agents = agents
        self._version = version("chronovisor-server")

    def captured(self) -> Callable[[], Iterable[Metric]]:
        found = list(self._families())
        return lambda: found

    def _families(self) -> Iterator[Metric]:
        yield gauges("build_info", "The version of this server.", ("version",), [((self._version,), 1)])
        waiting, most = self._writer.waiting
        yield gauge("commands_waiting", "Commands that wait for a batch.", waiting)
        yield gauge("commands_waiting_limit", "Commands that may wait: the next is refused.", most)
        yield gauge("agents_connected", "Agents that are connected to this server.", self._agents())
        yield gauge("leases", "Hosts that have a lease here: their agents are to be heard.", self._leases.held)
        yield gauge(
            "lease_oldest_seconds", "For how long the agent was not heard that is due first.", self._leases.oldest_s()
        )
        yield gauge("lease_duration_seconds", "For how long a lease lasts.", self._leases.terms.lease_s)
        yield from self._streams()
        kinds = {**dict.fromkeys(KINDS, 0), **Counter(each.kind for each in self._alarms.open)}
        yield gauges("alarms", "Alarms about this server that are open, by kind.", ("kind",), by_label(kinds))
        sources = Counter(each.difference.source for each in self._totals.open)
        yield gauges(
            "totals_alarms",
            "Totals that differ from the ledger's, by where they were read.",
            ("source",),
            (((each.name.lower(),), sources[each]) for each in TotalsSource),
        )
        yield gauge(
            "totals_check_failed",
            "1 where the last comparison of totals came to no end.",
            self._totals.failure is not None,
        )

    def _streams(self) -> Iterator[Metric]:
        positions = [each.position for each in self._tail.subscribers]
        yield gauge("streams_following", "Streams that follow events.", len(positions))
        yield gauge(
            "streams_reading_past",
            "Of the streams that follow events, those that read the ledger to catch up.",
            sum(each < self._tail.oldest for each in positions),
        )
        yield gauge(
            "streams_behind_positions_max",
            "By how many positions the slowest stream is behind.",
            max((self._tail.position - each for each in positions), default=0),
        )
