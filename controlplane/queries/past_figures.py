"""Utilization of one scope at past positions, for streams that begin in the past. Blocks: use a thread.

What was at a position must be written already: see `Projector.reach`.
"""

from collections.abc import Iterator
from heapq import merge

from controlplane.domain.time import Micros
from controlplane.projections.timeline import Timeline
from controlplane.projections.utilization import FLEET, Totals, of_project

Figures = tuple[int, Micros, Totals]


def figures_at(timeline: Timeline, scope: str, at: int) -> Totals:
    """As of a position; nothing where there was no such scope. A project's total is the fleet's."""
    own = timeline.figures(scope, at) or Totals()
    if not scope.startswith("projects/"):
        return own
    return of_project(own, timeline.figures(FLEET, at) or Totals())


def figures_between(timeline: Timeline, scope: str, after: int, to: int) -> Iterator[Figures]:
    """Each change after one position and not after another: position, time, and the figures from there on."""
    if not scope.startswith("projects/"):
        yield from timeline.figures_between(scope, after, to)
        return
    own, fleet = timeline.figures(scope, after) or Totals(), timeline.figures(FLEET, after) or Totals()
    told = of_project(own, fleet)
    changes = merge(_of(timeline, FLEET, after, to), _of(timeline, scope, after, to), key=lambda each: each[0])
    for position, time, totals, name in changes:
        own, fleet = (own, totals) if name == FLEET else (totals, fleet)
        # Most of what changes of the fleet is of other projects.
        if (now := of_project(own, fleet)) != told:
            told = now
            yield position, time, now


def _of(timeline: Timeline, scope: str, after: int, to: int) -> Iterator[tuple[int, Micros, Totals, str]]:
    for position, time, totals in timeline.figures_between(scope, after, to):
        yield position, time, totals, scope
