"""The filter subset of AIP-160: `field = "value"` and `field != "value"`, joined by AND."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from controlplane.domain import text as free_text
from controlplane.domain.errors import invalid

_TERM = re.compile(
    r"""\s*(?P<field>[a-z_]+(?:\.[A-Za-z0-9_./-]+)?)\s*(?P<op>!=|=)\s*"""
    r"""(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"=!()]+))\s*""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# The fields of a filter, each with the values that it can have; none where these are not of an enum.
Fields = Mapping[str, Sequence[str]]
# In characters.
LONGEST = 4096


@dataclass(frozen=True, slots=True)
class FilterTerm:
    """One comparison. `field` may be `labels.KEY`."""

    field: str
    equal: bool
    value: str


def parse(text: str, fields: Fields, *, labels: bool = True) -> list[FilterTerm]:
    """Raises InvalidField for what is not in the subset, and for a field or an enum's value that does not exist.

    `labels`: whether what is listed has any. Quoted values have `\\"` and `\\\\` for a quotation mark and a backslash.
    """
    if len(text) > LONGEST:
        raise invalid("filter", f"must have at most {LONGEST} characters")
    terms: list[FilterTerm] = []
    rest = text
    while rest.strip():
        match = _TERM.match(rest)
        if match is None:
            raise invalid("filter", f'expected field = "value" at {rest.strip()[:40]!r}')
        name = match["field"]
        if name not in fields and not (labels and name.startswith("labels.")):
            known = ", ".join([*sorted(fields), *["labels.KEY"] * labels])
            raise invalid("filter", f"{name[:40]!r} is not one of {known}")
        if (match["bare"] or "").startswith("'"):
            raise invalid("filter", f"a value is in double quotes, or in none: {match['bare'][:40]}")
        value = _unescaped(match["quoted"]) if match["quoted"] is not None else match["bare"]
        if rule := free_text.flaw(value, LONGEST):
            raise invalid("filter", f"a value {rule}")
        if (values := fields.get(name)) and value not in values:
            raise invalid("filter", f"{value[:40]!r} is not a {name}: {', '.join(values)} are")
        terms.append(FilterTerm(name, match["op"] == "=", value))
        rest = rest[match.end() :]
        if rest.strip():
            joined = re.match(r"AND\s+(?=\S)", rest)
            if joined is None and rest.strip() == "AND":
                raise invalid("filter", "AND is followed by another term")
            if joined is None:
                raise invalid("filter", f"terms are joined by AND, not {rest.strip()[:40]!r}")
            rest = rest[joined.end() :]
    return terms


def _unescaped(text: str) -> str:
    if unknown := next((each for each in _ESCAPED.findall(text) if each not in '"\\'), None):
        raise invalid("filter", rf"a backslash in quotes is followed by \" or \\, not by {unknown!r}")
    return _ESCAPED.sub(r"\1", text)


def matches(terms: list[FilterTerm], value_of: Callable[[str], str]) -> bool:
    """`value_of` gives a field's value, and for `labels.KEY` the label's, empty when there is none."""
    return all((value_of(term.field) == term.value) is term.equal for term in terms)
