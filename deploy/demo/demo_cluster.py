"""`make demo-cluster`: a guest that outlives its hosts, on two libvirt hosts in namespaces with the real agent on each.

One host is drained: its guest moves and goes on counting. The other is cut off from the network: what it ran is
unknown, then stopped by the host's own watchdog, then started elsewhere; and once the network is mended, nothing of the
old copy is left. Everything runs in temporary directories and namespaces, which go away at the end with all processes.
"""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deploy.demo.screen import Screen  # noqa: E402 - found only now, as this is a script
from deploy.demo.stage import (  # noqa: E402
    BIN,
    BOOT_S,
    ENDING,
    IMAGES,
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
from deploy.dev.private_hosts import HostProcess, PrivateHost, PrivateHosts, private_hosts  # noqa: E402

HOSTS = ("node-1", "node-2")
VM = "counter"
COUNT = "chronovisor guest count: "
# A host that is not heard for so long is lost; its watchdog stops its guests so long after.
LEASE_S, WATCHDOG_S = 6, 8
LOST_S = 120.0
# Until libvirt has cleared up after a guest that is not there any more.
GONE_S = 10.0


class Cluster:
    """The hosts with an agent each, and a person at the command line."""

    def __init__(self, screen: Screen, hosts: PrivateHosts, directory: Path, environment: dict[str, str]) -> None:
        self.screen, self.hosts = screen, hosts
        self.chronovisor = CommandLine(screen, environment)
        self._directory = directory
        self._agents: list[HostProcess] = []

    def join(self, name: str, server: str) -> None:
        """Raises DemoFailed."""
        token = self.read("host", "token", "create", name)
        proof = ("--token", token["token"], "--ca-sha256", token["ca_sha256"])
        where = ("--server", server, "--host-id", name, "--state-dir", str(self.state_dir(name)))
        command = [str(BIN / "chronovisor-agent"), "join", *where, *proof]
        with (self._directory / f"join-{name}.log").open("wb") as log, ENDING.held():
            joining = self.hosts[name].spawn(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        if joining.popen.wait():
            raise DemoFailed(f"{name} did not join")

    def start_agent(self, name: str) -> None:
        host = self.hosts[name]
        server = (self.state_dir(name) / "identity" / "server").read_text()
        options = ("--host-id", name, "--server", server, "--state-dir", str(self.state_dir(name)))
        libvirt = ("--driver", "libvirt", "--image-dir", str(IMAGES), "--migration-uri", host.peer_uri)
        trouble = ("--watchdog", str(WATCHDOG_S))
        with (self._directory / f"agent-{name}.log").open("wb") as log, ENDING.held():
            command = [str(BIN / "chronovisor-agent"), *options, *libvirt, *trouble]
            self._agents.append(host.spawn(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT))

    def end_agents(self) -> None:
        for agent in self._agents:
            agent.end()

    def state_dir(self, name: str) -> Path:
        return self._directory / name

    def read(self, *words: str) -> Mapping[str, Any]:
        """What a command answers, as JSON; empty when it fails."""
        return json.loads(self.chronovisor.read(*words, "--output", "json") or "{}")

    def state_of(self, name: str) -> str:
        return str(self.read("host", "show", name).get("state", "")).removeprefix("HOST_STATE_")

    def vm(self) -> Mapping[str, Any]:
        return self.read("vm", "show", VM)

    def vm_state(self) -> str:
        return str(self.vm().get("state", "")).removeprefix("VM_STATE_")

    def place(self) -> str:
        """The host that the VM is on."""
        return str(self.vm().get("host", "")).removeprefix("hosts/")

    def counts(self, name: str) -> list[str]:
        """What the guest has printed on a host's console."""
        found: list[str] = []
        for console in (self.state_dir(name) / "consoles").glob("*.log"):
            lines = console.read_text(errors="replace").split("\n")[:-1]
            found += [line.strip() for line in lines if line.startswith(COUNT)]
        return found

    def wait(self, holds: Callable[[], object], what: str, within_s: float = BOOT_S) -> None:
        deadline = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > deadline:
                raise DemoFailed(f"{what} did not happen within {within_s:.0f} s")
            time.sleep(0.2)


def guests_on(host: PrivateHost) -> list[str]:
    """The guests whose QEMU runs on a host, whoever knows of them."""
    return [pid_file.stem for pid_file in (host.directory / "run" / "qemu").glob("cv-*.pid")]


def show(cluster: Cluster) -> None:
    screen, chronovisor = cluster.screen, cluster.chronovisor
    screen.heading("Two hosts, each with its own libvirt, and a network between them")
    chronovisor.type("host", "list")
    screen.heading("A VM that prints a number every second")
    boot = ("--kernel", "tiny-vmlinuz", "--initramfs", "tiny-initramfs.gz")
    cmdline = ("--cmdline", "console=ttyS0 quiet chronovisor.count=console")
    size = ("--vcpus", "1", "--memory", "128MiB")
    chronovisor.type("vm", "create", VM, *size, *boot, *cmdline, "--restart", "host-failed", "--start")
    first = cluster.place()
    cluster.wait(lambda: len(cluster.counts(first)) >= 3, "counting")
    screen.quote(f"{first}: {cluster.counts(first)[-1]}")
    second = show_drain(cluster, first)
    show_failover(cluster, second, first)
    screen.heading("The whole story, from the ledger")
    chronovisor.type("why", "vm", VM)
    chronovisor.type("history", "vm", VM)


def show_drain(cluster: Cluster, first: str) -> str:
    screen, chronovisor = cluster.screen, cluster.chronovisor
    screen.heading(f"Drain {first}: its guest moves while it runs, and goes on counting")
    before = cluster.counts(first)[-1]
    chronovisor.type("host", "drain", first, "--reason", "a new power supply")
    second = cluster.place()
    cluster.wait(lambda: len(cluster.counts(second)) >= 2, "counting after the move")
    # The console of what has left is gone with it.
    screen.quote(f"{first}: {before}")
    screen.quote(f"{second}: {cluster.counts(second)[0]}")
    chronovisor.type("host", "list")
    cluster.wait(lambda: not guests_on(cluster.hosts[first]), f"the end of all guests on {first}", GONE_S)
    chronovisor.type("host", "uncordon", first, "--reason", "the new one works")
    return second


def show_failover(cluster: Cluster, lost: str, other: str) -> None:
    screen, chronovisor = cluster.screen, cluster.chronovisor
    screen.heading(f"Cut the network of {lost}: what it runs is unknown, and stays held")
    cluster.hosts[lost].cut()
    cluster.wait(lambda: cluster.state_of(lost) == "DOWN", f"the loss of {lost}", LOST_S)
    chronovisor.type("host", "list")
    chronovisor.type("vm", "list")
    screen.heading(
        f"Fence it: its watchdog stops its guests {WATCHDOG_S} s after its lease, and only then are they free"
    )
    chronovisor.type("host", "fence", lost, "--method", "watchdog", "--yes", "--reason", "nobody can reach it")
    if guests_on(cluster.hosts[lost]):
        raise DemoFailed(f"{lost} still runs a guest, and was fenced")
    cluster.wait(lambda: cluster.vm_state() == "RUNNING", "the restart")
    chronovisor.type("vm", "list")
    cluster.wait(lambda: cluster.place() == other, f"the restart on {other}")
    screen.heading("Mend the network: nothing of the old copy is left when the host takes VMs again")
    cluster.hosts[lost].heal()
    cluster.wait(lambda: cluster.state_of(lost) == "ACTIVE", f"the return of {lost}", LOST_S)
    chronovisor.type("host", "list")
    if guests_on(cluster.hosts[lost]):
        raise DemoFailed(f"{lost} has an old copy left")


@contextlib.contextmanager
def cluster_of(screen: Screen, hosts: PrivateHosts, directory: Path) -> Generator[Cluster]:
    """A control plane on the hosts' network, and an agent on each host."""
    environment = quietly(directory)
    processes = Processes(directory, environment)
    cluster = Cluster(screen, hosts, directory, environment)
    try:
        store = f"sqlite:///{directory}/ledger.db"
        lease = ("--lease", str(LEASE_S), "--lease-grace", str(2 * LEASE_S))
        subprocess.run(
            [BIN / "chronovisord", "pki", "init", "--name", hosts.gateway],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        listen = ("--listen", f"{hosts.gateway}:0", "--agent-listen", f"{hosts.gateway}:0")
        processes.start("chronovisord", *listen, "--store", store, *lease)
        line = processes.wait_for_line("chronovisord", "chronovisord listens on ")
        server = line.removeprefix("chronovisord listens on ").partition(",")[0]
        for name in hosts:
            # Agents by TLS, each with a certificate of its own; people by the local socket.
            cluster.join(name, server)
            cluster.start_agent(name)
        cluster.wait(
            lambda: all(cluster.state_of(name) == "ACTIVE" for name in hosts), "the agents' registration", START_S
        )
        yield cluster
    finally:
        cluster.end_agents()
        processes.end()


def run() -> None:
    """Raises DemoFailed, CannotStart or Ended; leaves nothing behind in any case."""
    screen = Screen()
    require_set_up()
    build_images()
    directory = Path(tempfile.mkdtemp(prefix="chronovisor-cluster-"))
    began = time.monotonic()
    try:
        with private_hosts(*HOSTS) as hosts, cluster_of(screen, hosts, directory) as cluster:
            show(cluster)
    except DemoFailed as failed:
        raise DemoFailed(f"{failed} (logs: {keep_logs(directory)})") from failed
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    screen.heading(f"Done in {time.monotonic() - began:.0f} s; nothing is left running")


if __name__ == "__main__":
    play(run)
