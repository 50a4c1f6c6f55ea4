"""Which host has which fencer."""

import tomllib
from collections.abc import Mapping

import pytest

from controlplane.fencers.fencer import ReadBack
from controlplane.fencers.fencers import SWITCHES, Fencers
from controlplane.fencers.parameters import KINDS, parse_fencers
from tests.support.hosts import host

ROWS = """
[[fencers]]
hosts = "host=node-9"
kind = "manual"

[[fencers]]
hosts = "rack=r7"
kind = "command"
program = ["/bin/off"]
timeout_s = 7

[[fencers]]
hosts = "zone in (a,b)"
kind = "ipmi"
address = "{host}-bmc"
timeout_s = 8
"""


def timeout_of(name: str, labels: Mapping[str, str], zone: str) -> float | None:
    fencer = Fencers(parse_fencers(tomllib.loads(ROWS)["fencers"])).for_host(host(name, labels, zone))
    assert fencer is None or isinstance(fencer, ReadBack)
    return fencer.timeout_s if fencer else None


@pytest.mark.parametrize(
    ("name", "labels", "zone", "timeout_s"),
    [
        ("node-1", {"rack": "r7"}, "", 7.0),
        ("node-1", {"rack": "r7"}, "a", 7.0),
        ("node-1", {"rack": "r8"}, "b", 8.0),
        ("node-1", {"rack": "r8"}, "c", None),
        ("node-9", {"rack": "r7"}, "a", None),
    ],
)
def test_the_first_that_selects_the_host_is_its_own(
    name: str, labels: dict[str, str], zone: str, timeout_s: float | None
) -> None:
    assert timeout_of(name, labels, zone) == timeout_s


def test_without_settings_no_host_has_one() -> None:
    assert Fencers().for_host(host()) is None


def test_every_kind_but_manual_has_a_switch() -> None:
    assert set(SWITCHES) == set(KINDS) - {"manual"}
