"""The tree of commands as plain values: what a manual says of each. Writes nothing."""

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

import typer.core
import typer.main

from chronovisor.cli.app import NOUNS, app, load
from chronovisor.cli.exit_codes import MEANINGS
from chronovisor.cli.settings import SHARED_PANEL, Output, forms_of, with_shared_options

if TYPE_CHECKING:
    from typer._click.core import Command

PROGRAM = "chronovisor"


@dataclass(frozen=True)
class Option:
    """An option, or an argument, as it is typed: `--selector, -l SELECTOR`."""

    names: Sequence[str]
    value: str
    text: str
    default: str = ""
    variable: str = ""
    is_required: bool = False

    @property
    def notes(self) -> list[str]:
        """What to know beside the text, a sentence each."""
        found = ["Required."] * (self.is_required and bool(self.names))
        found += [f"Default: `{self.default}`."] if self.default else []
        return found + ([f"Environment: `{self.variable}`."] if self.variable else [])

    @property
    def typed(self) -> str:
        shown = ", ".join(self.names)
        return f"{shown} {self.value}".rstrip() if self.names else self.value


@dataclass(frozen=True)
class Page:
    """One command, or a group of them."""

    # Such as ("vm", "start"); nothing: the program itself.
    words: Sequence[str]
    usage: str
    text: str
    arguments: Sequence[Option]
    options: Sequence[Option]
    # Beyond tables and documents, which every command has.
    forms: Sequence[str]
    commands: Sequence["Page"]

    @property
    def title(self) -> str:
        return " ".join((PROGRAM, *self.words))

    @property
    def summary(self) -> str:
        """The first sentence."""
        return self.text.partition("\n\n")[0].replace("\n", " ")

    def all(self) -> Iterator["Page"]:
        """The page and all below it, in order; of groups, their commands alone."""
        yield self
        for each in self.commands:
            yield from each.all()


def nouns() -> list[Page]:
    """A page for each noun, with its commands below."""
    return [page_of(load(noun), (noun,)) for noun in NOUNS]


def root() -> Page:
    """The program itself: its options are those of every command."""
    command = with_shared_options(typer.main.get_command(app), root=True)
    page = page_of(command, ())
    return Page((), f"{PROGRAM} [OPTIONS] COMMAND [ARGS]...", page.text, (), page.options, (), nouns())


def exit_codes() -> list[tuple[int, str]]:
    """Each with what it means."""
    return [(code.value, meaning) for code, meaning in MEANINGS.items()]


def page_of(command: "Command", words: Sequence[str]) -> Page:
    """Of a command, and of what is below it."""
    params = [each for each in cast("list[Any]", command.params) if not each.hidden]
    own = [each for each in params if words == () or getattr(each, "rich_help_panel", "") != SHARED_PANEL]
    arguments = [_argument(each) for each in own if each.param_type_name == "argument"]
    options = [_option(each) for each in own if each.param_type_name == "option" and each.name != "help"]
    below: list[Page] = []
    if isinstance(command, typer.core.TyperGroup) and words:
        below = [page_of(each, (*words, name)) for name, each in command.commands.items() if not each.hidden]
    shown = "COMMAND [ARGS]..." if below else ""
    usage = [PROGRAM, *words, "[OPTIONS]", *(each.value for each in arguments), shown]
    text = inspect.cleandoc(command.help or "")
    forms = [each.value for each in Output if each in forms_of(command) and each in (Output.CSV, Output.NAME)]
    return Page(words, " ".join(filter(None, usage)), text, arguments, options, forms, below)


def _value(param: Any) -> str:
    if param.metavar:
        return cast("str", param.metavar)
    kind: object = param.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(each.value for each in kind)
    return {int: "NUMBER", float: "NUMBER"}.get(cast("Any", kind), "TEXT")


def _argument(param: Any) -> Option:
    value = _value(param).strip("[]")
    value = f"{value}..." if param.nargs == -1 else value
    return Option((), value if param.required else f"[{value}]", param.help or "")


def _option(param: Any) -> Option:
    value = "" if param.is_flag else _value(param)
    names = [*sorted(param.opts, key=lambda each: not each.startswith("--")), *param.secondary_opts]
    return Option(names, value, param.help or "", _default(param), param.envvar or "", param.required)


def _default(param: Any) -> str:
    default: object = param.default
    if param.is_flag or not param.show_default or default in (None, "", 0) or callable(default):
        return ""
    return str(default.value if isinstance(default, Enum) else default)
