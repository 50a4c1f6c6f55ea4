"""`make demo`: one real guest from its image to its history, logged in to by SSH, with the real commands.

Everything runs in a temporary directory, which goes away at the end together with all processes.
"""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deploy.demo import picture  # noqa: E402 - found only now, as this is a script
from deploy.demo.screen import Screen  # noqa: E402
from deploy.demo.stage import (  # noqa: E402
    BOOT_S,
    ENDING,
    IMAGES,
    LOGS,
    START_S,
    CommandLine,
    DemoFailed,
    Processes,
    build_images,
    keep_logs,
    play,
    quietly,
    require_set_up,
)
from deploy.dev.private_libvirtd import private_libvirtd  # noqa: E402

HOST = "demo-host"
VM = "web-1"
IMAGE = IMAGES / "tiny.qcow2"
# Its guests are alone with QEMU: nothing of this machine's own network changes.
NETWORK = "dev"
READY = "chronovisor guest ready"
CONSOLE = "console and HTTP API on "
PICTURE = LOGS / "console.png"
GUESTS_SCREEN = LOGS / f"{VM}.png"
KEY = "id_ed25519"
# Longest wait, for machines that do much else.
SAMPLES_S = 60.0


def show(screen: Screen, chronovisor: CommandLine, folder: Path, url: str) -> None:
    screen.heading("One host, registered by its agent")
    chronovisor.type("host", "list")
    screen.heading("Utilization before: nothing is allocated")
    chronovisor.type("utilization")
    screen.heading("Upload an image: it is checked before anything boots from it")
    chronovisor.type("image", "import", IMAGE.name)
    screen.heading("Create a VM with a network card and your key, and start it: placed, capacity held, booted")
    _make_key(folder / KEY)
    chronovisor.type("network", "create", NETWORK, "--kind", "user")
    size = ("--vcpus", "1", "--memory", "128MiB", "--disk", "1GiB")
    card = ("--network", f"{NETWORK},publish={_free_port()}:22")
    devices = ("--ssh-key", f"{KEY}.pub", "--screen", "--guest-agent")
    image = ("--image", IMAGE.stem)
    chronovisor.type("vm", "create", VM, *size, *image, *card, *devices, "--reason", "first try")
    chronovisor.type("vm", "start", VM, "--reason", "open the shop")
    screen.heading("What the guest says on its serial console")
    screen.quote(_wait_for_console(folder / "agent" / "consoles"))
    screen.heading("Its address, a login by SSH, and what is on its screen")
    _wait_for_address(chronovisor)
    chronovisor.type_and_grep("networks|addresses", "vm", "show", VM)
    chronovisor.type("vm", "ssh", f"root@{VM}", "--identity", KEY, "--", "uname", "-snrm")
    chronovisor.type("vm", "screenshot", VM, "--to", GUESTS_SCREEN.name)
    LOGS.mkdir(parents=True, exist_ok=True)
    shutil.move(folder / GUESTS_SCREEN.name, GUESTS_SCREEN)
    screen.say(f"it is kept: {GUESTS_SCREEN.relative_to(ROOT)}")
    screen.heading("Utilization during: the VM holds what it was given, and uses some of it")
    _wait_for_samples(chronovisor)
    chronovisor.type("utilization")
    screen.heading("The same in a browser: the console, with a time slider")
    screen.say(f"while this runs, it is at {url}")
    if picture.take(url, PICTURE):
        screen.say(f"as it is now: {PICTURE.relative_to(ROOT)}")
    screen.heading("Stop it with its power button, and destroy it")
    chronovisor.type("vm", "stop", VM, "--reason", "closing time")
    chronovisor.type("vm", "destroy", VM, "--yes", "--reason", "moved away")
    screen.heading("Utilization after: all is free again")
    chronovisor.type("utilization")
    screen.heading("And all of it is remembered: when, who, why")
    chronovisor.type("history", "vm", VM)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _make_key(file: Path) -> None:
    with ENDING.held():
        made = subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "you", "-f", file],
            capture_output=True,
            text=True,
            check=False,
        )
    if made.returncode:
        raise DemoFailed(f"ssh-keygen made no key: {made.stderr.strip()}")


def _wait_for_console(consoles: Path) -> str:
    deadline = time.monotonic() + BOOT_S
    while time.monotonic() < deadline:
        for console in consoles.glob("*.log"):
            for line in console.read_text(errors="replace").splitlines(keepends=True):
                if READY in line and line.endswith("\n"):
                    return line[line.index(READY) :].strip()
        time.sleep(0.05)
    raise DemoFailed(f"the guest did not say that it is ready within {BOOT_S:.0f} s")


def _wait_for_address(chronovisor: CommandLine) -> None:
    """Until its guest has reported one. Without that there is less to see, and nothing failed."""
    deadline = time.monotonic() + SAMPLES_S
    while time.monotonic() < deadline:
        if json.loads(chronovisor.read("vm", "show", VM, "--output", "json") or "{}").get("reported_addresses"):
            return
        time.sleep(0.1)


def _wait_for_samples(chronovisor: CommandLine) -> None:
    """Until it is known what the VM uses. Without that there is less to see, and nothing failed."""
    deadline = time.monotonic() + SAMPLES_S
    while time.monotonic() < deadline:
        found = json.loads(chronovisor.read("utilization", "--output", "json") or "{}")
        if any("used" in each for each in found.get("classes", ()) if each["resource_class"] == "vcpus"):
            return
        time.sleep(0.1)


@contextlib.contextmanager
def control_plane_and_agent(screen: Screen, directory: Path, uri: str) -> Generator[tuple[dict[str, str], str]]:
    """Yields the environment in which `chronovisor` finds them, and the console's address."""
    environment = quietly(directory)
    processes = Processes(directory, environment)
    try:
        processes.start("chronovisord", "--store", f"sqlite:///{directory}/ledger.db", "--http", "127.0.0.1:0")
        line = processes.wait_for_line("chronovisord", "chronovisord listens on ")
        environment["CHRONOVISOR_SERVER"] = line.removeprefix("chronovisord listens on ").partition(",")[0]
        driver = ("--driver", "libvirt", "--uri", uri, "--image-dir", str(IMAGES), "--sample-every", "1")
        processes.start("chronovisor-agent", "--host-id", HOST, *driver, "--state-dir", str(directory / "agent"))
        screen.say(_what_runs_guests(processes))
        _wait_for_host(CommandLine(screen, environment), processes)
        yield environment, processes.wait_for_line("chronovisord", CONSOLE).removeprefix(CONSOLE).strip()
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
    require_set_up()
    build_images()
    directory = Path(tempfile.mkdtemp(prefix="chronovisor-demo-"))
    began = time.monotonic()
    try:
        with (
            private_libvirtd(directory / "libvirt") as uri,
            control_plane_and_agent(screen, directory, uri) as (environment, url),
        ):
            (directory / IMAGE.name).symlink_to(IMAGE)
            show(screen, CommandLine(screen, environment, directory), directory, url)
    except DemoFailed as failed:
        raise DemoFailed(f"{failed} (logs: {keep_logs(directory)})") from failed
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    screen.heading(f"Done in {time.monotonic() - began:.0f} s; nothing is left running. Try next")
    screen.say(
        "  .venv/bin/chronovisord --dev     a control plane and an agent for this machine;",
        "                                   it says what to type next, and where the console is",
        "  .venv/bin/chronovisor --help     all commands",
        "  make test                        every check and test",
    )


if __name__ == "__main__":
    play(run)
