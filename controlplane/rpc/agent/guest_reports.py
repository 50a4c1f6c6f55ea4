"""What the agent of one stream reported of its guests: as values, and all that is known of them by now."""

from collections.abc import Mapping

from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1.host_pb2 import HostLeftover
from chronovisor.v1.vm_pb2 import GUEST_STATE_ABSENT, GuestState
from google.protobuf.timestamp_pb2 import Timestamp

from controlplane.domain.text import bounded
from controlplane.domain.time import END_OF_TIME_S, Micros, micros_of
from controlplane.domain.vm.aggregate import Observed, Vm
from controlplane.domain.vm.report import Report
from controlplane.rpc.agent.clock import AgentClock

GUEST_STATES: Mapping[int, str] = {
    number: name.removeprefix("GUEST_STATE_").lower() for name, number in GuestState.items() if number
}
# Of what agents say in their own words, in bytes.
MOST_DETAIL = 500
MOST_STEP = 40
LONGEST_UID = 64
MOST_ERROR = 2000
# Of one end of a migration.
MOST_ADDRESSES = 32
MOST_LEFTOVERS = 1000


def is_uid(text: str) -> bool:
    """Whether it can be a VM's: what is on a host is not ours alone to name."""
    return 0 < len(text) <= LONGEST_UID and text.isascii() and text.isprintable()


def time_of(timestamp: Timestamp) -> Micros:
    """0 for what no clock can read."""
    return micros_of(timestamp) if 0 <= timestamp.seconds < END_OF_TIME_S else Micros(0)


def report_of(reported: api.GuestReport, clock: AgentClock) -> Report:
    observation = reported.observation
    failure = reported.failure
    observed_at = clock.observed(time_of(observation.observe_time))
    return Report(
        reported.incarnation,
        Observed(observation.guest_state, observed_at, bounded(observation.detail, MOST_DETAIL)),
        reported.reboots,
        reported.started,
        reported.desired_version,
        bounded(failure.step, MOST_STEP),
        bounded(failure.error, MOST_ERROR),
        failure.permanent,
        _address_of(reported.endpoint) if reported.HasField("endpoint") else None,
    )


def _address_of(endpoint: api.MigrationEndpoint) -> dict[str, str]:
    """Of what an agent says of its end of a migration, no more than a migration needs."""
    some = sorted(endpoint.address.items())[:MOST_ADDRESSES]
    return {bounded(key, MOST_STEP): bounded(value, MOST_DETAIL) for key, value in some}


def absent(vm: Vm) -> Report:
    """What a readable inventory says of a guest that it does not name."""
    observed = Observed(GUEST_STATE_ABSENT, vm.updated, "not in the agent's inventory")
    return Report(vm.incarnation, observed, started=True)


def leftovers_of(inventory: api.GuestInventory) -> tuple[HostLeftover, ...]:
    """As many as are kept, in words that can be shown."""
    return tuple(
        HostLeftover(
            kind=each.kind,
            name=bounded(each.name, MOST_DETAIL),
            vm_uid=each.vm_uid if is_uid(each.vm_uid) else "",
            size_bytes=max(0, each.size_bytes),
        )
        for each in inventory.leftovers[:MOST_LEFTOVERS]
    )


class GuestReports:
    """Of each guest the newest report of this stream, and since which inventory that is all."""

    def __init__(self) -> None:
        self.last: dict[str, Report] = {}
        # Guests whose metadata could not be read: nothing is concluded of them.
        self.unread: frozenset[str] = frozenset()
        # When all guests were last reported; None: never in this stream.
        self.inventory_time: Micros | None = None
        # Why the hypervisor cannot be read now. What is known is from before.
        self.unreadable = ""
        # VMs that were to have a guest when all were reported, and had none, with the incarnation that was missing.
        self.missing: dict[str, int] = {}
        # What the host keeps for guests that are not there.
        self.leftovers: tuple[HostLeftover, ...] = ()

    @property
    def is_readable(self) -> bool:
        """Whether all guests are known as they are now."""
        return self.inventory_time is not None and not self.unreadable

    def take_all(self, reports: Mapping[str, Report], unread: frozenset[str], now: Micros) -> None:
        kept = {uid: report for uid, report in self.last.items() if uid in unread}
        self.last = {**kept, **reports}
        self.unread, self.inventory_time, self.unreadable = unread, now, ""

    def words(self, vm: Vm) -> str:
        """How the VM's guest was seen last; empty without a report."""
        report = self.last.get(vm.uid)
        if report is None or report.incarnation != vm.incarnation or report.observed.guest_state not in GUEST_STATES:
            return ""
        detail = f": {report.observed.detail}" if report.observed.detail else ""
        return f"the guest is {GUEST_STATES[report.observed.guest_state]}{detail}"
