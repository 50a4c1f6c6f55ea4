"""`make demo` and `make demo-cluster` as a person without a terminal sees them, on real hypervisors. Needs root."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.shared import ROOT, tiny_images
from tests.support.waiting import patient

DEMO = ROOT / "deploy" / "demo" / "demo.py"
GUESTS_SCREEN = ROOT / ".cache" / "demo" / "web-1.png"
CLUSTER = ROOT / "deploy" / "demo" / "demo_cluster.py"
DEMO_S = patient(150)
COUNT = re.compile(r"\| (node-\d): chronovisor guest count: (\d+)")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="real guests need root, for a libvirtd of their own")


@contextmanager
def demo(scratch: Path, script: Path = DEMO) -> Generator[subprocess.Popen[str], None, None]:
    with subprocess.Popen(
        [sys.executable, script],
        env=os.environ | {"TMPDIR": str(scratch)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def scratch() -> Generator[Path, None, None]:
    # Short: libvirt's socket is below it. Its name is in the command line of all that the demo starts.
    with tempfile.TemporaryDirectory(prefix="demo-") as directory:
        yield Path(directory)


def processes_of(scratch: Path) -> list[str]:
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(scratch) in line:
            found.append(line)
    return found


def test_it_boots_a_guest_logs_in_shows_its_history_and_leaves_nothing(scratch: Path) -> None:
    tiny_images()
    GUESTS_SCREEN.unlink(missing_ok=True)
    with demo(scratch) as process:
        output, _ = process.communicate(timeout=DEMO_S)
    assert process.returncode == 0, output
    assert "| chronovisor guest ready: web-1 " in output
    assert re.search(r"addresses +10\.0\.2\.15", output)
    # The guest's own words: its name, by SSH.
    assert re.search(r"^Linux web-1 .* x86_64$", output, re.MULTILINE)
    assert GUESTS_SCREEN.read_bytes().startswith(b"\x89PNG")
    for event in ("connection to port 22 opened", "screenshot taken"):
        assert event in output
    assert "web-1 is DELETED." in output
    for reason in ("first try", "open the shop", "closing time", "moved away"):
        # In its command, and in the history at the end.
        assert output.count(reason) == 2
    assert "\x1b" not in output
    assert not processes_of(scratch)
    assert not list(scratch.iterdir())


def test_ended_in_the_middle_it_leaves_nothing(scratch: Path) -> None:
    tiny_images()
    with demo(scratch) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("  | "):
                break
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=DEMO_S)
    assert process.returncode != 0
    assert output.splitlines()[-1] == "demo: ended by a signal; nothing is left running"
    assert not processes_of(scratch)
    assert not list(scratch.iterdir())


def test_a_guest_outlives_a_drained_and_a_lost_host(scratch: Path) -> None:
    tiny_images()
    with demo(scratch, CLUSTER) as process:
        output, _ = process.communicate(timeout=2 * DEMO_S)
    assert process.returncode == 0, output
    # It went on counting, elsewhere, where it had left off.
    (first, before), (second, after) = COUNT.findall(output)[-2:]
    assert first != second
    assert int(after) > int(before)
    for line in (f"{first} is MAINTENANCE.", f"{second} is FENCED."):
        assert line in output
    # Unknown, and then not where it was unknown.
    unknown = output[output.index("counter  UNKNOWN") :]
    assert "counter  RUNNING" in unknown
    assert not processes_of(scratch)
    assert not list(scratch.iterdir())
