"""Libvirt hosts of one's own: they reach one another and this machine, one can be cut off, and nothing is left."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import libvirt
import pytest

from deploy.dev import private_hosts as module
from deploy.dev.private_hosts import PrivateHost, PrivateHosts, private_hosts
from tests.support.waiting import patient, wait_until

ROOT = Path(module.__file__).parents[2]
DEADLINE_S = patient(20.0)
# Nothing to boot: it stays in its firmware, which is enough to be a guest.
GUEST = """
<domain type='qemu'>
  <name>idle</name>
  <memory unit='MiB'>32</memory>
  <os><type machine='q35'>hvm</type></os>
  <features><tcg><tb-cache unit='MiB'>8</tb-cache></tcg></features>
  <devices><controller type='usb' model='none'/></devices>
</domain>
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for namespaces")


@pytest.fixture(scope="module")
def hosts() -> Generator[PrivateHosts]:
    with private_hosts("node-1", "node-2") as made:
        yield made


def states(host: PrivateHost) -> dict[str, int]:
    connection = libvirt.open(host.uri)
    found = {domain.name(): domain.state()[0] for domain in connection.listAllDomains()}
    connection.close()
    return found


def start_guest(host: PrivateHost) -> None:
    connection = libvirt.open(host.uri)
    connection.defineXML(GUEST).create()
    connection.close()


def end_guest(host: PrivateHost) -> None:
    connection = libvirt.open(host.uri)
    for domain in connection.listAllDomains():
        if domain.isActive():
            domain.destroy()
        domain.undefine()
    connection.close()


def connects(host: PrivateHost, address: str, port: int, timeout_s: float = DEADLINE_S) -> bool:
    """Whether a program on the host can open a connection."""
    script = f"import socket; socket.create_connection(({address!r}, {port}), {timeout_s})"
    return host.spawn([sys.executable, "-c", script], stderr=subprocess.DEVNULL).popen.wait() == 0


LIBVIRT_PORT = 16509


def test_each_has_its_own_guests_and_name(hosts: PrivateHosts) -> None:
    one, other = hosts.values()
    start_guest(one)
    assert states(one) == {"idle": libvirt.VIR_DOMAIN_RUNNING}
    assert states(other) == {}
    connection = libvirt.open(one.uri)
    assert connection.getHostname() == "node-1"
    connection.close()
    end_guest(one)


def test_a_host_that_is_cut_off_reaches_nobody_until_it_is_healed(hosts: PrivateHosts) -> None:
    one, other = hosts.values()
    with socket.create_server((hosts.gateway, 0)) as server:
        port: int = server.getsockname()[1]
        assert connects(one, other.address, LIBVIRT_PORT)
        assert connects(one, hosts.gateway, port)
        one.cut()
        assert not connects(one, hosts.gateway, port, timeout_s=0.5)
        assert not connects(other, one.address, LIBVIRT_PORT, timeout_s=0.5)
        assert connects(other, hosts.gateway, port)
        # What does not go by the network still works.
        assert states(one) == {}
        one.heal()
        assert connects(one, hosts.gateway, port)
        assert connects(other, one.address, LIBVIRT_PORT)


def test_guests_survive_their_libvirtd_and_can_be_killed_themselves(hosts: PrivateHosts) -> None:
    host = hosts["node-2"]
    start_guest(host)
    host.kill_libvirtd()
    with pytest.raises(libvirt.libvirtError):
        libvirt.open(host.uri)
    host.start_libvirtd()
    assert states(host) == {"idle": libvirt.VIR_DOMAIN_RUNNING}
    host.kill(host.guest_pid("idle"))
    wait_until(lambda: states(host) == {"idle": libvirt.VIR_DOMAIN_SHUTOFF}, DEADLINE_S)
    end_guest(host)


def test_a_program_on_a_host_gets_signals_and_ends_as_it_chooses(hosts: PrivateHosts) -> None:
    script = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"
    running = hosts["node-1"].spawn(["sh", "-c", script], stdout=subprocess.PIPE, text=True)
    assert running.popen.stdout is not None
    assert running.popen.stdout.readline() == "ready\n"
    assert running.end() == 7
    running.popen.stdout.close()


def processes_below(directory: Path) -> list[str]:
    """The processes that name the directory, of whatever namespace."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(directory) in command:
            found.append(command)
    return found


def cables() -> set[str]:
    listed = subprocess.run(["ip", "-brief", "link"], capture_output=True, text=True, check=True).stdout
    return {line.split("@")[0] for line in listed.splitlines() if line.startswith("cv")}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_when_their_user_ends_however_it_ends(number: signal.Signals) -> None:
    script = (
        "import sys\n"
        "from deploy.dev.private_hosts import private_hosts\n"
        "with private_hosts('node-1') as hosts:\n"
        "    print(hosts.directory, hosts.cable, hosts['node-1'].uri, flush=True)\n"
        "    hosts['node-1'].spawn(['sleep', 'infinity'])\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as user:  # fmt: skip
        assert user.stdout is not None
        directory, cable, uri = user.stdout.readline().split()
        connection = libvirt.open(uri)
        connection.defineXML(GUEST).create()
        connection.close()
        assert processes_below(Path(directory))
        assert cable in cables()
        user.send_signal(number)
    wait_until(lambda: not processes_below(Path(directory)), DEADLINE_S)
    wait_until(lambda: not Path(directory).exists(), DEADLINE_S)
    wait_until(lambda: cable not in cables(), DEADLINE_S)
