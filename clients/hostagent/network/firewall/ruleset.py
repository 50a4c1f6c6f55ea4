"""A table of nftables as it is to be, as it was read, and the commands that lead from one to the other. Pure.

Rules are compared with what was read back right after they were written: nftables prints them in its own words.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Chain:
    """Its rules, in nft's language. `hook`: what makes it one that the kernel calls."""

    rules: tuple[str, ...]
    hook: str = ""


@dataclass(frozen=True, slots=True)
class Set:
    """A set or, where elements lead to verdicts, a map. With a timeout, rules themselves fill it."""

    type: str
    elements: frozenset[str] = frozenset()
    timeout_s: int = 0
    is_map: bool = False
    is_interval: bool = False

    @property
    def word(self) -> str:
        return "map" if self.is_map else "set"

    @property
    def declaration(self) -> str:
        if self.timeout_s:
            return f"{{ type {self.type}; flags dynamic,timeout; timeout {self.timeout_s}s; size 4096; }}"
        return f"{{ type {self.type};{' flags interval;' if self.is_interval else ''} }}"


@dataclass(frozen=True, slots=True)
class Table:
    """All of one table."""

    name: str
    chains: Mapping[str, Chain] = field(default_factory=dict[str, Chain])
    sets: Mapping[str, Set] = field(default_factory=dict[str, Set])
    counters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of a table. Texts of rules are to be compared alone."""

    chains: Mapping[str, str] = field(default_factory=dict[str, str])
    # By name: `set` or `map`.
    sets: Mapping[str, str] = field(default_factory=dict[str, str])
    counters: frozenset[str] = frozenset()
    # Of sets that were read on their own.
    elements: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])


@dataclass(frozen=True, slots=True)
class Written:
    """What was written last, and how that read then. Lives with the agent: another writes all of it once more."""

    chains: Mapping[str, tuple[Chain, str]] = field(default_factory=dict[str, tuple[Chain, str]])


def found_of(listed: Iterable[Mapping[str, Any]]) -> Found:
    """From nft's JSON, the list below `nftables`."""
    chains, sets, counters = dict[str, list[str]](), dict[str, str](), set[str]()
    for each in listed:
        if chain := each.get("chain"):
            hook = {key: chain[key] for key in ("type", "hook", "prio", "policy") if key in chain}
            chains.setdefault(chain["name"], []).insert(0, json.dumps(hook))
        elif rule := each.get("rule"):
            chains.setdefault(rule["chain"], []).append(json.dumps(rule["expr"]))
        elif counter := each.get("counter"):
            counters.add(counter["name"])
        for word in ("set", "map"):
            if named := each.get(word):
                sets[named["name"]] = word
    return Found({name: "\n".join(rules) for name, rules in chains.items()}, sets, frozenset(counters))


def commands(table: Table, found: Found | None, written: Written) -> list[str]:
    """What makes the table so, for one transaction of nft. Counters and what rules have remembered are kept."""
    found = found or Found()
    new = [name for name, chain in table.chains.items() if _is_changed(name, chain, found, written)]
    of = table.name
    return [
        f"add table {of}",
        *(f"add counter {of} {name}" for name in sorted(table.counters - found.counters)),
        *(
            f"add {each.word} {of} {name} {each.declaration}"
            for name, each in table.sets.items()
            if name not in found.sets
        ),
        *(f"add chain {of} {name} {table.chains[name].hook}".rstrip() for name in new),
        *(f"flush chain {of} {name}" for name in new),
        *(f"add rule {of} {name} {rule}" for name in new for rule in table.chains[name].rules),
        *_elements(table, found),
        *(f"flush chain {of} {name}" for name in found.chains if name not in table.chains),
        *(f"delete chain {of} {name}" for name in found.chains if name not in table.chains),
        *(f"delete {word} {of} {name}" for name, word in found.sets.items() if name not in table.sets),
        *(f"delete counter {of} {name}" for name in sorted(found.counters - table.counters)),
    ]


def _is_changed(name: str, chain: Chain, found: Found, written: Written) -> bool:
    return name not in found.chains or written.chains.get(name) != (chain, found.chains[name])


def _elements(table: Table, found: Found) -> Iterable[str]:
    for name, each in table.sets.items():
        if each.timeout_s:
            continue
        before = found.elements.get(name, frozenset[str]()) if name in found.sets else frozenset[str]()
        if gone := sorted(before - each.elements):
            yield f"delete element {table.name} {name} {{ {', '.join(map(_key, gone) if each.is_map else gone)} }}"
        if come := sorted(each.elements - before):
            yield f"add element {table.name} {name} {{ {', '.join(come)} }}"


def _key(element: str) -> str:
    return element.partition(" : ")[0]


def elements_of(listed: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Of one set or map, as it was read on its own, in the words that they are written in."""
    found = set[str]()
    for each in listed:
        of: Mapping[str, Any] = each.get("set") or each.get("map") or {}
        found |= {_element(element) for element in of.get("elem", ())}
    return frozenset(found)


def _element(element: Any) -> str:
    match element:
        case [key, {"goto": {"target": target}}]:
            return f'"{key}" : goto {target}'
        case {"prefix": {"addr": address, "len": length}}:
            return f"{address}/{length}"
        case {"range": [first, last]}:
            return f"{first}-{last}"
        case _:
            return str(element)
