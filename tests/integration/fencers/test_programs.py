"""The kinds `command` and `ipmi`: real programs, which hang, fail and lie. `ipmitool` is a fake one on PATH."""

import asyncio
import json
import os
import tomllib
from pathlib import Path

import pytest

from controlplane.domain.host.aggregate import Host
from controlplane.fencers.fencer import FencerError, FenceTarget
from controlplane.fencers.fencers import Fencers, require_installed
from controlplane.fencers.parameters import FencerSettings, parse_fencers
from tests.support.hosts import host
from tests.support.waiting import patient, until, wait_until

NODE = host("node-1", {"bmc": "10.0.0.7", "rack": "r7"})
LONG_S = patient(30)


def program(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return path


def settings(text: str, timeout_s: float = LONG_S, attempts: int = 1) -> tuple[FencerSettings, ...]:
    head = f'[[fencers]]\nhosts = ""\ntimeout_s = {timeout_s}\nattempts = {attempts}\n'
    return parse_fencers(tomllib.loads(head + text)["fencers"])


async def power_off(text: str, timeout_s: float = LONG_S, attempts: int = 1, of: Host = NODE) -> str:
    fencer = Fencers(settings(text, timeout_s, attempts)).for_host(of)
    assert fencer is not None
    return await fencer.power_off(FenceTarget.of(of))


def command(*argv: Path | str, more: str = "") -> str:
    return f'kind = "command"\nprogram = {json.dumps([str(each) for each in argv])}\n{more}'


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_exit_code_0_is_the_programs_word(tmp_path: Path) -> None:
    off = program(tmp_path / "off", 'echo "outlet 4 is off"')
    assert await power_off(command(off)) == f"command: {off} ended with exit code 0: outlet 4 is off"


async def test_a_program_is_given_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "not for others")
    off = program(tmp_path / "off", f'printf "%s\\n" "$@" > {tmp_path}/arguments; env > {tmp_path}/environment')
    await power_off(command(off, "--outlet", "{label:bmc}", "a b; $(true)", more='address = "pdu-{label:rack}"'))
    assert (tmp_path / "arguments").read_text().splitlines() == ["--outlet", "10.0.0.7", "a b; $(true)"]
    environment = dict(line.split("=", 1) for line in (tmp_path / "environment").read_text().splitlines())
    assert environment["CHRONOVISOR_HOST"] == "node-1"
    assert environment["CHRONOVISOR_HOST_UID"] == NODE.uid
    assert environment["CHRONOVISOR_ADDRESS"] == "pdu-r7"
    assert json.loads(environment["CHRONOVISOR_LABELS"]) == {"bmc": "10.0.0.7", "rack": "r7"}
    assert "PGPASSWORD" not in environment


async def test_a_program_that_fails_is_quoted(tmp_path: Path) -> None:
    off = program(tmp_path / "off", 'echo first; printf "no such \\033outlet\\n" >&2; exit 3')
    with pytest.raises(FencerError, match=r"off ended with exit code 3: no such  outlet$"):
        await power_off(command(off))


async def test_a_program_that_a_signal_ended_failed(tmp_path: Path) -> None:
    off = program(tmp_path / "off", "kill -9 $$")
    with pytest.raises(FencerError, match="ended with signal 9: it printed nothing"):
        await power_off(command(off))


async def test_a_program_that_hangs_is_killed_with_what_it_started(tmp_path: Path) -> None:
    off = program(tmp_path / "off", f"sleep 1000 & echo $! > {tmp_path}/child; echo $$ > {tmp_path}/pid; wait")
    with pytest.raises(FencerError, match=r"not confirmed within 1 s: the power-off was being requested"):
        await power_off(command(off), timeout_s=1)
    for name in ("child", "pid"):
        pid = int((tmp_path / name).read_text())
        wait_until(lambda pid=pid: not is_running(pid))


