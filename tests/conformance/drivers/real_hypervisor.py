"""A real hypervisor for tests: a libvirtd of their own, and the project's tiny guest to boot on it."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.dev.private_libvirtd import private_libvirtd

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class RealHypervisor:
    uri: str
    images: Path


def tiny_images() -> Path:
    """Builds them when they are not there yet."""
    images = ROOT / ".cache" / "images"
    subprocess.run([ROOT / "deploy" / "guest-image" / "build.sh", images], check=True, capture_output=True)
    return images


@pytest.fixture(scope="session")
def real_hypervisor() -> Iterator[RealHypervisor]:
    if os.geteuid() != 0:
        pytest.skip("real guests need root, for a libvirtd of their own")
    with private_libvirtd() as uri:
        yield RealHypervisor(uri, tiny_images())
