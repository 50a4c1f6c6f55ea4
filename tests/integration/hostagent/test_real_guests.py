"""Real guests under the libvirt driver: what only a guest that boots can show."""

import asyncio
import contextlib
import dataclasses
import os
import signal
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import libvirt
import pytest
from hostagent.drivers.base import (
    NO_FIRST_BOOT,
    PLAIN_MACHINE,
    Firmware,
    FirstBoot,
    Forward,
    Guest,
    GuestChanged,
    GuestRefused,
    GuestSpec,
    HypervisorUnavailable,
    ImageBoot,
    ImageUnusable,
    Interface,
    KernelBoot,
    Machine,
    Power,
    Program,
    ProgramEnd,
    StepFailed,
    VmUid,
)
from hostagent.drivers.libvirt import LibvirtDriver, LibvirtSettings, VirtType

from deploy.dev.private_libvirtd import private_libvirtd
from tests.support.free_port import free_port
from tests.support.shared import RealHypervisor
from tests.support.waiting import patient

BOOT_S = patient(60.0)
READY = "chronovisor guest ready"
# VIR_DOMAIN_XML_SECURE: with what is hidden from most.
_SECURE = 1
KERNEL = KernelBoot("tiny-vmlinuz", "tiny-initramfs.gz")


class RealHost:
    """A driver on a real hypervisor, and its guests' consoles."""

    def __init__(self, hypervisor: RealHypervisor, state_dir: Path) -> None:
        self.uri = hypervisor.uri
        self.state_dir = state_dir
        self.driver = LibvirtDriver(LibvirtSettings(hypervisor.uri, hypervisor.images, state_dir, VirtType.QEMU))
        self.hints: asyncio.Queue[VmUid | None] = asyncio.Queue()
        self._specs: list[GuestSpec] = []

    async def started(
        self,
        boot: KernelBoot | ImageBoot,
        *,
        disk_gib: int = 0,
        user_data: bytes = b"",
        memory_mib: int = 112,
        machine: Machine = PLAIN_MACHINE,
        first_boot: FirstBoot = NO_FIRST_BOOT,
        interfaces: tuple[Interface, ...] = (),
    ) -> GuestSpec:
        spec = GuestSpec(
            VmUid(str(uuid.uuid4())),
            "projects/p/vms/a",
            1,
            1,
            memory_mib,
            disk_gib,
            boot,
            user_data=user_data,
            interfaces=interfaces,
            machine=machine,
            first_boot=first_boot,
        )
        self._specs.append(spec)
        await self.driver.define(spec)
        await self.driver.start(spec.ref, paused=False)
        return spec

    async def read(self, spec: GuestSpec) -> Guest:
        guest = await self.driver.get_guest(spec.vm_uid)
        assert guest is not None
        return guest

    def printed(self, spec: GuestSpec) -> str:
        return (self.state_dir / "consoles" / f"{spec.vm_uid}.log").read_text(errors="replace")

    def boots(self, spec: GuestSpec) -> int:
        return self.printed(spec).count(READY)

    async def boots_until_restart(self, spec: GuestSpec) -> int:
        """Restarts the guest: how often it had come up by then. On a slow machine, not once."""
        await self.driver.reboot(spec.ref, reboots=1, force=False)
        return self.boots(spec)

    async def close(self) -> None:
        for spec in self._specs:
            await self.driver.delete(spec.ref)
        await self.driver.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(BOOT_S):
        while not condition():  # noqa: ASYNC110 - a console file has no event
            await asyncio.sleep(0.05)


@pytest.fixture
async def host(real_hypervisor: RealHypervisor, tmp_path: Path) -> AsyncIterator[RealHost]:
    made = RealHost(real_hypervisor, tmp_path)
    await made.driver.open(made.hints.put_nowait)
    yield made
    await made.close()


