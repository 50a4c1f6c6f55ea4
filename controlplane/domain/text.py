"""Free text: the characters it may have, and a safe form of what has others. Pure.

Labels, titles and filters are compared and shown in one line; reasons are prose and are only shown. Neither may have
characters that a terminal obeys, that a row cannot hold, or that make one text look like another.
"""

import re
import unicodedata

_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029"
# Directions and invisible marks: two texts that look the same are the same.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_SURROGATES = "\ud800-\udfff"
_NON_CHARACTERS = "\ufdd0-\ufdef" + "".join(f"{chr(end)}{chr(end + 1)}" for end in range(0xFFFE, 0x110000, 0x10000))
_KINDS = {
    "a control character": re.compile(f"[{_CONTROLS}]"),
    "an invisible character": re.compile(f"[{_INVISIBLE}]"),
    "half of a surrogate pair": re.compile(f"[{_SURROGATES}]"),
    "no character": re.compile(f"[{_NON_CHARACTERS}]"),
}
_REFUSED = re.compile(f"[{_CONTROLS}{_INVISIBLE}{_SURROGATES}{_NON_CHARACTERS}]")
# What prose may have of these: lines and tabs, and the joiners of Persian, Indic scripts and emoji.
_OF_PROSE = frozenset("\n\t\u200c\u200d")
_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")


def flaw(text: str, longest: int, *, prose: bool = False) -> str:
    """The rule that a text breaks, in words; empty for a text that breaks none. `longest` is in characters.

    Prose may have line feeds, tabs and joiners. Other text is compared: it must be in Unicode's form NFC.
    """
    if len(text) > longest:
        return f"must have at most {longest} characters"
    if text.isascii() and text.isprintable():
        return ""
    for found in _REFUSED.finditer(text):
        if not (prose and found.group() in _OF_PROSE):
            kind = next(kind for kind, pattern in _KINDS.items() if pattern.fullmatch(found.group()))
            return f"must not have {_code(found.group())}, {kind}, as character {found.start() + 1}"
    if not prose and not unicodedata.is_normalized("NFC", text):
        return "must be in Unicode's normalisation form C (NFC)"
    return ""


def escaped(text: str) -> str:
    """The text in one line, as it can be stored, compared and shown anywhere. What `flaw` lets through is unchanged."""
    if text.isascii() and text.isprintable():
        return text
    return _REFUSED.sub(lambda found: _escape(found.group()), _SPACES.sub(" ", text))


def bounded(text: str, most_bytes: int) -> str:
    """`escaped`, in at most so many bytes of UTF-8: what is longer is cut, and says how long it was."""
    # No more of it is looked at than can be left: somebody may send megabytes.
    short = escaped(text[: most_bytes + 1])
    encoded = short.encode()
    if len(encoded) <= most_bytes:
        return short
    ending = f"... ({len(text)} characters)"
    return f"{encoded[: most_bytes - len(ending)].decode(errors='ignore')}{ending}"


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
