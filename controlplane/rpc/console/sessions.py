"""Console sessions in the ledger: who opened which console of which VM, for how long, and how much went through.

Never what that was.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field

from chronovisor.events.v1 import event_pb2 as ev
from uuid_utils import uuid7

from controlplane.commands.consoles import RecordConsole
from controlplane.domain.command import CommandContext
from controlplane.domain.time import SECOND, duration_in
from controlplane.domain.vm.aggregate import Vm
from controlplane.queries.consoles import last_console_event
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import Commands

log = logging.getLogger(__name__)
SERVER_ENDED = "the server ended"


@dataclass(eq=False, slots=True)
class ConsoleSession:
    """One console that somebody has open."""

    vm_uid: str
    project_uid: str
    kind: "ev.ConsoleKind.ValueType"
    by: CommandContext
    id: str = field(default_factory=lambda: str(uuid7()))
    began: float = field(default_factory=time.monotonic)
    input_bytes: int = 0
    output_bytes: int = 0
    # Why it ended, where it was not the caller who left.
    why: str = ""


class ConsoleSessions:
    """Those that are open on this server."""

    def __init__(self, commands: Commands, reads: Reads) -> None:
        self._commands, self._reads = commands, reads
        self._open: set[ConsoleSession] = set()
        self._closing: set[asyncio.Task[None]] = set()
        # What comes next on a stream follows from what is there: one at a time.
        self._lock = asyncio.Lock()

    async def open(
        self,
        vm: Vm,
        kind: "ev.ConsoleKind.ValueType",
        by: CommandContext,
        mode: "ev.ConsoleMode.ValueType" = ev.CONSOLE_MODE_UNSPECIFIED,
    ) -> ConsoleSession:
        """Recorded before anything is shown. Raises what the writer does."""
        session = ConsoleSession(vm.uid, vm.project_uid, kind, by)
        opened = ev.ConsoleOpened(
            vm_uid=vm.uid,
            session=session.id,
            kind=kind,
            mode=mode,
            incarnation=vm.incarnation,
            project_uid=vm.project_uid,
        )
        await self._record(opened, by)
        self._open.add(session)
        return session

    def close(self, session: ConsoleSession) -> None:
        """Has it recorded: whoever had it open may be gone. Once."""
        if session not in self._open:
            return
        self._open.discard(session)
        task = asyncio.create_task(self._closed(session), name="a console's end")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def finish(self) -> None:
        """Closes all that are open, and returns once that is recorded."""
        for session in [*self._open]:
            session.why = session.why or SERVER_ENDED
            self.close(session)
        while self._closing:
            await asyncio.wait([*self._closing])

    def __len__(self) -> int:
        return len(self._open)

    async def _closed(self, session: ConsoleSession) -> None:
        closed = ev.ConsoleClosed(
            vm_uid=session.vm_uid,
            session=session.id,
            kind=session.kind,
            duration=duration_in(round((time.monotonic() - session.began) * SECOND)),
            input_bytes=session.input_bytes,
            output_bytes=session.output_bytes,
            why=session.why,
            project_uid=session.project_uid,
        )
        try:
            await self._record(closed, session.by)
        except Exception:  # nobody is left who could be refused
            log.exception("the end of console session %s is not in the ledger", session.id)

    async def _record(self, event: ev.ConsoleOpened | ev.ConsoleClosed, by: CommandContext) -> None:
        async with self._lock:
            last = await asyncio.to_thread(last_console_event, self._reads.ledger, event.vm_uid)
            await self._commands.enqueue(RecordConsole(event, last), by)
