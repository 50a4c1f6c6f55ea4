"""Contexts: control planes by name in a file, and what comes before what."""

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from chronovisor.cli import contexts
from chronovisor.cli.contexts import BadContexts, Contexts
from chronovisor.cli.exit_codes import Exit
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane


@pytest.fixture
def file(cli: Cli) -> Path:
    """Where contexts are; nothing is there yet."""
    return contexts.file()


def test_a_context_is_set_used_shown_and_deleted(cli: Cli, plane: Plane, file: Path) -> None:
    assert cli("context", "list").out == "No contexts yet: chronovisor context set NAME.\n"
    ran = cli("context", "set", "prod", "--server", "a:1", "--server", "b:2", "--project", "shop")
    assert (ran.code, ran.out) == (0, "prod is set. Use it: chronovisor context use prod\n")
    assert cli("context", "use", "prod").out == "prod is in use.\n"
    assert cli("context", "list", "-o", "csv").out.splitlines()[1].startswith('true,prod,"a:1, b:2",shop')
    assert cli("context", "show", "-o", "json").json["servers"] == ["a:1", "b:2"]
    assert cli("context", "set", "prod", "--project", "").code == 0
    assert "project" not in cli("context", "show", "-o", "json").json
    assert cli("context", "delete", "prod").out == "prod is deleted. No context is in use.\n"
    assert tomllib.loads(file.read_text()) == {}
    assert not plane.proxy.calls


def test_a_context_of_what_is_no_address_is_not_made(cli: Cli, file: Path) -> None:
    ran = cli("context", "set", "prod", "--server", "a:1,a b")
    assert (ran.code, "'a b' is no address" in ran.err) == (2, True)
    assert not file.exists()


def test_the_file_is_for_its_user_alone_and_nothing_is_left_beside_it(cli: Cli, file: Path) -> None:
    cli("context", "set", "prod")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    cli("context", "use", "prod")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.glob(".config*")] == []


