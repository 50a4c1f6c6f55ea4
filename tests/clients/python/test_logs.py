"""The daemons' log: one line an entry, in both forms, with what it is about, without secrets, and without end."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Generator, Sequence
from io import StringIO
from typing import Any

import pytest
from chronovisor import logs, tracing
from chronovisor.log_options import log_options
from chronovisor.logs.bounded import MOST_ALIKE, MOST_THE_SAME, WINDOW_S, Bounded
from chronovisor.logs.levels import LevelRule, LogFormat, parse_rule
from chronovisor.logs.lines import LONGEST, HumanLines, JsonLines
from chronovisor.logs.secrets import LEFT_OUT, without_secrets
from chronovisor.logs.set_up import VARIABLE, LogSettings
from chronovisor.option_sources import Command, invoke
from chronovisor.tracing import Span

from tests.support.waiting import wait_until

CANARY = "canary9d41batterystaplecanary9d41batterystaple"
FORMATS: dict[str, Callable[..., logging.Formatter]] = {"human": HumanLines, "json": JsonLines}


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("a.module", logging.WARNING, __file__, 1, message, args, None)
    made.created = 1_796_000_000.25
    vars(made).update(extra)
    return made


def failed(message: str, error: str) -> logging.LogRecord:
    made = record(message)
    try:
        raise ValueError(error)
    except ValueError:
        made.exc_info = sys.exc_info()
    return made


def as_json(made: logging.LogRecord) -> Any:
    return json.loads(JsonLines().format(made))


def test_a_line_for_people() -> None:
    line = HumanLines().format(record("%s is lost", "node-1"))
    assert line == "2026-11-30T00:53:20.250Z WARNING a.module: node-1 is lost"


def test_an_object_for_programs() -> None:
    entry = as_json(record("%s is lost", "node-1", position=12))
    assert entry.pop("time").endswith(".250Z")
    assert entry == {"level": "warning", "module": "a.module", "message": "node-1 is lost", "position": 12}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_text_of_others_stays_in_one_line_and_drives_no_terminal(kind: str) -> None:
    made = record("%s cannot: %s", "node-1", "a\nERROR x: \x1b[2J\0\u202e\r\n b", request_id="1\n2\x1b")
    line = FORMATS[kind]().format(made)
    assert line.isprintable()
    assert "node-1 cannot: a ERROR x: " in line


@pytest.mark.parametrize("kind", FORMATS)
def test_a_traceback_is_in_the_same_line(kind: str) -> None:
    made = failed("it failed", "why\nindeed")
    made.stack_info = "Stack (most recent call last):\n  here"
    line = FORMATS[kind]().format(made)
    assert line.isprintable()
    assert "ValueError: why" in line
    assert "Stack" in line
    assert as_json(made)["error"].splitlines()[0] == "Traceback (most recent call last):"


def test_what_is_long_is_cut_and_says_so() -> None:
    message = as_json(record("x" * (LONGEST + 1)))["message"]
    assert message == f"{'x' * LONGEST}... ({LONGEST + 1} characters)"


async def test_an_entry_has_what_its_task_is_about_and_its_own_first() -> None:
    async def other() -> dict[str, Any]:
        logs.enter(lambda: {"method": "B", "principal": "user:~b"})
        return as_json(record("it"))

    logs.enter(lambda: {"method": "A", "request_id": "r", "position": 0})
    with logs.within(position=7):
        entry = as_json(record("it", request_id="own"))
        assert (entry["method"], entry["request_id"], entry["position"]) == ("A", "own", 7)
        # What is begun is about the same, until it says otherwise.
        found = await asyncio.create_task(other())
        assert (found["method"], found["principal"]) == ("B", "user:~b")
        assert "request_id" not in found
    assert "position" not in as_json(record("it"))
    line = HumanLines({"host": "node-1"}).format(record("it"))
    assert line.endswith("it  host=node-1 method=A request_id=r")


class OfOpenTelemetry:
    """What a span of its library is made of, as far as one is needed here."""

    trace_id, span_id = 0x4BF92F3577B34DA6A3CE929D0E0E4736, 0xF067AA0BA902B7

    def get_span_context(self) -> "OfOpenTelemetry":
        return self

    def set_attributes(self, _attributes: object) -> None:
        """None are kept."""

    def end(self, _at_ns: int | None) -> None:
        """Nothing is sent."""


def test_within_a_span_an_entry_has_its_trace() -> None:
    tracer: Any = None
    with tracing.within(Span(tracer, OfOpenTelemetry())):
        assert as_json(record("it"))["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert "trace_id" not in as_json(record("it"))


def test_fields_that_cannot_be_found_keep_no_entry_back() -> None:
    def fail() -> dict[str, str | int]:
        raise RuntimeError

    async def logged() -> Any:
        logs.enter(fail)
        return as_json(record("it"))

    assert asyncio.run(logged())["message"] == "it"


JWT = f"eyJ{CANARY}.eyJ{CANARY}.{CANARY}"
PEM = f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}\n{CANARY}\n-----END EC PRIVATE KEY-----"
SECRETS: tuple[str, ...] = (
    PEM,
    PEM.partition("-----END")[0],
    f"-----BEGIN PRIVATE KEY-----\\n{CANARY}",
    f"cvsa_{CANARY}",
    f"cvht_{CANARY}",
    JWT,
    f"Authorization: Bearer {CANARY}",
    f"(('authorization', 'bearer {CANARY}'),)",
    f"authorization: Basic {CANARY}",
    f"postgresql://chronovisor:{CANARY}@db:5432/ledger",
    f"password={CANARY}",
    f'"db_password": "{CANARY} {CANARY}"',
    f"client_secret: {CANARY}",
    f'user_data: "#cloud-config\\npassword: \\"{CANARY}\\""',
    f"DesiredGuest(vm_uid='1', user_data=b'#cloud-config\\n {CANARY}', version=3)",
    f"POST https://issuer/token?refresh_token={CANARY}&client_id=a",
    f"{{'private_key': '{CANARY}'}}",
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("kind", FORMATS)
def test_no_secret_is_in_a_line(kind: str, secret: str) -> None:
    made = failed("it failed: %s, %r", f"because of {secret}")
    made.args = (secret, secret)
    made.stack_info = f"Stack:\n{secret}"
    vars(made)["request_id"] = secret
    line = FORMATS[kind]({"host": secret}).format(made)
    assert CANARY not in line
    assert line.count(LEFT_OUT) >= 4


@pytest.mark.parametrize(
    "text",
    [
        "the last use of tokens is recorded later: no answer",
        "projects/shop/vms/web gets its guest without user data: its key is gone",
        "secrets are forgotten later: the store is away",
        "vms/0190c0de-0000-7000-8000-000000000000@3 by serviceAccount:projects/shop/serviceAccounts/ci",
        "sqlite:////var/lib/chronovisor/ledger.db cannot be used",
        "https://issuer.example.com:8443/keys: no answer",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_secrets(text) == text


@pytest.mark.parametrize(
    ("text", "rule"),
    [("debug", LevelRule("", "debug")), ("controlplane.ledger=error", LevelRule("controlplane.ledger", "error"))],
)
def test_levels(text: str, rule: LevelRule) -> None:
    assert parse_rule(text) == rule
    assert str(rule) == text


@pytest.mark.parametrize("text", ["", "loud", "=debug", "a=loud", "a b=debug", "1=debug", "debug=a", "INFO"])
def test_what_is_no_level(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        parse_rule(text)


@pytest.fixture
def log_of_the_process(monkeypatch: pytest.MonkeyPatch) -> Generator[StringIO]:
    """The root's handlers and levels as they were, afterwards."""
    root, module = logging.getLogger(), logging.getLogger("chronovisor_test")
    before, level = root.handlers[:], root.level
    # What is done is undone, where there was none, too.
    monkeypatch.setenv(VARIABLE, "")
    root.handlers[:] = []
    yield StringIO()
    root.handlers[:] = before
    root.setLevel(level)
    module.setLevel(logging.NOTSET)
    logging.getLogger("chronovisor_test.loud").setLevel(logging.NOTSET)


