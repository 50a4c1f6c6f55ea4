"""User data and names on the command line: given from files, shown to those who may alone, and by nothing else."""

import json
from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit

from controlplane.domain.errors import AccessDenied
from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE

TEXT = "#cloud-config\npassword: canary-2b1f\n"
FLEET = """
vms:
  default/web-1:
    user_data_file: {file}
    spec: {{vcpus: 1, memory: 512MiB, disk: 1GiB, image: tiny}}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "user-data").write_text(TEXT)
    return str(tmp_path / "user-data")


def test_user_data_is_given_from_a_file_and_printed_by_one_command_alone(cli: Cli, file: str) -> None:
    made = cli(*CREATE, "--user-data", file, "-o", "json")
    assert made.code == Exit.OK
    shown = cli("vm", "show", "web-1")
    assert "user data    36 bytes, encrypted" in shown.out
    assert cli("vm", "secrets", "web-1").out == TEXT
    assert json.loads(cli("vm", "secrets", "web-1", "-o", "json").out)["kept_user_data"]["size_bytes"] == "36"
    others = [("vm", "show", "web-1"), ("vm", "list"), ("history", "vm", "web-1"), ("export",), ("why", "web-1")]
    for words in others:
        for output in ((), ("-o", "json")):
            assert "canary" not in cli(*words, *output).out
    assert "canary" not in made.out


def test_user_data_is_changed_and_taken_away(cli: Cli, file: str) -> None:
    cli(*CREATE)
    assert cli("vm", "update", "web-1", "--user-data", file).code == Exit.OK
    assert cli("vm", "secrets", "web-1").out == TEXT
    assert cli("vm", "update", "web-1", "--user-data", file, "--no-user-data").code == Exit.USAGE
    assert cli("vm", "update", "web-1", "--no-user-data").code == Exit.OK
    assert cli("vm", "secrets", "web-1").out == ""


@pytest.mark.parametrize(
    ("content", "rule"), [(None, "cannot read"), ("", "is empty"), ("x" * 65_537, "at most 65536")]
)
def test_a_file_that_is_no_user_data_is_refused(cli: Cli, tmp_path: Path, content: str | None, rule: str) -> None:
    if content is not None:
        (tmp_path / "user-data").write_text(content)
    ran = cli(*CREATE, "--user-data", str(tmp_path / "user-data"))
    assert ran.code == Exit.USAGE
    assert rule in ran.err
    assert "xxx" not in ran.err


def test_a_file_of_apply_names_the_file_and_its_plan_has_no_text(cli: Cli, file: str, tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(FLEET.format(file=Path(file).name))
    applied = cli("apply", "-f", str(fleet), "--yes")
    assert applied.code == Exit.OK, applied.err
    assert "canary" not in applied.out + applied.err
    assert cli("vm", "secrets", "web-1").out == TEXT
    # What nobody reads is not compared.
    assert cli("apply", "-f", str(fleet), "--yes").code == Exit.OK
    fleet.write_text(FLEET.format(file="nowhere"))
    missing = cli("apply", "-f", str(fleet), "--yes")
    assert missing.code == Exit.USAGE
    assert "cannot read" in missing.err


def test_whoever_may_not_reads_no_secrets(cli: Cli, plane: Plane, file: str) -> None:
    cli(*CREATE, "--user-data", file)
    plane.proxy.fail_next("GetVmSecrets", AccessDenied("user:alice", "vms.secrets.read", "projects/default"))
    ran = cli("vm", "secrets", "web-1")
    assert ran.code != Exit.OK
    assert (ran.out, "canary" in ran.err) == ("", False)


def test_a_person_is_forgotten_and_the_history_shows_nobody(cli: Cli) -> None:
    cli(*CREATE)
    assert "user:alice" in cli("history", "vm", "web-1").out
    forgotten = cli("privacy", "forget", "user:alice", "--yes", "--reason", "requested")
    assert forgotten.code == Exit.OK, forgotten.err
    assert "user:forgotten-" in forgotten.out
    history = cli("history", "vm", "web-1").out
    assert "user:alice" not in history
    assert "user:forgotten-" in history
    assert cli("privacy", "forget", "alice", "--yes").code == Exit.USAGE
    assert cli("privacy", "forget", "user:bob").code == Exit.USAGE
