"""A libvirtd of one's own, for tests and the demo: sees no guest of the machine's, and ends together with its guests.

    python deploy/dev/private_libvirtd.py [--dir DIR] [--confined]      prints the URI, runs until signalled
    with private_libvirtd() as uri: ...                                 the same from Python

It runs in a mount namespace in which /etc/libvirt and the like are directories below DIR. Needs root. Guests run as
root and unconfined: fine for one's own test guests, and for nothing else. With `--confined` they run as on a host that
has deploy/libvirt/qemu.conf.
"""

import argparse
import contextlib
import ctypes
import os
import pwd
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Generator, Mapping
from pathlib import Path

# Also on a machine that does much else.
START_S = 120.0
# Guests of a test have nothing to save: how long QEMU has to end by itself before it is killed.
GRACE_S = 3.0
PACKAGES = {
    "libvirtd": "libvirt-daemon libvirt-daemon-driver-qemu",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "unshare": "util-linux",
    "useradd": "passwd",
}
# What libvirtd sees at PATH is DIR/NAME.
PLACES = {
    "etc": "/etc/libvirt",
    "run": "/run/libvirt",
    "lib": "/var/lib/libvirt",
    "log": "/var/log/libvirt",
    "tpm-log": "/var/log/swtpm",
    "cache": "/var/cache/libvirt",
}
LIBVIRTD_CONF = """\
host_uuid = "{host_uuid}"
listen_tls = 0
listen_tcp = 0
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_rw_perms = "0700"
log_level = 3
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
"""
# No other daemons, no labels, no cgroups: what containers lack, and what is not needed here.
QEMU_CONF = """\
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
"""
# What a host has, but for the daemons and namespaces that containers lack.
CONFINED = Path(__file__).resolve().parents[1] / "libvirt" / "qemu.conf"
CONFINED_HERE = """\
security_driver = "none"
namespaces = []
remember_owner = 0
stdio_handler = "file"
"""
# Where libvirt makes a group for each guest, below each controller. It leaves the common one behind, and those of
# guests that ended without it.
CGROUPS = Path("/sys/fs/cgroup")
_PR_SET_CHILD_SUBREAPER = 36
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class CannotStart(Exception):
    """Says in one line why not, and what to do."""


@contextlib.contextmanager
def private_libvirtd(directory: Path | None = None, *, confined: bool = False) -> Generator[str, None, None]:
    """Yields the URI. Works in `directory`, by default a temporary one. Raises CannotStart.

    A process of its own keeps the libvirtd, and ends it and its guests even when this process is killed.
    """
    command = [sys.executable, str(Path(__file__).resolve()), "--until-eof"]
    if directory is not None:
        command += ["--dir", str(directory)]
    if confined:
        command.append("--confined")
    with subprocess.Popen(
        # A session of its own: Ctrl-C is for us to hear, and for the keeper only afterwards.
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        assert keeper.stderr is not None
        uri = keeper.stdout.readline().strip()
        if not uri:
            raise CannotStart(keeper.stderr.read().strip().removeprefix("private libvirtd: "))
        try:
            yield uri
        finally:
            keeper.stdin.close()
            keeper.wait()


class Keeper:
    """Parent of one libvirtd and, as their reaper, of its guests."""

    def __init__(self, directory: Path, *, confined: bool = False) -> None:
        self._directory = directory
        self._qemu_conf = qemu_conf(confined=confined)
        self._socket = directory / "run" / "libvirt-sock"
        self._daemon = 0
        # What is removed at the end: never what was there before.
        self._made: list[Path] = []
        self._wakeup, wakeup_writer = os.pipe()
        for end in (self._wakeup, wakeup_writer):
            os.set_blocking(end, False)
        self._end_requested = False
        signal.set_wakeup_fd(wakeup_writer)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)
        signal.signal(signal.SIGCHLD, self._wake)
        # Without it, QEMU's zombies would go to PID 1, which in a container may take seconds; libvirt waits for that.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    @property
    def uri(self) -> str:
        return f"qemu+unix:///system?socket={self._socket}"

    def start(self) -> None:
        """Returns when libvirtd answers. Raises CannotStart."""
        self._refuse_what_cannot_work()
        make_libvirts_user()
        for name, path in PLACES.items():
            (self._directory / name).mkdir(parents=True)
            self._made.append(self._directory / name)
            Path(path).mkdir(parents=True, exist_ok=True)
        etc = self._directory / "etc"
        (etc / "libvirtd.conf").write_text(LIBVIRTD_CONF.format(host_uuid=uuid.uuid4()))
        (etc / "qemu.conf").write_text(self._qemu_conf)
        binds = [f"mount --bind {shlex.quote(str(self._directory / name))} {path}" for name, path in PLACES.items()]
        libvirtd = "libvirtd --config /etc/libvirt/libvirtd.conf --pid-file /run/libvirt/libvirtd.pid"
        script = " && ".join([*binds, f"exec {libvirtd}"])
        with (self._directory / "log" / "start.log").open("wb") as log:
            self._daemon = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                # A caller's own is closed to swtpm, which runs as another user.
                env={name: value for name, value in os.environ.items() if name != "TMPDIR"},
                # Out of the terminal's reach: a Ctrl-C is the keeper's to hear.
                start_new_session=True,
            ).pid  # fmt: skip
        self._wait_until_it_answers()

    def run(self, until_eof: bool) -> None:
        """Returns at a signal, or raises CannotStart when libvirtd ends by itself."""
        watched = [self._wakeup, sys.stdin.fileno()] if until_eof else [self._wakeup]
        while not self._end_requested:
            ready, _, _ = select.select(watched, [], [])
            if self._wakeup in ready:
                os.read(self._wakeup, 4096)
                self._reap()
                if not self._daemon:
                    raise CannotStart(f"libvirtd ended by itself; {self._last_words()}")
            elif not os.read(sys.stdin.fileno(), 4096):
                return

    def close(self) -> None:
        """Ends libvirtd, then its guests, and removes the directories."""
        for goodbye in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + GRACE_S
            while (children := _children()) and time.monotonic() < deadline:
                # First libvirtd alone: it would take the end of its guests for something to handle.
                for child in [self._daemon] if self._daemon else children:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child, goodbye)
                select.select([self._wakeup], [], [], 0.05)
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wakeup, 4096)
                self._reap()
        for made in self._made:
            shutil.rmtree(made, ignore_errors=True)
        remove_empty_groups()

    def _refuse_what_cannot_work(self) -> None:
        if os.geteuid() != 0:
            raise CannotStart("needs root, for a mount namespace: run it with sudo")
        if missing := missing_programs(PACKAGES):
            raise CannotStart(f"missing programs: apt-get install --no-install-recommends {' '.join(missing)}")
        if len(str(self._socket)) > 100:
            raise CannotStart(f"{self._directory} is too long a path for a socket: choose a shorter --dir")
        if taken := [name for name in PLACES if (self._directory / name).exists()]:
            raise CannotStart(f"{self._directory} has {taken[0]}/ already: choose an empty --dir")

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and not self._end_requested:
            self._reap()
            if not self._daemon:
                raise CannotStart(f"libvirtd did not start; {self._last_words()}")
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self._socket))
                return
            select.select([self._wakeup], [], [], 0.02)
        if not self._end_requested:
            raise CannotStart(f"libvirtd does not answer within {START_S:.0f} s; {self._last_words()}")

    def _last_words(self) -> str:
        for log in ("libvirtd.log", "start.log"):
            with contextlib.suppress(OSError):
                if lines := (self._directory / "log" / log).read_text(errors="replace").strip().splitlines():
                    return f"it printed: {lines[-1]}"
        return "it printed nothing"

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while pid := os.waitpid(-1, os.WNOHANG)[0]:
                if pid == self._daemon:
                    self._daemon = 0

    def _end(self, *_: object) -> None:
        self._end_requested = True

    def _wake(self, *_: object) -> None:
        """A signal with a handler wakes the loop up, and there is no more to do here: the loop reaps."""


