"""Every error that a caller can meet is met by a test, over gRPC: the reasons are those of the one enum."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from controlplane.domain.reasons import Reason
from controlplane.domain.resource_kinds import RESOURCE_KINDS
from tests.unit.project.checkout import ROOT

TESTS = ROOT / "tests" / "integration"
# Released, and given by no server yet: for the day when followers hand commands to a leader.
RESERVED = {Reason.NOT_LEADER}


def parsed(files: Iterable[Path]) -> Iterator[ast.AST]:
    for file in files:
        yield from ast.walk(ast.parse(file.read_text()))


def constants(node: ast.AST) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


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


def named_in_code() -> set[str]:
    """The members of the enum that the control plane's code names, by themselves or by the kind of a resource."""
    # Whatever looks for a resource of a project by its name says by its kind what is not there.
    found = {f"{kind.name}_not_found".upper() for kind in RESOURCE_KINDS.values()}
    for node in parsed((ROOT / "controlplane").rglob("*.py")):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Reason":
            found.add(node.attr)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            first = node.args[0]
            if name in BY_KIND and isinstance(first, ast.Constant):
                found.add(f"{first.value}{BY_KIND[name]}".upper())
    return found


# Functions and classes whose first argument is the kind of a resource, and what follows it in the reason.
BY_KIND = {"NotFound": "_not_found", "_found": "_not_found", "AlreadyExists": "_already_exists"}


def test_every_reason_is_provoked_over_grpc_by_a_test() -> None:
    assert set(Reason) - RESERVED - provoked().keys() == set()


def test_every_reason_that_a_test_provokes_is_one_that_there_is() -> None:
    assert provoked().keys() - set(Reason) == set()


def test_every_reason_is_given_somewhere() -> None:
    assert set(Reason) - RESERVED - named_in_code() == set()


def test_no_reason_is_reserved_that_a_server_gives() -> None:
    assert RESERVED & named_in_code() == set()
