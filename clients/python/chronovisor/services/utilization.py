"""Totals and utilization: what there is, what is promised, what is used, and for how long."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Generic, Literal, TypeVar, Unpack

from chronovisor.services.base import OnStatus, Service
from chronovisor.streams import requests
from chronovisor.v1 import utilization_service_pb2 as pb
from chronovisor.v1.sample_pb2 import MeasuredSample
from chronovisor.v1.spare_capacity_pb2 import CheckSpareCapacityRequest
from chronovisor.v1.utilization_check_pb2 import GetUtilizationCheckRequest
from chronovisor.values import Moment, Options, Reading, texts, timestamp

Totals = TypeVar("Totals")
AllTotals = TypeVar("AllTotals")
TotalsWatch = TypeVar("TotalsWatch")
AllUsage = TypeVar("AllUsage")
Samples = TypeVar("Samples")
Check = TypeVar("Check")
Spare = TypeVar("Spare")


class UtilizationCalls(Service, Generic[Totals, AllTotals, TotalsWatch, AllUsage, Samples, Check, Spare]):
    """The methods of UtilizationService. A scope is `fleet`, `hosts/{id}`, `zones/{id}` or `projects/{id}`."""

    def get(self, scope: str = "fleet", *, selector: str = "", **reading: Unpack[Reading]) -> Totals:
        """The totals of a scope, now or `at` a past position or time.

        selector: of the scope's hosts, only those that it selects, such as `rack=r1,trait:ssd`. Raises NotFound.
        """
        return self._send(pb.GetUtilizationRequest(scope=scope, selector=selector), reading)

    def list(
        self, group_by: Literal["hosts", "zones", "projects"], *, page_size: int = 0, **reading: Unpack[Reading]
    ) -> AllTotals:
        """The totals of each host, zone or project."""
        request = pb.ListUtilizationRequest(group_by=group_by, page_size=page_size)
        return self._list(request, reading, lambda page: page.utilizations)

    def watch(
        self,
        scope: str = "fleet",
        *,
        resource_classes: Sequence[str] | str = (),
        minimum_change: float = 0.0,
        minimum_interval: timedelta | float = 0,
        after: int | None = None,
        start: Moment | None = None,
        step: timedelta | float = 0,
        on_status: OnStatus = None,
    ) -> TotalsWatch:
        """The totals of a scope as they are, and as they change.

        minimum_change: of some eta, 0 to 1. minimum_interval: at most one message in this time. after: the changes
        after a position, 0 for all that there ever were. start: begin with the totals of that past position or time,
        and all changes since, of which `step` leaves the last in so much time. Resumes by itself, without a gap or a
        repeat.
        """
        request = requests.utilization_request(
            scope, texts(resource_classes), minimum_change, _span(minimum_interval), after, start, _span(step)
        )
        return self.resumed(request, on_status)

    def usage(
        self,
        start: datetime,
        end: datetime,
        *,
        scope: str = "fleet",
        group_by: str = "",
        page_size: int = 0,
        **options: Unpack[Options],
    ) -> AllUsage:
        """What was held within a window, times how long, exactly. The end is excluded, and not in the future.

        scope: `fleet`, a project or a VM. group_by: `projects`, `vms` or `labels.KEY`; without it one row for all.
        """
        request = pb.GetUsageRequest(
            scope=scope, start_time=timestamp(start), end_time=timestamp(end), group_by=group_by, page_size=page_size
        )
        return self._list(request, options, lambda page: page.usages)

    def samples(self, name: str, **options: Unpack[Options]) -> Samples:
        """What the agent measured lately of a VM or of `hosts/{id}`, the newest last. Raises NotFound."""
        return self._send(pb.ListSamplesRequest(name=self._resource(name)), options, _samples)

    def check(self, **options: Unpack[Options]) -> Check:
        """What the background check of totals has found."""
        return self._send(GetUtilizationCheckRequest(), options)

    def check_spare_capacity(
        self, *, survive: int = 1, within: str = "host", zone: str = "", **reading: Unpack[Reading]
    ) -> Spare:
        """Whether every VM would have a place again, whichever `survive` hosts, zones or label values fail together.

        within: `host`, `zone` or a label of hosts, such as `rack`. Raises InvalidArgument, NotFound.
        """
        return self._send(CheckSpareCapacityRequest(survive=survive, within=within, zone=zone), reading)


def _samples(response: pb.ListSamplesResponse) -> list[MeasuredSample]:
    return list(response.samples)


def _span(given: timedelta | float) -> timedelta:
    return given if isinstance(given, timedelta) else timedelta(seconds=given)