def test_levels_are_of_modules_and_what_is_below_them(log_of_the_process: StringIO) -> None:
    rules = [parse_rule(each) for each in ("warning", "chronovisor_test.loud=debug", "chronovisor_test=error")]
    settings = LogSettings(LogFormat.JSON, rules)
    logs.set_up(settings, {"host": "node-1"}, log_of_the_process)
    for name in ("other", "chronovisor_test", "chronovisor_test.loud", "chronovisor_test.loud.below"):
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(level, "%s %d", name, level)
    entries = [json.loads(line) for line in log_of_the_process.getvalue().splitlines()]
    assert {each["host"] for each in entries} == {"node-1"}
    levels: dict[str, list[str]] = {}
    for each in entries:
        levels.setdefault(each["module"], []).append(each["level"])
    assert levels == {
        "other": ["warning", "error"],
        "chronovisor_test": ["error"],
        "chronovisor_test.loud": ["debug", "info", "warning", "error"],
        "chronovisor_test.loud.below": ["debug", "info", "warning", "error"],
    }
    # Processes that this one starts have the same.
    assert logs.inherited() == settings


def test_another_thread_can_write_it(log_of_the_process: StringIO) -> None:
    logs.set_up(LogSettings(LogFormat.JSON), {"host": "node-1"}, log_of_the_process, waits=False)
    logging.getLogger("chronovisor_test").warning("%s\nis lost", "it", extra={"position": 7})
    wait_until(lambda: log_of_the_process.getvalue().endswith("\n"))
    entry = json.loads(log_of_the_process.getvalue())
    assert (entry["message"], entry["position"], entry["host"]) == ("it is lost", 7, "node-1")