async def test_a_kernel_and_an_image_boot_restart_and_power_off_on_request(host: RealHost) -> None:
    specs = await asyncio.gather(host.started(KERNEL), host.started(ImageBoot("tiny.qcow2"), disk_gib=1))
    # The power button early in the boot, which a guest does not hear, is pressed again.
    before = await asyncio.gather(*(host.boots_until_restart(spec) for spec in specs))
    for spec, boots in zip(specs, before, strict=True):
        await until(lambda spec=spec, boots=boots: host.boots(spec) >= min(2, boots + 1))
        guest = await host.read(spec)
        assert (guest.power, guest.reboots) == (Power.RUNNING, 1)
    await host.driver.change_power(specs[0].ref, Power.PAUSED)
    await asyncio.gather(*(host.driver.stop(spec.ref, grace_s=BOOT_S) for spec in specs))
    for spec in specs:
        guest = await host.read(spec)
        assert (guest.power, guest.detail) == (Power.SHUTOFF, "shutdown")


def shown(host: RealHost, spec: GuestSpec) -> bytes:
    """What everybody on the machine may see of a guest: command lines, its definition, its console."""
    connection = libvirt.open(host.uri)
    xml = connection.lookupByUUIDString(spec.vm_uid).XMLDesc(_SECURE)
    connection.close()
    lines: list[bytes] = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(process.read_bytes())
    console = (host.state_dir / "consoles" / f"{spec.vm_uid}.log").read_bytes()
    return b"\n".join([xml.encode(), *lines, console])


async def test_user_data_is_a_drive_of_the_guest_and_is_seen_nowhere_else(host: RealHost) -> None:
    spec = await host.started(KERNEL, user_data=b"#cloud-config\n# canary-51c2\n")
    seed = host.state_dir / "disks" / f"{spec.vm_uid}.seed.iso"
    assert b"canary-51c2" in await asyncio.to_thread(seed.read_bytes)
    assert (await asyncio.to_thread(seed.stat)).st_mode & 0o077 == 0
    await until(lambda: host.boots(spec) >= 1)
    everything = await asyncio.to_thread(shown, host, spec)
    assert str(seed).encode() in everything
    assert b"canary-51c2" not in everything
    await host.driver.delete(spec.ref)
    assert not await asyncio.to_thread(seed.exists)


LOOK = b"""#!/bin/sh
echo "seen: $(hostname), $(cat /root/.ssh/authorized_keys), $(pidof dropbear qemu-ga | wc -w) programs"
echo "seen: $([ -c /dev/hwrng ] && dd if=/dev/hwrng bs=1 count=8 2>/dev/null | wc -c) random bytes"
"""


async def test_the_test_guest_honours_its_seed_and_powers_off_by_its_agent(host: RealHost) -> None:
    keys = ("ssh-ed25519 AAAA a@b", 'ssh-rsa BBBB the "other" \\ one')
    machine, first_boot = Machine(rng=True, guest_agent=True), FirstBoot(keys, "web.example.com")
    spec = await host.started(KERNEL, user_data=LOOK, machine=machine, first_boot=first_boot)
    await until(lambda: "seen: 8 random bytes" in host.printed(spec))
    printed = host.printed(spec).replace("\r", "")
    assert f"{READY}: web.example.com" in printed
    assert f"seen: web.example.com, {keys[0]}\n{keys[1]}, 2 programs" in printed
    script = "cat; echo wrong >&2; exit 3"
    end = await host.driver.run_program(spec.ref, Program("/bin/sh", ("-c", script), b"typed", 30.0))
    assert end == ProgramEnd(exit_code=3, output=b"typed", errors=b"wrong\n")
    assert await host.driver.run_program(spec.ref, Program("sleep", ("60",), timeout_s=0.5)) == ProgramEnd(runs_on=True)
    with pytest.raises(StepFailed, match="none"):
        await host.driver.run_program(spec.ref, Program("/none"))
    # Nobody presses its button.
    assert await host.driver._guest_agents.power_off(spec.ref)  # pyright: ignore[reportPrivateUsage]
    async with asyncio.timeout(BOOT_S):
        while (await host.read(spec)).power.is_active:
            await host.hints.get()
    assert (await host.read(spec)).detail == "shutdown"


