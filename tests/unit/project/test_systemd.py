"""The units for systemd, and the files of options that they name."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from chronovisor.option_sources import invoke
from hostagent import options as agent

from controlplane.command_line import commands
from tests.unit.project.checkout import ROOT

UNITS = ROOT / "deploy" / "systemd"


# Of 100, as `systemd-analyze security` has it: what a program on the network that writes its own files has at least.
# The agent runs as root, for guests' disks and libvirt.
EXPOSURE = {"chronovisord": 14, "chronovisor-agent": 26}
# In both, however much the rest differs.
COMMON = (
    *("NoNewPrivileges=true", "ProtectSystem=strict", "ProtectHome=true", "PrivateTmp=true", "PrivateMounts=true"),
    *("PrivateIPC=true", "ProtectClock=true", "ProtectControlGroups=true", "ProtectHostname=true", "LimitCORE=0"),
    *("ProtectKernelLogs=true", "ProtectKernelModules=true", "ProtectKernelTunables=true", "KeyringMode=private"),
    *("RestrictNamespaces=true", "RestrictRealtime=true", "RestrictSUIDSGID=true", "LockPersonality=true"),
    *("SystemCallArchitectures=native", "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources"),
)


def settings_of(unit: str) -> list[str]:
    lines = (UNITS / f"{unit}.service").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("unit", EXPOSURE)
def test_a_unit_is_confined(unit: str) -> None:
    assert [each for each in COMMON if each not in settings_of(unit)] == []


def test_the_control_plane_has_no_capability_and_no_executable_memory_that_it_can_write() -> None:
    settings = settings_of("chronovisord")
    for each in ("CapabilityBoundingSet=", "User=chronovisor", "MemoryDenyWriteExecute=true", "PrivateDevices=true"):
        assert each in settings


def test_the_agent_keeps_of_root_what_guests_disks_and_ends_need() -> None:
    settings = settings_of("chronovisor-agent")
    assert "CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_KILL" in settings
    assert "DevicePolicy=closed" in settings


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("unit", EXPOSURE)
def test_a_unit_exposes_no_more_than_it_must(unit: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE[unit]}"]
    ran = subprocess.run([*command, UNITS / f"{unit}.service"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{ran.stdout[-3000:]}{ran.stderr}"


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
