"""Scores by zone: on one scale, the same for one host as for all, and by the zone's own policy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.placement.policy import DEFAULT_POLICY, NAMED, Policy, ZonePolicies, parse_policy
from controlplane.placement.host_table import HostTable
from controlplane.placement.scoring import BOUNDS, POLICIES, WIDTH, Scores
from tests.support.controlplane import World, inventory, register

ZONES = ("", "a", "b", "c")
shares = st.floats(0, 1)
weights = st.sampled_from([0.0, 0.25, 1.0, 100.0])
own = st.builds(Policy, weights, weights, weights, st.just("own")).filter(lambda each: any(each.weights.values()))
policies = st.one_of(st.sampled_from(sorted(NAMED)).map(parse_policy), own)
zoned = st.dictionaries(st.sampled_from(["a", "b", "nowhere"]), policies)


def columns() -> HostTable:
    world, made = World(), HostTable()
    for number, zone in enumerate(ZONES):
        command = register(f"h{number}", inventory(), zone=zone)
        world.carry_out(command)
    for host in world.fleet.hosts.values():
        made.put(host)
    return made


ALL = columns()


@pytest.mark.parametrize("name", sorted(POLICIES))
@given(vcpus=shares, memory=shares, size=shares)
def test_a_policy_keeps_to_its_bounds(name: str, vcpus: float, memory: float, size: float) -> None:
    least, most = BOUNDS[name]
    assert least <= POLICIES[name](vcpus, memory, size) <= most


@given(policies, zoned, st.lists(shares, min_size=12, max_size=12))
def test_each_zone_is_scored_by_its_policy_on_one_scale(
    policy: Policy, zones: dict[str, Policy], left: list[float]
) -> None:
    by_zone: ZonePolicies = tuple(sorted(zones.items()))
    scores = Scores(ALL, policy, by_zone)
    vcpus, memory, size = np.array(left[:4]), np.array(left[4:8]), np.array(left[8:])
    found = scores.of_rows(slice(0, 4), vcpus, memory, size).tolist()
    for row, zone in enumerate(ZONES):
        assert found[row] == scores.of_one(zone, left[row], left[4 + row], left[8 + row])
        mine = zones.get(zone, policy)
        assert scores.policy_in(zone) == mine.name
        plain = Scores(ALL, mine, ()).of_one(zone, left[row], left[4 + row], left[8 + row])
        if not zones:
            assert found[row] == plain
            continue
        assert -1e-9 <= found[row] <= WIDTH + 1e-9
    some = np.array([2, 1])
    assert scores.of_rows(some, vcpus[some], memory[some], size[some]).tolist() == [found[2], found[1]]


@pytest.mark.parametrize("name", ["pack", "spread", "pack-balanced"])
def test_the_order_within_a_zone_is_that_of_its_policy(name: str) -> None:
    alone, zoned = Scores(ALL, parse_policy(name), ()), Scores(ALL, DEFAULT_POLICY, (("a", parse_policy(name)),))
    places = [(0.1, 0.2, 0.5), (0.9, 0.9, 1.0), (0.0, 0.5, 0.25), (1.0, 0.25, 0.5)]

    def order(scores: Scores) -> list[tuple[float, float, float]]:
        return sorted(places, key=lambda left: scores.of_one("a", *left))

    assert order(alone) == order(zoned)


def test_a_full_host_where_hosts_are_packed_is_as_good_as_an_empty_one_where_they_are_kept_even() -> None:
    scores = Scores(ALL, parse_policy("pack"), (("a", parse_policy("spread")),))
    assert scores.of_one("", 0.0, 0.0, 1.0) == scores.of_one("a", 1.0, 1.0, 0.0) == WIDTH
    assert scores.of_one("", 1.0, 1.0, 0.0) == scores.of_one("a", 0.0, 0.0, 1.0) == 0.0
