"""A walk over the whole ledger: its seals, its rules, and the rows that were made of it. The work, and its process.

Beside the server, so that its interpreter lock is not taken; a ledger in memory is walked on a thread. Changes nothing.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from itertools import islice
from typing import Any

from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from controlplane.consistency.acceptance import last_acceptance
from controlplane.consistency.findings import CheckRequest, CheckResult
from controlplane.consistency.history_rules import ConsistencyRules, fold
from controlplane.domain.errors import DomainError, Unavailable
from controlplane.domain.reasons import Reason
from controlplane.ledger.raw_reader import RawRows, opened
from controlplane.ledger.read_only import NoLedger, ReadOnlyLedger
from controlplane.ledger.sqlite.backup import CannotCopy
from controlplane.ledger.store import Ledger
from controlplane.projections.projector.rebuild import differences
from controlplane.queries.audit import verify
from controlplane.queries.tree_walk import TreeWalk
from controlplane.runtime import worker_process

# Where there are more events, rows are compared by `chronovisord projections verify` alone: it folds all of them again.
ROWS_UP_TO = 1_000_000
MOST_ROWS = 20
# How long a walk that is not needed any more has to remove its copy of the rows, which may be large.
CLEAN_UP_S = 5.0
UNREADABLE = (NoLedger, CannotCopy, PersistenceError, SQLAlchemyError, OSError)


def check_ledger(rows: RawRows, order: CheckRequest, given_up: Callable[[], bool]) -> CheckResult:
    """Raises InvalidField, NotFound, GivenUp, and what reading raises."""
    if order.after > 0:
        return CheckResult(verify(rows, order.after, order.to, order.expected, given_up, known=order.known), None)
    acceptance = last_acceptance(rows)
    rules = ConsistencyRules(acceptance.position if acceptance else 0)
    if acceptance:
        # What was accepted is folded without its seals.
        start, tree = acceptance.start, TreeWalk(order.known.head)
        tree.prepare(rows, start.position, given_up)
        checked = verify(rows, 0, order.to, order.expected, given_up, start=start, known=order.known, tree=tree)
        fold(rows, rules, given_up)
    else:
        checked = verify(rows, 0, order.to, order.expected, given_up, rules=rules, known=order.known)
    fault = ""
    if order.looks_beside and isinstance(rows, ReadOnlyLedger) and not checked.problem:
        fault = rows.fault()
    return CheckResult(checked, rules.result(), acceptance, fault)


class Pace:
    """Called between pages: never gives up, and returns after a rest, so that so much of a processor is taken."""

    def __init__(self, share: float) -> None:
        self._rest = 1 / share - 1
        self._began = time.monotonic()

    def __call__(self) -> bool:
        time.sleep(self._rest * (time.monotonic() - self._began))
        self._began = time.monotonic()
        return False


async def walk(ledger: Ledger, order: CheckRequest) -> CheckResult:
    """Raises InvalidField, NotFound, and Unavailable when the ledger cannot be read now."""
    if ledger.url.startswith("memory:"):
        given_up = threading.Event()
        try:
            return await asyncio.to_thread(check_ledger, ledger, order, given_up.is_set)
        finally:
            given_up.set()
    process = await worker_process.start("controlplane.consistency.walk")
    assert process.stdin is not None
    try:
        process.stdin.write(worker_process.framed((os.getpid(), ledger.url, order)))
        process.stdin.close()
        answer: Any = await worker_process.receive(process)
    except (asyncio.IncompleteReadError, ConnectionError):
        raise Unavailable(Reason.LEDGER_UNAVAILABLE, f"the walk's process ended with {await process.wait()}") from None
    finally:
        await worker_process.end(process, CLEAN_UP_S)
    if isinstance(answer, Exception):
        raise answer
    return answer


def _answer(url: str, order: CheckRequest) -> CheckResult | DomainError:
    pace = Pace(order.share)
    try:
        with opened(url) as rows:
            found = check_ledger(rows, order, pace)
        if order.looks_beside and not found.checked.problem and found.checked.events <= ROWS_UP_TO:
            with Ledger(url, snapshots=False) as ledger:
                found = found._replace(rows=tuple(islice(differences(ledger, lambda _position: None), MOST_ROWS)))
    except DomainError as error:
        return error
    except UNREADABLE as error:
        return Unavailable(Reason.LEDGER_UNAVAILABLE, str(error).partition("\n")[0])
    return found


def main() -> int:
    """The process: its order comes on stdin, what it found goes to stdout."""
    parent, url, order = worker_process.receive_from(sys.stdin.buffer)
    worker_process.clean_up_when_terminated()
    worker_process.begin(parent, by=signal.SIGTERM)
    worker_process.send(_answer(url, order))
    return 0


if __name__ == "__main__":
    sys.exit(main())
