"""What `pip install` gives: every package where it is imported from, and every program with the module it begins in."""

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.waiting import patient
from tests.unit.project.checkout import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    made: Path = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, timeout=patient(100), check=False)
    assert done.returncode == 0, done.stderr
    (file,) = made.glob("*.whl")
    return zipfile.ZipFile(file)


def test_its_packages_are_where_they_are_imported_from(wheel: zipfile.ZipFile) -> None:
    found = {name.partition("/")[0] for name in wheel.namelist()}
    assert {each for each in found if not each.endswith((".dist-info", ".data"))} == {
        "chronovisor",
        "controlplane",
        "hostagent",
    }


def test_each_program_begins_in_a_module_that_it_has(wheel: zipfile.ZipFile) -> None:
    (listed,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    entries = configparser.ConfigParser()
    entries.read_string(wheel.read(listed).decode())
    modules = [target.partition(":")[0].replace(".", "/") for target in entries["console_scripts"].values()]
    assert len(modules) == 4
    assert {f"{module}.py" for module in modules} <= set(wheel.namelist())


def test_it_brings_its_man_pages(wheel: zipfile.ZipFile) -> None:
    pages = {path.name for path in (ROOT / "docs" / "man").iterdir()}
    there = {name.rpartition("/")[2] for name in wheel.namelist() if "/data/share/man/man1/" in name}
    assert there == pages


def test_the_client_is_marked_as_typed(wheel: zipfile.ZipFile) -> None:
    assert "chronovisor/py.typed" in wheel.namelist()


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
