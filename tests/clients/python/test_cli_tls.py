"""TLS files and tokens of the command line: by option, environment and context, against a server that demands them."""

import shutil
import subprocess
from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl, to make certificates"),
]

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-batch")


def openssl(*args: str, cwd: Path) -> None:
    subprocess.run(["openssl", *args], cwd=cwd, check=True, capture_output=True, timeout=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """ca.pem, and server.pem and client.pem with their keys, which it signed."""
    openssl("req", "-x509", *KEY, "-subj", "/CN=test-ca", "-keyout", "ca.key", "-out", "ca.pem", cwd=tmp_path)
    for name in ("server", "client"):
        (tmp_path / "names").write_text("subjectAltName=IP:127.0.0.1")
        openssl("req", *KEY, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr", cwd=tmp_path)
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2")
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem", cwd=tmp_path)
    return tmp_path


@pytest.fixture
def address(plane: Plane, folder: Path) -> str:
    key, certificate, ca = ((folder / name).read_bytes() for name in ("server.key", "server.pem", "ca.pem"))
    return plane.listen_with_tls(key, certificate, ca)


def test_files_by_option_and_a_token_by_file(cli: Cli, plane: Plane, address: str, folder: Path) -> None:
    (folder / "token").write_text("secret-1\n")
    files = ("--ca-file", "ca.pem", "--cert-file", "client.pem", "--key-file", "client.key", "--token-file", "token")
    options = [word if word.startswith("--") else str(folder / word) for word in files]
    ran = cli("host", "list", "-o", "name", "--server", address, *options)
    assert (ran.code, ran.out, ran.err) == (0, "hosts/node-1\n", "")
    assert plane.proxy.calls[-1].metadata["authorization"] == "Bearer secret-1"


def test_files_by_a_context_are_found_from_any_folder(
    cli: Cli, address: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHRONOVISOR_SERVER")
    monkeypatch.chdir(folder)
    files = ("--ca-file", "ca.pem", "--cert-file", "client.pem", "--key-file", "client.key")
    assert cli("context", "set", "safe", "--server", address, *files, "--use").code == 0
    monkeypatch.chdir("/")
    assert cli("host", "list", "-o", "name").out == "hosts/node-1\n"
    assert cli("context", "show", "-o", "json").json["ca_file"] == str(folder / "ca.pem")
    # Others go by plain text.
    assert cli("context", "set", "plain", "--server", address).code == 0
    assert cli("host", "list", "--context", "plain", "--timeout", "2s").code == Exit.UNAVAILABLE


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--ca-file", "none.pem"), Exit.INTERNAL, "none.pem: No such file or directory."),
        (("--token-file", "none"), Exit.INTERNAL, "none: No such file or directory."),
        (("--cert-file", "client.pem"), Exit.USAGE, "a client certificate needs its key"),
        (("--token-file", "ca.pem", "--server", "192.0.2.1:1"), Exit.USAGE, "must be printable ASCII"),
    ],
)
def test_files_that_are_not_there_or_not_enough(
    cli: Cli, folder: Path, options: tuple[str, ...], code: Exit, words: str
) -> None:
    shown = [str(folder / word) if "." in word or word == "none" else word for word in options]
    shown = [word.removeprefix(f"{folder}/") if ":" in word else word for word in shown]
    ran = cli("host", "list", *shown)
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err or "not sent to 192.0.2.1:1 in plain text" in ran.err
    assert len(ran.err.splitlines()) == 1
