"""Utilization of one scope at past positions, for streams that begin in the past. Blocks: use a thread.

What was at a position must be written already: see `Projector.reach`.
"""

from collections.abc import Iterator, Sequence
from heapq import merge

from controlplane.domain.time import Micros
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.live.utilization import FLEET, Totals, of_project
from controlplane.queries.scopes import Scope

Figures = tuple[int, Micros, Totals]


def figures_at(history_reader: HistoryReader, scope: Scope, at: int) -> Totals:
    """As of a position; nothing where there was no such scope. A project's total is the fleet's."""
    if not scope.is_project:
        return history_reader.figures(scope.name, at) or Totals()
    return of_project(_own_figures(history_reader, scope, at), history_reader.figures(FLEET, at) or Totals())


def figures_of(history_reader: HistoryReader, scopes: Sequence[Scope], at: int) -> list[tuple[Scope, Totals]]:
    """`figures_at` of many scopes that there were then."""
    found = history_reader.figures_of([*(scope.name for scope in scopes), FLEET], at)
    fleet = found.get(FLEET) or Totals()
    own = [(scope, found.get(scope.name) or Totals()) for scope in scopes]
    return [(scope, of_project(totals, fleet) if scope.is_project else totals) for scope, totals in own]


def figures_between(history_reader: HistoryReader, scope: Scope, after: int, to: int) -> Iterator[Figures]:
    """Each change after one position and not after another: position, time, and the figures from there on."""
    if not scope.is_project:
        yield from history_reader.figures_between(scope.name, after, to)
        return
    own, fleet = _own_figures(history_reader, scope, after), history_reader.figures(FLEET, after) or Totals()
    told = of_project(own, fleet)
    created, deleted = history_reader.project_lifetime(scope.uid)
    mine = _of(history_reader, scope.name, max(after, created), min(to, deleted))
    changes = merge(_of(history_reader, FLEET, after, to), mine, key=lambda each: each[0])
    for position, time, totals, name in changes:
        own, fleet = (own, totals) if name == FLEET else (totals, fleet)
        # Most of what changes of the fleet is of other projects.
        if (now := of_project(own, fleet)) != told:
            told = now
            yield position, time, now


def _own_figures(history_reader: HistoryReader, project: Scope, at: int) -> Totals:
    """What a project held, and none that had its name before or after it."""
    then = history_reader.project(project.uid, at)
    if then is None or then.is_deleted:
        return Totals()
    return history_reader.figures(project.name, at) or Totals()


def _of(history_reader: HistoryReader, scope: str, after: int, to: int) -> Iterator[tuple[int, Micros, Totals, str]]:
    for position, time, totals in history_reader.figures_between(scope, after, to):
        yield position, time, totals, scope
