"""`chronovisor doctor`: each finding about this machine, its files, and TLS, provoked."""

import os
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from chronovisor.cli.doctor import ledger_checks, machine_checks, tls_checks
from chronovisor.cli.doctor.findings import Finding, names_text
from chronovisor.cli.doctor.machine import Machine, Room
from chronovisor.cli.doctor.set_up import SetUp
from chronovisor.cli.exit_codes import Exit
from chronovisor.cli.settings import Settings

from tests.clients.python.authority import Authority
from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.support.waiting import WAIT_S

OF_THE_MACHINE = {"config", "tls", "disk", "kvm", "libvirt", "files", "completion"}
DAY_S = 86_400.0
GIB = 1 << 30


@pytest.fixture(autouse=True)
def contexts_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "config" / "config.toml"
    file.parent.mkdir()
    monkeypatch.setenv("CHRONOVISOR_CONFIG", str(file))
    return file


def machine(tmp_path: Path, **more: Any) -> Machine:
    """One with nothing on it."""
    (tmp_path / "user").mkdir(exist_ok=True)
    values: dict[str, Any] = {
        "homes": (tmp_path / "home",),
        "user_home": tmp_path / "user",
        "kvm": tmp_path / "kvm",
        "cpus": tmp_path / "cpuinfo",
        "libvirt": (tmp_path / "libvirt" / "libvirt-sock",),
        "environment": {},
    }
    return Machine(**values | more)


def refuse(_path: Path, _mode: int) -> bool:
    return False


def given(room: Room, _path: Path) -> Room:
    return room


def found(look: Any, on: Machine, **options: Any) -> list[tuple[str, str]]:
    set_up = SetUp(Settings(given=options), on)
    results: Iterable[Finding] = list(look(set_up))
    for each in results:
        assert bool(each.remedy) == (each.level in ("warning", "problem")), each
    return [(each.level.value, each.detail) for each in results]


