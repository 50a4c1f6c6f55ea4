"""The versions that set-up installs: of every dependency, and nothing but names and versions."""

import re
import tomllib
from itertools import chain

from tests.unit.project.checkout import ROOT

FILE = ROOT / "deploy" / "setup" / "constraints.txt"
PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([0-9][A-Za-z0-9.+!]*)")
# Built against the system's libvirt, whose version it follows.
LEFT_OUT = {"libvirt-python"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def lines(comments: bool) -> list[str]:
    return [line for line in FILE.read_text().splitlines() if line.startswith("#") is comments]


def dependencies() -> set[str]:
    projects = [
        tomllib.loads((ROOT / each / "pyproject.toml").read_text())["project"] for each in (".", "clients/python")
    ]
    required = [
        each
        for project in projects
        for each in (*project["dependencies"], *chain(*project["optional-dependencies"].values()))
    ]
    named = {canonical(re.split(r"[\[<>=!~; ]", each, maxsplit=1)[0]) for each in required}
    return named - {project["name"] for project in projects}


def test_it_has_names_and_versions_alone() -> None:
    assert [line for line in lines(comments=False) if not PIN.fullmatch(line)] == []


def test_nothing_is_pinned_twice() -> None:
    names = [canonical(line.partition("==")[0]) for line in lines(comments=False)]
    assert len(names) == len(set(names))


def test_every_dependency_is_pinned_or_left_out_with_a_reason() -> None:
    pinned = {canonical(line.partition("==")[0]) for line in lines(comments=False)}
    assert dependencies() - pinned == LEFT_OUT
    assert not [name for name in LEFT_OUT if f"{name} is not among them" not in " ".join(lines(comments=True))]


def test_set_up_installs_these_versions() -> None:
    assert "-c deploy/setup/constraints.txt" in (ROOT / "deploy" / "setup" / "python_environment.sh").read_text()
