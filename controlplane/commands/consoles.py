"""The command of a console: it is opened, or closed, or what a screen showed is taken."""

from dataclasses import dataclass

from controlplane.domain.command import Command
from controlplane.domain.time import Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.consoles import ConsoleEvent, consoles_stream


@dataclass(frozen=True, slots=True)
class RecordConsole(Command[None]):
    """`last` is the event before it on the VM's stream of consoles, by version and time."""

    event: ConsoleEvent
    last: tuple[int, Micros] | None = None


def record(unit: UnitOfWork, command: RecordConsole) -> None:
    """Two servers can't record the same version: the second is refused."""
    version = unit.fleet.lineage.next_version(*command.last) if command.last else 1
    unit.record(consoles_stream(command.event.vm_uid), [command.event], version)
