"""A second machine, in a network namespace, joins by the commands of docs/how-to/join-hosts.md, typed as they are."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from deploy.dev.private_hosts import PrivateHosts, private_hosts
from tests.support.waiting import patient, wait_until
from tests.unit.project.checkout import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for namespaces"),
]
PAGE = ROOT / "docs" / "how-to" / "join-hosts.md"
BIN = Path(sys.executable).parent
PORTS = (17460, 17461)
SIMULATED = ("--driver", "simulated")


def commands() -> list[list[str]]:
    """What the page says to type, in order."""
    fences = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [line[2:].split() for block in fences for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def hosts() -> Generator[PrivateHosts]:
    with private_hosts("node-2") as made:
        yield made


def test_a_second_machine_joins_over_tls_with_the_three_commands_of_the_page(
    hosts: PrivateHosts, tmp_path: Path
) -> None:
    init, serve, create, join, agent, credentials, _revoke = commands()
    home, away = tmp_path / "cp", tmp_path / "node"
    here = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "CHRONOVISOR_HOME": str(home)}
    here.pop("CHRONOVISOR_SERVER", None)
    # A short path: a socket's is short.
    socket = f"/tmp/cv-{os.getpid()}.sock"
    here["CHRONOVISOR_SERVER"] = f"unix:{socket}"

    def placed(words: list[str], **more: str) -> list[str]:
        known = {"cp.example:7460": f"{hosts.gateway}:{PORTS[0]}", "cp.example:7461": f"{hosts.gateway}:{PORTS[1]}"}
        known |= {"cp.example": hosts.gateway} | more
        return [known.get(each, each) for each in words]

    def typed(*words: str) -> str:
        done = subprocess.run(words, env=here, capture_output=True, text=True, timeout=patient(30), check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    typed(*placed(init))
    with subprocess.Popen([*placed(serve), "--socket", socket], env=here) as server:
        try:
            wait_until(lambda: Path(socket).exists(), patient(20))
            made = json.loads(typed(*create, "--output", "json"))
            # It shows the very command that the page has.
            there = [f"CHRONOVISOR_HOME={away}", f"PATH={here['PATH']}"]
            joined = hosts["node-2"].spawn(["env", *there, *placed(join, TOKEN=made["token"], HASH=made["ca_sha256"])])
            assert joined.popen.wait(patient(30)) == 0
            running = hosts["node-2"].spawn(["env", *there, *agent, *SIMULATED])

            def state() -> dict[str, object]:
                found = subprocess.run(
                    ["chronovisor", "host", "show", "node-2", "--output", "json"],
                    env=here,
                    capture_output=True,
                    check=False,
                )
                return json.loads(found.stdout or "{}")

            wait_until(lambda: state().get("agent_connected"), patient(20))
            assert "used at" in typed(*credentials)
            assert running.end() == 0
        finally:
            server.terminate()
