"""What a host keeps for its VMs, by the names of files."""

from pathlib import Path

from hostagent.drivers.base import KeptKind
from hostagent.host_files import kept_files

UID = "6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111"


def test_each_file_is_known_by_its_name_and_those_of_others_are_not_concerned(tmp_path: Path) -> None:
    names = {
        f"disks/{UID}.qcow2": KeptKind.DISK,
        f"disks/{UID}.new": KeptKind.DISK,
        f"disks/{UID}.seed.iso": KeptKind.SEED,
        f"disks/{UID}.seed.new": KeptKind.SEED,
        f"disks/{UID}.uefi.fd": KeptKind.FIRMWARE,
        f"consoles/{UID}.log": KeptKind.CONSOLE_LOG,
        f"consoles/{UID}.log.0": KeptKind.CONSOLE_LOG,
        f"consoles/{UID}.log.places": KeptKind.CONSOLE_LOG,
        f"images/{'a' * 64}.part": KeptKind.IMAGE,
    }
    others = ("disks/mine.qcow2", f"disks/{UID}.txt", f"images/{'a' * 64}", "consoles/README")
    for name in (*names, *others):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bytes(5000))
    found = {each.name: each for each in kept_files(tmp_path)}
    assert {name: each.kind for name, each in found.items()} == {Path(name).name: kind for name, kind in names.items()}
    assert {each.vm_uid for each in found.values()} == {UID, ""}
    assert all(each.size >= 4096 for each in found.values())


def test_a_host_without_any_keeps_nothing(tmp_path: Path) -> None:
    assert [*kept_files(tmp_path)] == []
