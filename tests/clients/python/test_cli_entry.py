"""Where the program begins: with and without the packages of the command line."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
sys.argv = ["chronovisor", "--version"]
from chronovisor.cli.entry import main
sys.exit(main())
"""


def test_without_the_command_lines_packages_it_says_what_to_install() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", BLOCKED.format(package="typer")], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "The command line needs more than the library: pip install 'chronovisor[client]'\n"


def test_with_them_it_runs() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", BLOCKED.format(package="nothing")], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0
    assert ran.stdout.startswith("chronovisor ")
