"""The libvirtd of one's own: apart from others, gone without a trace, clear when it can't start. Needs root."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path

import libvirt
import pytest

from deploy.dev import private_libvirtd as module
from deploy.dev.private_libvirtd import CannotStart, private_libvirtd
from tests.support.waiting import patient

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

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for a mount namespace")


@pytest.fixture
def directory() -> Generator[Path, None, None]:
    # Short: libvirt's socket is below it.
    with tempfile.TemporaryDirectory(prefix="lv-") as name:
        yield Path(name)


def keeper(directory: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, module.__file__, "--dir", str(directory), *options]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def start_guest(uri: str) -> int:
    """Returns the process of its QEMU."""
    connection = libvirt.open(uri)
    domain = connection.defineXML(GUEST)
    domain.create()
    uuid = domain.UUIDString()
    connection.close()
    return next(int(pid.name) for pid in Path("/proc").glob("[0-9]*") if uuid in command_line(pid))


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    # A zombie has no command line.
    return not command_line(Path("/proc") / str(pid))


def names(uri: str) -> list[str]:
    connection = libvirt.open(uri)
    found = [domain.name() for domain in connection.listAllDomains()]
    connection.close()
    return found


def test_two_of_them_do_not_see_each_others_guests() -> None:
    with private_libvirtd() as one, private_libvirtd() as other:
        guest = start_guest(one)
        assert names(one) == ["idle"]
        assert names(other) == []
    assert is_gone(guest)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ended_by_a_signal_it_takes_guests_and_files_along(directory: Path, number: signal.Signals) -> None:
    with keeper(directory) as running:
        assert running.stdout is not None
        guest = start_guest(running.stdout.readline().strip())
        running.send_signal(number)
        assert running.wait(DEADLINE_S) == 0
    assert is_gone(guest)
    assert not list(directory.iterdir())


def test_killed_with_its_user_it_takes_guests_and_files_along(directory: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from deploy.dev.private_libvirtd import private_libvirtd\n"
        "with private_libvirtd(Path(sys.argv[1])) as uri:\n"
        "    print(uri, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    root = Path(module.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script, directory],
        cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as user:  # fmt: skip
        assert user.stdout is not None
        guest = start_guest(user.stdout.readline().strip())
        user.kill()
    wait_until(lambda: is_gone(guest))
    wait_until(lambda: not list(directory.iterdir()))


def test_a_libvirtd_that_was_killed_is_reported(directory: Path) -> None:
    with keeper(directory) as running:
        assert running.stdout is not None
        guest = start_guest(running.stdout.readline().strip())
        os.kill(int((directory / "run" / "libvirtd.pid").read_text()), signal.SIGKILL)
        _, output = running.communicate(timeout=DEADLINE_S)
    assert running.returncode == 1
    assert output.startswith("private libvirtd: libvirtd ended by itself")
    assert is_gone(guest)


def test_a_directory_in_use_is_refused_and_left_alone(directory: Path) -> None:
    (directory / "etc").mkdir()
    (directory / "etc" / "mine").touch()
    with pytest.raises(CannotStart, match=r"has etc/ already: choose an empty --dir$"), private_libvirtd(directory):
        pass
    assert (directory / "etc" / "mine").exists()


def test_a_path_too_long_for_a_socket_is_refused(directory: Path) -> None:
    with pytest.raises(CannotStart, match="choose a shorter --dir"), private_libvirtd(directory / ("x" * 100)):
        pass
    assert not list(directory.iterdir())
