"""How guests are confined is concluded from what the kernel says of a process, not from what was configured."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from hostagent.drivers.isolation import Isolation
from hostagent.drivers.libvirt.isolation import GuestProcess, find_process, isolation_of
from hostagent.options import parse, settings_of

SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
STATUS = {"Uid": "999\t999\t999\t999", "CapEff": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2"}
CONFINED = GuestProcess(STATUS, ("qemu", "-sandbox", SANDBOX))
Change = Callable[[GuestProcess], GuestProcess]


def with_status(**fields: str) -> Change:
    return lambda process: dataclasses.replace(process, status=process.status | fields)


def with_arguments(*arguments: str) -> Change:
    return lambda process: dataclasses.replace(process, arguments=arguments)


def test_a_process_without_privileges_and_with_a_filter_is_confined_by_both() -> None:
    assert isolation_of(CONFINED, ["none", "dac"]) == {Isolation.DAC, Isolation.SECCOMP}


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (with_status(Uid="0\t0\t0\t0"), Isolation.DAC),
        # It can become root again.
        (with_status(Uid="999\t999\t0\t999"), Isolation.DAC),
        (with_status(CapEff="0000000000000002"), Isolation.DAC),
        (with_status(Seccomp="0"), Isolation.SECCOMP),
        (with_status(NoNewPrivs="0"), Isolation.SECCOMP),
        (with_arguments("qemu", "-sandbox", "off"), Isolation.SECCOMP),
        (with_arguments("qemu", "-sandbox", "on"), Isolation.SECCOMP),
        (with_arguments("qemu"), Isolation.SECCOMP),
        (with_arguments("qemu", "-sandbox"), Isolation.SECCOMP),
    ],
)
def test_what_falls_short_is_not_claimed(change: Change, lost: Isolation) -> None:
    assert isolation_of(change(CONFINED), []) == {Isolation.DAC, Isolation.SECCOMP} - {lost}


@pytest.mark.parametrize(
    ("models", "label", "enforcing", "found"),
    [
        (["apparmor", "dac"], "libvirt-6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111 (enforce)", False, {Isolation.APPARMOR}),
        (["apparmor", "dac"], "libvirt-6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111 (complain)", False, set[Isolation]()),
        (["apparmor", "dac"], "unconfined", False, set[Isolation]()),
        # The label is not libvirt's doing.
        (["none"], "libvirt-6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111 (enforce)", False, set[Isolation]()),
        (["selinux", "dac"], "system_u:system_r:svirt_t:s0:c1,c2", True, {Isolation.SVIRT}),
        (["selinux", "dac"], "system_u:system_r:svirt_tcg_t:s0:c1,c2", True, {Isolation.SVIRT}),
        (["selinux", "dac"], "system_u:system_r:svirt_t:s0:c1,c2", False, set[Isolation]()),
        (["selinux", "dac"], "system_u:system_r:unconfined_t:s0", True, set[Isolation]()),
        (["selinux", "dac"], "", True, set[Isolation]()),
    ],
)
def test_labels_count_where_they_are_enforced(
    models: list[str], label: str, enforcing: bool, found: set[Isolation]
) -> None:
    process = dataclasses.replace(CONFINED, label=label, enforcing=enforcing)
    assert isolation_of(process, models) - {Isolation.DAC, Isolation.SECCOMP} == found


def test_a_guest_is_found_by_its_uuid_among_all_processes(tmp_path: Path) -> None:
    for number, arguments in enumerate(
        (b"sh\0-uuid\0", b"qemu\0-uuid\0a-uuid\0-sandbox\0on\0", b"qemu\0-uuid\0other\0")
    ):
        process = tmp_path / str(number)
        (process / "attr").mkdir(parents=True)
        (process / "cmdline").write_bytes(arguments)
        (process / "status").write_text("Name:\tqemu\nUid:\t999\t999\t999\t999\n")
        (process / "attr" / "current").write_text("a-label\n\0")
        (process / "cgroup").write_text("4:memory:/machine/a\n0::/machine/a\n")
    found = find_process("a-uuid", tmp_path)
    assert found is not None
    assert found.cgroups == ("4:memory:/machine/a", "0::/machine/a")
    assert (found.status["Uid"], found.sandbox, found.label) == ("999\t999\t999\t999", "on", "a-label")
    assert find_process("no-uuid", tmp_path) is None


def test_isolation_cannot_be_declared_but_of_a_simulated_host() -> None:
    options = ["--trait", "ssd", "--trait", "isolation.svirt"]
    with pytest.raises(ValueError, match=r"--trait isolation\.svirt: how guests are isolated is measured"):
        settings_of(parse(options))
    assert settings_of(parse([*options, "--driver", "simulated"])).traits == ("ssd", "isolation.svirt")
