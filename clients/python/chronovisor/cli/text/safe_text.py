"""Text of others as it may go to a terminal, a program or a spreadsheet: with nothing in it that these would obey."""

import json
import re
import sys

# What JSON leaves as it is and a terminal may obey, or hide. C0 is escaped by JSON itself.
_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]")
# Where a spreadsheet begins a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    """The text with control characters made visible: a label or a reason must not drive somebody's terminal."""
    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    encodable = text.encode(encoding or "utf-8", "replace").decode(encoding or "utf-8")
    return escaped(encodable)


def escaped(text: str) -> str:
    """Every character that is not printable, as Python would write it."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def json_text(value: object, indent: int | None = None) -> str:
    """One JSON document. What is not printable is escaped, as is all beyond ASCII where stdout cannot take it."""
    document = json.dumps(value, indent=indent, ensure_ascii=not takes_unicode())
    return _BEYOND_ASCII.sub(_as_json, document)


def csv_cell(text: str) -> str:
    """A cell that a spreadsheet takes for text: a name must not become a formula. See OWASP's CSV injection."""
    return escaped(f"'{text}" if text.startswith(_FORMULA) else text)


def _as_json(found: re.Match[str]) -> str:
    character = found.group()
    return character if character.isprintable() else json.dumps(character)[1:-1]


def takes_unicode() -> bool:
    # A screen's stand-in for stdout has none.
    encoding: str = getattr(sys.stdout, "encoding", "") or "utf-8"
    return encoding.lower().replace("-", "").startswith("utf")
