"""What-if results as messages."""

from collections.abc import Mapping

from chronovisor.v1 import what_if_pb2 as api

from controlplane.domain.resources import BASE_CLASSES
from controlplane.domain.time import SECOND, timestamp_of
from controlplane.what_if.scenario import ClassIntegral, Course, FleetUsage, Point, Progress, ReplayMessage, Summary

HOUR = 3600 * SECOND


def what_if_message(result: ReplayMessage, *, changed: bool) -> api.WhatIfResponse:
    """`changed` says whether anything was to be other than it was: else every difference is drift."""
    match result:
        case Progress(position, start, end):
            progress = api.WhatIfProgress(position=position, from_position=start, to_position=end)
            return api.WhatIfResponse(progress=progress)
        case Point(time, position, was, would):
            point = api.WhatIfPoint(time=timestamp_of(time), position=position, was=_totals(was), would=_totals(would))
            return api.WhatIfResponse(point=point)
        case Summary():
            return api.WhatIfResponse(summary=_summary(result, changed))


def _share(amount: int, total: int) -> float:
    return amount / total if total else 0.0


def _totals(usage: FleetUsage) -> api.WhatIfFigures:
    total, held, in_use = dict(usage.total), dict(usage.allocated), dict(usage.total_in_use)
    classes = [
        api.WhatIfClass(
            resource_class=name,
            total=total.get(name, 0),
            allocated=held.get(name, 0),
            eta=_share(held.get(name, 0), total.get(name, 0)),
            total_in_use=in_use.get(name, 0),
            eta_in_use=_share(held.get(name, 0), in_use.get(name, 0)),
        )
        for name in total | held
    ]
    return api.WhatIfFigures(hosts=usage.hosts, hosts_in_use=usage.hosts_in_use, classes=classes)


def _course(course: Course) -> api.WhatIfCourse:
    return api.WhatIfCourse(
        host_hours=course.host_micros / HOUR,
        peak_hosts_in_use=course.peak_hosts,
        peak_position=course.peak_position,
        classes=[_mean(name, each) for name, each in _in_order(course.classes)],
    )


def _in_order(classes: Mapping[str, ClassIntegral]) -> list[tuple[str, ClassIntegral]]:
    """The base classes first."""
    base = [(name, classes.get(name, ClassIntegral())) for name in BASE_CLASSES]
    return base + sorted((name, each) for name, each in classes.items() if name not in BASE_CLASSES)


def _mean(name: str, integral: ClassIntegral) -> api.WhatIfMean:
    return api.WhatIfMean(
        resource_class=name,
        eta=_share(integral.allocated, integral.total),
        eta_in_use=_share(integral.allocated, integral.total_in_use),
        unit_hours=integral.allocated / HOUR,
    )


def _summary(summary: Summary, changed: bool) -> api.WhatIfSummary:
    return api.WhatIfSummary(
        from_position=summary.start,
        from_time=timestamp_of(summary.start_time),
        to_position=summary.end,
        to_time=timestamp_of(summary.end_time),
        events=summary.events,
        requests=summary.requests,
        starts=summary.starts,
        displaced=summary.displaced,
        refused=summary.refused,
        refusals=[
            api.WhatIfRefusal(
                position=each.position,
                time=timestamp_of(each.time),
                vm=each.vm,
                reason=each.reason,
                message=each.message,
            )
            for each in summary.refusals
        ],
        elsewhere=summary.elsewhere,
        moves=[
            api.WhatIfMove(position=each.position, vm=each.vm, was=each.was, would=each.would) for each in summary.moves
        ],
        left_out=summary.left_out,
        drift=None if changed else summary.elsewhere + sum(summary.refused.values()),
        was=_course(summary.was),
        would=_course(summary.would),
    )
