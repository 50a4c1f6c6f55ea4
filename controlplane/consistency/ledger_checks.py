"""The ledger of a running control plane, checked: its end before the start, the whole of it from then on.

What does not hold makes it read-only, until an operator accepts it. Rows and snapshots that differ are findings, and no
more: the ledger has what they should be.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from controlplane.consistency.findings import CheckRequest, CheckResult, Finding, Findings, FindingSource
from controlplane.consistency.start_check import StartCheck, check_at_start
from controlplane.consistency.walk import walk
from controlplane.domain.errors import DomainError, LedgerUntrusted
from controlplane.domain.time import Micros
from controlplane.ledger.store import Ledger
from controlplane.ledger.writer.writer import Writer

log = logging.getLogger(__name__)

# From the start to the first walk; and from one to the next at least, and at least so many times as long as one took.
FIRST_AFTER_S = 1.0
EVERY_S = 3600.0
IDLE_TIMES = 10
# Of one processor, for the walk.
SHARE = 0.25


class LedgerChecks:
    """One walk at a time. What was found is in `findings`."""

    def __init__(self, ledger: Ledger, writer: Writer, clock: Callable[[], Micros], *, walks: bool) -> None:
        self._ledger = ledger
        self._writer = writer
        self._clock = clock
        self._walks = walks and not ledger.url.startswith("memory:")
        self._task: asyncio.Task[None] | None = None
        self.findings = Findings()

    async def examine(self) -> StartCheck:
        """Before anything is folded: a ledger whose end does not hold takes no commands. Raises PersistenceErrors."""
        found = await asyncio.to_thread(check_at_start, self._ledger)
        self.findings.acceptance = found.acceptance
        if found.problem:
            self._distrust(FindingSource.SEALS, *found.problem)
        return found

    def start(self) -> None:
        """Walks from now on. An empty ledger, or one that begins now, has nothing that somebody could have altered."""
        if self._walks:
            self._task = asyncio.create_task(self._run(), name="ledger checks")

    async def close(self) -> None:
        """Ends the walk that is under way."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        wait_s = FIRST_AFTER_S
        while True:
            await asyncio.sleep(wait_s)
            began = time.monotonic()
            await self.check()
            wait_s = max(EVERY_S, IDLE_TIMES * (time.monotonic() - began))

    async def check(self) -> None:
        """One walk over the whole, from its order to its findings."""
        try:
            self._take(await walk(self._ledger, CheckRequest(share=SHARE, looks_beside=True)))
        except (DomainError, OSError) as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("a fault in checking the ledger")
            self._fail(f"a fault of ours: {type(error).__name__}")

    def _take(self, found: CheckResult) -> None:
        self.findings.failure = ""
        self.findings.checked = self._clock()
        self.findings.position = found.checked.head.id if found.checked.head else 0
        if problem := found.checked.problem:
            self._distrust(FindingSource.SEALS, *problem)
        if found.fault:
            self._distrust(FindingSource.STORE, 0, found.fault)
        for each in found.rules.violations if found.rules else ():
            self._distrust(FindingSource.RULES, each.position, f"{each.subject}: {each.text}")
        for text in found.rows:
            self.find(FindingSource.ROWS, 0, text)

    def _distrust(self, source: FindingSource, position: int, text: str) -> None:
        self.find(source, position, text)
        self._writer.distrust(LedgerUntrusted(position, text))

    def find(self, source: FindingSource, position: int, text: str) -> None:
        """Keeps a finding, and says it once."""
        finding = Finding(source, position, text, self._clock())
        if self.findings.add(finding):
            log.error("ALARM of the ledger's check (%s): %s", source.value, finding)

    def _fail(self, reason: str) -> None:
        log.warning("the ledger could not be checked: %s", reason)
        self.findings.failure = reason
