"""Credentials of the command line: where tokens are kept, which one counts, and what a program prints."""

import json
import stat
import sys
import types
from pathlib import Path
from typing import Any

import httpx
import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.sign_in.failures import SignInFailed
from chronovisor.sign_in.issuer import Issuer
from chronovisor.sign_in.registration import Registration, Tokens
from chronovisor.sign_in.sources import TokenCommand
from chronovisor.sign_in.storage import Storage

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane

TOKENS = Tokens("access-secret", 1e12, "refresh-secret")


class Keyring(types.ModuleType):
    """A keyring in memory."""

    def __init__(self, priority: float) -> None:
        super().__init__("keyring")
        self.priority = priority
        self.kept: dict[tuple[str, str], str] = {}

    def get_keyring(self) -> "Keyring":
        return self

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        self.kept[service, name] = password

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


def use(monkeypatch: pytest.MonkeyPatch, keyring: Keyring) -> Keyring:
    monkeypatch.delenv("CHRONOVISOR_TOKEN_STORE", raising=False)
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    return keyring


def test_tokens_are_in_the_keyring_where_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keyring = use(monkeypatch, Keyring(5.0))
    storage = Storage(tmp_path)
    assert storage.write("key", TOKENS) == "the keyring"
    assert keyring.kept.keys() == {("chronovisor", "key")}
    assert storage.read("key") == TOKENS
    assert list(tmp_path.iterdir()) == []
    storage.delete("key")
    assert storage.read("key") is None


def test_without_a_keyring_they_are_in_a_file_for_their_user_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(monkeypatch, Keyring(0.0))
    directory = tmp_path / "tokens"
    storage = Storage(directory)
    path = Path(storage.write("key", TOKENS))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert storage.read("key") == TOKENS
    assert storage.read("other") is None
    assert [each.name for each in directory.iterdir()] == [path.name]
    path.chmod(0o644)
    with pytest.raises(SignInFailed, match="chmod 600"):
        storage.read("key")
    storage.delete("key")
    assert storage.read("key") is None


def test_a_file_that_makes_no_sense_is_as_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHRONOVISOR_TOKEN_STORE", "file")
    storage = Storage(tmp_path)
    path = Path(storage.write("key", TOKENS))
    for text in ("", "{", "[]", "{}", '{"access": "a", "ends_at": "soon", "refresh": ""}'):
        path.write_text(text)
        assert storage.read("key") is None


def test_nothing_shows_a_token() -> None:
    assert "secret" not in repr(TOKENS)


@pytest.mark.parametrize(
    ("program", "token", "ends_at"),
    [
        ("print('one')", "one", 160.0),
        ('print(\'{"token": "two", "ends_at": 500}\')', "two", 500.0),
    ],
)
def test_a_program_prints_a_token(program: str, token: str, ends_at: float) -> None:
    now = [100.0]
    source = TokenCommand([sys.executable, "-c", program], lambda: now[0])
    assert source() == token
    source._words = ("/nowhere",)  # pyright: ignore[reportPrivateUsage]
    now[0] = ends_at - 1
    assert source() == token
    now[0] = ends_at
    with pytest.raises(SignInFailed, match="/nowhere"):
        source()


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; sys.exit('the vault is closed')", "ended with 1: the vault is closed"),
        ("print()", "printed no token"),
        ("print('two\\nlines')", "printed no token"),
        ("print('{}')", "printed no token"),
    ],
)
def test_a_program_that_prints_none_is_a_sentence(program: str, words: str) -> None:
    with pytest.raises(SignInFailed, match=words):
        TokenCommand([sys.executable, "-c", program])()


def test_the_first_that_is_given_counts(
    cli: Cli, plane: Plane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sent(*options: str) -> str:
        assert cli("host", "list", *options).code == 0
        return str(plane.proxy.calls[-1].metadata.get("authorization"))

    monkeypatch.setenv("CHRONOVISOR_TOKEN_STORE", "file")
    who = Registration("https://issuer.example.org", "cli")
    Storage(tmp_path / "tokens").write(who.key, TOKENS)
    assert sent() == "None"
    assert cli("context", "set", "a", "--issuer", who.issuer, "--client-id", "cli", "--use").code == 0
    assert sent() == "Bearer access-secret"
    assert cli("context", "set", "a", "--token-command", "echo of-a-program").code == 0
    assert sent() == "Bearer of-a-program"
    monkeypatch.setenv("CHRONOVISOR_TOKEN", "of-the-environment")
    assert sent() == "Bearer of-the-environment"
    (tmp_path / "token").write_text("of-a-file\n")
    assert sent("--token-file", str(tmp_path / "token")) == "Bearer of-a-file"


def test_nobody_is_signed_in_without_an_issuer(cli: Cli) -> None:
    for command in ("login", "logout"):
        ran = cli(command)
        assert (ran.code, ran.out) == (Exit.USAGE, "")
        assert "chronovisor login --issuer URL --client-id ID" in ran.err


@pytest.mark.parametrize("issuer", ["http://issuer.example.org", "issuer.example.org", "ftp://a"])
def test_an_issuer_in_plain_text_is_refused(cli: Cli, issuer: str) -> None:
    ran = cli("login", "--issuer", issuer, "--client-id", "x")
    assert (ran.code, ran.out) == (Exit.NOT_PERMITTED, "")
    assert "an issuer is at an https:// address" in ran.err


def test_an_issuer_that_is_not_there_is_a_sentence(cli: Cli) -> None:
    ran = cli("login", "--issuer", "http://127.0.0.1:1", "--client-id", "x")
    assert ran.code == Exit.NOT_PERMITTED
    assert "Connection refused" in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"issuer": "http://127.0.0.1:2"}, "says that its name is http://127.0.0.1:2"),
        ({"issuer": "http://127.0.0.1:1"}, "has no token endpoint"),
        ({"issuer": "http://127.0.0.1:1", "token_endpoint": "http://a.example/token"}, "is at an https:// address"),
    ],
)
def test_an_issuer_that_leads_elsewhere_is_not_followed(answer: dict[str, Any], words: str) -> None:
    with Issuer(Registration("http://127.0.0.1:1", "x")) as issuer:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, text=json.dumps(answer)))
        issuer._http = httpx.Client(transport=transport)  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(SignInFailed, match=words):
            issuer.tokens({})
