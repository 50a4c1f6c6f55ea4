"""Texts of parameters that differ by host."""

import pytest

from controlplane.fencers.fencer import FencerError, FenceTarget
from controlplane.fencers.templates import filled

TARGET = FenceTarget("hosts/node-1", "uid", {"bmc": "10.0.0.7", "tower": "a b", "dash": "-x", "empty": ""})


def test_the_host_and_its_labels_are_filled_in() -> None:
    assert filled("https://{host}.example:1/{label:bmc}", TARGET) == "https://node-1.example:1/10.0.0.7"
    assert filled("plain", TARGET) == "plain"


@pytest.mark.parametrize("key", ["tower", "dash", "empty"])
def test_a_label_that_is_no_name_is_refused(key: str) -> None:
    """The agent of a host chooses its labels: no option of a program, and no other path, can be made of one."""
    with pytest.raises(FencerError, match=f"label {key} of hosts/node-1 is no name and no address"):
        filled(f"{{label:{key}}}", TARGET)


def test_a_label_that_is_not_there_is_named() -> None:
    with pytest.raises(FencerError, match="hosts/node-1 has no label ipmi"):
        filled("{label:ipmi}", TARGET)