async def test_a_guest_whose_agent_is_not_there_powers_off_by_its_button(host: RealHost) -> None:
    spec = await host.started(KERNEL, machine=Machine(guest_agent=True))
    with pytest.raises(StepFailed, match="no guest agent runs"):
        await host.driver.run_program(spec.ref, Program("id"))
    assert not await host.driver._guest_agents.power_off(spec.ref)  # pyright: ignore[reportPrivateUsage]
    await until(lambda: host.boots(spec) >= 1)
    await host.driver.stop(spec.ref, grace_s=BOOT_S)
    guest = await host.read(spec)
    assert (guest.power, guest.detail) == (Power.SHUTOFF, "shutdown")


async def test_uefi_and_a_tpm_are_there_again_at_the_next_start_and_go_with_the_guest(host: RealHost) -> None:
    facts = await host.driver.facts()
    if missing := {"firmware.uefi", "tpm.2.0"} - set(facts.traits):
        pytest.skip(f"no {', '.join(sorted(missing))}: apt-get install --no-install-recommends ovmf swtpm swtpm-tools")
    machine = Machine(Firmware.UEFI, tpm=True, machine_type="pc-q35-7.0")
    spec = await host.started(KERNEL, memory_mib=256, machine=machine)
    variables = host.state_dir / "disks" / f"{spec.vm_uid}.uefi.fd"
    state = Path(host.uri.partition("socket=")[2]).parent.parent / "lib" / "swtpm" / spec.vm_uid
    await until(lambda: host.boots(spec) >= 1)
    written = variables.stat().st_ino, sorted(each.name for each in state.rglob("*"))
    assert "tpm2-00.permall" in written[1]
    await host.driver.stop(spec.ref, grace_s=BOOT_S)
    again = dataclasses.replace(spec, incarnation=2)
    await host.driver.define(again)
    await host.driver.start(again.ref, paused=True)
    assert (variables.stat().st_ino, sorted(each.name for each in state.rglob("*"))) == written
    await host.driver.stop(again.ref, grace_s=0)
    plain = dataclasses.replace(spec, incarnation=3, machine=PLAIN_MACHINE)
    await host.driver.define(plain)
    assert not state.exists()
    await host.driver.delete(plain.ref)
    assert not variables.exists()


async def test_a_guest_that_boots_is_measured(host: RealHost) -> None:
    spec = await host.started(ImageBoot("tiny.qcow2"), disk_gib=1)
    early = await host.driver.sample()
    await until(lambda: host.boots(spec) >= 1)
    late = await host.driver.sample()
    (before,), (after,) = early.guests, late.guests
    assert before.ref == after.ref == spec.ref
    assert before.cpu_us is not None
    assert after.cpu_us is not None
    assert before.cpu_us < after.cpu_us
    # On one vCPU, and what emulates it, no more than two CPUs' time.
    cpu_us = after.cpu_us - before.cpu_us
    assert cpu_us / ((late.taken_ns - early.taken_ns) / 1_000) < 2.5
    # It took at least what its kernel needs, and its disk less than its size: it is a clone with holes.
    assert after.memory_bytes is not None
    assert 32 << 20 < after.memory_bytes < 1 << 30
    assert after.disk_bytes is not None
    assert 0 < after.disk_bytes < 1 << 30
    # It booted from its disk.
    assert after.disk_read_bytes
    assert after.disk_written_bytes is not None
    assert after.network_received_bytes is None
    assert late.host.cpu_us is not None
    assert early.host.cpu_us is not None
    assert late.host.cpu_us > early.host.cpu_us
    assert late.host.memory_bytes is not None
    assert late.host.memory_bytes < (await host.driver.facts()).totals["memory_mib"] << 20


async def test_a_guest_that_does_not_listen_is_forced_off_when_its_time_is_up(host: RealHost) -> None:
    spec = await host.started(KERNEL)
    await host.driver.stop(spec.ref, grace_s=0.2)
    guest = await host.read(spec)
    assert (guest.power, guest.detail) == (Power.SHUTOFF, "destroyed")


