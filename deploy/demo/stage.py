"""What the demos are played on: processes with logs, a person at the command line, images."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deploy.demo.ending import Ended, Ending  # noqa: E402 - found only now, as the demos are scripts
from deploy.demo.screen import Screen  # noqa: E402
from deploy.dev.private_libvirtd import CannotStart  # noqa: E402

BIN = ROOT / ".venv" / "bin"
IMAGES = ROOT / ".cache" / "images"
# Where the logs of a demo that failed are kept.
LOGS = ROOT / ".cache" / "demo"
# Longest waits, for machines that do much else: nothing here takes as long on a quiet one.
START_S = 180.0
BOOT_S = 300.0
END_S = 60.0
ENDING = Ending()


class DemoFailed(Exception):
    """One line: what failed, and the reason."""


class Processes:
    """What the demo started: each with a log, and ended in reverse order."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self._directory = directory
        self._environment = environment
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, program: str, *options: str) -> None:
        # Not even a demo that is killed leaves it running.
        command = ["setpriv", "--pdeathsig", "TERM", str(BIN / program), *options]
        with self.log(program).open("wb") as log, ENDING.held():
            self._started.append(
                subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._environment,
                    # Ctrl-C is for the demo to hear; it then ends them in order.
                    start_new_session=True,
                )
            )

    def log(self, program: str) -> Path:
        return self._directory / f"{program}.log"

    def wait_for_line(self, program: str, line: str) -> str:
        """The first line of its log that contains `line`. Raises DemoFailed when it ends first."""
        process = self._started[-1]
        deadline = time.monotonic() + START_S
        while True:
            ended = process.poll() is not None
            lines = self.log(program).read_text(errors="replace").splitlines()
            for each in lines:
                if line in each:
                    return each
            if ended or time.monotonic() > deadline:
                output = lines[-1] if lines else "nothing"
                raise DemoFailed(f"{program} did not start; it printed: {output}")
            time.sleep(0.02)

    def end(self) -> None:
        for process in reversed(self._started):
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class CommandLine:
    """A person at the `chronovisor` command line, in a folder of their own."""

    def __init__(self, screen: Screen, environment: dict[str, str], folder: Path = ROOT) -> None:
        self._screen = screen
        self._environment = environment
        self._folder = folder

    def type(self, *words: str) -> None:
        """Raises DemoFailed when the command fails; what it says about that is on the screen by then."""
        self._screen.prompt("chronovisor", *words)
        code, _ = self._run(words, None)
        if code:
            raise DemoFailed(f"`chronovisor {' '.join(words)}` ended with code {code}")

    def type_and_grep(self, pattern: str, *words: str) -> None:
        """Only the lines in which the pattern is found. Raises DemoFailed when the command fails, or finds nothing."""
        self._screen.prompt("chronovisor", *words, "|", "grep", "-E", pattern)
        code, output = self._run(words, subprocess.PIPE)
        found = [line for line in output.splitlines() if re.search(pattern, line)]
        self._screen.say(*found)
        if code or not found:
            raise DemoFailed(f"`chronovisor {' '.join(words)}` ended with code {code}, and printed: {output}")

    def read(self, *words: str) -> str:
        """What a command says, unseen. Empty when it fails: for conditions to wait for."""
        code, output = self._run(words, subprocess.PIPE)
        return "" if code else output

    def _run(self, words: tuple[str, ...], output: int | None) -> tuple[int, str]:
        command = [BIN / "chronovisor", *words]
        process = None
        try:
            with ENDING.held():
                # What is read unseen may complain unseen, too.
                process = subprocess.Popen(
                    command, cwd=self._folder, env=self._environment, stdout=output, stderr=output, text=True
                )
            text, _ = process.communicate()
            return process.returncode, text or ""
        finally:
            if process and process.poll() is None:
                process.kill()
                process.wait()


def build_images() -> None:
    # Its progress line goes to the terminal; at most one line of trouble follows.
    if subprocess.run([ROOT / "deploy" / "guest-image" / "build.sh", IMAGES], check=False).returncode:
        raise DemoFailed("the guest image could not be built")


def keep_logs(directory: Path) -> Path:
    LOGS.mkdir(parents=True, exist_ok=True)
    for log in directory.glob("*.log"):
        shutil.copy(log, LOGS)
    return LOGS


def quietly(directory: Path) -> dict[str, str]:
    """The environment of a demo's processes, without what the caller set for a control plane of their own."""
    environment = os.environ | {"CHRONOVISOR_HOME": str(directory), "PYTHONUNBUFFERED": "1"}
    for name in ("CHRONOVISOR_SERVER", "CHRONOVISOR_PROJECT"):
        environment.pop(name, None)
    return environment


def require_set_up() -> None:
    """Raises DemoFailed."""
    if not (BIN / "chronovisor").exists():
        raise DemoFailed("this checkout is not set up yet: run `make setup`")
    if os.geteuid() != 0:
        raise DemoFailed("needs root, for libvirt daemons of its own: run it with sudo")


def play(run: Callable[[], None]) -> None:
    """Runs a demo as a program: one line says what failed, and nothing is left."""
    ENDING.listen()
    try:
        run()
    except (DemoFailed, CannotStart) as error:
        sys.exit(f"demo: {error}")
    except Ended:
        sys.exit("demo: ended by a signal; nothing is left running")
