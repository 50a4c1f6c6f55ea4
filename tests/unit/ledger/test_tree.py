"""The tree over all events: RFC 6962's own vectors, its proofs against naive ones, and what is kept of it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.tree import EMPTY, Head, NotProven, check_consistency, check_path, leaf_hash
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.time import Micros, timestamp_of
from controlplane.ledger.merkle import root_of
from controlplane.ledger.seals import GENESIS, ChainHead
from controlplane.ledger.store import Ledger
from controlplane.ledger.tree.compact_range import TILE, Address, CompactRange, peaks_of
from controlplane.ledger.tree.event_tree import TreeMismatch, hashes_of
from controlplane.ledger.tree.proofs import Node, consistency_path, inclusion_path, root_at

NOW = Micros(1_700_000_000_000_000)
# Of the tests of certificate-transparency-go and RFC 6962's authors: inputs, roots by size, and proofs.
INPUTS = [
    bytes.fromhex(each)
    for each in (
        *("", "00", "10", "2021", "3031", "40414243"),
        *("5051525354555657", "606162636465666768696a6b6c6d6e6f"),
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Leaf (from 0), size, path.
INCLUSIONS: list[tuple[int, int, list[str]]] = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCIES: list[tuple[int, int, list[str]]] = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
LEAVES = [leaf_hash(each) for each in INPUTS]


def hexes(path: Sequence[bytes]) -> list[str]:
    return [each.hex() for each in path]


def node_of(leaves: Sequence[bytes]) -> Node:
    return lambda address: naive_root(leaves[address.number << address.level : address.number + 1 << address.level])


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = largest_power(len(leaves))
    return sha256(b"\1" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def largest_power(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    split = largest_power(len(leaves))
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def naive_consistency(before: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """2.1.2, word for word."""
    if before == len(leaves):
        return [] if whole else [naive_root(leaves)]
    split = largest_power(len(leaves))
    if before <= split:
        return [*naive_consistency(before, leaves[:split], whole=whole), naive_root(leaves[split:])]
    return [*naive_consistency(before - split, leaves[split:], whole=False), naive_root(leaves[:split])]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_the_rfc(size: int) -> None:
    grown = CompactRange()
    grown.extend(LEAVES[:size])
    assert grown.root.hex() == ROOTS[size - 1]
    assert root_at(node_of(LEAVES), size).hex() == ROOTS[size - 1]
    assert CompactRange().root == EMPTY


@pytest.mark.parametrize(("index", "size", "path"), INCLUSIONS)
def test_the_inclusion_proofs_of_the_rfc(index: int, size: int, path: list[str]) -> None:
    found = inclusion_path(node_of(LEAVES), index, size)
    assert hexes(found) == path
    check_path(LEAVES[index], index, found, Head(size, bytes.fromhex(ROOTS[size - 1])))


@pytest.mark.parametrize(("before", "size", "path"), CONSISTENCIES)
def test_the_consistency_proofs_of_the_rfc(before: int, size: int, path: list[str]) -> None:
    found = consistency_path(node_of(LEAVES), before, size)
    assert hexes(found) == path
    earlier, head = (Head(each, bytes.fromhex(ROOTS[each - 1])) for each in (before, size))
    check_consistency(earlier, head, found)


TREES = st.integers(1, 300).flatmap(
    lambda size: st.tuples(st.just(size), st.integers(0, size), st.integers(0, size - 1))
)


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(each.to_bytes(4, "big")) for each in range(size)]


@given(TREES)
def test_proofs_are_those_of_the_rfc_and_hold(tree: tuple[int, int, int]) -> None:
    size, before, index = tree
    leaves = leaves_of(size)
    head = Head(size, naive_root(leaves))
    earlier = Head(before, naive_root(leaves[:before]))
    assert root_of(leaves) == head.root
    path = inclusion_path(node_of(leaves), index, size)
    assert path == naive_path(index, leaves)
    check_path(leaves[index], index, path, head)
    consistent = consistency_path(node_of(leaves), before, size)
    assert consistent == (naive_consistency(before, leaves) if before else [])
    check_consistency(earlier, head, consistent)


@given(TREES, st.integers(0, 1 << 30))
def test_no_other_proof_holds(tree: tuple[int, int, int], choice: int) -> None:
    size, before, index = tree
    leaves = leaves_of(size)
    head, earlier = Head(size, naive_root(leaves)), Head(before, naive_root(leaves[:before]))
    path = naive_path(index, leaves)
    with pytest.raises(NotProven):
        check_path(leaf_hash(b"another"), index, path, head)
    if before in (0, size):
        return
    proof = naive_consistency(before, leaves)
    other = [*proof]
    at = choice % len(other)
    other[at] = sha256(other[at]).digest()
    for altered in (other, proof[:-1], [*proof, bytes(32)]):
        with pytest.raises(NotProven):
            check_consistency(earlier, head, altered)
    with pytest.raises(NotProven):
        check_consistency(Head(before, bytes(32)), head, proof)
    with pytest.raises(NotProven):
        check_consistency(head, earlier, proof)


@given(st.lists(st.integers(0, 700), max_size=6))
@settings(max_examples=30)
def test_a_range_that_grows_in_steps_is_that_of_all_leaves(steps: list[int]) -> None:
    leaves = leaves_of(sum(steps))
    grown, begin = CompactRange(), 0
    full: dict[Address, bytes] = {}
    for step in steps:
        full |= dict(grown.extend(leaves[begin : begin + step]))
        begin += step
    assert grown.root == root_of(leaves)
    assert len(grown.peaks) == len(peaks_of(len(leaves)))
    for address, node in full.items():
        assert node == root_of(leaves[address.number << address.level : address.number + 1 << address.level])
    assert len([each for each in full if each.level == 8]) == len(leaves) // TILE


def append(ledger: Ledger, link: ChainHead, events: int, batches: int = 1) -> ChainHead:
    for batch in range(link.batch + 1, link.batch + 1 + batches):
        now = Micros(NOW + batch)
        recorded = [
            RecordedEvent(
                f"hosts/{batch}-{number}",
                1,
                ev.Event(commit_time=timestamp_of(now), actor="user:a", host_cordoned=ev.HostCordoned()),
            )
            for number in range(events)
        ]
        link = ledger.append(recorded, link, "leader", now).link
    return link


def check_all(ledger: Ledger) -> None:
    """Roots and proofs of a ledger's tree, against those of all its rows."""
    leaves = hashes_of(ledger.rows_after(0, 1 << 20))
    reached = ledger.tree_head()
    assert reached.head == Head(len(leaves), root_of(leaves))
    rows = ledger.rows_after(0, 1 << 20)
    for index in {0, 1, 255, 256, 257, len(leaves) // 2, len(leaves) - 1} & set(range(len(leaves))):
        place = ledger.tree.place_of(rows[index].id)
        assert place
        assert place.leaf_index == index
        check_path(leaves[index], index, ledger.tree.inclusion(index, len(leaves)), reached.head)
        before = Head(index, root_of(leaves[:index]))
        check_consistency(before, reached.head, ledger.tree.consistency(index, len(leaves)))


@pytest.mark.parametrize("shape", [(1, 3), (5, 20), (300, 3), (2_000, 3), (1, 600)])
def test_a_ledger_has_the_tree_of_all_its_rows_and_has_it_again_after_a_restart(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger(url) as ledger:
        append(ledger, GENESIS, *shape)
        check_all(ledger)
    with Ledger(url) as ledger:
        check_all(ledger)
        append(ledger, ledger.link(), *shape)
        check_all(ledger)
    (tmp_path / "ledger.db.tree").unlink()
    with Ledger(url) as ledger:
        check_all(ledger)


def test_a_seal_has_the_tree_of_all_before_it() -> None:
    with Ledger("memory:") as ledger:
        append(ledger, GENESIS, 3, 4)
        rows = ledger.rows_after(0, 100)
        leaves = hashes_of(rows)
        seals = [ev.Event.FromString(row.state).batch_sealed for row in rows if row.originator_id == "ledger"]
        assert [(each.tree_size, each.tree_root) for each in seals] == [
            (size, root_of(leaves[:size])) for size in (3, 7, 11, 15)
        ]


def test_what_is_stored_of_another_ledgers_tree_is_not_believed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with Ledger(f"sqlite:///{tmp_path / name / 'ledger.db'}") as ledger:
            append(ledger, GENESIS, 300 if name == "one" else 299, 3)
    (tmp_path / "one" / "ledger.db.tree").replace(tmp_path / "two" / "ledger.db.tree")
    with Ledger(f"sqlite:///{tmp_path / 'two' / 'ledger.db'}") as ledger:
        check_all(ledger)


def test_a_new_ledger_does_not_take_what_is_stored_of_one_that_was_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger(url) as ledger:
        append(ledger, GENESIS, 300, 3)
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"ledger.db{suffix}").unlink(missing_ok=True)
    for _ in range(2):
        with Ledger(url) as ledger:
            append(ledger, ledger.link(), 200, 3)
            check_all(ledger)


def test_rows_that_are_not_those_that_were_sealed_are_found(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(f"sqlite:///{path}") as ledger:
        link = append(ledger, GENESIS, 300, 3)
    (tmp_path / "ledger.db.tree").unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE stored_events SET topic = 'another' WHERE rowid = 5")
        connection.commit()
    with Ledger(f"sqlite:///{path}") as ledger, pytest.raises(TreeMismatch, match="not those that were sealed"):
        ledger.tree.reach(link)