async def test_a_killed_hypervisor_process_is_a_crash_that_is_seen_at_once(host: RealHost) -> None:
    spec = await host.started(KERNEL)
    while not host.hints.empty():
        host.hints.get_nowait()
    run = Path(host.uri.partition("socket=")[2]).parent
    os.kill(int((run / "qemu" / f"cv-{spec.vm_uid}.pid").read_text()), signal.SIGKILL)
    async with asyncio.timeout(patient(5.0)):
        # Its start is hinted at as well, and may be so late.
        while (guest := await host.read(spec)).power.is_active:
            while await host.hints.get() != spec.vm_uid:
                pass
    assert (guest.power, guest.detail, guest.started) == (Power.CRASHED, "crashed", True)


async def test_a_guest_between_create_and_its_first_instruction_was_never_started(host: RealHost) -> None:
    spec = await host.started(KERNEL)
    other = libvirt.open(host.uri)
    domain = other.lookupByUUIDString(spec.vm_uid)
    domain.destroy()
    other.close()
    assert (await host.read(spec)).started
    again = GuestSpec(spec.vm_uid, spec.vm_name, 2, 1, 112, 0, KERNEL)
    await host.driver.define(again)
    other = libvirt.open(host.uri)
    other.lookupByUUIDString(spec.vm_uid).createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    other.close()
    between = await host.read(again)
    assert (between.power, between.started) == (Power.PAUSED, False)
    await host.driver.define(again)
    await host.driver.start(again.ref, paused=False)
    after = await host.read(again)
    assert (after.power, after.started) == (Power.RUNNING, True)
    await host.driver.delete(again.ref)


async def test_a_disk_smaller_than_its_image_is_refused_for_good(host: RealHost) -> None:
    with pytest.raises(ImageUnusable, match=r"needs a disk of 1 GiB or more, and disk_gib is 0") as caught:
        await host.started(ImageBoot("tiny.qcow2"), disk_gib=0)
    assert caught.value.permanent
    assert await host.driver.list_guests() == []


