"""`chronovisor vm console`: a VM's serial console at this terminal, and its log."""

import sys
import threading
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from chronovisor.cli.completion import complete_vm
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.options.mutations import Reason
from chronovisor.cli.session import session, short_name, vm_name
from chronovisor.cli.settings import Misused, named
from chronovisor.cli.text.safe_text import printable
from chronovisor.cli.typed import Typed, raw_terminal
from chronovisor.program import Terminated
from chronovisor.v1 import console_service_pb2 as api

# What was written last is shown first: a prompt that waits would not be seen otherwise.
BACKLOG_BYTES = 2048
# Without a terminal: left once the guest has been silent for so long after the last input.
SILENCE_S = 1.0


@named
def console(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(autocompletion=complete_vm, metavar="NAME", help="The VM: web-1, or projects/shop/vms/web-1."),
    ],
    watch: Annotated[bool, typer.Option("--watch", help="Watch alone: type nothing.")] = False,
    take_over: Annotated[bool, typer.Option("--take-over", help="Write in place of whoever does.")] = False,
    log: Annotated[bool, typer.Option("--log", help="Print what the guest has written, and leave.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="With --log: go on with what it writes.")] = False,
    from_: Annotated[
        int | None,
        typer.Option(
            "--from", metavar="BYTE", show_default=False, help="With --log: begin there; -1000 for the last 1000 bytes."
        ),
    ] = None,
    ticket: Annotated[
        bool, typer.Option("--ticket", help="Print a ticket that opens it once, within 30 s, and leave.")
    ] = False,
    reason: Reason = "",
) -> None:
    """Open a VM's serial console: what you type goes to the guest. `~.` at the beginning of a line leaves it."""
    if watch and take_over:
        raise Misused("--watch and --take-over contradict each other")
    if log and (watch or take_over or ticket or reason):
        raise Misused("--log takes neither --watch, --take-over, --ticket nor --reason")
    if not log and (follow or from_ is not None):
        raise Misused("--follow and --from go with --log")
    with session(ctx) as client:
        try:
            if log:
                _print_log(client, api.ReadConsoleLogRequest(name=vm_name(ctx, name), offset=from_ or 0, follow=follow))
            else:
                mode = (
                    api.CONSOLE_MODE_UNSPECIFIED
                    if watch
                    else api.CONSOLE_MODE_TAKE_OVER
                    if take_over
                    else api.CONSOLE_MODE_WRITE
                )
                opening = api.SerialConsoleOpening(
                    name=vm_name(ctx, name), mode=mode, backlog_bytes=BACKLOG_BYTES, reason=reason
                )
                if ticket:
                    print(client.consoles.create_ticket(opening).ticket)
                else:
                    _Terminal(client, opening, short_name(ctx, opening.name)).run()
        except Terminated:
            raise typer.Exit(Exit.TERMINATED) from None
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None


def _print_log(client: Any, request: api.ReadConsoleLogRequest) -> None:
    for part in client.consoles.ReadConsoleLog(request):
        if part.skipped:
            _note(f"{part.skipped:,} bytes before byte {part.offset:,} are not kept any more")
        _write(part.data)


class _Terminal:
    """One console at this terminal."""

    def __init__(self, client: Any, opening: api.SerialConsoleOpening, name: str) -> None:
        self._opening, self._name = opening, name
        self._typed = Typed()
        self._call: Any = client.consoles.OpenSerialConsole(self._requests())
        self._silence: threading.Timer | None = None
        self._is_over = False

    def run(self) -> None:
        """Until the guest ends, or somebody leaves. Raises ChronovisorError."""
        try:
            # Refused before the terminal is changed.
            first = next(self._call)
            with raw_terminal():
                self._begin(first.opened)
                for message in self._call:
                    self._take(message)
        except Exception:
            # Leaving cancels the call.
            if not self._is_over:
                raise
        finally:
            self._typed.end()
            if self._silence:
                self._silence.cancel()
            self._call.cancel()

    def _requests(self) -> Iterator[api.OpenSerialConsoleRequest]:
        yield api.OpenSerialConsoleRequest(open=self._opening)
        for data in self._typed:
            if self._opening.mode:
                yield api.OpenSerialConsoleRequest(input=data)
        if self._typed.left:
            self._leave()
        elif not sys.stdin.isatty():
            self._expect_silence()
        # While the call lasts: the end of what is typed is not the end of what is shown.
        self._typed.ended.wait()

    def _begin(self, opened: api.SerialConsoleOpened) -> None:
        self._say_who_writes(opened, f"The console of {self._name}: ~. at the beginning of a line leaves it.")
        self._typed.begin()

    def _take(self, message: api.OpenSerialConsoleResponse) -> None:
        match message.WhichOneof("message"):
            case "output":
                if message.output.skipped:
                    _note(f"{message.output.skipped:,} bytes are missing here: chronovisor vm console --log has them")
                _write(message.output.data)
                if self._silence:
                    self._expect_silence()
            case "writer_changed":
                self._say_who_writes(message.writer_changed, "")
            case "ended":
                _note(f"The console has ended: {message.ended.text}")
                self._is_over = message.ended.reason == api.CONSOLE_END_REASON_GUEST_ENDED
            case _:
                pass

    def _say_who_writes(self, who: api.SerialConsoleOpened | api.ConsoleWriterChanged, text: str) -> None:
        if who.written_by and self._opening.mode:
            text = f"{text} {who.written_by} writes, and you watch: --take-over writes instead."
        elif who.writer and not text:
            text = "You write now."
        if text:
            _note(text.strip())

    def _expect_silence(self) -> None:
        if self._silence:
            self._silence.cancel()
        self._silence = threading.Timer(SILENCE_S, self._leave)
        self._silence.daemon = True
        self._silence.start()

    def _leave(self) -> None:
        self._is_over = True
        self._call.cancel()


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.flush()


def _note(text: str) -> None:
    """On stderr, on a line of its own in a raw terminal, too."""
    end = "\r\n" if sys.stderr.isatty() else "\n"
    print(printable(text), file=sys.stderr, end=end, flush=True)
