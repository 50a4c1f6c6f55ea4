"""The hypervisors that the suite runs over."""

import os
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest

from deploy.dev.private_hosts import PrivateHosts, private_hosts
from tests.conformance.drivers.rigs import (
    LibvirtPairRig,
    LibvirtRig,
    Rig,
    SimulatedPairRig,
    SimulatedRig,
    fake_images,
)
from tests.support.shared import RealHypervisor, tiny_images


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


@pytest.fixture(scope="session")
def private_pair() -> Generator[PrivateHosts]:
    if os.geteuid() != 0:
        pytest.skip("hosts of one's own need root, for namespaces")
    with private_hosts("node-1", "node-2") as hosts:
        yield hosts


@pytest.fixture(params=["simulated", "libvirt-qemu"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """A rig whose guests can go elsewhere."""
    if request.param == "simulated":
        made: Rig = SimulatedPairRig(tmp_path / "state")
    else:
        made = LibvirtPairRig(tmp_path / "state", request.getfixturevalue("private_pair"), tiny_images())
    await made.open()
    yield made
    await made.close()
