"""Options of daemons and benchmarks: from the command line, the environment, a TOML file or a default, in that order.

An option `--most-waiting` of the program `chronovisord` is also the environment variable CHRONOVISORD_MOST_WAITING, and
the key `most-waiting` of the file that `--config` names. A usage error is one sentence, and exit code 2.
"""

import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import click
from click.core import ParameterSource

from chronovisor.program import why

USAGE = 2


class Parsed(click.ParamType[Any]):
    """A value that `parse` makes of its text. The ValueError that it raises says what the rule is."""

    name = "value"

    def __init__(self, parse: Callable[[str], object]) -> None:
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        # Defaults come through here too, and values that were converted before.
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Option(click.Option):
    """An option that is listed under `section` in the help. `is_often_one`: in a file, one value may stand alone."""

    def __init__(
        self, *declarations: str, section: str = "Options", is_often_one: bool = False, **attributes: Any
    ) -> None:
        attributes.setdefault("show_default", True)
        super().__init__(declarations, **attributes)
        self.section = section
        self.is_often_one = is_often_one

    @property
    def key(self) -> str:
        """Its name in a file: that of the command line, without dashes before it."""
        return max(self.opts, key=len).lstrip("-")


class _ListOfTables(click.ParamType[Any]):
    """What `parse` makes of a list of tables. The ValueError that it raises says which, and what the rule is."""

    name = "tables"

    def __init__(self, parse: Callable[[Sequence[Mapping[str, object]]], object]) -> None:
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, list):
            return value
        try:
            return self._parse(cast("list[dict[str, object]]", value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Tables(Option):
    """`[[name]]` of the file: what has too many fields for a command line, or for a variable. Its default is `()`."""

    def __init__(self, name: str, parse: Callable[[Sequence[Mapping[str, object]]], object], help: str) -> None:
        super().__init__(f"--{name}", type=_ListOfTables(parse), default=(), show_default=False, help=help)

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Nothing: the command line does not know it."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return f"[[{self.key}]]", f"{self.help}; in the file alone"


class Command(click.Command):
    """A command, whose help lists its options by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if record := param.get_help_record(ctx):
                section = param.section if isinstance(param, Option) else "Options"
                sections.setdefault("Arguments" if isinstance(param, click.Argument) else section, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


# In a context: the first word that is a command's name, but comes after options.
_AFTER_OPTIONS = f"{__name__}.after_options"


class DefaultGroup(click.Group):
    """Commands, one of which is meant where none is named. Its options stand in the help of the group."""

    def __init__(self, *, default: Command, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.default = default
        self.add_command(default)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_named = bool(args) and (not args[0].startswith("-") or args[0] in ctx.help_option_names)
        if not is_named:
            ctx.meta[_AFTER_OPTIONS] = next((each for each in args if each in self.commands), "")
        return super().parse_args(ctx, args if is_named else [self.default.name or "", *args])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            name = ctx.meta.get(_AFTER_OPTIONS)
            # An option's value may be called as a command is: only what cannot be understood otherwise.
            if name and f"({name}" in error.message:
                raise click.UsageError(
                    f"options come after the command: {ctx.command_path} {name} OPTIONS", ctx
                ) from None
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.default.format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


def invoke(command: click.Command, program: str, arguments: Sequence[str] | None = None) -> Any:
    """What the command's callback returns. Raises SystemExit after its help (0) and after a usage error (2)."""
    add_sources(command, program)
    try:
        with command.make_context(program, list(sys.argv[1:] if arguments is None else arguments)) as ctx:
            return command.invoke(ctx)
    except click.exceptions.Exit as ended:
        raise SystemExit(ended.exit_code) from None
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else program
        print(f"{path}: {_sentence(error)}; see {path} --help", file=sys.stderr)
        raise SystemExit(USAGE) from None


def _sentence(error: click.UsageError) -> str:
    text = error.format_message()
    if isinstance(error, click.BadParameter) and error.message and isinstance(error.param, Option) and error.ctx:
        of_environment = error.ctx.get_parameter_source(error.param.name) is ParameterSource.ENVIRONMENT
        variables = " or ".join(f"${each}" for each in error.param.envvar or ())
        text = f"{variables if of_environment else max(error.param.opts, key=len)}: {error.message}"
    return " ".join("".join(each if each.isprintable() else " " for each in text).split()).rstrip(".")


def _default_of(command: click.Command) -> click.Command:
    return command.default if isinstance(command, DefaultGroup) else command


def _options(command: click.Command) -> dict[str, Option]:
    return {param.key: param for param in command.params if isinstance(param, Option)}


def add_sources(command: click.Command, program: str) -> None:
    """Gives a program's command, and all below it, `--config FILE`, and its options their environment variables."""
    _add_sources(command, program.upper().replace("-", "_"), _options(_default_of(command)))


def _add_sources(command: click.Command, prefix: str, known: dict[str, Option]) -> None:
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _add_sources(each, prefix, known)
        return

    def read(ctx: click.Context, _param: click.Parameter, path: Path | None) -> None:
        if path is not None:
            ctx.default_map = _values(path, ctx, known)

    config = Option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=read,
        help="options from a TOML file, by the same names; the command line and the environment come before it",
    )
    command.params.append(config)
    for option in (each for each in command.params if isinstance(each, Option) and not isinstance(each, Tables)):
        more = (option.envvar,) if isinstance(option.envvar, str) else option.envvar or ()
        option.envvar = (f"{prefix}_{option.key.upper().replace('-', '_')}", *more)
        option.show_envvar = True


def _values(path: Path, ctx: click.Context, known: dict[str, Option]) -> dict[str, Any]:
    """What a file says of the command's options, as texts. Raises UsageError, with the file, the key and the rule."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else why(error)
        raise click.UsageError(f"{path}: {text}", ctx) from None
    own = _options(ctx.command)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise click.UsageError(f"{path}: {key}: must be one of {', '.join(sorted(known))}", ctx)
        if (option := own.get(key)) is None:
            continue
        try:
            values[option.name] = _as_texts(option, value)
            option.type_cast_value(ctx, values[option.name])
        except (ValueError, click.BadParameter) as error:
            rule = error.message if isinstance(error, click.BadParameter) else str(error)
            raise click.UsageError(f"{path}: {key}: {rule}", ctx) from None
    return values


def _as_texts(option: Option, value: object) -> object:
    """A TOML value as the command line has it: a table's entries are KEY=VALUE."""
    if isinstance(option, Tables):
        if not (isinstance(value, list) and all(isinstance(each, dict) for each in cast("list[object]", value))):
            raise ValueError(f"must be a list of tables, each [[{option.key}]]")
        return cast("list[object]", value)
    if option.is_flag:
        if not isinstance(value, bool):
            raise ValueError("must be true or false")
        return value
    if not option.multiple:
        return _as_text(value, "must be a string or a number")
    if option.is_often_one and isinstance(value, str):
        return [value]
    rule = "must be a list of strings or a table"
    if isinstance(value, dict):
        return [f"{key}={_as_text(each, rule)}" for key, each in cast("dict[str, object]", value).items()]
    if isinstance(value, list):
        return [_as_text(each, rule) for each in cast("list[object]", value)]
    raise ValueError(rule)


def _as_text(value: object, rule: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(rule)
    return str(value)