@pytest.mark.parametrize(
    "given", ["", "{}", "1", '{"format": "xml", "rules": []}', '{"format": "json", "rules": ["loud"]}']
)
def test_settings_that_make_no_sense_are_those_by_default(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(VARIABLE, given)
    assert logs.inherited() == LogSettings()
    monkeypatch.delenv(VARIABLE)
    assert VARIABLE not in os.environ
    assert logs.inherited() == LogSettings()


def options(*arguments: str) -> Any:
    return invoke(Command("serve", params=log_options(), callback=dict), "chronovisor-test", arguments)


@pytest.mark.parametrize(
    ("file", "rules"),
    [
        ('log-level = "debug"', ["debug"]),
        ('log-level = ["warning", "controlplane.ledger=debug"]', ["warning", "controlplane.ledger=debug"]),
        ('[log-level]\n"controlplane.rpc" = "debug"', ["controlplane.rpc=debug"]),
    ],
)
def test_options_of_a_file(tmp_path: Any, file: str, rules: Sequence[str]) -> None:
    (tmp_path / "options.toml").write_text(file)
    assert list(map(str, options("--config", str(tmp_path / "options.toml"))["log_levels"])) == rules


def test_options_of_the_command_line_and_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert options() == {"log_format": "human", "log_levels": ()}
    settings = LogSettings(LogFormat.JSON, (parse_rule("debug"), parse_rule("a.b=error")))
    found = options(*settings.options)
    assert LogSettings(LogFormat(found["log_format"]), found["log_levels"]) == settings
    monkeypatch.setenv("CHRONOVISOR_TEST_LOG_LEVEL", "warning a.b=debug")
    assert list(map(str, options()["log_levels"])) == ["warning", "a.b=debug"]
    with pytest.raises(SystemExit):
        options("--log-level", "loud")
    assert "--log-level: loud: the level must be one of debug, info, warning, error" in capsys.readouterr().err


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_same_line_comes_some_times_and_then_its_number(clock: Clock) -> None:
    bounded = Bounded(clock)
    assert [bounded.filter(record("it failed: %s", "why")) for _ in range(50)].count(True) == MOST_THE_SAME
    assert bounded.filter(record("another"))
    clock.now += WINDOW_S
    later = record("it failed: %s", "why")
    assert bounded.filter(later)
    assert later.getMessage() == "it failed: why (45 lines like this were left out before)"


def test_lines_of_one_wording_come_often_and_not_without_end(clock: Clock) -> None:
    bounded = Bounded(clock)
    taken = [bounded.filter(record("host %s is lost", number)) for number in range(5 * MOST_ALIKE)]
    assert taken.count(True) == MOST_ALIKE
    assert bounded.filter(record("host is back"))
