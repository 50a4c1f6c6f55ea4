"""The options that every command takes, before or after its name, and what they amount to."""

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import typer
import typer.core
import typer.main

from chronovisor.cli import contexts
from chronovisor.cli.text.units import parse_seconds

if TYPE_CHECKING:
    from typer._click.core import Command

    from chronovisor.cli.options.times import Instant


class Misused(typer.TyperException):
    """The command line makes no sense, in a way that only the command itself can find. Ends with the code for usage."""


class Output(StrEnum):
    """What stdout is for."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    CSV = "csv"
    NAME = "name"


DATA = frozenset({Output.JSON, Output.YAML})
PEOPLE = frozenset({Output.TABLE, Output.WIDE})
CONTEXT_VARIABLE = "CHRONOVISOR_CONTEXT"
OUTPUT_VARIABLE = "CHRONOVISOR_OUTPUT"


def _no_values() -> dict[str, Any]:
    return {}


@dataclass
class Settings:
    """The settings of one run of the program. The same object for all contexts of the run.

    Each is what the command line says, else the context that it names, else the environment, else the context in use,
    else a default.
    """

    # By the command line, and by the environment.
    given: dict[str, Any] = field(default_factory=_no_values)
    # Which of them are of the environment.
    of_environment: set[str] = field(default_factory=set[str])
    # The moment to read at; None: now.
    when: "Instant | None" = None
    # Requests that are collected, and not sent: of `chronovisor run`. None: they are sent.
    collected: list[Any] | None = None
    # What the command can be written as; nothing: not known yet.
    forms: frozenset[Output] = frozenset()
    _context: Mapping[str, Any] | None = None

    @property
    def context(self) -> Mapping[str, Any]:
        """The values of the context in use. Raises Misused, once, where there is no such context."""
        if self._context is None:
            # What shows the error needs settings, too.
            self._context = {}
            try:
                self._context = self._read_context()
            except contexts.BadContexts as error:
                raise Misused(str(error)) from None
        return self._context

    def forget_context(self) -> None:
        """The file was written anew."""
        self._context = None

    @property
    def context_name(self) -> str:
        """The name of the context in use, by option or environment; empty: the file's current one, if any."""
        return self.given.get("context") or os.environ.get(CONTEXT_VARIABLE, "")

    def _read_context(self) -> Mapping[str, Any]:
        found = contexts.read()
        name = self.context_name or found.current
        return found.get(name) if name else {}

    def _of_context(self, key: str) -> Any:
        """What comes before the environment: of the context that the command line names. None: nothing."""
        return self.context.get(key) if self.given.get("context") else None

    def _text(self, key: str) -> str:
        given = self.given.get(key)
        if given is None:
            return self.context.get(key, "")
        return (self._of_context(key) or given) if key in self.of_environment else given

    @property
    def server(self) -> str:
        """`HOST:PORT`, or several with commas; empty: the default."""
        given: str = self.given.get("server") or ""
        if given and not ("server" in self.of_environment and self._of_context(contexts.SERVERS)):
            return given
        return ",".join(self.context.get(contexts.SERVERS, ()))

    @property
    def project(self) -> str:
        return self._text("project") or "default"

    @property
    def output(self) -> Output:
        given: Output | None = self.given.get("output")
        if given is not None:
            return given
        habit: str = self._of_context("output") or os.environ.get(OUTPUT_VARIABLE) or self.context.get("output") or ""
        text = habit or Output.TABLE.value
        if text not in (each.value for each in Output):
            known = ", ".join(each.value for each in Output)
            raise Misused(f"{OUTPUT_VARIABLE}, or `output` of the context: {text!r} is none of {known}")
        chosen = Output(text)
        # A habit is no request: a command that cannot be written so is written for people.
        return chosen if not self.forms or chosen in self.forms else Output.TABLE

    @property
    def actor(self) -> str:
        """Who requests; empty: the OS user."""
        return self.given.get("actor") or ""

    @property
    def timeout(self) -> float | None:
        """Seconds for the whole command; None: 10 s for an answer, and as long as it takes for an operation."""
        return self.given.get("timeout")

    @property
    def ca_file(self) -> str:
        return self._text("ca_file")

    @property
    def cert_file(self) -> str:
        return self._text("cert_file")

    @property
    def key_file(self) -> str:
        return self._text("key_file")

    @property
    def token_file(self) -> str:
        return self._text("token_file")

    @property
    def is_data(self) -> bool:
        """Whether a program reads stdout: one document."""
        return self.output in DATA

    def settle(self) -> None:
        """From now on no setting is an error: what went wrong is to be shown."""
        try:
            _ = self.output
        except Misused:
            self.given["output"] = Output.TABLE


def settings_of(ctx: typer.Context) -> Settings:
    """The settings of this run."""
    return ctx.ensure_object(Settings)


C = TypeVar("C", bound=Callable[..., Any])


def written_as(*more: Output) -> Callable[[C], C]:
    """Of a command: what else it can be written as, beside tables and documents."""

    def mark(command: C) -> C:
        command.forms = DATA | PEOPLE | frozenset(more)  # pyright: ignore[reportFunctionMemberAccess]
        return command

    return mark


