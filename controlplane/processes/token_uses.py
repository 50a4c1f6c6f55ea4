"""When tokens were used last, into the ledger: at most once an hour for each, however many calls came with it.

A token that was never used before is recorded within a minute. What was seen since is lost when the server ends.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Protocol

from uuid_utils import uuid7

from controlplane.commands.service_account import RecordTokenUses
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import DomainError
from controlplane.domain.time import SECOND, Micros
from controlplane.processes.pacing import Submit

log = logging.getLogger(__name__)

ACTOR = "system:tokens"
INTERVAL_US = 3600 * SECOND
LOOK_EVERY_S = 60.0


class Uses(Protocol):
    """What this server saw of tokens."""

    def uses_to_record(self, interval_us: int) -> Iterable[tuple[str, Sequence[tuple[str, Micros]]]]: ...


class TokenUses:
    """Looks once a minute."""

    def __init__(self, submit: Submit, uses: Uses) -> None:
        self._submit = submit
        self._uses = uses

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.record()

    async def record(self) -> None:
        """Records what is due. What cannot be recorded now is due again."""
        for uid, uses in [*self._uses.uses_to_record(INTERVAL_US)]:
            try:
                await self._submit(RecordTokenUses(uid, uses), CommandContext(ACTOR, str(uuid7())))
            except DomainError as error:
                log.info("the last use of tokens is recorded later: %s", error)
                return
            except Exception:
                # A fault of ours in one account's command must not end the process.
                log.exception("the last use of tokens of service account %s could not be recorded", uid)
