"""The units for systemd, and the files of options that they name."""

import re
from pathlib import Path

import pytest
from chronovisor.option_sources import invoke
from hostagent import options as agent

from controlplane.command_line import commands
from tests.unit.project.checkout import ROOT

UNITS = ROOT / "deploy" / "systemd"


@pytest.mark.parametrize("unit", ["chronovisord", "chronovisor-agent"])
def test_a_unit_names_a_file_of_options_that_is_beside_it(unit: str) -> None:
    (file,) = re.findall(r"--config /etc/chronovisor/(\S+)", (UNITS / f"{unit}.service").read_text())
    assert (UNITS / file).is_file()


def test_the_options_of_the_control_plane_are_valid() -> None:
    group = commands()
    group.default.callback = dict
    found = invoke(group, "chronovisord", ["--config", str(UNITS / "chronovisord.toml")])
    assert found["listen"] == "127.0.0.1:7460"
    assert found["store"] == "sqlite:////var/lib/chronovisor/ledger.db"


def test_the_options_of_the_agent_are_valid() -> None:
    found = agent.parse(["--config", str(UNITS / "agent.toml")])
    assert (found.driver, found.state_dir) == ("libvirt", Path("/var/lib/chronovisor-agent/guests"))
