"""What a what-if tells, as messages."""

from collections.abc import Mapping

from chronovisor.v1 import what_if_pb2 as api

from controlplane.domain.resources import BASE_CLASSES
from controlplane.domain.time import SECOND, timestamp_of
from controlplane.what_if.scenario import ClassIntegral, Course, FleetUsage, Point, Progress, ReplayMessage, Summary

HOUR = 3600 * SECOND


def what_if_message(told: ReplayMessage, *, changed: bool) -> api.WhatIfResponse:
    """`changed` says whether anything was to be other than it was: else every difference is drift."""
    match told:
        case Progress(position, start, end):
            progress = api.WhatIfProgress(position=position, from_position=start, to_position=end)
            return api.WhatIfResponse(progress=progress)
        case Point(time, position, was, would):
            point = api.WhatIfPoint(
                time=timestamp_of(time), position=position, was=_figures(was), would=_figures(would)
            )
            return api.WhatIfResponse(point=point)
        case Summary():
            return api.WhatIfResponse(summary=_summary(told, changed))


def _share(amount: int, total: int) -> float:
    return amount / total if total else 0.0


def _figures(figures: FleetUsage) -> api.WhatIfFigures:
    total, held, in_use = dict(figures.total), dict(figures.allocated), dict(figures.total_in_use)
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
    return api.WhatIfFigures(hosts=figures.hosts, hosts_in_use=figures.hosts_in_use, classes=classes)


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


def _summary(told: Summary, changed: bool) -> api.WhatIfSummary:
    return api.WhatIfSummary(
        from_position=told.start,
        from_time=timestamp_of(told.start_time),
        to_position=told.end,
        to_time=timestamp_of(told.end_time),
        events=told.events,
        requests=told.requests,
        starts=told.starts,
        displaced=told.displaced,
        refused=told.refused,
        refusals=[
            api.WhatIfRefusal(
                position=each.position,
                time=timestamp_of(each.time),
                vm=each.vm,
                reason=each.reason,
                message=each.message,
            )
            for each in told.refusals
        ],
        elsewhere=told.elsewhere,
        moves=[
            api.WhatIfMove(position=each.position, vm=each.vm, was=each.was, would=each.would) for each in told.moves
        ],
        left_out=told.left_out,
        drift=None if changed else told.elsewhere + sum(told.refused.values()),
        was=_course(told.was),
        would=_course(told.would),
    )
