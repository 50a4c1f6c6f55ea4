"""`make demo`: one real guest from its creation to its history, with the real commands, on processes of its own.

Everything runs in a temporary directory, which goes away at the end together with all processes.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deploy.demo.ending import Ended, Ending  # noqa: E402 - found only now, as this is a script
from deploy.demo.screen import Screen  # noqa: E402
from deploy.dev.private_libvirtd import CannotStart, private_libvirtd  # noqa: E402

BIN = ROOT / ".venv" / "bin"
IMAGES = ROOT / ".cache" / "images"
# Where the logs of a demo that failed are kept.
LOGS = ROOT / ".cache" / "demo"
HOST = "demo-host"
VM = "web-1"
READY = "chronovisor guest ready"
# Longest waits, for machines that do much else: nothing here takes as long on a quiet one.
START_S = 180.0
BOOT_S = 300.0
SAMPLES_S = 60.0
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
    """A person at the `chronovisor` command line."""

    def __init__(self, screen: Screen, environment: dict[str, str]) -> None:
        self._screen = screen
        self._environment = environment

    def type(self, *words: str) -> None:
        """Raises DemoFailed when the command fails; what it says about that is on the screen by then."""
        self._screen.prompt("chronovisor", *words)
        code, _ = self._run(words, None)
        if code:
            raise DemoFailed(f"`chronovisor {' '.join(words)}` ended with code {code}")

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
                process = subprocess.Popen(command, env=self._environment, stdout=output, stderr=output, text=True)
            text, _ = process.communicate()
            return process.returncode, text or ""
        finally:
            if process and process.poll() is None:
                process.kill()
                process.wait()


def show(screen: Screen, chronovisor: CommandLine, consoles: Path) -> None:
    screen.heading("One host, registered by its agent")
    chronovisor.type("host", "list")
    screen.heading("Utilization before: nothing is allocated")
    chronovisor.type("utilization")
    screen.heading("Create a VM, and start it: placed, capacity held, booted")
    size = ("--vcpus", "1", "--memory", "128MiB", "--disk", "1GiB")
    chronovisor.type("vm", "create", VM, *size, "--image", "tiny.qcow2", "--reason", "first try")
    chronovisor.type("vm", "start", VM, "--reason", "open the shop")
    screen.heading("What the guest says on its serial console")
    screen.quote(_wait_for_console(consoles))
    screen.heading("Utilization during: the VM holds what it was given, and uses some of it")
    _wait_for_samples(chronovisor)
    chronovisor.type("utilization")
    screen.heading("Stop it with its power button, and destroy it")
    chronovisor.type("vm", "stop", VM, "--reason", "closing time")
    chronovisor.type("vm", "destroy", VM, "--yes", "--reason", "moved away")
    screen.heading("Utilization after: all is free again")
    chronovisor.type("utilization")
    screen.heading("And all of it is remembered: when, who, why")
    chronovisor.type("history", "vm", VM)


def _wait_for_console(consoles: Path) -> str:
    deadline = time.monotonic() + BOOT_S
    while time.monotonic() < deadline:
        for console in consoles.glob("*.log"):
            for line in console.read_text(errors="replace").splitlines(keepends=True):
                if READY in line and line.endswith("\n"):
                    return line[line.index(READY) :].strip()
        time.sleep(0.05)
    raise DemoFailed(f"the guest did not say that it is ready within {BOOT_S:.0f} s")


def _wait_for_samples(chronovisor: CommandLine) -> None:
    """Until it is known what the VM uses. Without that there is less to see, and nothing failed."""
    deadline = time.monotonic() + SAMPLES_S
    while time.monotonic() < deadline:
        found = json.loads(chronovisor.read("utilization", "--output", "json") or "{}")
        if any("used" in each for each in found.get("classes", ()) if each["resource_class"] == "vcpus"):
            return
        time.sleep(0.1)


def build_images() -> None:
    # Its progress line goes to the terminal; at most one line of trouble follows.
    if subprocess.run([ROOT / "deploy" / "guest-image" / "build.sh", IMAGES], check=False).returncode:
        raise DemoFailed("the guest image could not be built")


@contextlib.contextmanager
def control_plane_and_agent(screen: Screen, directory: Path, uri: str) -> Generator[dict[str, str], None, None]:
    """Yields the environment in which `chronovisor` finds them."""
    environment = os.environ | {"CHRONOVISOR_HOME": str(directory), "PYTHONUNBUFFERED": "1"}
    # What the caller set for a control plane of their own is not for this one.
    for name in ("CHRONOVISOR_SERVER", "CHRONOVISOR_PROJECT"):
        environment.pop(name, None)
    processes = Processes(directory, environment)
    try:
        processes.start("chronovisord", "--listen", "127.0.0.1:0", "--store", f"sqlite:///{directory}/ledger.db")
        line = processes.wait_for_line("chronovisord", "chronovisord listens on ")
        environment["CHRONOVISOR_SERVER"] = line.removeprefix("chronovisord listens on ").partition(",")[0]
        driver = ("--driver", "libvirt", "--uri", uri, "--image-dir", str(IMAGES), "--sample-every", "1")
        processes.start("chronovisor-agent", "--host-id", HOST, *driver, "--state-dir", str(directory / "agent"))
        screen.say(_what_runs_guests(processes))
        _wait_for_host(CommandLine(screen, environment), processes)
        yield environment
    finally:
        processes.end()


def _what_runs_guests(processes: Processes) -> str:
    facts = processes.wait_for_line("chronovisor-agent", "guests of type ")
    return "KVM runs the guests" if "guests of type kvm" in facts else "no usable KVM: guests run in software emulation"


def _wait_for_host(chronovisor: CommandLine, processes: Processes) -> None:
    deadline = time.monotonic() + START_S
    while HOST not in chronovisor.read("host", "list", "--output", "json"):
        if time.monotonic() > deadline:
            output = processes.log("chronovisor-agent").read_text(errors="replace").strip().splitlines()
            raise DemoFailed(f"the agent did not register its host; it printed: {output[-1] if output else 'nothing'}")
        time.sleep(0.1)


def run() -> None:
    """Raises DemoFailed, CannotStart or Ended; leaves nothing behind in any case."""
    screen = Screen()
    if not (BIN / "chronovisor").exists():
        raise DemoFailed("this checkout is not set up yet: run `make demo`")
    if os.geteuid() != 0:
        raise DemoFailed("needs root, for a libvirtd of its own: run it with sudo")
    build_images()
    directory = Path(tempfile.mkdtemp(prefix="chronovisor-demo-"))
    began = time.monotonic()
    try:
        with (
            private_libvirtd(directory / "libvirt") as uri,
            control_plane_and_agent(screen, directory, uri) as environment,
        ):
            show(screen, CommandLine(screen, environment), directory / "agent" / "consoles")
    except DemoFailed as failed:
        raise DemoFailed(f"{failed} (logs: {_keep_logs(directory)})") from failed
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    screen.heading(f"Done in {time.monotonic() - began:.0f} s; nothing is left running. Try next")
    screen.say(
        "  .venv/bin/chronovisord --dev     a control plane and an agent for this machine;",
        "                                   it says what to type next",
        "  .venv/bin/chronovisor --help     all commands",
        "  make test                        every check and test",
    )


def _keep_logs(directory: Path) -> Path:
    LOGS.mkdir(parents=True, exist_ok=True)
    for log in directory.glob("*.log"):
        shutil.copy(log, LOGS)
    return LOGS


def main() -> None:
    ENDING.listen()
    try:
        run()
    except (DemoFailed, CannotStart) as error:
        sys.exit(f"demo: {error}")
    except Ended:
        sys.exit("demo: ended by a signal; nothing is left running")


if __name__ == "__main__":
    main()