async def test_a_hypervisor_that_went_away_is_unavailable_until_it_is_back(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("a libvirtd of one's own needs root")
    folder = tmp_path / "d"
    folder.mkdir()
    with private_libvirtd(folder) as uri:
        driver = LibvirtDriver(LibvirtSettings(uri, tmp_path, tmp_path / "state", VirtType.QEMU))
        await driver.open(lambda _uid: None)
        assert await driver.list_guests() == []
    with pytest.raises(HypervisorUnavailable):
        await driver.list_guests()
    with private_libvirtd(folder) as again:
        assert again == uri
        assert await driver.list_guests() == []
        await driver.close()


async def test_what_a_screen_shows_is_an_image_and_a_guest_without_one_says_so(host: RealHost) -> None:
    assert "device.screen" in (await host.driver.facts()).traits
    spec = await host.started(KERNEL, machine=Machine(screen=True))
    image = await host.driver.screenshot(spec.ref, 1 << 20)
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(GuestRefused, match="more than 100 bytes"):
        await host.driver.screenshot(spec.ref, 100)
    # What was broken off left nothing behind.
    assert len(await host.driver.screenshot(spec.ref, 1 << 20)) > 100
    other = await host.started(KERNEL)
    with pytest.raises(GuestRefused, match="without a screen"):
        await host.driver.screenshot(other.ref, 1 << 20)
    with pytest.raises(GuestChanged):
        await host.driver.screenshot(dataclasses.replace(spec.ref, incarnation=2), 1 << 20)
    await host.driver.stop(spec.ref, grace_s=0)
    with pytest.raises(GuestChanged):
        await host.driver.screenshot(spec.ref, 1 << 20)


# Serves its own file of users, and looks whether its host's loopback address, as QEMU has it, answers.
SERVE = b"""#!/bin/sh
until ip -4 address show dev eth0 | grep -q 10.7.0.9; do usleep 200000; done
httpd -p 80 -h /etc
nc -w 5 10.7.0.1 PORT </dev/null >/dev/null 2>&1 && echo "the host answers" || echo "the host is silent"
"""


async def test_a_card_of_qemus_own_is_reached_at_its_published_port_and_reaches_nobody(host: RealHost) -> None:
    assert "network.user" in (await host.driver.facts()).traits
    published, heard = free_port(), list[bool]()

    def hear(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(True)
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1")
    async with server:
        script = SERVE.replace(b"PORT", str(server.sockets[0].getsockname()[1]).encode())
        card = Interface(
            str(uuid.uuid4()),
            0,
            "02:00:00:00:00:01",
            7,
            ipv4="10.7.0.9/24",
            ipv4_gateway="10.7.0.1",
            forwards=(Forward(published, 80),),
            is_user=True,
        )
        spec = await host.started(KERNEL, user_data=script, interfaces=(card,))
        await until(lambda: "the host " in host.printed(spec))
        assert "the host is silent" in host.printed(spec)
        assert not heard
    reader, writer = await asyncio.open_connection("127.0.0.1", published)
    writer.write(b"GET /passwd HTTP/1.0\r\n\r\n")
    assert b"root" in await asyncio.wait_for(reader.read(), BOOT_S)
    writer.close()


class Login:
    """A person with a key, at a published port."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port

    async def make_key(self, name: str) -> str:
        """Returns the public key."""
        await self._run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self._folder / name))
        return (await asyncio.to_thread((self._folder / f"{name}.pub").read_text)).strip()

    async def ssh(self, key: str, *command: str) -> tuple[int, str]:
        """The exit status, and the output of the guest or of ssh. A host key that has changed is refused."""
        options = [
            f"UserKnownHostsFile={self._folder / 'known_hosts'}",
            "StrictHostKeyChecking=accept-new",
            "IdentitiesOnly=yes",
            "BatchMode=yes",
            "ConnectTimeout=60",
        ]
        words = [word for each in options for word in ("-o", each)]
        where = ["-i", str(self._folder / key), "-p", str(self._port), "root@127.0.0.1"]
        return await self._run("ssh", "-F", "none", *words, *where, *command)

    async def _run(self, *words: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await asyncio.wait_for(process.communicate(), BOOT_S)
        return process.returncode or 0, output.decode()


async def test_ssh_takes_the_seeds_keys_alone_and_its_own_stays_from_boot_to_boot(host: RealHost) -> None:
    port = free_port()
    login = Login(host.state_dir, port)
    owner, _ = await asyncio.gather(login.make_key("owner"), login.make_key("stranger"))
    card = Interface(
        str(uuid.uuid4()), 0, "02:00:00:00:00:01", 7, ipv4="10.7.0.9/24", forwards=(Forward(port, 22),), is_user=True
    )
    spec = await host.started(
        ImageBoot("tiny.qcow2"), disk_gib=1, first_boot=FirstBoot((owner,), "web-1"), interfaces=(card,)
    )
    await until(lambda: host.boots(spec) >= 1)
    assert (await login.ssh("owner", "hostname"))[1].endswith("web-1\n")
    # As the control plane has it opened: nobody else has to reach the host.
    connection = await host.driver.open_port(spec.ref, 22)
    assert (await connection.read(1 << 10)).startswith(b"SSH-2.0-dropbear")
    connection.close()
    with pytest.raises(GuestRefused, match="leads to its port 23"):
        await host.driver.open_port(spec.ref, 23)
    with pytest.raises(GuestChanged):
        await host.driver.open_port(dataclasses.replace(spec.ref, incarnation=2), 22)
    code, refusal = await login.ssh("stranger", "hostname")
    # No password either.
    assert (code, "Permission denied (publickey)." in refusal) == (255, True)
    await host.driver.stop(spec.ref, grace_s=BOOT_S)
    again = dataclasses.replace(spec, incarnation=2)
    await host.driver.define(again)
    await host.driver.start(again.ref, paused=False)
    await until(lambda: host.boots(spec) >= 2)
    assert await login.ssh("owner", "hostname") == (0, "web-1\n")
    await host.driver.delete(again.ref)
