"""Every error that a caller can meet is met by a test, over gRPC: the reasons are read from the code that has them."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.unit.project.checkout import ROOT

TABLE = ROOT / "controlplane" / "rpc" / "errors.py"
TESTS = ROOT / "tests" / "integration"
REASON = re.compile(r"INTERNAL|[A-Z]+(_[A-Z]+)+")
# The rows of the table whose reason is the resource's kind and more, and who names the kind.
BY_KIND = {"_NOT_FOUND": ("NotFound", "_found"), "_ALREADY_EXISTS": ("AlreadyExists",)}
# What the code has in upper case beside its reasons.
NO_REASONS = {"LONGEST_TEXT", "MOST_VIOLATIONS"}


def parsed(files: Iterable[Path]) -> Iterator[ast.AST]:
    for file in files:
        yield from ast.walk(ast.parse(file.read_text()))


def constants(node: ast.AST) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def first_arguments(*functions: str) -> set[str]:
    """The strings that these are called with, anywhere in the control plane."""
    found: set[str] = set()
    for node in parsed((ROOT / "controlplane").rglob("*.py")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            first = node.args[0]
            if name in functions and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.add(first.value)
    return found


def reasons() -> set[str]:
    """All that `reason` of an ErrorInfo can say when a call is refused."""
    own = {each for each in constants(ast.parse(TABLE.read_text())) if REASON.fullmatch(each)}
    kinds = {kind.upper() + end for end, names in BY_KIND.items() for kind in first_arguments(*names)}
    return (own | kinds | first_arguments("Unavailable") | {"INVALID_FIELD"}) - NO_REASONS


def provoked() -> dict[str, list[str]]:
    """By reason, the tests that are marked with it."""
    found: dict[str, list[str]] = {}
    for node in parsed(TESTS.rglob("test_*.py")):
        if not isinstance(node, ast.AsyncFunctionDef):
            continue
        named = set[str]().union(*(constants(each) for each in node.body))
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "provokes":
                for reason in sorted(constants(mark)):
                    assert reason in named, f"{node.name} does not look for {reason}"
                    found.setdefault(reason, []).append(node.name)
    return found


def test_every_error_is_provoked_over_grpc_by_a_test() -> None:
    assert reasons() - provoked().keys() == set()


def test_every_error_that_a_test_provokes_is_one_that_there_is() -> None:
    assert provoked().keys() - reasons() == set()


def test_the_reasons_are_found_where_they_are() -> None:
    """One of each kind of row."""
    assert {"INTERNAL", "WRONG_STATE", "VM_NOT_FOUND", "HOST_ALREADY_EXISTS", "OVERLOADED", "NOT_YOURS"} <= reasons()
