"""What `pip install` gives: every package where it is imported from, and every program with the module it begins in."""

import configparser
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.waiting import patient
from tests.unit.project.checkout import ROOT

pytestmark = pytest.mark.slow


CLIENT, SERVER = ROOT / "clients" / "python", ROOT
# Of each: what it brings to import, and its programs.
CONTENTS = {CLIENT: ({"chronovisor"}, 2), SERVER: ({"controlplane", "hostagent"}, 2)}
LARGEST_CLIENT_BYTES = 2_000_000


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    made: dict[Path, Path] = {}
    for project in (CLIENT, SERVER):
        into = tmp_path_factory.mktemp("wheel")
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
        done = subprocess.run(build, cwd=project, capture_output=True, text=True, timeout=patient(100), check=False)
        assert done.returncode == 0, done.stderr
        (made[project],) = into.glob("*.whl")
    return made


def read(wheel: Path, end: str) -> str:
    """The one file whose name ends so."""
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (each for each in opened.namelist() if each.endswith(end))
        return opened.read(name).decode()


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


@pytest.mark.parametrize("project", CONTENTS)
def test_its_packages_are_where_they_are_imported_from(wheels: dict[Path, Path], project: Path) -> None:
    found = {name.partition("/")[0] for name in names(wheels[project])}
    assert {each for each in found if not each.endswith((".dist-info", ".data"))} == CONTENTS[project][0]


def test_the_server_has_the_description_of_its_api(wheels: dict[Path, Path]) -> None:
    assert '"openapi": "3.1' in read(wheels[SERVER], "controlplane/gateway/openapi.json")


@pytest.mark.parametrize("project", CONTENTS)
def test_each_program_begins_in_a_module_that_it_has(wheels: dict[Path, Path], project: Path) -> None:
    entries = configparser.ConfigParser()
    entries.read_string(read(wheels[project], "/entry_points.txt"))
    modules = [target.partition(":")[0].replace(".", "/") for target in entries["console_scripts"].values()]
    assert len(modules) == CONTENTS[project][1]
    assert {f"{module}.py" for module in modules} <= names(wheels[project])


def test_the_client_brings_the_man_pages(wheels: dict[Path, Path]) -> None:
    pages = {path.name for path in (ROOT / "docs" / "man").iterdir()}
    there = {name.rpartition("/")[2] for name in names(wheels[CLIENT]) if "/data/share/man/man1/" in name}
    assert there == pages


def test_the_client_is_typed_licensed_and_small(wheels: dict[Path, Path]) -> None:
    assert "chronovisor/py.typed" in names(wheels[CLIENT])
    assert "Apache License" in read(wheels[CLIENT], "/LICENSE")
    assert wheels[CLIENT].stat().st_size < LARGEST_CLIENT_BYTES


def test_the_client_brings_grpc_and_protobuf_and_nothing_of_the_server(wheels: dict[Path, Path]) -> None:
    needed = [
        line.removeprefix("Requires-Dist: ")
        for line in read(wheels[CLIENT], "/METADATA").splitlines()
        if line.startswith("Requires-Dist: ") and "extra ==" not in line
    ]
    assert sorted(re.split(r"[<>=]", each)[0] for each in needed) == ["googleapis-common-protos", "grpcio", "protobuf"]


def test_both_are_of_one_version(wheels: dict[Path, Path]) -> None:
    version = next(line for line in read(wheels[CLIENT], "/METADATA").splitlines() if line.startswith("Version: "))
    assert version in read(wheels[SERVER], "/METADATA").splitlines()
    assert f"Requires-Dist: chronovisor=={version.removeprefix('Version: ')}" in read(wheels[SERVER], "/METADATA")


WITHOUT = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
from {module} import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("module", "package", "words"),
    [
        ("controlplane.__main__", "uvloop", "chronovisord: uvloop is missing: pip install 'chronovisor[server]'\n"),
        ("hostagent.main", "click", "chronovisor-agent: click is missing: pip install 'chronovisor[agent]'\n"),
        ("chronovisor.bench.entry", "rich", "chronovisor-bench: rich is missing: pip install 'chronovisor[bench]'\n"),
    ],
)
def test_a_program_without_its_packages_says_what_to_install(module: str, package: str, words: str) -> None:
    begin = [sys.executable, "-c", WITHOUT.format(module=module, package=package)]
    ran = subprocess.run(begin, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", words)
