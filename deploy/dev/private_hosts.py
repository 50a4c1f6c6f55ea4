"""Several libvirt hosts on this machine, for tests and the demo: each sees its own guests, and the others by network.

    with private_hosts("node-1", "node-2") as hosts:
        hosts["node-1"].uri                        libvirt, from outside of the host
        hosts["node-1"].address, hosts.gateway     their addresses, and this machine's, where a control plane can listen
        hosts["node-1"].spawn(["chronovisor-agent", ...])
        hosts["node-1"].cut()                      from the network, with all that runs on it; heal() mends it
        hosts["node-1"].kill(pid), .kill_libvirtd(), .start_libvirtd()

A host is a PID, mount, network and UTS namespace; a switch in a network namespace of its own connects all of them and
this machine. Nothing is kept in files or by name, so nothing is left when the processes have ended; and they end when
this process does, however it ends. Needs root. Guests run as root and unconfined, but on hosts that are to confine
them, and libvirt is open to the other hosts: fine for one's own test guests, and for nothing else.
"""

import contextlib
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.dev import host_init
from deploy.dev.private_libvirtd import (
    LIBVIRTD_CONF,
    PACKAGES,
    PLACES,
    START_S,
    SYSTEM_PATH,
    CannotStart,
    make_libvirts_user,
    missing_programs,
    qemu_conf,
    remove_empty_groups,
)

_PACKAGES = PACKAGES | {"ip": "iproute2", "nsenter": "util-linux"}
# Open to the other hosts alone: the network is theirs.
_LISTENING = """\
listen_tcp = 1
listen_addr = "{address}"
auth_tcp = "none"
"""
# A host that was cut off is noticed within seconds.
_KEEPALIVE = """\
keepalive_interval = 1
keepalive_count = 4
"""
_NAMESPACES = ("--mount", "--net", "--uts", "--pid")
_SWITCH = "switch"
_SUBNET_BITS = "/24"
_LOOK_EVERY_S = 0.01


