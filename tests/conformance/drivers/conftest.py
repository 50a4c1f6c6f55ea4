"""The hypervisors that the suite runs over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.drivers.rigs import LibvirtRig, Rig, SimulatedRig, fake_images
from tests.support.shared import RealHypervisor


@pytest.fixture(params=["simulated", "libvirt-test", "libvirt-qemu"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    match request.param:
        case "simulated":
            made: Rig = SimulatedRig(tmp_path / "state")
        case "libvirt-qemu":
            real: RealHypervisor = request.getfixturevalue("real_hypervisor")
            made = LibvirtRig(tmp_path / "state", real.uri, real.images)
        case _:
            made = LibvirtRig(tmp_path / "state", "test:///default", fake_images(tmp_path / "images"))
    await made.open()
    yield made
    await made.close()
