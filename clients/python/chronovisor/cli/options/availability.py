"""Options of what becomes of a VM in trouble: how it is moved away, and whether it is started again."""

from enum import StrEnum
from typing import Annotated, NamedTuple

import typer
from google.protobuf.duration_pb2 import Duration

from chronovisor.cli.settings import parsed
from chronovisor.cli.text.units import parse_count, parse_lifetime
from chronovisor.v1.vm_pb2 import Availability, RestartPolicy

_PANEL = "In trouble"


class OnMaintenanceChoice(StrEnum):
    """How a drain moves a VM away."""

    LIVE = "live"
    RESTART = "restart"
    STOP = "stop"


class RestartChoice(StrEnum):
    """After which ends a VM is started again."""

    NEVER = "never"
    HOST_FAILED = "host-failed"
    ALWAYS = "always"


OnMaintenance = Annotated[
    OnMaintenanceChoice | None,
    typer.Option(
        "--on-maintenance",
        help="When its host is drained: move it while it runs, stop it and start it elsewhere, or stop it.",
        rich_help_panel=_PANEL,
    ),
]
Restart = Annotated[
    RestartChoice | None,
    typer.Option("--restart", help="After which ends it is started again.", rich_help_panel=_PANEL),
]
Attempts = Annotated[
    int | None,
    typer.Option(
        "--restart-attempts",
        parser=parsed(parse_count),
        metavar="COUNT",
        help="Starts in a row, 3 by default.",
        rich_help_panel=_PANEL,
    ),
]
Backoff = Annotated[
    Duration | None,
    typer.Option(
        "--restart-backoff",
        parser=parsed(parse_lifetime),
        metavar="TIME",
        help="Before the second start in a row, doubled before each after it. 10s by default.",
        rich_help_panel=_PANEL,
    ),
]
Cooldown = Annotated[
    Duration | None,
    typer.Option(
        "--restart-cooldown",
        parser=parsed(parse_lifetime),
        metavar="TIME",
        help="A VM that ran for so long begins a new row. 10m by default.",
        rich_help_panel=_PANEL,
    ),
]
Priority = Annotated[
    int | None,
    typer.Option(
        "--restart-priority",
        min=-1000,
        max=1000,
        help="Of several, those of a higher one are started first.",
        rich_help_panel=_PANEL,
    ),
]
After = Annotated[
    str | None,
    typer.Option(
        "--restart-after",
        metavar="SELECTOR",
        help="After the VMs of its project that this selects, such as app=db.",
        rich_help_panel=_PANEL,
    ),
]


class Given(NamedTuple):
    """The options as they were given; None: not given."""

    on_maintenance: OnMaintenanceChoice | None = None
    when: RestartChoice | None = None
    attempts: int | None = None
    backoff: Duration | None = None
    cooldown: Duration | None = None
    priority: int | None = None
    after: str | None = None

    @property
    def is_given(self) -> bool:
        return any(each is not None for each in self)

    def write(self, availability: Availability) -> None:
        """Sets what was given, and leaves the rest as it is."""
        restart = availability.restart
        if self.on_maintenance is not None:
            name = f"ON_MAINTENANCE_{self.on_maintenance.name}"
            availability.on_maintenance = Availability.OnMaintenance.Value(name)
        if self.when is not None:
            restart.when = RestartPolicy.When.Value(f"WHEN_{self.when.name}")
        for field, value in (("max_attempts", self.attempts), ("priority", self.priority), ("after", self.after)):
            if value is not None:
                setattr(restart, field, value)
        if self.backoff is not None:
            restart.backoff.CopyFrom(self.backoff)
        if self.cooldown is not None:
            restart.cooldown.CopyFrom(self.cooldown)