class Namespaces:
    """The namespaces of one host, with a first process in them, which ends all others when it ends."""

    def __init__(self, directory: Path, setup: Sequence[str]) -> None:
        init = shlex.join([sys.executable, "-S", host_init.__file__, str(directory)])
        script = " && ".join([*setup, f"exec {init}"])
        # Killed itself, `unshare` takes the first process along.
        command = ["unshare", *_NAMESPACES, "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
        self._popen = subprocess.Popen(
            [*command, "sh", "-c", script],
            # It ends at the end of its input: with us, whatever becomes of us.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        if self._popen.stdout.readline().strip() != host_init.READY:
            error = self._popen.stderr.read().strip()
            self.close()
            raise CannotStart(f"cannot make namespaces here: {error}")
        # As this program numbers its processes.
        self.pid = _first_child(self._popen)

    def command(self, command: Sequence[str]) -> list[str]:
        return ["nsenter", "--target", str(self.pid), *_NAMESPACES, *command]

    def run(self, script: str) -> None:
        """Runs a shell script within. Raises CannotStart."""
        _run(self.command(["sh", "-c", script]))

    def ip(self, *commands: str) -> None:
        """Changes the network within, by a program from without: it knows the other namespaces. Raises CannotStart."""
        _run(["nsenter", "--target", str(self.pid), "--net", "ip", "-batch", "-"], "\n".join(commands))

    def close(self) -> None:
        assert self._popen.stdin is not None
        self._popen.stdin.close()
        self._popen.wait()
        for stream in (self._popen.stdout, self._popen.stderr):
            assert stream is not None
            stream.close()


class HostProcess:
    """A program within a host. It ends with the host at the latest."""

    def __init__(self, command: Sequence[str], **streams: Any) -> None:
        # Out of the terminal's reach: a Ctrl-C is for the one who spawned it to hear.
        self.popen = subprocess.Popen(command, start_new_session=True, **streams)

    @property
    def pid(self) -> int:
        """Its process, which `nsenter` is the parent of. Raises ProcessLookupError when it has ended."""
        return _first_child(self.popen)

    def send_signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends it, and returns what it ended with."""
        self.send_signal(number)
        return self.popen.wait()


class PrivateHost:
    """One host: a libvirtd, its guests, an address."""

    def __init__(
        self,
        name: str,
        directory: Path,
        address: str,
        switch: "Namespaces",
        on_heal: Callable[[], None],
        confined: bool = False,
    ) -> None:
        self.name, self.directory, self.address, self._confined = name, directory, address, confined
        self._switch, self._on_heal = switch, on_heal
        for place in PLACES:
            (directory / place).mkdir(parents=True)
        binds = [f"mount --bind {shlex.quote(str(directory / place))} {path}" for place, path in PLACES.items()]
        self._spaces = Namespaces(directory, [*binds, f"hostname {shlex.quote(name)}"])
        self._port = f"port-{name}"[:15]

    @property
    def uri(self) -> str:
        """For programs out of the host. Within, it is qemu:///system."""
        return f"qemu+unix:///system?socket={self.directory / 'run' / 'libvirt-sock'}"

    @property
    def network_namespace(self) -> Path:
        return Path(f"/proc/{self._spaces.pid}/ns/net")

    @property
    def peer_uri(self) -> str:
        """For the other hosts."""
        return f"qemu+tcp://{self.address}/system"

    def spawn(self, command: Sequence[str], **streams: Any) -> HostProcess:
        """Starts a program within the host."""
        return HostProcess(self._spaces.command(command), **streams)

    def cut(self) -> None:
        """Parts the host from all others: what is sent gets lost, and nobody hears why."""
        self._switch.ip(f"link set {self._port} down")

    def heal(self) -> None:
        self._switch.ip(f"link set {self._port} up")
        self._on_heal()

    def forget_neighbours(self) -> None:
        """Those that did not answer lately are looked for again at once."""
        self._spaces.ip("neigh flush dev eth0")

    def start_libvirtd(self) -> None:
        """Returns when it answers. Raises CannotStart."""
        with contextlib.suppress(FileNotFoundError):
            self._pid_file.unlink()
        try:
            # A daemon goes to the background when it is ready.
            self._spaces.run(
                "libvirtd --daemon --listen --config /etc/libvirt/libvirtd.conf --pid-file /run/libvirt/libvirtd.pid"
            )
        except CannotStart as error:
            raise CannotStart(f"libvirtd of {self.name} did not start: {error}; {self._last_words()}") from error
        _wait_until(self._pid_file.exists, f"libvirtd of {self.name}")

    def kill_libvirtd(self) -> None:
        """Guests run on without it."""
        self.kill(self.libvirtd_pid)

    def ensure_libvirtd(self) -> None:
        """Starts it unless it runs, or holds still. Raises CannotStart."""
        with contextlib.suppress(FileNotFoundError, CannotStart):
            self.kill(self.libvirtd_pid, signal.SIGCONT)
            return
        self.start_libvirtd()

    @property
    def libvirtd_pid(self) -> int:
        """As the host numbers its processes."""
        return int(self._pid_file.read_text())

    def guest_pid(self, domain: str) -> int:
        """The QEMU of a domain, as the host numbers its processes."""
        return int((self.directory / "run" / "qemu" / f"{domain}.pid").read_text())

    def kill(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends a signal to a process of the host; after one that kills it, it is gone. Raises CannotStart."""
        gone = f" && while kill -0 {pid} 2>/dev/null; do sleep 0.01; done" if number is signal.SIGKILL else ""
        self._spaces.run(f"kill -{number.value} {pid}{gone}")

    def start(self) -> None:
        """Plugs the host in and starts its libvirtd. Raises CannotStart."""
        etc = self.directory / "etc"
        listening = _LISTENING.format(address=self.address)
        conf = LIBVIRTD_CONF.replace("listen_tcp = 0\n", "").format(host_uuid=uuid.uuid4())
        (etc / "libvirtd.conf").write_text(conf + listening + _KEEPALIVE)
        (etc / "qemu.conf").write_text(qemu_conf(confined=self._confined) + _KEEPALIVE)
        self._switch.ip(
            f"link add {self._port} type veth peer name eth0 netns {self._spaces.pid}",
            f"link set {self._port} master {_SWITCH} up",
        )
        self._spaces.ip("link set lo up", f"addr add {self.address}{_SUBNET_BITS} dev eth0", "link set eth0 up")
        self.start_libvirtd()

    def close(self) -> None:
        self._spaces.close()

    @property
    def _pid_file(self) -> Path:
        return self.directory / "run" / "libvirtd.pid"

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            if lines := (self.directory / "log" / "libvirtd.log").read_text(errors="replace").strip().splitlines():
                return f"it printed: {lines[-1]}"
        return "it printed nothing"


class PrivateHosts(Mapping[str, PrivateHost]):
    """The hosts by name, and the switch that connects them."""

    def __init__(self, directory: Path, names: Sequence[str], confined: Collection[str] = ()) -> None:
        self._closing = contextlib.ExitStack()
        self.directory = directory
        network = _free_network()
        # This machine's address among them.
        self.gateway = f"{network}.1"
        # This machine's end of the cable to the switch.
        self.cable = f"cv{uuid.uuid4().hex[:8]}"
        self._hosts: dict[str, PrivateHost] = {}
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            self._plug_in()
            for number, name in enumerate(names):
                address, is_confined = f"{network}.{number + 10}", name in confined
                host = PrivateHost(name, directory / name, address, self._switch, self._healed, is_confined)
                self._closing.callback(host.close)
                host.start()
                self._hosts[name] = host
            undo.pop_all()

    def __getitem__(self, name: str) -> PrivateHost:
        return self._hosts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._hosts)

    def __len__(self) -> int:
        return len(self._hosts)

    def close(self) -> None:
        """Ends all hosts and what runs on them, and removes their directories."""
        self._closing.close()

    def _healed(self) -> None:
        for host in self._hosts.values():
            host.forget_neighbours()
        _run(["ip", "neigh", "flush", "dev", self.cable])

    def _plug_in(self) -> None:
        """Makes the switch. This machine's end of its cable goes with the other end, some time after the processes."""
        (self.directory / _SWITCH).mkdir(parents=True)
        self._switch = Namespaces(self.directory / _SWITCH, [])
        self._closing.callback(self._switch.close)
        self._switch.ip(f"link add {_SWITCH} type bridge", f"link set {_SWITCH} up")
        _run(
            ["ip", "-batch", "-"],
            f"link add {self.cable} type veth peer name uplink netns {self._switch.pid}\n"
            f"addr add {self.gateway}{_SUBNET_BITS} dev {self.cable}\n"
            f"link set {self.cable} up",
        )
        self._closing.callback(_run, ["ip", "link", "delete", self.cable])
        self._switch.ip(f"link set uplink master {_SWITCH} up")


@contextlib.contextmanager
def private_hosts(*names: str, confined: Collection[str] = ()) -> Generator[PrivateHosts]:
    """Yields hosts that answer; `confined` are those that confine their guests. Raises CannotStart."""
    # Daemons are not on everyone's path.
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}"
    if os.geteuid() != 0:
        raise CannotStart("needs root, for namespaces: run it with sudo")
    if missing := missing_programs(_PACKAGES):
        raise CannotStart(f"missing programs: apt-get install --no-install-recommends {' '.join(missing)}")
    make_libvirts_user()
    for path in PLACES.values():
        Path(path).mkdir(parents=True, exist_ok=True)
    # Short: sockets are below it. The last host that ends removes it.
    directory = Path(tempfile.mkdtemp(prefix="hosts-"))
    hosts = PrivateHosts(directory, names, confined)
    try:
        yield hosts
    finally:
        hosts.close()
        if confined:
            remove_empty_groups()
        shutil.rmtree(directory, ignore_errors=True)


def _free_network() -> str:
    """The first three bytes of a network that nothing here is in: of those that are for carriers alone, RFC 6598."""
    taken = subprocess.run(["ip", "-brief", "address"], capture_output=True, text=True, check=True).stdout
    while True:
        network = f"100.{random.randint(64, 127)}.{random.randint(0, 255)}"
        if f"{network}." not in taken:
            return network


def _first_child(parent: subprocess.Popen[Any]) -> int:
    """Raises ProcessLookupError when the parent has ended, or CannotStart when it never has a child."""
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")

    def found() -> str:
        if parent.poll() is not None:
            raise ProcessLookupError(f"{parent.args} has ended")
        return children.read_text()

    return int(_wait_until(found, str(parent.args)).split()[0])


def _wait_until(holds: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + START_S
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise CannotStart(f"{what} does not answer within {START_S:.0f} s")
        time.sleep(_LOOK_EVERY_S)
    return found


def _run(command: Sequence[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
