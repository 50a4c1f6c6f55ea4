"""Console sessions in the ledger: who opened which console of which VM, for how long, and how much went through.

Never what that was.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import console_service_pb2 as api
from uuid_utils import uuid7

from controlplane.commands.consoles import RecordConsole
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import RequestIdReused
from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.time import SECOND, duration_in
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.consoles import ConsoleEvent, session_changes
from controlplane.queries.consoles import last_console_event, program_was_requested
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import Commands

log = logging.getLogger(__name__)
SERVER_ENDED, SERVER_LOST = "the server ended", "the server was lost"
ACTOR = "system:consoles"
MODES = {
    api.CONSOLE_MODE_UNSPECIFIED: ev.CONSOLE_MODE_UNSPECIFIED,
    api.CONSOLE_MODE_WRITE: ev.CONSOLE_MODE_WRITE,
    api.CONSOLE_MODE_TAKE_OVER: ev.CONSOLE_MODE_TAKE_OVER,
}


@dataclass(eq=False, slots=True)
class ConsoleSession:
    """One console that somebody has open."""

    vm_uid: str
    project_uid: str
    kind: "ev.ConsoleKind.ValueType"
    by: CommandContext
    # Of a PORT: which.
    port: int = 0
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
        # By id, the beginnings of those that the ledger has as open, until `close_lost`.
        self._unended: dict[str, RecordedEvent] = {}
        # What comes next on a stream follows from what is there: one at a time.
        self._lock = asyncio.Lock()

    def restore(self, state: FleetState) -> None:
        """Begins from a snapshot."""
        self.follow(state.open_consoles)

    def follow(self, batch: Sequence[RecordedEvent]) -> None:
        for each in batch:
            for session, opened in session_changes(each.event):
                if opened:
                    self._unended[session] = each
                else:
                    self._unended.pop(session, None)

    def lost(self) -> list[ev.ConsoleOpened]:
        """Those of servers that were killed: called before this one opens any."""
        return [each.event.console_opened for each in self._unended.values()]

    async def close_lost(self, lost: Sequence[ev.ConsoleOpened]) -> None:
        """How long they were open, and how much went through, nobody knows any more."""
        for opened in lost:
            closed = ev.ConsoleClosed(
                vm_uid=opened.vm_uid,
                session=opened.session,
                kind=opened.kind,
                why=SERVER_LOST,
                project_uid=opened.project_uid,
                port=opened.port,
            )
            try:
                await self._record(closed, CommandContext(ACTOR, str(uuid7())))
            except Exception:  # the next server tries it again
                log.exception("the end of console session %s is not in the ledger", opened.session)

    async def open(
        self,
        vm: Vm,
        kind: "ev.ConsoleKind.ValueType",
        by: CommandContext,
        mode: "ev.ConsoleMode.ValueType" = ev.CONSOLE_MODE_UNSPECIFIED,
        ticket: str = "",
        *,
        port: int = 0,
    ) -> ConsoleSession:
        """Recorded before anything is shown. `ticket` is the id of one. Raises what the writer does."""
        session = ConsoleSession(vm.uid, vm.project_uid, kind, by, port)
        opened = ev.ConsoleOpened(
            vm_uid=vm.uid,
            session=session.id,
            kind=kind,
            mode=mode,
            incarnation=vm.incarnation,
            project_uid=vm.project_uid,
            port=port,
            ticket=ticket,
        )
        await self._record(opened, by)
        self._open.add(session)
        return session

    async def promise(self, ticket: ev.ConsoleTicketCreated, by: CommandContext) -> None:
        """Records that a ticket is given. Raises what the writer does."""
        await self._record(ticket, by)

    async def looked(self, vm: Vm, by: CommandContext, size_bytes: int) -> None:
        """Records that what a VM's screen shows is shown. Raises what the writer does."""
        taken = ev.ConsoleScreenshotTaken(
            vm_uid=vm.uid, incarnation=vm.incarnation, size_bytes=size_bytes, project_uid=vm.project_uid
        )
        await self._record(taken, by)

    async def runs(self, vm: Vm, program: str, by: CommandContext) -> None:
        """Records that a program is run in a VM, before it is. Raises RequestIdReused, and what the writer does."""
        requested = ev.ConsoleProgramRequested(
            vm_uid=vm.uid, incarnation=vm.incarnation, program=program, project_uid=vm.project_uid
        )
        async with self._lock:
            if await asyncio.to_thread(program_was_requested, self._reads.ledger, vm.uid, by.request_id):
                raise RequestIdReused(by.request_id, "has begun a program already: how that ended is not known here")
            await self._append(requested, by)

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
            port=session.port,
        )
        try:
            await self._record(closed, session.by)
        except Exception:  # nobody is left who could be refused
            log.exception("the end of console session %s is not in the ledger", session.id)

    async def _record(self, event: ConsoleEvent, by: CommandContext) -> None:
        async with self._lock:
            await self._append(event, by)

    async def _append(self, event: ConsoleEvent, by: CommandContext) -> None:
        last = await asyncio.to_thread(last_console_event, self._reads.ledger, event.vm_uid)
        await self._commands.enqueue(RecordConsole(event, last), by)
