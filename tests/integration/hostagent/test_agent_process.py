"""`chronovisor-agent` as its users start and end it: its command line, its signals, its death."""

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import libvirt
import pytest
from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import resources_pb2, vm_pb2

from tests.integration.hostagent.played_control_plane import PlayedControlPlane
from tests.support.shared import RealHypervisor
from tests.support.waiting import patient

AGENT = [sys.executable, "-m", "hostagent.main"]


def environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home)}


async def ends(home: Path, *arguments: str) -> tuple[int | None, str]:
    """Runs an agent that can't start. Returns its status and its last line."""
    process = await asyncio.create_subprocess_exec(
        *AGENT, *arguments, env=environment(home), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    return process.returncode, errors.decode().strip().splitlines()[-1]


@asynccontextmanager
async def agent_process(home: Path, *arguments: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Runs an agent. Leaving kills it, -9."""
    process = await asyncio.create_subprocess_exec(
        *AGENT, *arguments, env=environment(home), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--reserve", "vcpus"], "--reserve: 'vcpus': expected something like vcpus=1"),
        (["--reserve", "vcpus=-1"], "--reserve: 'vcpus=-1': expected something like vcpus=1"),
        (["--allocation-ratio", "vcpus=0"], "--allocation-ratio: 'vcpus=0': expected something like vcpus=4"),
        (["--allocation-ratio", "vcpus=nan"], "expected something like vcpus=4"),
        (["--host-id", "Node 1"], "1 to 63 of a-z, 0-9, '-' and '.', starting with a letter or digit"),
        (["--sample-every", "0"], "--sample-every: '0': expected 0.1 to 3600 seconds"),
        (["--sample-every", "nan"], "expected 0.1 to 3600 seconds"),
        (["--sample-every", "often"], "expected 0.1 to 3600 seconds"),
        (["--fault", "dance=1"], "--fault: 'dance=1': expected something like start=permanent"),
    ],
)
async def test_a_bad_option_is_refused_by_name(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    status, output = await ends(tmp_path, *arguments)
    assert status == 2
    assert complaint in output


async def test_a_hypervisor_that_is_not_there_is_reported_in_one_line_with_what_to_do(tmp_path: Path) -> None:
    socket = tmp_path / "no-socket"
    status, output = await ends(tmp_path, "--uri", f"qemu+unix:///system?socket={socket}")
    assert status == 1
    assert output.startswith(
        f"chronovisor-agent: Failed to connect socket to '{socket}': No such file or directory. Is"
    )
    assert "apt-get install" in output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_agent_ends_at_once_by_a_signal(
    tmp_path: Path, control_plane: PlayedControlPlane, number: signal.Signals
) -> None:
    server = f"127.0.0.1:{control_plane.port}"
    async with agent_process(tmp_path, "--server", server, "--driver", "simulated", "--host-id", "node-1") as process:
        await control_plane.hears(lambda: bool(control_plane.inventories))
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), patient(5.0)) == 0


async def test_an_agent_killed_with_a_guest_running_adopts_it_and_sees_it_destroyed(
    tmp_path: Path, control_plane: PlayedControlPlane, real_hypervisor: RealHypervisor
) -> None:
    desired = pb.DesiredGuest(
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
    options = ("--server", f"127.0.0.1:{control_plane.port}", "--host-id", "node-1", "--virt-type", "qemu")
    options = (*options, "--uri", real_hypervisor.uri, "--image-dir", str(real_hypervisor.images))
    control_plane.desired = [desired]

    def reports(report: pb.GuestReport, state: vm_pb2.GuestState.ValueType) -> bool:
        return report.vm_uid == desired.vm_uid and report.observation.guest_state == state

    async with agent_process(tmp_path, *options):
        await control_plane.hears_report(lambda report: reports(report, vm_pb2.GUEST_STATE_RUNNING))
    connection = libvirt.open(real_hypervisor.uri)
    domain = connection.lookupByUUIDString(desired.vm_uid)
    assert domain.isActive()

    control_plane.inventories.clear()
    control_plane.reports.clear()
    async with agent_process(tmp_path, *options):
        await control_plane.hears(lambda: bool(control_plane.inventories))
        assert any(reports(report, vm_pb2.GUEST_STATE_RUNNING) for report in control_plane.inventories[0].guests)
        await asyncio.to_thread(domain.destroy)
        async with asyncio.timeout(patient(5.0)):
            seen = await control_plane.hears_report(lambda report: reports(report, vm_pb2.GUEST_STATE_SHUTOFF))
        assert (seen.observation.detail, seen.started) == ("destroyed", True)
        gone = pb.DesiredGuest()
        gone.CopyFrom(desired)
        gone.power, gone.version = pb.DESIRED_POWER_ABSENT, 2
        control_plane.say(gone)
        await control_plane.hears_report(lambda report: reports(report, vm_pb2.GUEST_STATE_ABSENT))
    assert desired.vm_uid not in [left.UUIDString() for left in connection.listAllDomains()]
    connection.close()
