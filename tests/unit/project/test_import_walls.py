"""The walls between the rooms stand: each contract of .importlinter catches the import that it is there for."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.project.checkout import ROOT

pytestmark = pytest.mark.slow

# By contract: an import that must break it, and where. A contract without a row here fails the test below.
BREACHES = {
    "pure": ("controlplane/domain/__init__.py", "time"),
    "domain": ("controlplane/domain/__init__.py", "controlplane.ledger"),
    "rooms": ("controlplane/queries/__init__.py", "grpc"),
    "commands": ("controlplane/commands/__init__.py", "controlplane.projections"),
    "ledger": ("controlplane/ledger/__init__.py", "controlplane.queries"),
    "reads": ("controlplane/queries/__init__.py", "controlplane.commands"),
    "projections": ("controlplane/projections/__init__.py", "controlplane.queries"),
    "processes": ("controlplane/processes/__init__.py", "controlplane.ledger"),
    "fencers": ("controlplane/fencers/__init__.py", "controlplane.commands"),
    "identity": ("controlplane/identity/__init__.py", "controlplane.queries"),
    "heads": ("controlplane/heads/__init__.py", "controlplane.placement"),
    "tracing": ("controlplane/tracing/__init__.py", "controlplane.rpc"),
    "metrics": ("controlplane/metrics/__init__.py", "controlplane.rpc"),
    "keys": ("controlplane/keys/__init__.py", "controlplane.commands"),
    "edge": ("controlplane/rpc/__init__.py", "controlplane.ledger"),
    "runtime": ("controlplane/runtime/__init__.py", "controlplane.queries"),
    "stubs": ("controlplane/rpc/__init__.py", "chronovisor.client"),
    "gateway": ("controlplane/gateway/__init__.py", "controlplane.domain.errors"),
    "clients": ("clients/hostagent/__init__.py", "controlplane.domain"),
    "apart": ("clients/hostagent/__init__.py", "chronovisor.cli"),
}


def contracts() -> dict[str, str]:
    """The names of the contracts, by id."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    prefix = "importlinter:contract:"
    return {name.removeprefix(prefix): config[name]["name"] for name in config.sections() if name.startswith(prefix)}


def copy_of_the_code(to: Path) -> Path:
    shutil.copy(ROOT / ".importlinter", to)
    for package in ("controlplane", "clients/python/chronovisor", "clients/hostagent"):
        shutil.copytree(ROOT / package, to / package, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def imported(file: str) -> str:
    """The package whose `__init__.py` this is."""
    return file.removeprefix("clients/").removesuffix("/__init__.py").replace("/", ".")


def checked(code: Path) -> str:
    """What the checker says."""
    # Found before the checkout, which is installed as editable.
    path = os.pathsep.join(str(code / each) for each in (".", "clients/python", "clients"))
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=code,
        env=os.environ | {"PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a copy with every breach in it: the checker reads all code anew in each run, for one breach or for twelve."""
    code = copy_of_the_code(tmp_path_factory.mktemp("code"))
    for file, module in BREACHES.values():
        with (code / file).open("a") as source:
            source.write(f"\nimport {module}\n")
    return checked(code)


def findings(output: str, contract: str) -> str:
    """What the checker says of one contract: its part begins with its underlined name."""
    parts = re.split(r"^(.+)\n-+\n", output, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)).get(contracts()[contract], "")


def test_every_contract_has_a_breach() -> None:
    assert set(contracts()) == set(BREACHES)


@pytest.mark.parametrize("contract", BREACHES)
def test_a_forbidden_import_is_caught(contract: str, output: str) -> None:
    file, module = BREACHES[contract]
    # Of all that broke it, this import by itself.
    caught = rf"^ *-? *{re.escape(imported(file))} -> {re.escape(module)}\S* \(l\.\d+\)$"
    assert re.search(caught, findings(output, contract), re.MULTILINE), output
