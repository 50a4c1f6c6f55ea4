"""A control plane and its agents as processes of their own, on one address however often they are started again."""

import contextlib
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import chronovisor

ROOT = Path(__file__).resolve().parents[2]
LISTENS = "chronovisord listens on "
# What images may be imported from, and there is nothing.
NOWHERE = "file:///nowhere/"
HOST = "sim-1"
# So much room that no scenario fills it by chance.
CAPACITY = "vcpus=100000,memory_mib=100000000,disk_gib=1000000,gpu.a100=1000"
# Longest waits, for machines that do much else.
START_S = 120.0
END_S = 60.0
# Begins all processes: Linux ends those on a leash with the thread that began them, not with its process.
_SPAWNER = ThreadPoolExecutor(1, "spawner")


class NotStarted(Exception):
    """A process did not get ready; the message has the end of its log."""


def wait_for(holds: Callable[[], object], within_s: float, what: str) -> None:
    """Returns once it holds. Raises NotStarted."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise NotStarted(f"{what}: not within {within_s:.0f} s")
        time.sleep(0.02)


class Process:
    """One process with a log. It ends when we do, however that is."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self.log = log
        self._log_begins = log.stat().st_size if log.exists() else 0
        # Not even a conductor that is killed leaves it running.
        leash = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CHRONOVISOR_")}
        kept = {key: value for key, value in os.environ.items() if key.startswith("CHRONOVISOR_TEST_")}
        with log.open("ab") as output:
            self._process = _SPAWNER.submit(
                subprocess.Popen[bytes],
                [*leash, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=environment | kept | {"PYTHONUNBUFFERED": "1", "GRPC_ENABLE_FORK_SUPPORT": "0"},
                start_new_session=True,
            ).result()

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def send(self, number: int) -> None:
        if self.runs:
            self._process.send_signal(number)

    def end(self, number: int = signal.SIGTERM) -> None:
        """Sends a signal, and waits until the process is gone."""
        self.send(number)
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait_for_line(self, text: str) -> None:
        """Raises NotStarted when the process ends first, or takes too long."""

        def seen() -> bool:
            output = self.log.read_bytes()[self._log_begins :].decode(errors="replace")
            if not self.runs and text not in output:
                raise NotStarted(f"{self.log.stem} ended: {output[-1500:]}")
            return text in output

        wait_for(seen, START_S, f"{self.log.stem} prints {text!r}")


class ControlPlane:
    """A `chronovisord` with its store in `directory`, and agents on simulated hosts, the first `hosts/sim-1`.

    `is_closed`: it listens with TLS, and believes nobody without a credential; it has no agents. `ca_file` is its
    authority then.
    """

    def __init__(
        self, directory: Path, options: Sequence[str] = (), server: str = "", *, is_closed: bool = False
    ) -> None:
        self._directory = directory
        self._options = options
        self._is_closed = is_closed
        self.ca_file = directory / "pki" / "ca.crt"
        self._store = f"sqlite:///{directory}/ledger.db"
        self._process: Process | None = None
        self._agents: dict[str, Process] = {}
        self.server = server or f"127.0.0.1:{free_port()}"
        # Knows the server directly, whatever stands between it and the client that is tested.
        self.client = chronovisor.connect(
            f"unix:{directory}/api.sock" if is_closed else self.server,
            actor="" if is_closed else "service:conductor",
            timeout_s=60.0,
            retry=chronovisor.RetryPolicy(attempts=1000, longest_pause_s=0.2),
        )

    def start(self) -> None:
        """Returns once it listens. Does nothing while it runs."""
        if self._process and self._process.runs:
            return
        command = [sys.executable, "-m", "controlplane", "--listen", self.server]
        command += self._closed() if self._is_closed else ["--insecure"]
        command += ["--store", self._store, "--home", str(self._directory), "--image-source", NOWHERE, *self._options]
        self._process = Process(command, self._directory / "chronovisord.log")
        self._process.wait_for_line(LISTENS)

    def _closed(self) -> list[str]:
        """The options of a server with an authority of its own, which it is given first."""
        if not self.ca_file.exists():
            self._maintain("pki", "init", "--home", str(self._directory))
        return ["--agent-listen", f"127.0.0.1:{free_port()}"]

    def end(self, number: int = signal.SIGTERM) -> None:
        """Ends the control plane alone; its agents go on."""
        if self._process:
            self._process.end(number)

    def start_agent(self, host: str = HOST, options: Sequence[str] = ("--simulate", CAPACITY)) -> None:
        """Returns once the host is registered and its agent is connected."""
        if host not in self._agents or not self._agents[host].runs:
            command = [sys.executable, "-m", "hostagent.main", "--server", self.server, "--host-id", host]
            command += ["--driver", "simulated", "--machine-id", f"conformance-{host}", *options]
            self._agents[host] = Process(command, self._directory / f"agent-{host}.log")
        self.wait_for_agent(host)

    def wait_for_agent(self, host: str = HOST) -> None:
        """Returns once the agent of the host is connected."""
        from chronovisor.v1.host_service_pb2 import GetHostRequest  # noqa: PLC0415

        def connected() -> bool:
            try:
                return self.client.hosts.GetHost(GetHostRequest(name=f"hosts/{host}")).agent_connected
            except chronovisor.NotFound:
                return False

        wait_for(connected, START_S, f"the agent of hosts/{host} connects")

    def signal_agent(self, number: int, host: str = HOST) -> None:
        self._agents[host].send(number)

    def end_agent(self, host: str) -> None:
        if host in self._agents:
            self._agents.pop(host).end(signal.SIGKILL)

    def fork(self) -> None:
        """Goes on as another history, as after a restore. Its agents are gone."""
        self._end_all()
        # By the key of the server: what another had sealed it would not take.
        place = ("--store", self._store, "--home", str(self._directory))
        self._maintain("fork", *place, "--reason", "restored by a scenario")
        self.start()

    def alter(self) -> None:
        """Goes on with a ledger in which an event is not as it was sealed. Its agents are gone."""
        self._end_all()
        with contextlib.closing(sqlite3.connect(self._directory / "ledger.db")) as store, store:
            # One more field, which nobody knows: the event can be read, and its hash is another.
            changed = store.execute(
                "UPDATE stored_events SET state = CAST(state || x'c03e01' AS BLOB) WHERE rowid = "
                "(SELECT max(rowid) FROM stored_events WHERE originator_id LIKE 'projects/%')"
            )
            assert changed.rowcount == 1
        self.start()

    def _end_all(self) -> None:
        for host in list(self._agents):
            self.end_agent(host)
        self.end(signal.SIGTERM)

    def _maintain(self, command: str, *options: str) -> None:
        process = Process(
            [sys.executable, "-m", "controlplane", command, *options],
            self._directory / f"{command}.log",
        )
        wait_for(lambda: not process.runs, START_S, f"chronovisord {command} ends")
        if process.exit_code:
            raise NotStarted(f"chronovisord {command}: {process.log.read_text()[-1000:]}")

    def recover(self) -> None:
        """As a scenario finds it: everything runs. Agents beside the first are gone."""
        for host in [each for each in self._agents if each != HOST]:
            self.end_agent(host)
        self.signal_agent(signal.SIGCONT)
        self.start()
        self.wait_for_agent()

    def close(self) -> None:
        self.client.close()
        for agent in self._agents.values():
            agent.end(signal.SIGKILL)
        self.end(signal.SIGKILL)


def free_port() -> int:
    """One that nobody listens on, and that no connection is given as its own while the server is away."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