async def test_a_program_is_killed_when_its_fencing_is_cancelled(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    off = program(tmp_path / "off", f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; exec sleep 1000")
    running = asyncio.create_task(power_off(command(off)))

    async def has_begun() -> bool:
        return pid_file.exists()

    await until(has_begun)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    wait_until(lambda: not is_running(int(pid_file.read_text())))


async def test_a_child_that_keeps_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    off = program(tmp_path / "off", f"sleep 1000 & echo $! > {tmp_path}/child; echo off")
    assert (await power_off(command(off))).endswith(": off")
    wait_until(lambda: not is_running(int((tmp_path / "child").read_text())))


async def test_a_status_of_its_own_finds_out_a_lie(tmp_path: Path) -> None:
    off = program(tmp_path / "off", "echo done")
    status = program(tmp_path / "status", f"test -e {tmp_path}/is_off && echo 0 W")
    more = f'status = ["{status}"]'
    with pytest.raises(FencerError, match="it took the command, and was still on"):
        await power_off(command(off, more=more), timeout_s=2)
    (tmp_path / "is_off").touch()
    assert await power_off(command(off, more=more)) == f"command: {status} says that it is off: 0 W"


async def test_a_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    off = program(tmp_path / "off", "")
    text = command(off)
    off.unlink()
    with pytest.raises(FencerError, match=r"cannot run .*off: No such file or directory"):
        await power_off(text)


async def test_a_host_without_the_label_is_not_fenced_by_another_one(tmp_path: Path) -> None:
    off = program(tmp_path / "off", f"touch {tmp_path}/ran")
    with pytest.raises(FencerError, match="hosts/node-2 has no label bmc"):
        await power_off(command(off, "{label:bmc}"), of=host("node-2"))
    assert not (tmp_path / "ran").exists()


def test_a_program_that_is_not_there_ends_the_start(tmp_path: Path) -> None:
    off = program(tmp_path / "off", "")
    require_installed(settings(command(off)))
    off.chmod(0o600)
    with pytest.raises(ValueError, match=r"fencers, number 1, program: .*off is no program"):
        require_installed(settings(command(off)))


# A fake: it keeps the power in a file, and takes the arguments of the real one, version 1.8.19.
IPMITOOL = """
echo "$@" >> {place}/calls
for last; do :; done
test -e {place}/hangs && sleep 1000
if [ -e {place}/error ]; then cat {place}/error >&2; exit 1; fi
case $last in
status) echo "Chassis Power is $(cat {place}/power)";;
off) test -e {place}/lies || echo off > {place}/power; echo "Chassis Power Control: Down/Off";;
esac
"""
IPMI = 'kind = "ipmi"\naddress = "{label:bmc}"\nusername = "fencer"\npassword_file = "/etc/hostname"\n'


@pytest.fixture
def bmc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a fake ipmitool, which is the first on PATH."""
    program(tmp_path / "ipmitool", IPMITOOL.format(place=tmp_path))
    (tmp_path / "power").write_text("on")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


async def test_ipmi_is_read_back(bmc: Path) -> None:
    assert await power_off(IPMI) == "ipmi: the controller at 10.0.0.7 says: Chassis Power is off"
    status, off, again = (bmc / "calls").read_text().splitlines()
    options = "-I lanplus -H 10.0.0.7 -p 623 -N 2 -R 3 -U fencer -f /etc/hostname"
    assert (status, off) == (f"{options} chassis power status", f"{options} chassis power off")
    assert again == status


async def test_a_controller_that_accepts_and_does_nothing_confirms_nothing(bmc: Path) -> None:
    (bmc / "lies").touch()
    with pytest.raises(FencerError, match="it took the command, and was still on"):
        await power_off(IPMI, timeout_s=2)


@pytest.mark.parametrize(
    "error",
    ["Error: Unable to establish IPMI v2 / RMCP+ session", "Chassis Power is off", "Chassis Power is unknown: off"],
)
async def test_a_controller_that_fails_confirms_nothing(bmc: Path, error: str) -> None:
    (bmc / "error").write_text(f"{error}\n")
    with pytest.raises(FencerError, match=r"the controller at 10.0.0.7 refused: "):
        await power_off(IPMI)


async def test_a_controller_that_never_answers_is_given_up(bmc: Path) -> None:
    (bmc / "hangs").touch()
    with pytest.raises(FencerError, match=r"not confirmed within 0.5 s"):
        await power_off(IPMI, timeout_s=0.5)


def test_ipmitool_that_is_not_there_ends_the_start(bmc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_installed(settings(IPMI))
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="fencers, number 1, kind: needs the program ipmitool"):
        require_installed(settings(IPMI))
