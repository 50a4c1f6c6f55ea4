"""The ledger's history: which numbers are of which, and what two lineages have in common."""

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.errors import HistoryForked
from controlplane.domain.history import (
    LEAST_GAP,
    POSITIONS_A_SECOND,
    Fork,
    Lineage,
    floor_after,
    is_lineage,
    may_follow,
)
from controlplane.domain.time import SECOND, Micros

ONCE = Lineage("aa", (Fork("bb", 100, 100, 2_000_000),))
TWICE = Lineage("aa", (*ONCE.forks, Fork("cc", 2_000_050, 2_000_060, 9_000_000)))


def test_a_ledger_that_was_never_restored_has_one_history() -> None:
    never = Lineage("aa")
    assert (never.history_id, never.floor, str(never)) == ("aa", 0, "aa@0")
    never.check(10**18)


@pytest.mark.parametrize("position", [101, 1_000_000, 2_000_000])
def test_a_position_of_what_was_lost_is_distinguished_from_the_ledgers_own(position: int) -> None:
    with pytest.raises(HistoryForked) as refused:
        ONCE.check(position)
    assert (refused.value.shared, refused.value.history_id) == (100, "bb")


@pytest.mark.parametrize("position", [0, 1, 100, 2_000_001, 2_000_050])
def test_a_position_of_the_ledgers_own_is_one(position: int) -> None:
    TWICE.check(position)
    ONCE.check(position)


def test_what_was_written_between_a_restore_and_its_fork_is_there_and_of_no_other_history() -> None:
    TWICE.check(2_000_055)
    assert TWICE.shared_with("aa@0,bb@100") == 2_000_050


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        ("aa@0,bb@100,cc@2000050", None),
        ("aa@0,bb@100", 2_000_050),
        ("aa@0", 100),
        # Restored twice from one backup: the sibling has the past of both.
        ("aa@0,dd@100", 100),
        ("aa@0,dd@70", 70),
        ("aa@0,dd@70,ee@300", 70),
        ("ff@0", 0),
        ("nonsense", 0),
    ],
)
def test_two_lineages_share_what_was_before_they_parted(text: str, shared: int | None) -> None:
    assert TWICE.shared_with(text) == shared


def test_a_lineage_is_its_own_text() -> None:
    assert str(TWICE) == "aa@0,bb@100,cc@2000050"
    assert is_lineage(str(TWICE))
    for bad in ("", "aa", "aa@", "@0", "aa@x", "AA@0", "aa@0,", "aa@-1", "a" * 3000 + "@0"):
        assert not is_lineage(bad)


def test_the_same_event_again_changes_nothing() -> None:
    event = ev.Event(history_forked=ev.HistoryForked(history_id="bb", fork_position=100, last_position=100, floor=7))
    once = Lineage("aa").forked(event)
    assert once.floor == 7
    assert once.forked(event) == once


@given(
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**7),
    st.integers(0, POSITIONS_A_SECOND // 2),
)
def test_no_history_of_one_backup_reaches_the_floor_of_the_next(
    last: int, until_first_s: int, until_second_s: int, rate: int
) -> None:
    """Two restores of one backup: all that the first history issues until the second is at or below its floor."""
    backup = Micros(10**15)
    first_at, second_at = backup + until_first_s * SECOND, backup + (until_first_s + until_second_s) * SECOND
    first = floor_after(last, backup, Micros(first_at))
    second = floor_after(last, backup, Micros(second_at))
    assert last + LEAST_GAP <= first
    assert first + until_second_s * rate <= second


def test_a_clock_that_was_set_back_leaves_a_gap_all_the_same() -> None:
    assert floor_after(5, Micros(10**15), Micros(10**14)) == 5 + LEAST_GAP


def test_a_version_follows_by_one_or_above_a_floor() -> None:
    assert may_follow(3, 4)
    assert may_follow(3, 2_000_001)
    assert not may_follow(3, 5)
    assert not may_follow(4, 4)
    assert not may_follow(2_000_001, 7)
