"""Options of daemons: where a value comes from, which source comes first, and what is wrong with one."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from chronovisor.option_sources import Command, DefaultGroup, Option, Parsed, invoke
from hostagent import options as agent

from controlplane.command_line import commands


def pair(text: str) -> tuple[str, int]:
    key, _, value = text.partition("=")
    if not value.isdigit():
        raise ValueError(f"{text!r}: must be KEY=NUMBER")
    return key, int(value)


def program(*arguments: str) -> dict[str, Any]:
    """What the callback gets of the program `chronovisor-test`."""

    def options() -> list[click.Parameter]:
        return [
            Option("--color", type=click.Choice(("red", "blue")), default="red"),
            Option("--most-waiting", type=int, default=1),
            Option("--label", type=Parsed(pair), multiple=True),
            Option("--dev", is_flag=True),
        ]

    serve = Command("serve", params=options(), callback=dict)
    group = DefaultGroup(default=serve)
    group.add_command(Command("check", params=[*options()[1:2], Option("--deep", is_flag=True)], callback=dict))
    return invoke(group, "chronovisor-test", arguments)


def written(path: Path, text: str) -> str:
    file = path / "options.toml"
    file.write_text(text)
    return str(file)


def test_the_command_line_comes_before_the_environment_the_file_and_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program()["most_waiting"] == 1
    file = written(tmp_path, "most-waiting = 2")
    assert program("--config", file)["most_waiting"] == 2
    monkeypatch.setenv("CHRONOVISOR_TEST_MOST_WAITING", "3")
    assert program("--config", file)["most_waiting"] == 3
    assert program("--most-waiting", "4", "--config", file)["most_waiting"] == 4


def test_all_kinds_of_options_have_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COLOR", "blue"), ("LABEL", "a=1 b=2"), ("DEV", "true")):
        monkeypatch.setenv(f"CHRONOVISOR_TEST_{name}", value)
    assert program() == {"color": "blue", "most_waiting": 1, "label": (("a", 1), ("b", 2)), "dev": True}


@pytest.mark.parametrize("labels", ['label = ["a=1", "b=2"]', "[label]\na = 1\nb = 2"])
def test_a_file_has_the_types_of_toml(tmp_path: Path, labels: str) -> None:
    found = program("--config", written(tmp_path, f'dev = true\ncolor = "blue"\n{labels}'))
    assert found == {"color": "blue", "most_waiting": 1, "label": (("a", 1), ("b", 2)), "dev": True}


def test_a_file_can_be_named_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHRONOVISOR_TEST_CONFIG", written(tmp_path, "dev = true"))
    assert program()["dev"]


def test_another_command_takes_from_the_file_what_it_has(tmp_path: Path) -> None:
    file = written(tmp_path, 'most-waiting = 7\ncolor = "blue"')
    assert program("check", "--config", file) == {"most_waiting": 7, "deep": False}


@pytest.mark.parametrize(
    ("text", "key", "rule"),
    [
        ("colour = 1", "colour", "must be one of color, dev, label, most-waiting"),
        ("config = 'x'", "config", "must be one of color, dev, label, most-waiting"),
        ("color = 'green'", "color", "'green' is not one of 'red', 'blue'"),
        ("most-waiting = 'many'", "most-waiting", "'many' is not a valid integer"),
        ("most-waiting = true", "most-waiting", "must be a string or a number"),
        ("dev = 1", "dev", "must be true or false"),
        ("label = 'a=1'", "label", "must be a list of strings or a table"),
        ("label = [[1]]", "label", "must be a list of strings or a table"),
        ("[label]\na = 'x'", "label", "'a=x': must be KEY=NUMBER"),
        ("dev = ", "", "Invalid value"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_sentence_with_the_file_the_key_and_the_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, key: str, rule: str
) -> None:
    file = written(tmp_path, text)
    error = _usage_error(capsys, ["--config", file])
    assert error.startswith(f"chronovisor-test serve: {file}: {key}")
    assert rule in error
    assert error.endswith("; see chronovisor-test serve --help\n")


def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"{tmp_path / 'none'}: No such file" in _usage_error(capsys, ["--config", str(tmp_path / "none")])
    (tmp_path / "bytes").write_bytes(b"\xff")
    assert f"{tmp_path / 'bytes'}: " in _usage_error(capsys, ["--config", str(tmp_path / "bytes")])


def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CHRONOVISOR_TEST_LABEL", "a")
    assert "$CHRONOVISOR_TEST_LABEL: 'a': must be KEY=NUMBER" in _usage_error(capsys, [])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--bogus"], "No such option"),
        (["--label"], "requires an argument"),
        (["--label", "a=\x1b[2J"], "--label: 'a=\\x1b[2J': must be KEY=NUMBER"),
        (["bogus"], "No such command 'bogus'"),
        (["serve", "x"], "unexpected extra argument"),
        (["--most-waiting", "1", "check"], "options come after the command: chronovisor-test check OPTIONS"),
        (["--color", "check"], "'check' is not one of"),
        (["--dev", "other"], "unexpected extra argument"),
    ],
)
def test_a_usage_error_is_one_printable_line(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str], text: str
) -> None:
    assert text in _usage_error(capsys, arguments)


def _usage_error(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        program(*arguments)
    out, error = capsys.readouterr()
    assert (ended.value.code, out, error.count("\n")) == (2, "", 1)
    assert error.rstrip("\n").isprintable()
    return error


def test_every_option_of_the_daemons_shows_its_variable(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in _with_options(commands()):
        with pytest.raises(SystemExit):
            invoke(commands(), "chronovisord", [*arguments, "--help"])
        _check_variables(capsys.readouterr().out, "CHRONOVISORD_")
    with pytest.raises(SystemExit):
        agent.parse(["--help"])
    _check_variables(capsys.readouterr().out, "CHRONOVISOR_AGENT_")


def _with_options(group: click.Group) -> Iterator[list[str]]:
    """The words of each command that takes options: the default one, and all in groups."""
    yield []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from ([name, inner] for inner in command.commands)
        else:
            yield [name]


def _check_variables(text: str, prefix: str) -> None:
    names = [line.split()[0] for line in text.splitlines() if line.startswith("  --")]
    names.remove("--help")
    assert names
    shown = " ".join(text.split())
    for name in names:
        assert f"env var: {prefix}{name.lstrip('-').upper().replace('-', '_')}" in shown
