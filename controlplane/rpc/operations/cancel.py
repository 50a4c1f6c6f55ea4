"""What CancelOperation is to each operation: a command, or a refusal that says what to do instead. Looks nothing up."""

from collections.abc import Callable, Mapping

from controlplane.commands.image import FailImport
from controlplane.commands.trouble import CancelDrain, FailFence
from controlplane.commands.vm import CancelMigration
from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import NotCancellable
from controlplane.domain.operations import Operation
from controlplane.domain.reasons import Reason


def _fail_import(uid: str, _version: int) -> FailImport:
    return FailImport(uid, "cancelled", Reason.CANCELLED)


CANCELS: Mapping[str, Callable[[str, int], Command[Answer | None] | Command[None]]] = {
    "MigrateVm": CancelMigration,
    "DrainHost": CancelDrain,
    "ImportImage": _fail_import,
    "CreateImage": _fail_import,
    "FenceHost": lambda uid, version: FailFence(uid, version, "", cancelled=True),
}
# Of every other method whose operations run.
INSTEAD: Mapping[str, str] = {
    "CreateVm": "StopVm stops the VM in whatever state it is, and DeleteVm destroys it",
    "StartVm": "StopVm stops the VM in whatever state it is",
    "StopVm": "StartVm starts the VM again once it is STOPPED",
    "RebootVm": "StopVm stops the VM in whatever state it is",
    "PauseVm": "ResumeVm lets the VM go on",
    "ResumeVm": "PauseVm pauses the VM again",
    "DeleteVm": "what is being destroyed may have lost its disk; CreateVm creates another VM",
    "UpdateVm": "UpdateVm changes it back",
}


def cancel_command(operation: Operation) -> Command[Answer | None] | Command[None]:
    """Of an operation that runs. Raises NotCancellable."""
    if cancel := CANCELS.get(operation.method):
        return cancel(operation.target.uid, operation.began.version)
    raise NotCancellable(operation.name, operation.method, INSTEAD[operation.method])
