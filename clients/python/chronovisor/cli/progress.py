"""Waiting for an operation in front of somebody: a line that moves on a terminal, plain lines elsewhere. On stderr."""

import contextlib
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.status import Status
from rich.text import Text

from chronovisor.cli.output import console
from chronovisor.cli.session import short_name
from chronovisor.cli.settings import settings_of
from chronovisor.cli.text.safe_text import printable
from chronovisor.cli.text.units import seconds_text
from chronovisor.client import Client
from chronovisor.errors import ChronovisorError
from chronovisor.names import last_part
from chronovisor.operations import Operation, metadata_of
from chronovisor.v1.vm_pb2 import Vm, VmState
from chronovisor.v1.vm_service_pb2 import GetVmRequest
from chronovisor.v1.what_if_pb2 import WhatIfProgress

_STEP_S = 0.5


def state_text(vm: Vm) -> str:
    """`RUNNING`."""
    return VmState.Name(vm.state).removeprefix("VM_STATE_")


def wait_visibly(ctx: typer.Context, client: Client, operation: Operation) -> Operation:
    """Waits until the operation is done, showing the VM's state and the time so far.

    Raises OperationFailed, WaitTimeout after --timeout, ChronovisorError. On Ctrl-C says that the operation goes on.
    """
    if operation.done:
        return client.wait(operation)
    began = time.monotonic()
    with _line() as line:

        def show(_operation: Operation) -> None:
            line.show(_situation(ctx, client, operation), time.monotonic() - began)

        try:
            show(operation)
            return client.wait(operation, settings_of(ctx).timeout, _STEP_S, show)
        except KeyboardInterrupt:
            line.leave(f"It goes on without you. Follow it: chronovisor operation wait {operation.name}")
            raise


def _situation(ctx: typer.Context, client: Client, operation: Operation) -> str:
    metadata = metadata_of(operation)
    target = metadata.target
    if not target:
        return operation.name
    # By its uid: once it is gone, another VM may have its name.
    name = f"{target.rpartition('/')[0]}/{metadata.target_uid}" if metadata.target_uid else target
    # A look at a VM that is gone by now, or at a server that restarts, fails; the wait itself goes on.
    with contextlib.suppress(ChronovisorError):
        vm = client.vms.GetVm(GetVmRequest(name=name), timeout=_STEP_S)
        where = f" on {last_part(vm.host)}" if vm.host else ""
        return f"{short_name(ctx, target)}: {state_text(vm)}{where}"
    return ""


class _PlainLines:
    """One line for each new situation."""

    def __init__(self) -> None:
        self._last = ""

    def show(self, situation: str, _elapsed_s: float) -> None:
        if situation and situation != self._last:
            self._last = situation
            print(printable(situation), file=sys.stderr, flush=True)

    def leave(self, text: str) -> None:
        print(text, file=sys.stderr)


class _MovingLine(_PlainLines):
    """One line that is rewritten in place."""

    def __init__(self, status: Status) -> None:
        super().__init__()
        self._status = status

    def show(self, situation: str, elapsed_s: float) -> None:
        self._last = situation or self._last
        self._status.update(Text(f"{printable(self._last)} ({seconds_text(elapsed_s)})"))

    def leave(self, text: str) -> None:
        self._status.stop()
        super().leave(text)


@contextmanager
def _line() -> Generator[_PlainLines]:
    if not sys.stderr.isatty():
        yield _PlainLines()
        return
    with console(sys.stderr).status("") as status:
        yield _MovingLine(status)


@contextmanager
def replay_bar() -> Generator[Callable[[WhatIfProgress], None]]:
    """A bar that fills as positions are replayed, and is gone at the end; nothing without a terminal."""
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task("")

        def show(progress: WhatIfProgress) -> None:
            what = "rebuilding" if progress.position <= progress.from_position else "replaying"
            bar.update(task, description=what, completed=progress.position, total=progress.to_position)

        yield show
