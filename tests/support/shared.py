"""What is made once for all tests of a worker: a PostgreSQL, and a hypervisor. Each test has a database of its own."""

import os
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.dev.private_libvirtd import private_libvirtd
from tests.support.postgresql import Cluster, postgresql_cluster

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def postgresql() -> Generator[Cluster]:
    """Not below pytest's own directory: that is root's alone, and PostgreSQL runs as another user."""
    with tempfile.TemporaryDirectory(prefix="postgresql-") as parent:
        Path(parent).chmod(0o755)
        with postgresql_cluster(Path(parent) / "cluster", fsync=False) as cluster:
            yield cluster


@pytest.fixture
def cluster(postgresql: Cluster) -> Generator[Cluster]:
    """A cluster that a test may stop, crash and start again: it runs when the next test has it."""
    yield postgresql
    postgresql.restore()


@dataclass(frozen=True, slots=True)
class RealHypervisor:
    """A libvirtd for tests alone, and the project's tiny guest to boot on it."""

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