def test_contexts(cli: Cli, contexts_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHRONOVISOR_CONFIG", str(contexts_file))

    def line() -> str:
        return cli("doctor", "config").out.splitlines()[0]

    assert line().startswith("ok       config      no contexts")
    contexts_file.write_text('current = "here"\n[contexts.here]\nproject = "shop"\n')
    assert "context here" in line()
    contexts_file.write_text("")
    assert "no context in use" in line()
    contexts_file.write_text("[contexts.here]\ncolour = 3\n")
    ran = cli("doctor", "config")
    assert ran.code == Exit.UNHEALTHY
    assert "contexts.here.colour: must be one of" in ran.out
    # As a document, too.
    assert cli("doctor", "config", "-o", "json").json["counts"]["problem"] == 1
    contexts_file.write_text("")
    monkeypatch.setenv("CHRONOVISOR_CONTEXT", "gone")
    assert "There is no context 'gone'" in cli("doctor", "config").out


@pytest.mark.parametrize(
    ("room", "level"),
    [
        (Room(100 * GIB, 50 * GIB), "ok"),
        (Room(100 * GIB, 3 * GIB), "warning"),
        (Room(1000 * GIB, 20 * GIB), "warning"),
        (Room(100 * GIB, GIB // 2), "problem"),
    ],
)
def test_room_for_the_ledger(tmp_path: Path, room: Room, level: str) -> None:
    on = machine(tmp_path, room=partial(given, room))
    assert found(ledger_checks.disk, on, server="127.0.0.1:1")[0][0] == "skipped"
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ledger.db").touch()
    assert found(ledger_checks.disk, on, server="127.0.0.1:1")[0][0] == level
    assert found(ledger_checks.disk, on, server="192.0.2.1:1") == [
        ("skipped", "the control plane is on another machine")
    ]


def test_the_room_of_a_real_file_system(tmp_path: Path) -> None:
    total, free = Machine().room(tmp_path)
    assert 0 < free <= total


def test_kvm(tmp_path: Path) -> None:
    on = machine(tmp_path)
    assert found(machine_checks.kvm, on)[0][0] == "skipped"
    on.libvirt[0].parent.mkdir()
    assert found(machine_checks.kvm, on) == [("warning", f"no {on.kvm}: guests are emulated, and slow")]
    on.cpus.write_text("flags : fpu vmx")
    (remedy,) = (each.remedy for each in machine_checks.kvm(SetUp(Settings(), on)))
    assert "kvm_intel" in remedy
    on.kvm.touch()
    assert found(machine_checks.kvm, on)[0][0] == "ok"
    assert found(machine_checks.kvm, machine(tmp_path, may=refuse))[0][0] == "warning"


def test_libvirt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on = machine(tmp_path)
    assert found(machine_checks.libvirt, on)[0][0] == "skipped"
    on.libvirt[0].parent.mkdir()
    assert found(machine_checks.libvirt, on)[0] == (
        "warning",
        f"libvirt is installed and does not listen at {on.libvirt[0]}",
    )
    # A socket's path may not be long.
    monkeypatch.chdir(on.libvirt[0].parent)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(on.libvirt[0].name)
        assert found(machine_checks.libvirt, on)[0][0] == "ok"
        assert found(machine_checks.libvirt, machine(tmp_path, may=refuse))[0][0] == "warning"


@pytest.mark.parametrize("name", ["keys", "keys/master", "pki/server.key", "signing.key", "agent/identity/host.pem"])
def test_secrets_that_others_may_open(tmp_path: Path, name: str) -> None:
    on = machine(tmp_path)
    assert found(machine_checks.files, on)[0][0] == "ok"
    path = tmp_path / "home" / name
    path.parent.mkdir(mode=0o700, parents=True)
    path.parent.chmod(0o700)
    path.mkdir() if name == "keys" else path.touch()
    path.chmod(0o700 if name == "keys" else 0o600)
    assert found(machine_checks.files, on)[0][0] == "ok"
    path.chmod(0o644)
    assert found(machine_checks.files, on) == [("problem", f"{path} is open to others (mode 644)")]


def test_files_of_a_user_that_others_may_open_or_write(tmp_path: Path, contexts_file: Path) -> None:
    key, token = tmp_path / "key", contexts_file.parent / "tokens" / "a.json"
    token.parent.mkdir()
    for path in (key, token, contexts_file):
        path.touch()
        path.chmod(0o666)
    details = [detail for _, detail in found(machine_checks.files, machine(tmp_path), key_file=str(key))]
    assert len(details) == 3
    assert details[-1] == f"others may write {contexts_file}"


@pytest.mark.parametrize(
    ("shell", "file"),
    [("bash", ".bashrc"), ("zsh", ".zshrc"), ("fish", ".config/fish/completions/chronovisor.fish")],
)
def test_completion(tmp_path: Path, shell: str, file: str) -> None:
    on = machine(tmp_path, environment={"SHELL": f"/usr/bin/{shell}"})
    assert found(machine_checks.completion, machine(tmp_path))[0][0] == "skipped"
    assert found(machine_checks.completion, on)[0][0] == "warning"
    path = on.user_home / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('eval "$(chronovisor completion bash)"')
    assert found(machine_checks.completion, on) == [("ok", f"{shell} completes, by {path}")]


def test_plain_text(tmp_path: Path) -> None:
    on = machine(tmp_path)
    assert found(tls_checks.tls, on, server="unix:/run/x.sock")[0][0] == "ok"
    assert found(tls_checks.tls, on, server="127.0.0.1:7460")[0][0] == "ok"
    ((level, detail),) = found(tls_checks.tls, on, server="192.0.2.1:7460")
    assert (level, "is plain text" in detail) == ("problem", True)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """An authority, and what it signed; an hour is how long they hold."""
    authority = Authority()
    signed = authority.sign("localhost")
    made = {"ca_file": authority.pem, "cert_file": signed.certificate, "key_file": signed.key}
    for name, text in made.items():
        (tmp_path / name).write_bytes(text)
    return {name: str(tmp_path / name) for name in made}


@pytest.mark.parametrize(("at_s", "level"), [(-30 * DAY_S, "ok"), (0.0, "warning"), (DAY_S, "problem")])
def test_the_end_of_each_certificate(
    plane: Plane, tmp_path: Path, files: dict[str, str], at_s: float, level: str
) -> None:
    key, certificate, ca = (Path(files[name]).read_bytes() for name in ("key_file", "cert_file", "ca_file"))
    address = plane.listen_with_tls(key, certificate, ca)
    on = machine(tmp_path, now=lambda: time.time() + at_s)
    assert [each for each, _ in found(tls_checks.tls, on, server=address, **files)] == [level] * 3
    (first, *_) = found(tls_checks.tls, on, server=address, **files)
    assert first[1].startswith("the server's certificate, by TLSv1.3, ")


def test_certificates_that_cannot_be_read_and_servers_without_tls(
    plane: Plane, tmp_path: Path, files: dict[str, str]
) -> None:
    on = machine(tmp_path)
    (tmp_path / "text").write_text("none")
    results = found(tls_checks.tls, on, server=plane.address, ca_file=str(tmp_path / "text"))
    assert [level for level, _ in results] == ["problem", "problem"]
    assert "no TLS handshake" in results[0][1]
    assert found(tls_checks.tls, on, server="dns:somewhere", ca_file=files["ca_file"])[0][0] == "skipped"


@contextmanager
def serving_old_tls(files: dict[str, str]) -> Generator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(files["cert_file"], files["key_file"])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(WAIT_S)

        def serve() -> None:
            for _ in range(2):
                raw, _ = listening.accept()
                with context.wrap_socket(raw, server_side=True) as secured:
                    secured.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join(WAIT_S)


def test_a_server_that_takes_old_tls(tmp_path: Path, files: dict[str, str]) -> None:
    with serving_old_tls(files) as address:
        results = found(tls_checks.tls, machine(tmp_path), server=address, **files)
    assert ("problem", f"{address} takes TLS 1.1, which is broken") in results


def test_what_of_this_machine_is_looked_at_by_default() -> None:
    assert Machine().environment is os.environ
    assert Machine().homes[1:] == (Path("/var/lib/chronovisor"), Path("/var/lib/chronovisor-agent"))


def test_many_names_are_not_all_shown() -> None:
    assert names_text(["a", "b"]) == "a, b"
    assert names_text(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
