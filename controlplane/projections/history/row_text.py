"""Free text in rows: the one character that a PostgreSQL row cannot hold, U+0000, written with two others. Pure.

New text has none; ledgers from before there was a rule may. SQLite's rows are written the same way, and give the same.
"""

_ESCAPE = "\x10"  # Data link escape.
_NUL, _ITSELF = f"{_ESCAPE}0", f"{_ESCAPE}1"


def stored(text: str) -> str:
    """As a row has it."""
    if "\0" in text or _ESCAPE in text:
        return text.replace(_ESCAPE, _ITSELF).replace("\0", _NUL)
    return text


def original(text: str) -> str:
    """The other way."""
    if _ESCAPE in text:
        return text.replace(_NUL, "\0").replace(_ITSELF, _ESCAPE)
    return text