listed = written_as(Output.CSV, Output.NAME)
named = written_as(Output.NAME)


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
    if value is not None and param.name:
        settings = settings_of(ctx)
        settings.given[param.name] = value
        source = ctx.get_parameter_source(param.name)
        if source is not None and source.name == "ENVIRONMENT":
            settings.of_environment.add(param.name)
        else:
            settings.of_environment.discard(param.name)
    return value


def _complete_project(ctx: typer.Context, incomplete: str) -> list[str]:
    from chronovisor.cli.completion import complete_project  # noqa: PLC0415 it needs gRPC

    return complete_project(ctx, incomplete)


def _complete_context(incomplete: str) -> list[str]:
    from chronovisor.cli.completion import complete_context  # noqa: PLC0415 the same

    return complete_context(incomplete)


def _declaration(
    server: Annotated[
        str | None,
        typer.Option(
            envvar="CHRONOVISOR_SERVER",
            metavar="HOST:PORT,...",
            help="Where the control plane listens, or unix:/PATH; by default the socket of this machine's, or else "
            "127.0.0.1:7460. Of several, the first that answers.",
            callback=_store,
        ),
    ] = None,
    project: Annotated[
        str | None,
        typer.Option(
            envvar="CHRONOVISOR_PROJECT",
            autocompletion=_complete_project,
            metavar="NAME",
            help="Project of VMs named by their id alone; `default` by default.",
            callback=_store,
        ),
    ] = None,
    output: Annotated[
        Output | None,
        typer.Option(
            "--output",
            "-o",
            help="For people `table` (default) or `wide`; for programs `json`, `yaml`, and of lists `csv`, `name`. "
            f"Also by {OUTPUT_VARIABLE}.",
            callback=_store,
        ),
    ] = None,
    context: Annotated[
        str | None,
        typer.Option(
            autocompletion=_complete_context,
            metavar="NAME",
            help=f"Use this context: see `chronovisor context`. Also by {CONTEXT_VARIABLE}.",
            callback=_store,
        ),
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
    ca_file: Annotated[
        str | None,
        typer.Option(envvar="CHRONOVISOR_CA_FILE", metavar="FILE", help="TLS: whom to trust, as PEM.", callback=_store),
    ] = None,
    cert_file: Annotated[
        str | None,
        typer.Option(
            envvar="CHRONOVISOR_CERT_FILE", metavar="FILE", help="TLS: your certificate, as PEM.", callback=_store
        ),
    ] = None,
    key_file: Annotated[
        str | None,
        typer.Option(
            envvar="CHRONOVISOR_KEY_FILE", metavar="FILE", help="TLS: the key of your certificate.", callback=_store
        ),
    ] = None,
    token_file: Annotated[
        str | None,
        typer.Option(
            envvar="CHRONOVISOR_TOKEN_FILE", metavar="FILE", help="A bearer token, read anew each run.", callback=_store
        ),
    ] = None,
) -> None:
    """Never called: its signature declares the options."""


SHARED_PANEL = "Options of every command"
# Shown in the help of the program alone, not of each of its commands.
RARE = frozenset({"ca_file", "cert_file", "key_file", "token_file"})


def with_shared_options(command: "Command", *, root: bool = False) -> "Command":
    """Adds the shared options to a command and all below it, where it has no option of that name itself."""
    own = {param.name for param in command.params}
    is_group = isinstance(command, typer.core.TyperGroup)
    if root or not is_group:
        command.params.extend(_unless_env(param, root) for param in _shared() if param.name not in own)
    if isinstance(command, typer.core.TyperGroup) and not root:
        for each in command.commands.values():
            with_shared_options(each)
    if not is_group:
        _check_forms(command)
    return command


def forms_of(command: "Command") -> frozenset[Output]:
    """What a command can be written as; nothing: it has an output of its own, whatever the settings are."""
    return getattr(command.callback, "forms", DATA | PEOPLE)


def _check_forms(command: "Command") -> None:
    """What was requested of the output is found to be possible, or not, before the command runs."""
    forms = forms_of(command)
    invoke = command.invoke
    # Of a command that finds out itself that settings make no sense.
    reads_settings: bool = getattr(command.callback, "reads_settings", False)

    def checked(ctx: Any) -> Any:
        settings = settings_of(ctx)
        settings.forms = forms
        if forms and not (reads_settings and "output" not in settings.given) and settings.output not in forms:
            known = ", ".join(each.value for each in Output if each in forms)
            raise Misused(f"--output {settings.output.value}: this command can be written as {known}")
        return invoke(ctx)

    command.invoke = checked


def _shared() -> Sequence[typer.core.TyperOption]:
    declared = typer.Typer(add_completion=False)
    declared.command()(_declaration)
    params = typer.main.get_command(declared).params
    return [copy.copy(param) for param in cast("list[typer.core.TyperOption]", params) if param.name != "help"]


def _unless_env(option: typer.core.TyperOption, root: bool) -> typer.core.TyperOption:
    option.expose_value = False
    option.rich_help_panel = SHARED_PANEL
    if not root:
        # The environment has had its say before the command's name; another lookup would undo what was set there.
        option.envvar = None
        option.show_envvar = False
        option.hidden = option.name in RARE
    return option
