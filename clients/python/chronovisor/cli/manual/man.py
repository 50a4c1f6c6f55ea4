"""Man pages, in the macros of man(7). One for the program, one for each noun with all its commands."""

import re
from collections.abc import Iterator, Sequence

from chronovisor.cli.manual.tree import PROGRAM, Option, Page, exit_codes

_CODE = re.compile(r"`([^`]*)`")


def pages(root: Page) -> dict[str, str]:
    """Each page by the name of its file, such as `chronovisor-vm.1`."""
    files = {f"{PROGRAM}.1": _text(_program(root))}
    for noun in root.commands:
        files[f"{_name(noun)}.1"] = _text(_noun(noun))
    return files


def _text(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def _name(page: Page) -> str:
    return "-".join((PROGRAM, *page.words))


def escaped(text: str) -> str:
    """As it stands: no character begins a request or an escape."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    lines = (f"\\&{line}" if line.startswith((".", "'")) else line for line in plain.split("\n"))
    return "\n".join(lines)


def _prose(text: str) -> str:
    """Paragraphs, with code in bold."""
    shown = _CODE.sub(lambda match: f"\x00{match[1]}\x01", text)
    lines = escaped(shown).replace("\x00", "\\fB").replace("\x01", "\\fR")
    return lines.replace("\n\n", "\n.PP\n")


def _head(page: Page) -> Iterator[str]:
    yield '.\\" Generated from the command line itself: make docs.'
    yield f'.TH "{_name(page).upper()}" "1" "" "Chronovisor" "User commands"'
    yield ".SH NAME"
    yield f"{escaped(_name(page))} \\- {_prose(page.summary.rstrip('.'))}"


def _program(root: Page) -> Iterator[str]:
    yield from _head(root)
    yield ".SH SYNOPSIS"
    yield f".B {escaped(root.usage)}"
    yield ".SH DESCRIPTION"
    yield _prose(root.text)
    yield ".SH COMMANDS"
    for noun in root.commands:
        yield ".TP"
        yield f".BR {escaped(_name(noun))} (1)"
        yield _prose(noun.summary)
    yield ".SH OPTIONS"
    yield "Before the command's name or after it, of every command:"
    yield from _options(root.options)
    yield from _exit_status()
    yield ".SH FILES"
    yield ".TP"
    yield ".I ~/.config/chronovisor/config.toml"
    yield _prose("Contexts: see `chronovisor-context`(1). `CHRONOVISOR_CONFIG` names another file.")
    yield ".SH SEE ALSO"
    names = [_name(noun) for noun in root.commands]
    for place, name in enumerate(names):
        yield f".BR {escaped(name)} (1){',' if place + 1 < len(names) else ''}"


def _noun(noun: Page) -> Iterator[str]:
    yield from _head(noun)
    yield ".SH SYNOPSIS"
    leaves = [each for each in noun.all() if not each.commands]
    for place, each in enumerate(leaves):
        yield from [".br"] * bool(place)
        yield f".B {escaped(each.usage)}"
    if noun.commands:
        yield ".SH DESCRIPTION"
        yield _prose(noun.text)
        yield from _options([*noun.arguments, *noun.options])
        yield ".SH COMMANDS"
        for each in leaves:
            yield f'.SS "{escaped(" ".join(each.words))}"'
            yield from _command(each)
    else:
        yield ".SH DESCRIPTION"
        yield from _command(noun)
    yield ".SH SEE ALSO"
    yield f".BR {PROGRAM} (1)"
    yield "has the options of every command, and the exit codes."


def _command(page: Page) -> Iterator[str]:
    yield _prose(page.text)
    yield from _options([*page.arguments, *page.options])
    if page.forms:
        yield ".PP"
        yield _prose(f"Can be written as `{'` and `'.join(page.forms)}`, too: see `--output`.")


def _options(options: Sequence[Option]) -> Iterator[str]:
    for each in options:
        yield ".TP"
        yield f".B {escaped(each.typed)}"
        yield _prose(" ".join([_sentence(each.text), *each.notes]) or "\\&")


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _exit_status() -> Iterator[str]:
    yield ".SH EXIT STATUS"
    for code, meaning in exit_codes():
        yield ".TP"
        yield f".B {code}"
        yield _prose(meaning)
