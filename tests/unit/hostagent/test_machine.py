"""The identity that an agent reports of its machine."""

import re
from pathlib import Path

import pytest
from hostagent import options
from hostagent.machine import hypervisor_of, machine_ids


def machine(root: Path, machine_id: str = "", product_uuid: str = "") -> Path:
    for path, value in (("etc/machine-id", machine_id), ("sys/class/dmi/id/product_uuid", product_uuid)):
        if value:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(value + "\n")
    return root


def test_each_source_that_can_be_read_is_reported_as_a_digest(tmp_path: Path) -> None:
    ids = machine_ids("simulated", root=machine(tmp_path, "4d8f00dcafe", "B0A2-11"))
    assert [each.partition(":")[0] for each in ids] == ["machine-id", "product-uuid"]
    assert all(re.fullmatch(r"[a-z-]+:[0-9a-f]{64}", each) for each in ids)
    assert not any("4d8f00dcafe" in each for each in ids)
    assert ids == machine_ids("simulated", root=tmp_path)


def test_a_clone_of_the_image_on_another_board_has_another_identity(tmp_path: Path) -> None:
    one = machine_ids("simulated", root=machine(tmp_path / "a", "same", "board-1"))
    other = machine_ids("simulated", root=machine(tmp_path / "b", "same", "board-2"))
    assert one[0] == other[0]
    assert one[1] != other[1]


@pytest.mark.parametrize("nothing", ["", "uninitialized", "00000000-0000-0000-0000-000000000000", "Not Settable"])
def test_what_identifies_no_machine_is_not_reported(tmp_path: Path, nothing: str) -> None:
    assert machine_ids("simulated", root=machine(tmp_path, nothing, nothing)) == ()


def test_another_hypervisor_on_the_same_machine_is_another_identity(tmp_path: Path) -> None:
    root = machine(tmp_path, "one")
    hypervisors = [
        hypervisor_of("simulated"),
        hypervisor_of("libvirt", "qemu:///system"),
        hypervisor_of("libvirt", "qemu:///session"),
        hypervisor_of("libvirt", "test:///default"),
    ]
    assert len({machine_ids(each, root=root) for each in hypervisors}) == len(hypervisors)


def test_however_a_hypervisor_is_reached_it_is_the_same() -> None:
    assert hypervisor_of("libvirt", "qemu+unix:///system?mode=direct") == hypervisor_of("libvirt", "qemu:///system")


def test_an_identity_that_was_chosen_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = machine(tmp_path, "one", "two")
    assert [each.partition(":")[0] for each in machine_ids("simulated", "pod-7", root)] == ["chosen"]
    monkeypatch.setenv("CHRONOVISOR_MACHINE_ID", "pod-7")
    chosen = options.settings_of(options.parse(["--driver", "simulated"]))
    assert chosen.machine_ids == machine_ids("simulated", "pod-7", root)
