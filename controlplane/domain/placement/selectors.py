"""Selectors of hosts and VMs by their labels: the grammar, and what a selector matches. Pure.

    selector  = term { "," term }                  all terms must hold
    term      = key "=" value | key "!=" value     "!=" holds where the key is absent, too
              | key "in" "(" value {"," value} ")" | key "notin" "(" value {"," value} ")"
              | key | "!" key                      the key is there, or is not

Of hosts, a key is a label's key, `zone`, `host` (its id), `arch`, `virt` or `trait:NAME`. Of VMs, a label's key.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

_KEY = re.compile(r"(?:trait:)?[a-z0-9](?:[A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?")
_VALUE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_./:-]{0,253}[A-Za-z0-9])?")
_SPACE = re.compile(r"[ \t\r\n]*")
LONGEST = 1024
MOST_TERMS = 32
TRAIT = "trait:"


@dataclass
class BadSelector(Exception):
    """A text that is no selector. `column` counts from 1."""

    text: str
    column: int
    rule: str

    def __str__(self) -> str:
        return f"{self.rule}, at column {self.column} of {self.text[:80]!r}"


class Op(Enum):
    """What a term requires of its key. NOT_IN holds where the key is absent."""

    IN = "in"
    NOT_IN = "notin"
    EXISTS = "exists"
    ABSENT = "absent"


class Term(NamedTuple):
    """One condition. `values` are sorted and distinct."""

    key: str
    op: Op
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        match self.op:
            case Op.IN:
                return labels.get(self.key) in self.values
            case Op.NOT_IN:
                return labels.get(self.key) not in self.values
            case Op.EXISTS:
                return self.key in labels
            case Op.ABSENT:
                return self.key not in labels

    def __str__(self) -> str:
        if self.op is Op.EXISTS:
            return self.key
        if self.op is Op.ABSENT:
            return f"!{self.key}"
        if len(self.values) == 1:
            return f"{self.key}{'=' if self.op is Op.IN else '!='}{self.values[0]}"
        return f"{self.key} {self.op.value} ({','.join(self.values)})"


def has_trait(trait: str) -> Term:
    """What hosts obey that have the trait."""
    return Term(f"{TRAIT}{trait}", Op.EXISTS)


class Selector(NamedTuple):
    """All of its terms must hold. Without terms it selects everything, and its truth value is False."""

    terms: tuple[Term, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(term.holds(labels) for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __str__(self) -> str:
        return ",".join(str(term) for term in self.terms)

    @property
    def contradiction(self) -> str:
        """Terms that can never hold together, in words; empty when there are none."""
        for key in dict.fromkeys(term.key for term in self.terms):
            same = tuple(term for term in self.terms if term.key == key)
            if not _can_hold(same):
                # Two are easier to read than all, where two are enough.
                clash = next((pair for pair in combinations(same, 2) if not _can_hold(pair)), same)
                return f"{' and '.join(str(term) for term in clash)} can never hold together"
        return ""


ANYTHING = Selector()


def _can_hold(terms: Sequence[Term]) -> bool:
    """Whether the terms, all of one key, can hold together."""
    ops = {term.op for term in terms}
    if Op.ABSENT in ops:
        return not ops & {Op.IN, Op.EXISTS}
    required = [set(term.values) for term in terms if term.op is Op.IN]
    refused = {value for term in terms if term.op is Op.NOT_IN for value in term.values}
    return not required or bool(required[0].intersection(*required[1:]) - refused)


@lru_cache(maxsize=4096)
def parse(text: str) -> Selector:
    """Raises BadSelector. Equal texts give one object."""
    if len(text) > LONGEST:
        raise BadSelector(text, LONGEST + 1, f"a selector has at most {LONGEST} characters")
    reader = _Reader(text)
    if reader.at_end():
        return ANYTHING
    terms = [_term(reader)]
    while reader.take(","):
        terms.append(_term(reader))
    if not reader.at_end():
        raise reader.bad("expected ',' or the end")
    if len(terms) > MOST_TERMS:
        raise BadSelector(text, 1, f"a selector has at most {MOST_TERMS} terms")
    selector = Selector(tuple(terms))
    # Events record the canonical text, which is parsed again: it has more spaces than some other texts.
    if len(str(selector)) > LONGEST:
        raise BadSelector(text, len(text), f"a selector has at most {LONGEST} characters, with a space around 'in'")
    return selector


class _Reader:
    """A text and a place in it. White space between words is skipped."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._skip()

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._place)
        self._place = found.end() if found else self._place

    def at_end(self) -> bool:
        return self._place == len(self._text)

    def bad(self, rule: str) -> BadSelector:
        return BadSelector(self._text, self._place + 1, rule)

    def take(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._place):
            return False
        self._place += len(mark)
        self._skip()
        return True

    def word(self, pattern: re.Pattern[str], what: str) -> str:
        found = pattern.match(self._text, self._place)
        if found is None:
            raise self.bad(f"expected {what}")
        self._place = found.end()
        self._skip()
        return found.group()


def _term(reader: _Reader) -> Term:
    if reader.take("!"):
        return Term(reader.word(_KEY, "a key"), Op.ABSENT)
    key = reader.word(_KEY, "a key, or '!' and a key")
    for mark, op in (("!=", Op.NOT_IN), ("=", Op.IN)):
        if reader.take(mark):
            return _valued(reader, key, op, (reader.word(_VALUE, "a value"),))
    for mark, op in (("notin", Op.NOT_IN), ("in", Op.IN)):
        if reader.take(mark):
            if not reader.take("("):
                raise reader.bad(f"expected '(' after {mark!r}")
            values = [reader.word(_VALUE, "a value")]
            while reader.take(","):
                values.append(reader.word(_VALUE, "a value"))
            if not reader.take(")"):
                raise reader.bad("expected ',' or ')'")
            return _valued(reader, key, op, tuple(values))
    return Term(key, Op.EXISTS)


def _valued(reader: _Reader, key: str, op: Op, values: tuple[str, ...]) -> Term:
    if key.startswith(TRAIT):
        raise reader.bad(f"{key} has no value: a host has the trait, or has not: '{key}' or '!{key}'")
    return Term(key, op, tuple(sorted(set(values))))
