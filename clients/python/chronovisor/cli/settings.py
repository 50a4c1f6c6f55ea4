"""The options that every command takes, before or after its name, and what they amount to."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, cast

import typer
import typer.core
import typer.main

from chronovisor.cli.text.units import parse_seconds

if TYPE_CHECKING:
    from typer._click.core import Command

    from chronovisor.cli.options.times import Instant


class Misused(typer.TyperException):
    """The command line makes no sense, in a way that only the command itself can find. Ends with the code for usage."""


class Output(StrEnum):
    """What stdout is for."""

    TABLE = "table"
    JSON = "json"


@dataclass
class Settings:
    """The settings of one run of the program. The same object for all contexts of the run."""

    server: str = ""
    project: str = "default"
    output: Output = Output.TABLE
    # The actor; empty: the OS user.
    actor: str = ""
    # Seconds for the whole command; None: 10 s for an answer, and as long as it takes for an operation.
    timeout: float | None = None
    # The moment to read at; None: now.
    when: "Instant | None" = None

    @property
    def json(self) -> bool:
        return self.output is Output.JSON


def settings_of(ctx: typer.Context) -> Settings:
    """The settings of this run."""
    return ctx.ensure_object(Settings)


def parsed(parse: Callable[[str], object]) -> Callable[[str | object], object]:
    """A parser of option values whose ValueError is a usage error."""

    def checked(text: str | object) -> object:
        # Defaults come through here too.
        if not isinstance(text, str):
            return text
        try:
            return parse(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    checked.__name__ = "VALUE"
    return checked


def _store(ctx: typer.Context, param: typer.CallbackParam, value: object) -> object:
    # A command's own default must not undo what was set before its name.
    if value is not None and param.name in {each.name for each in fields(Settings)}:
        setattr(settings_of(ctx), param.name, value)
    return value


def _declaration(
    server: Annotated[
        str | None,
        typer.Option(
            envvar="CHRONOVISOR_SERVER",
            metavar="HOST:PORT",
            help="Where the control plane listens; 127.0.0.1:7460 by default.",
            callback=_store,
        ),
    ] = None,
    project: Annotated[
        str | None,
        typer.Option(
            envvar="CHRONOVISOR_PROJECT",
            metavar="NAME",
            help="Project of VMs named by their id alone; `default` by default.",
            callback=_store,
        ),
    ] = None,
    output: Annotated[
        Output | None,
        typer.Option("--output", "-o", help="`table` for people (default), `json` for programs.", callback=_store),
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="NAME", help="Who requests, for the history; your OS user by default.", callback=_store
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            parser=parsed(parse_seconds),
            metavar="TIME",
            help="How long to wait for the answer, or for the operation to be done, such as 30s.",
            callback=_store,
        ),
    ] = None,
) -> None:
    """Never called: its signature declares the options."""


def with_shared_options(command: "Command", *, root: bool = False) -> "Command":
    """Adds the shared options to a command and all below it, where it has no option of that name itself."""
    own = {param.name for param in command.params}
    if root or not isinstance(command, typer.core.TyperGroup):
        command.params.extend(_unless_env(param, root) for param in _shared() if param.name not in own)
    if isinstance(command, typer.core.TyperGroup) and not root:
        for each in command.commands.values():
            with_shared_options(each)
    return command


def _shared() -> list[typer.core.TyperOption]:
    declared = typer.Typer(add_completion=False)
    declared.command()(_declaration)
    params = typer.main.get_command(declared).params
    return [copy.copy(param) for param in cast("list[typer.core.TyperOption]", params) if param.name != "help"]


def _unless_env(option: typer.core.TyperOption, root: bool) -> typer.core.TyperOption:
    option.expose_value = False
    option.rich_help_panel = "Options of every command"
    if not root:
        # The environment has had its say before the command's name; another lookup would undo what was set there.
        option.envvar = None
        option.show_envvar = False
    return option
