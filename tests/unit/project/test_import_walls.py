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
    "edge": ("controlplane/rpc/__init__.py", "controlplane.processes"),
    "stubs": ("controlplane/rpc/__init__.py", "chronovisor.client"),
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


def broken_contracts(code: Path) -> tuple[str, list[str]]:
    """All that the checker says, and the names of the contracts that it found broken."""
    # Found before the checkout, which is installed as editable.
    path = os.pathsep.join(str(code / each) for each in (".", "clients/python", "clients"))
    said = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=code,
        env=os.environ | {"PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return said, re.findall(r"^(.*?)(?: \(.*\))? BROKEN$", said, re.MULTILINE)


def test_every_contract_has_a_breach() -> None:
    assert set(contracts()) == set(BREACHES)


@pytest.mark.parametrize("contract", BREACHES)
def test_a_forbidden_import_is_caught(contract: str, tmp_path: Path) -> None:
    code = copy_of_the_code(tmp_path)
    file, module = BREACHES[contract]
    with (code / file).open("a") as source:
        source.write(f"\nimport {module}\n")
    said, broken = broken_contracts(code)
    assert contracts()[contract] in broken, said
