"""Parameters of fencers: what a file may say, and the field and the rule where it says something else."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from chronovisor.option_sources import invoke

from controlplane.command_line import commands
from controlplane.fencers.parameters import COMMON, KINDS, FencerSettings, parse_fencers

REDFISH = 'hosts = "rack=r7"\nkind = "redfish"\naddress = "https://{host}.bmc:8443/"'
IPMI = 'hosts = ""\nkind = "ipmi"\naddress = "{label:bmc}"'
COMMAND = 'hosts = "zone in (a,b)"\nkind = "command"\nprogram = ["/bin/off", "{host}"]'


def parsed(*fencers: str) -> tuple[FencerSettings, ...]:
    text = "\n".join(f"[[fencers]]\n{each}" for each in fencers)
    return parse_fencers(tomllib.loads(text).get("fencers", []))


def test_what_is_left_out_has_its_default() -> None:
    redfish, ipmi, command, manual = parsed(REDFISH, IPMI, COMMAND, 'hosts = ""\nkind = "manual"')
    assert (redfish.timeout_s, redfish.attempts, str(redfish.hosts)) == (60.0, 3, "rack=r7")
    assert redfish.parameters["address"] == "https://{host}.bmc:8443"
    assert redfish.parameters["verify_tls"] is True
    assert (ipmi.parameters["port"], ipmi.parameters["interface"]) == (623, "lanplus")
    assert command.parameters == {"program": ("/bin/off", "{host}"), "status": (), "address": ""}
    assert manual.parameters == {}


def test_no_fencers_are_none() -> None:
    assert parsed() == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('kind = "manual"', "hosts: is required"),
        ('hosts = "rack="\nkind = "manual"', "hosts: expected a value"),
        ('hosts = "a=1,a=2"\nkind = "manual"', "hosts: a=1 and a=2 can never hold together"),
        ('hosts = ["a"]\nkind = "manual"', "hosts: must be a selector"),
        ('hosts = ""', "kind: is required"),
        ('hosts = ""\nkind = "magic"', "kind: must be one of redfish, ipmi, command, manual"),
        ('hosts = ""\nkind = "manual"\naddress = "x"', "address: must be one of hosts, kind, timeout_s, attempts"),
        ('hosts = ""\nkind = "redfish"', "address: is required"),
        (f"{REDFISH}\ntimeout_s = 0", "timeout_s: must be a number of seconds"),
        (f"{REDFISH}\ntimeout_s = true", "timeout_s: must be a number of seconds"),
        (f"{REDFISH}\nattempts = 1.5", "attempts: must be a whole number from 1 to 20"),
        (f"{REDFISH}\nattempts = 21", "attempts: must be a whole number from 1 to 20"),
        (f"{REDFISH}\nverify_tls = 'no'", "verify_tls: must be true or false"),
        (f"{REDFISH}\nauth = 'digest'", "auth: must be one of basic, session"),
        (f"{REDFISH}\nusername = 'a'", "username: must be there with password_file"),
        (f"{REDFISH}\npassword_file = '/p'", "username: must be there with password_file"),
        (f"{REDFISH}\npassword = 'secret'", "password: must be one of"),
        (f"{REDFISH}\nsystem = 'Systems/1'", "system: must be a path that begins with /"),
        (REDFISH.replace("https://", "ftp://"), "address: must be https://HOST"),
        (REDFISH.replace("https://", "https://me:word@"), "address: must be https://HOST"),
        (REDFISH.replace("{host}", "{zone}"), "address: {zone} must be {host} or {label:KEY}"),
        (REDFISH.replace("{host}", "{host"), "address: 'https://{host.bmc:8443/' has a brace"),
        (IPMI.replace("{label:bmc}", "-x"), "address: must not begin with a dash"),
        (f"{IPMI}\nport = 0", "port: must be a whole number from 1 to 65535"),
        (f"{IPMI}\ninterface = '-v'", "interface: must be a name of an interface"),
        (COMMAND.replace('["/bin/off", "{host}"]', '"/bin/off"'), "program: must be a list of strings"),
        (COMMAND.replace("/bin/off", "off"), "program: must begin with the path of a program"),
        (COMMAND.replace("{host}", "{label:}"), "program: {label:} must be {host} or {label:KEY}"),
    ],
)
def test_what_is_wrong_is_named_by_the_number_the_field_and_the_rule(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match="number 2, ") as raised:
        parsed(COMMAND, text)
    assert str(raised.value).startswith(f"number 2, {problem}")


def test_the_daemon_reads_them_from_its_file(tmp_path: Path) -> None:
    assert served(tmp_path, f"most-waiting = 5\n[[fencers]]\n{COMMAND}")["fencers"] == parsed(COMMAND)
    assert served(tmp_path, "")["fencers"] == ()


@pytest.mark.parametrize("text", ['fencers = "redfish"', "[fencers]\nkind = 'ipmi'", "fencers = [1]"])
def test_what_is_no_list_of_tables_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    with pytest.raises(SystemExit):
        served(tmp_path, text)
    assert "fencers: must be a list of tables, each [[fencers]]" in capsys.readouterr().err


def test_a_bad_fencer_ends_the_start_with_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        served(tmp_path, '[[fencers]]\nhosts = ""\nkind = "magic"')
    assert ended.value.code == 2
    problem = "fencers: number 1, kind: must be one of redfish, ipmi, command, manual"
    assert problem in capsys.readouterr().err


def test_the_command_line_has_no_such_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        invoke(commands(), "chronovisord", ["--fencers", "x"])
    assert "No such option" in capsys.readouterr().err


def served(directory: Path, text: str) -> dict[str, Any]:
    """What `chronovisord --config` takes from a file."""
    file = directory / "chronovisord.toml"
    file.write_text(text)
    group = commands()
    group.default.callback = dict
    return invoke(group, "chronovisord", ["--config", str(file)])


def test_a_secret_is_never_a_parameter() -> None:
    """A file of settings is read by more than a secret should be: secrets have files of their own."""
    names = [each.name for each in (*COMMON, *(each for kind in KINDS.values() for each in kind))]
    assert not [name for name in names if "password" in name and not name.endswith("_file")]
