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
from chronovisor.cli.text.operation_progress import bar_text, progress_text, remaining_text
from chronovisor.cli.text.safe_text import printable
from chronovisor.cli.text.units import seconds_text
from chronovisor.client import Client
from chronovisor.errors import ChronovisorError
from chronovisor.names import last_part
from chronovisor.operations import Operation, metadata_of
from chronovisor.v1 import host_pb2
from chronovisor.v1.host_pb2 import HostState
from chronovisor.v1.host_service_pb2 import GetHostRequest
from chronovisor.v1.image_pb2 import ImageState
from chronovisor.v1.image_service_pb2 import GetImageRequest
from chronovisor.v1.operations_pb2 import OperationMetadata
from chronovisor.v1.vm_pb2 import Vm, VmState
from chronovisor.v1.vm_service_pb2 import GetVmRequest
from chronovisor.v1.what_if_pb2 import WhatIfProgress

_STEP_S = 0.5
_DRAINED = host_pb2.HOST_STATE_MAINTENANCE


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

        def show(current: Operation) -> None:
            metadata = metadata_of(current)
            known = (bar_text(metadata), remaining_text(metadata))
            line.show(_situation(ctx, client, metadata), time.monotonic() - began, *known)

        try:
            show(operation)
            return client.wait(operation, settings_of(ctx).timeout, _STEP_S, show)
        except KeyboardInterrupt:
            line.leave(f"It goes on without you. Follow it: chronovisor operation wait {operation.name}")
            raise


def _situation(ctx: typer.Context, client: Client, metadata: OperationMetadata) -> str:
    target = metadata.target
    if not target:
        return ""
    # A look at what is gone by now, or at a server that restarts, fails; the wait itself goes on.
    with contextlib.suppress(ChronovisorError):
        state, more = _state_of(client, metadata), progress_text(metadata)
        return f"{short_name(ctx, target)}: {state}{f', {more}' if more else ''}" if state else ""
    return ""


def _state_of(client: Client, metadata: OperationMetadata) -> str:
    """Empty where the target is further by now than what is known of its operation. Raises ChronovisorError."""
    target = metadata.target
    if target.startswith("hosts/"):
        host = client.hosts.GetHost(GetHostRequest(name=target), timeout=_STEP_S)
        is_over = metadata.progress.vms_done < metadata.progress.vms_total and host.state == _DRAINED
        return "" if is_over else HostState.Name(host.state).removeprefix("HOST_STATE_")
    # By its uid: once it is gone, another may have its name.
    name = f"{target.rpartition('/')[0]}/{metadata.target_uid}" if metadata.target_uid else target
    if "/images/" in target:
        image = client.images.GetImage(GetImageRequest(name=name), timeout=_STEP_S)
        return ImageState.Name(image.state).removeprefix("IMAGE_STATE_")
    vm = client.vms.GetVm(GetVmRequest(name=name), timeout=_STEP_S)
    return f"{state_text(vm)}{f' on {last_part(vm.host)}' if vm.host else ''}"


class _PlainLines:
    """One line for each new situation."""

    def __init__(self) -> None:
        self._last = ""

    def show(self, situation: str, _elapsed_s: float, _bar: str = "", _remaining: str = "") -> None:
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

    def show(self, situation: str, elapsed_s: float, bar: str = "", remaining: str = "") -> None:
        self._last = situation or self._last
        self._status.update(Text(f"{bar}{printable(self._last)} ({seconds_text(elapsed_s)}{remaining})"))

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


class OperationLines:
    """Several operations on hosts that run at once: a line for each new situation of each of them."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}

    def show(self, operation: Operation) -> None:
        text = self._text(metadata_of(operation))
        if self._shown.get(operation.name) != text:
            self._shown[operation.name] = text
            self._changed(text)

    def _text(self, metadata: OperationMetadata) -> str:
        """Without what changes by itself."""
        metadata.progress.ClearField("remaining")
        return _host_text(metadata)

    def _changed(self, text: str) -> None:
        print(printable(text), file=sys.stderr, flush=True)

    def end(self, operation: Operation) -> None:
        self._shown.pop(operation.name, None)

    def leave(self, text: str) -> None:
        print(text, file=sys.stderr)


class _OperationBars(OperationLines):
    """The same as one block of bars that is rewritten in place."""

    def __init__(self, status: Status) -> None:
        super().__init__()
        self._status = status

    def _text(self, metadata: OperationMetadata) -> str:
        return f"{bar_text(metadata)}{_host_text(metadata)}"

    def _changed(self, text: str) -> None:
        del text
        self._status.update(Text("\n".join(printable(each) for each in self._shown.values())))

    def end(self, operation: Operation) -> None:
        super().end(operation)
        self._changed("")

    def leave(self, text: str) -> None:
        self._status.stop()
        super().leave(text)


def _host_text(metadata: OperationMetadata) -> str:
    """`node-1: 3 of 7 VMs are away`."""
    return f"{last_part(metadata.target)}: {progress_text(metadata) or 'is being drained'}"


@contextmanager
def operation_lines() -> Generator[OperationLines]:
    if not sys.stderr.isatty():
        yield OperationLines()
        return
    with console(sys.stderr).status("") as status:
        yield _OperationBars(status)


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