def test_a_write_that_fails_leaves_the_old_file(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("context", "set", "prod", "--use")
    before = file.read_bytes()

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ran = cli("context", "set", "other")
    assert (ran.code, ran.err) == (Exit.INTERNAL, "No space left on device.\n")
    assert file.read_bytes() == before
    assert len(list(file.parent.iterdir())) == 1


def test_option_before_environment_before_context_before_default(
    cli: Cli, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("context", "set", "dev", "--project", "of-context", "--server", "127.0.0.1:1", "--use")

    def parent(*args: str) -> str:
        cli("vm", "list", *args)
        return plane.proxy.calls_of("ListVms")[-1].request.parent

    # CHRONOVISOR_SERVER comes before the context's, which nobody answers.
    assert parent() == "projects/of-context"
    monkeypatch.setenv("CHRONOVISOR_PROJECT", "of-environment")
    assert parent() == "projects/of-environment"
    assert parent("--project", "of-option") == "projects/of-option"
    monkeypatch.delenv("CHRONOVISOR_PROJECT")
    cli("context", "use", "--none")
    assert parent() == "projects/default"
    cli("context", "set", "dev", "--server", "")
    assert parent("--context", "dev") == "projects/of-context"
    monkeypatch.setenv("CHRONOVISOR_CONTEXT", "dev")
    assert parent() == "projects/of-context"


def test_a_context_that_the_command_line_names_comes_before_the_environment(
    cli: Cli, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("context", "set", "there", "--server", "127.0.0.1:1")
    cli("context", "set", "shop", "--project", "of-context", "--default-output", "yaml")
    assert cli("host", "list", "--context", "there").code == Exit.UNAVAILABLE
    assert cli("--context", "there", "host", "list").code == Exit.UNAVAILABLE
    assert cli("--context", "there", "host", "list", "--server", plane.address).code == 0
    monkeypatch.setenv("CHRONOVISOR_PROJECT", "of-environment")
    monkeypatch.setenv("CHRONOVISOR_OUTPUT", "csv")
    # It has no server: the environment's.
    ran = cli("vm", "list", "--context", "shop")
    assert ran.err.startswith('{"error": {"reason": "PROJECT_NOT_FOUND"')
    assert plane.proxy.calls_of("ListVms")[-1].request.parent == "projects/of-context"
    cli("vm", "list", "--context", "shop", "--project", "of-option")
    assert plane.proxy.calls_of("ListVms")[-1].request.parent == "projects/of-option"
    # One that the environment names is a habit, too.
    monkeypatch.setenv("CHRONOVISOR_CONTEXT", "there")
    assert cli("host", "list", "-o", "name").out == "hosts/node-1\n"


def test_what_is_no_regular_file_is_not_replaced(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "device"
    pipe.symlink_to("/dev/null")
    monkeypatch.setenv("CHRONOVISOR_CONFIG", str(pipe))
    assert cli("context", "list").out == "No contexts yet: chronovisor context set NAME.\n"
    ran = cli("context", "set", "prod")
    assert (ran.code, ran.err) == (
        Exit.USAGE,
        "/dev/null is no regular file; CHRONOVISOR_CONFIG names another.\n",
    )
    assert stat.S_ISCHR(pipe.stat().st_mode)


def test_the_server_of_a_context_is_used(cli: Cli, plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHRONOVISOR_SERVER")
    cli("context", "set", "here", "--server", plane.address, "--use")
    assert cli("host", "list", "-o", "name").out == "hosts/node-1\n"
    cli("context", "set", "there", "--server", "127.0.0.1:1")
    ran = cli("host", "list", "--context", "there")
    assert ran.code == Exit.UNAVAILABLE
    assert ran.err.startswith("No control plane answers at 127.0.0.1:1 ")


def test_the_output_of_a_context_is_for_commands_that_have_it(cli: Cli) -> None:
    cli("context", "set", "dev", "--default-output", "name", "--use")
    assert cli("host", "list").out == "hosts/node-1\n"
    assert cli("host", "list", "-o", "table").out.startswith("NAME")
    assert cli("audit", "seal").out.startswith("batch")
    assert cli("audit", "seal", "-o", "name").code == Exit.USAGE


def test_an_output_that_does_not_exist_is_a_usage_error(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHRONOVISOR_OUTPUT", "yaml")
    assert cli("host", "list").out.startswith("hosts:")
    for text in ("", "current = 'x'\n[contexts.x]\noutput = 'xml'"):
        file.write_text(text)
        monkeypatch.setenv("CHRONOVISOR_OUTPUT", "" if text else "xml")
        ran = cli("host", "list")
        assert (ran.code, ran.out) == (Exit.USAGE, "")
        assert "'xml' is none of table, wide, json" in ran.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("current = ", "Invalid value"),
        ("colour = 1", "colour: must be one of current, contexts"),
        ("current = 1", "current: must be the name of a context"),
        ("current = 'x'", "current: there is no context 'x'"),
        ("contexts = 1", "contexts: must be tables"),
        ("[contexts]\nprod = 1", "contexts.prod: must be a table"),
        ("[contexts.prod]\ncolour = 'red'", "contexts.prod.colour: must be one of servers"),
        ("[contexts.prod]\nproject = 1", "contexts.prod.project: must be a text"),
        ("[contexts.prod]\nservers = [1]", "contexts.prod.servers: must be a list of HOST:PORT"),
        ("[contexts.'a b']", "'a b' is no name of a context"),
        ("\xff", "cannot be read"),
    ],
)
def test_a_file_that_makes_no_sense_is_a_sentence_with_its_place(
    cli: Cli, plane: Plane, file: Path, text: str, words: str
) -> None:
    file.write_bytes(text.encode("latin-1"))
    for command in (("vm", "list"), ("context", "list"), ("vm", "sow"), ("vm", "list", "-o", "json")):
        ran = cli(*command)
        assert ran.code == Exit.USAGE
        assert (len(ran.err.splitlines()), ran.out) == (1, "")
        if command == ("vm", "list"):
            assert words in ran.err
            assert str(file) in ran.err
    assert not plane.proxy.calls


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("use", "none"), "There is no context 'none'; there are none yet"),
        (("use",), "Give one of NAME and --none"),
        (("show",), "No context is in use"),
        (("show", "none"), "There is no context 'none'"),
        (("delete", "none"), "There is no context 'none'"),
        (("set", "a b"), "'a b' is no name of a context"),
        (("set", "a", "--default-output", "xml"), "xml"),
    ],
)
def test_wrong_usage_changes_nothing(cli: Cli, file: Path, args: tuple[str, ...], words: str) -> None:
    ran = cli("context", *args)
    assert ran.code == Exit.USAGE
    assert words in ran.err
    assert not file.exists()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
VALUES = st.fixed_dictionaries(
    {}, optional={"servers": st.lists(TEXTS, min_size=1), "project": TEXTS, "ca_file": TEXTS}
)


@given(st.dictionaries(st.from_regex(contexts.NAME, fullmatch=True), VALUES, max_size=3))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, by_name: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("contexts") / "sub" / "config.toml"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(contexts.FILE_VARIABLE, str(path))
        written = Contexts(min(by_name, default=""), by_name)
        contexts.write(written)
        assert contexts.read() == written


def test_a_name_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(BadContexts, match="there are a, b"):
        Contexts("", {"b": {}, "a": {}}).get("c")
