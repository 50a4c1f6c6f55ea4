"""SSH keys, host names, machines and protection on the command line, and in files."""

import json
from pathlib import Path

import pytest
from chronovisor.cli.exit_codes import Exit
from chronovisor.v1 import vm_pb2

from tests.clients.python.conftest import Cli
from tests.clients.python.plane import Plane
from tests.clients.python.test_cli import CREATE
from tests.integration.controlplane.largest import public_key

ALICE, BOB = public_key("alice@laptop"), public_key("bob@laptop")
FLEET = """
vms:
  default/web-1:
    labels: {{managed-by: fleet}}
    deletion_protection: true
    spec:
      vcpus: 2
      memory: 512MiB
      disk: 5GiB
      image: tiny
      first_boot: {{ssh_keys: [keys.pub, "{key}"], hostname: web}}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "keys.pub").write_text(f"# Those who may.\n{ALICE}\n\n{BOB}\n")
    return str(tmp_path / "keys.pub")


def test_keys_are_given_as_text_and_from_files_each_once(cli: Cli, plane: Plane, file: str) -> None:
    made = cli(*CREATE, "--ssh-key", BOB, "--ssh-key", file, "--hostname", "web.example.com")
    assert made.code == Exit.OK
    first = plane.vm().spec.first_boot
    assert (list(first.ssh_authorized_keys), first.hostname) == ([BOB, ALICE], "web.example.com")
    assert "first boot   2 SSH keys, host name web.example.com" in cli("vm", "show", "web-1").out
    assert "2 SSH keys, host name web.example.com" in cli("history", "vm", "web-1").out
    cli("vm", "update", "web-1", "--ssh-key", ALICE)
    assert list(plane.vm().spec.first_boot.ssh_authorized_keys) == [ALICE]
    cli("vm", "update", "web-1", "--no-ssh-keys", "--hostname", "")
    assert not plane.vm().spec.HasField("first_boot")
    assert cli("vm", "update", "web-1", "--no-ssh-keys", "--ssh-key", ALICE).code == Exit.USAGE


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (None, "no public key, and no file that can be read"),
        ("# nothing\n", "has no public keys"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\ncanary-77\n", "is a private key, which stays with its owner"),
        ("\xff\xfe", "it is no text"),
    ],
)
def test_what_has_no_keys_is_refused_and_not_sent(cli: Cli, tmp_path: Path, content: str | None, rule: str) -> None:
    file = tmp_path / "id"
    if content is not None:
        file.write_bytes(content.encode("latin-1"))
    ran = cli(*CREATE, "--ssh-key", str(file))
    assert ran.code == Exit.USAGE
    assert rule in ran.err
    assert "canary-77" not in ran.err + ran.out


def test_a_key_that_the_server_refuses_is_named_by_its_option(cli: Cli) -> None:
    ran = cli(*CREATE, "--ssh-key", "ssh-ed25519 nothing")
    assert ran.code == Exit.USAGE
    assert "--ssh-key" in ran.err


def test_a_machine_that_no_host_has_is_refused_with_its_options(cli: Cli) -> None:
    ran = cli(*CREATE, "--firmware", "uefi", "--tpm", "--rng", "--machine-type", "pc-q35-7.2")
    assert ran.code == Exit.USAGE
    for rule in (
        "--firmware: no host has the trait 'firmware.uefi'",
        "--tpm: no host has the trait 'tpm.2.0'",
        "--machine-type: no host has the trait 'machine.pc-q35-7.2'",
        "--rng: no host has the trait 'device.rng'",
    ):
        assert rule in ran.err


def test_a_protected_vm_says_how_that_is_taken_off(cli: Cli) -> None:
    assert cli(*CREATE, "--deletion-protection").code == Exit.OK
    assert "protected    from deletion" in cli("vm", "show", "web-1").out
    refused = cli("vm", "destroy", "web-1", "--yes")
    assert (refused.code, "DELETION_PROTECTED" in refused.err) == (Exit.WRONG_STATE, True)
    assert "chronovisor vm update web-1 --no-deletion-protection" in refused.err
    assert cli("vm", "update", "web-1", "--no-deletion-protection").code == Exit.OK
    assert cli("vm", "destroy", "web-1", "--yes").code == Exit.OK


@pytest.mark.usefixtures("file")
def test_files_declare_it_and_what_is_written_changes_nothing(cli: Cli, plane: Plane, tmp_path: Path) -> None:
    fleet, exported, empty = (tmp_path / name for name in ("fleet.yaml", "exported.yaml", "empty.yaml"))
    fleet.write_text(FLEET.format(key=ALICE))
    assert cli("apply", "-f", str(fleet), "--yes").code == Exit.OK
    vm = plane.vm()
    keys, hostname = sorted(vm.spec.first_boot.ssh_authorized_keys), vm.spec.first_boot.hostname
    assert (keys, hostname, vm.deletion_protection) == (sorted([ALICE, BOB]), "web", True)
    exported.write_text(cli("export", "--kind", "vms").out)
    for path in (fleet, exported):
        assert json.loads(cli("apply", "-f", str(path), "--plan", "-o", "json").out)["changes"] == []
    empty.write_text("vms: {}\n")
    pruned = cli("apply", "-f", str(empty), "--prune", "--selector", "managed-by=fleet", "--yes")
    assert "it is protected from deletion" in pruned.out + pruned.err
    assert plane.vm().state == vm_pb2.VM_STATE_STOPPED
