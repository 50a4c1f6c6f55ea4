"""The promise of an agent with --watchdog, on a real host: its guests are stopped whatever dies, and no others are."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import IO

import grpc
import libvirt
import pytest
from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import resources_pb2, vm_pb2
from hostagent.control.identity import Identity, IdentityFiles, new_key
from hostagent.drivers.base import VmUid
from hostagent.drivers.libvirt.domain_xml import domain_name
from hostagent.watchdog.lease import boottime
from hostagent.watchdog.place import Place
from hostagent.watchdog.words import Order, State, read_line

from controlplane.identity.pki import Pki
from deploy.dev.private_hosts import HostProcess, PrivateHost, PrivateHosts, private_hosts
from tests.integration.hostagent.played_control_plane import PlayedControlPlane
from tests.support.shared import tiny_images
from tests.support.waiting import patient, until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for namespaces")

GONE_S = patient(30.0)
# Foreign: of somebody who does not know Chronovisor. It stays in its firmware, which is enough to be a guest.
FOREIGN = """
<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>32</memory>
  <os><type machine='q35'>hvm</type></os>
  <features><tcg><tb-cache unit='MiB'>8</tb-cache></tcg></features>
  <devices><controller type='usb' model='none'/></devices>
</domain>
"""


@pytest.fixture(scope="module")
def hosts() -> Generator[PrivateHosts]:
    with private_hosts("node-1") as made:
        yield made


class Rig:
    """A host with one guest of Chronovisor's and one that is not, and agents for it."""

    def __init__(self, hosts: PrivateHosts, control_plane: PlayedControlPlane, directory: Path) -> None:
        self.host: PrivateHost = hosts["node-1"]
        self.control_plane = control_plane
        self.state_dir = directory / "state"
        self.place = Place(self.state_dir, "node-1")
        self.log: IO[bytes] = (directory / "agents.log").open("wb")
        self.guest = pb.DesiredGuest(
            vm_uid=str(uuid.uuid4()),
            vm_name="projects/p/vms/a",
            incarnation=1,
            power=pb.DESIRED_POWER_RUNNING,
            spec=vm_pb2.VmSpec(
                resources=resources_pb2.Resources(vcpus=1, memory_mib=112),
                boot=vm_pb2.BootSource(
                    kernel=vm_pb2.KernelBoot(kernel="tiny-vmlinuz", initramfs="tiny-initramfs.gz"),
                ),
            ),
            version=1,
        )
        self.domain = domain_name(VmUid(self.guest.vm_uid))
        # It has the first letters of the agent's names, and nothing else of them.
        self.foreign = f"cv-{uuid.uuid4().hex[:8]}"
        self._agents: list[HostProcess] = []

    def agent(self, *options: str) -> HostProcess:
        server = f"{self.control_plane.address}:{self.control_plane.port}"
        given = ["--server", server, "--host-id", "node-1", "--virt-type", "qemu", "--state-dir", str(self.state_dir)]
        command = [sys.executable, "-m", "hostagent.main", *given, "--image-dir", str(tiny_images()), *options]
        made = self.host.spawn(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self._agents.append(made)
        return made

    async def agent_with_guest(self, lease_s: float, *options: str) -> HostProcess:
        """An agent whose guest runs, beside the foreign one."""
        self.control_plane.lease_s = lease_s
        self.control_plane.desired = [self.guest]
        connection = libvirt.open(self.host.uri)
        connection.defineXML(FOREIGN.format(name=self.foreign)).create()
        connection.close()
        made = self.agent(*options)
        await self.control_plane.hears_report(
            lambda report: report.observation.guest_state == vm_pb2.GUEST_STATE_RUNNING
        )
        assert self.runs(self.domain)
        return made

    def runs(self, domain: str) -> bool:
        """Whether there is a QEMU of it, in whatever namespace."""
        return any(f"guest={domain}," in line for line in command_lines())

    async def guest_ends(self) -> None:
        async def has_ended() -> bool:
            return not self.runs(self.domain)

        await until(has_ended, GONE_S)
        assert self.runs(self.foreign)

    def start_domain(self) -> None:
        """Behind the agent's back. It may be stopped before it has started."""
        connection = libvirt.open(self.host.uri)
        with contextlib.suppress(libvirt.libvirtError):
            connection.lookupByUUIDString(self.guest.vm_uid).create()
        connection.close()

    def logged(self) -> str:
        return Path(self.log.name).read_text()

    def guardian(self) -> State:
        with self.place.connected() as found:
            found.settimeout(GONE_S)
            found.sendall(Order().line())
            return State.parse(read_line(found))

    async def another_guardian_than(self, pid: int) -> int:
        """Waits until one is there; returns its process, as the host numbers it. There may be none meanwhile."""
        found = pid

        async def is_another() -> bool:
            nonlocal found
            with contextlib.suppress(OSError, ValueError):
                found = self.guardian().pid
            return found != pid

        await until(is_another, GONE_S)
        return found

    async def guardian_is(self, expected: str) -> None:
        """Waits until so much is due."""

        async def is_due() -> bool:
            return self.guardian().due == expected

        await until(is_due, GONE_S)

    def close(self) -> None:
        self.log.close()
        for agent in self._agents:
            if agent.popen.poll() is None:
                agent.end(signal.SIGKILL)
        if (self.place.directory / "socket").exists():
            with contextlib.suppress(OSError):
                self.place.end()
        connection = libvirt.open(self.host.uri)
        for domain in connection.listAllDomains():
            # A guardian that has just ended may have been faster.
            with contextlib.suppress(libvirt.libvirtError):
                domain.destroy()
            domain.undefine()
        connection.close()


def command_lines() -> list[str]:
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


@pytest.fixture
async def rig(hosts: PrivateHosts, tmp_path: Path) -> AsyncIterator[Rig]:
    control_plane = PlayedControlPlane()
    control_plane.address = hosts.gateway
    pki = Pki(tmp_path / "pki")
    pki.create("test", [hosts.gateway])
    ca = pki.ca_file.read_bytes()
    pair = (pki.key_file.read_bytes(), pki.certificate_file.read_bytes())
    control_plane.credentials = grpc.ssl_server_credentials([pair], ca, require_client_auth=True)
    await control_plane.start()
    made = Rig(hosts, control_plane, tmp_path)
    key, csr = new_key()
    chain = pki.sign_host(csr, "node-1", 3_600.0).chain
    server = f"{control_plane.address}:{control_plane.port}"
    IdentityFiles(made.state_dir).store(Identity("node-1", server, key, chain, ca))
    yield made
    await control_plane.stop()
    made.close()


async def test_it_promises_what_its_option_says(rig: Rig) -> None:
    await rig.agent_with_guest(60, "--watchdog", "30")
    (hello,) = rig.control_plane.hellos
    assert hello.watchdog_timeout.ToTimedelta().total_seconds() == 30
    # A lease from the hello on, renewed by heartbeats.
    before = rig.guardian().expires_at
    assert before is not None
    await rig.control_plane.hears_heartbeats(2)

    async def is_renewed() -> bool:
        return (rig.guardian().expires_at or 0) > before

    await until(is_renewed)
    assert before <= (rig.guardian().expires_at or 0) <= boottime() + 60


async def test_a_killed_agents_guests_are_stopped(rig: Rig) -> None:
    agent = await rig.agent_with_guest(3, "--watchdog", "5")
    agent.end(signal.SIGKILL)
    await rig.guest_ends()
    # What appears later is stopped, too.
    rig.start_domain()
    await rig.guest_ends()


@pytest.mark.parametrize("how", ["killed", "hung"])
async def test_they_are_stopped_without_libvirt(rig: Rig, how: str) -> None:
    agent = await rig.agent_with_guest(3, "--watchdog", "5")
    libvirtd = rig.host.libvirtd_pid
    if how == "killed":
        rig.host.kill_libvirtd()
    else:
        rig.host.kill(libvirtd, signal.SIGSTOP)
    agent.end(signal.SIGKILL)
    try:
        await rig.guest_ends()
    finally:
        if how == "killed":
            rig.host.start_libvirtd()
        else:
            rig.host.kill(libvirtd, signal.SIGCONT)


async def test_an_agent_that_is_cut_off_has_its_guests_stopped_and_comes_back(rig: Rig) -> None:
    agent = await rig.agent_with_guest(3, "--watchdog", "5")
    rig.host.cut()
    try:
        await rig.guest_ends()
        assert agent.popen.poll() is None
    finally:
        rig.host.heal()
    await rig.guardian_is("NOTHING")

    def reports_the_end() -> bool:
        inventory = [guest for each in rig.control_plane.inventories[-1:] for guest in each.guests]
        ended = [each.started and each.observation.guest_state for each in (*inventory, *rig.control_plane.reports)]
        return vm_pb2.GUEST_STATE_SHUTOFF in ended

    await rig.control_plane.hears(reports_the_end)


async def test_hearing_the_control_plane_is_no_lease(rig: Rig) -> None:
    """Where only one direction is cut, it goes on sending, and takes the host for lost."""
    agent = await rig.agent_with_guest(3, "--watchdog", "5")
    rig.control_plane.renews = False

    async def goes_on_sending() -> None:
        while True:
            rig.control_plane.say_all()
            await asyncio.sleep(0.1)

    sending = asyncio.create_task(goes_on_sending())
    try:
        await rig.guest_ends()
    finally:
        sending.cancel()
    assert agent.popen.poll() is None


async def test_an_agent_that_comes_back_in_time_changes_nothing(rig: Rig) -> None:
    agent = await rig.agent_with_guest(10, "--watchdog", "10")
    before = rig.guardian()
    agent.end(signal.SIGKILL)
    rig.agent("--watchdog", "10")
    assert before.expires_at is not None
    old_promise = before.expires_at + 10

    async def is_past_the_old_promise() -> bool:
        return boottime() > old_promise

    await until(is_past_the_old_promise, patient(25))
    after = rig.guardian()
    assert (after.due, after.pid != before.pid) == ("NOTHING", True)
    assert rig.runs(rig.domain)


async def test_a_killed_guardian_is_replaced_and_its_promise_kept(rig: Rig) -> None:
    agent = await rig.agent_with_guest(5, "--watchdog", "8")
    before = rig.guardian().pid
    rig.host.kill(before)
    await rig.another_guardian_than(before)
    agent.end(signal.SIGKILL)
    await rig.guest_ends()


async def test_a_guardian_does_not_end_by_a_signal_that_requests_it(rig: Rig) -> None:
    agent = await rig.agent_with_guest(3, "--watchdog", "5")
    pid = rig.guardian().pid
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        rig.host.kill(pid, number)
    agent.end(signal.SIGTERM)
    assert rig.guardian().pid == pid
    await rig.guest_ends()


async def test_an_agent_that_promises_nothing_ends_the_guardian(rig: Rig) -> None:
    agent = await rig.agent_with_guest(60, "--watchdog", "30")
    agent.end(signal.SIGTERM)
    rig.guardian()
    rig.agent()

    async def is_gone() -> bool:
        try:
            rig.guardian()
        except OSError:
            return True
        return False

    await until(is_gone, GONE_S)
    assert not rig.control_plane.hellos[-1].HasField("watchdog_timeout")
    assert rig.runs(rig.domain)


async def test_a_control_plane_without_leases_has_no_guest_stopped(rig: Rig) -> None:
    await rig.agent_with_guest(0, "--watchdog", "5")
    await rig.control_plane.hears_heartbeats(1)

    async def watches_nothing() -> bool:
        return rig.guardian().expires_at is None

    await until(watches_nothing)
    assert rig.runs(rig.domain)


async def test_a_device_is_fed_and_stopped_for_good_only_by_an_agent_without(rig: Rig, tmp_path: Path) -> None:
    """A file in place of /dev/watchdog: what is written to it is what the kernel would get."""
    device = tmp_path / "device"
    device.touch()
    with_device = ("--watchdog", "30", "--watchdog-device", str(device))
    agent = await rig.agent_with_guest(60, *with_device)

    async def is_fed() -> bool:
        size = device.stat().st_size
        return size > fed

    fed = 2
    await until(is_fed)
    agent.end(signal.SIGKILL)
    before = rig.guardian().pid
    rig.agent(*with_device)
    await rig.another_guardian_than(before)
    fed = device.stat().st_size
    await until(is_fed)
    assert b"V" not in device.read_bytes()
    rig.agent("--watchdog", "30")

    async def is_stopped() -> bool:
        return device.read_bytes().endswith(b"V")

    await until(is_stopped, GONE_S)


async def test_a_device_that_is_not_there_ends_the_start_and_not_the_guardian(rig: Rig, tmp_path: Path) -> None:
    agent = await rig.agent_with_guest(60, "--watchdog", "30")
    agent.end(signal.SIGTERM)
    before = rig.guardian().pid
    again = rig.agent("--watchdog", "30", "--watchdog-device", str(tmp_path / "none"))
    assert await asyncio.to_thread(again.popen.wait, GONE_S) == 1
    assert f"--watchdog: {tmp_path / 'none'} is no device that can be written to" in rig.logged()
    assert rig.guardian().pid == before
