"""A PostgreSQL of one's own: its own cluster in a directory, on a socket and a free loopback port. Gone when left."""

import contextlib
import os
import pwd
import random
import shutil
import socket
import subprocess
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from tests.support.waiting import patient

USER = "chronovisor"
START_S = patient(30.0)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).parent
    raise RuntimeError("PostgreSQL is missing: apt-get install --no-install-recommends postgresql")


def _free_port() -> int:
    """A port below those that the system gives to any process: nobody takes it while the cluster is down."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _owner() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody`."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


@dataclass
class Cluster:
    """A cluster that can be stopped and started again under its clients."""

    directory: Path
    port: int
    fsync: bool
    _owner: pwd.struct_passwd | None = field(default_factory=_owner)
    _databases: int = 0

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as_owner(), str(_binaries() / program), *arguments],
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stdout[-500:]}")

    def _as_owner(self) -> Sequence[str]:
        """By a program: for another user, Python itself forks, which a process that has used gRPC may not survive."""
        if self._owner is None:
            return ()
        return "setpriv", f"--reuid={self._owner.pw_uid}", f"--regid={self._owner.pw_gid}", "--clear-groups"

    @property
    def _data(self) -> str:
        return str(self.directory / "data")

    def create(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._owner:
            os.chown(self.directory, self._owner.pw_uid, self._owner.pw_gid)
        self._run("initdb", "-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.directory),
            "fsync": "on" if self.fsync else "off",
            "max_connections": "100",
        }
        flags = " ".join(f"-c {name}={value}" for name, value in options.items())
        # Its output goes to a file: a pipe that stays open would keep pg_ctl from returning.
        log = str(self.directory / "log")
        self._run("pg_ctl", "-D", self._data, "-w", "-t", str(int(START_S)), "-l", log, "-o", flags, "start")

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is as a crash: the next start recovers from the log."""
        self._run("pg_ctl", "-D", self._data, "-w", "-t", str(int(START_S)), "-m", mode, "stop")

    def restore(self) -> None:
        """Starts it if a test has left it stopped."""
        if not self._is_running():
            self.start()

    def _is_running(self) -> bool:
        with contextlib.suppress(RuntimeError):
            self._run("pg_ctl", "-D", self._data, "status")
            return True
        return False

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of a fresh database."""
        self._databases += 1
        name = f"ledger_{self._databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return self.url(name)


@contextlib.contextmanager
def postgresql_cluster(directory: Path, *, fsync: bool = True) -> Generator[Cluster]:
    """A running cluster in `directory`, which its owner must be able to reach. Stopped and removed at the end."""
    cluster = Cluster(directory, _free_port(), fsync)
    cluster.create()
    cluster.start()
    try:
        yield cluster
    finally:
        with contextlib.suppress(RuntimeError):
            cluster.stop("immediate")
        shutil.rmtree(directory, ignore_errors=True)