def _children() -> list[int]:
    """Everything that libvirtd started ends up as our child: its parents end, and we are the next reaper."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def missing_programs(packages: Mapping[str, str]) -> list[str]:
    """The packages of those programs that are not there."""
    path = os.environ["PATH"]
    return sorted({packages[tool] for tool in packages if not shutil.which(tool, path=path)})


def qemu_conf(*, confined: bool) -> str:
    """Of a libvirtd whose guests are confined as on a host, or not at all."""
    return f"{CONFINED.read_text()}{CONFINED_HERE}" if confined else QEMU_CONF


def make_libvirts_user() -> None:
    # libvirtd reads it although its configuration says root. Debian makes it in a package that brings systemd.
    with contextlib.suppress(KeyError):
        pwd.getpwnam("libvirt-qemu")
        return
    command = "useradd --system --user-group --home-dir /var/lib/libvirt --shell /usr/sbin/nologin libvirt-qemu"
    made = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
    # Another one may have been faster.
    if made.returncode not in (0, 9):
        raise CannotStart(f"cannot make the user libvirt-qemu: {made.stderr.strip()}")


def remove_empty_groups() -> None:
    """Removes the cgroups of guests that are gone, whoever's they were."""
    for machine in (CGROUPS / "machine", *CGROUPS.glob("*/machine")):
        for group in (*machine.glob("*"), machine):
            with contextlib.suppress(OSError):
                if group.is_dir() and not any(each.read_text() for each in group.rglob("cgroup.procs")):
                    for each in sorted((each for each in group.rglob("*") if each.is_dir()), reverse=True):
                        each.rmdir()
                    group.rmdir()


def main() -> None:
    parser = argparse.ArgumentParser(description="Runs a private libvirtd until it is signalled, and prints its URI.")
    parser.add_argument("--dir", type=Path, help="for its files; default: a temporary directory")
    parser.add_argument("--confined", action="store_true", help="guests are confined, as on hosts")
    parser.add_argument("--until-eof", action="store_true", help="also end when standard input does")
    given = parser.parse_args()
    # Daemons are not on everyone's path.
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}"
    directory: Path = given.dir.absolute() if given.dir else Path(tempfile.mkdtemp(prefix="libvirtd-"))
    ours = not directory.exists() or given.dir is None
    keeper = Keeper(directory, confined=given.confined)
    try:
        keeper.start()
        print(keeper.uri, flush=True)
        keeper.run(given.until_eof)
    except CannotStart as error:
        sys.exit(f"private libvirtd: {error}")
    finally:
        keeper.close()
        if ours:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
