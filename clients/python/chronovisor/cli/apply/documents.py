"""YAML files as nodes that know their place, and what is wrong with them. Knows no resource."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import Any, cast

import yaml

from chronovisor.cli.apply.model import Place, Problem
from chronovisor.program import why

STDIN = "-"
_NULLS = ("", "~", "null", "Null", "NULL")
_MERGE = "tag:yaml.org,2002:merge"
_DEEPEST = 50


class BadFiles(Exception):
    """What is declared makes no sense: every problem that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class Node:
    """A part of a document. Reading one as what it is not is a problem, and not an error."""

    def __init__(self, node: Any, file: str, path: str, problems: list[Problem], key: Any = None) -> None:
        self._node = node
        self._file = file
        self.path = path
        self._problems = problems
        # Of an alias, the line where it is used.
        self._line: int = (key or node).start_mark.line + 1

    @property
    def place(self) -> Place:
        return Place(self._file, self._line)

    @property
    def is_null(self) -> bool:
        node = self._node
        return isinstance(node, yaml.ScalarNode) and not node.style and node.value in _NULLS

    def wrong(self, rule: str) -> None:
        """Something is wrong here."""
        self._problems.append(Problem(self.place, self.path, rule))

    def text(self) -> str | None:
        """A scalar as it is written: `yes` and `1.10` are texts, too. None for a problem."""
        if isinstance(self._node, yaml.ScalarNode) and not self.is_null:
            return self._node.value
        self.wrong("must be a text")
        return None

    def items(self) -> list["Node"]:
        """A list; nothing for a problem."""
        if isinstance(self._node, yaml.SequenceNode):
            children: list[Any] = self._node.value
            return [Node(each, self._file, f"{self.path}[{at}]", self._problems) for at, each in enumerate(children)]
        self.wrong("must be a list")
        return []

    def entries(self) -> dict[str, "Node"]:
        """A mapping; nothing for a problem. What is merged in by `<<` comes after what is there."""
        found: dict[str, Node] = {}
        for key, node, is_merged in self._pairs(self._node, 0):
            if key in found:
                if not is_merged:
                    node.wrong("is given twice")
                continue
            found[key] = node
        return found

    def _pairs(self, of: Any, depth: int) -> Iterator[tuple[str, "Node", bool]]:
        if not isinstance(of, yaml.MappingNode) or depth > _DEEPEST:
            self.wrong("must be a mapping, such as `key: value`")
            return
        merged: list[Any] = []
        pairs: list[tuple[Any, Any]] = of.value
        for key, value in pairs:
            if key.tag == _MERGE:
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
            elif not isinstance(key, yaml.ScalarNode):
                Node(key, self._file, self.path, self._problems).wrong("a key must be a text")
            else:
                name = str(key.value)
                path = f"{self.path}.{name}" if self.path else name
                yield name, Node(value, self._file, path, self._problems, key), depth > 0
        for each in merged:
            yield from self._pairs(each, depth + 1)


def read(files: Sequence[str]) -> tuple[list[Node], list[Problem]]:
    """Every document of the files: `-` is standard input, a folder its *.yaml files. Raises OSError, BadFiles."""
    problems: list[Problem] = []
    documents: list[Node] = []
    for file in files:
        for name, text in _texts(file):
            try:
                documents += [Node(each, name, "", problems) for each in _composed(text) if each is not None]
            except yaml.YAMLError as error:
                problems.append(_syntax(name, error))
            except RecursionError:
                problems.append(Problem(Place(name, 1), "", "is nested too deeply"))
    return documents, problems


def _composed(text: str) -> list[Any]:
    return list(cast("Any", yaml).compose_all(text, Loader=yaml.SafeLoader))


def _texts(file: str) -> Iterator[tuple[str, str]]:
    if file == STDIN:
        yield "standard input", sys.stdin.read()
        return
    path = FilePath(file)
    names = sorted(each for each in path.iterdir() if each.suffix in (".yaml", ".yml")) if path.is_dir() else [path]
    if not names:
        raise BadFiles([Problem(Place("", 0), file, "there is no *.yaml file in it")])
    for name in names:
        try:
            yield str(name), name.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise BadFiles([Problem(Place(str(name), 1), "", "must be text, as UTF-8")]) from None


def _syntax(file: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    rule = getattr(error, "problem", None) or why(error)
    return Problem(Place(file, mark.line + 1 if mark else 1), "", f"is not YAML: {rule}")
