"""What each RPC reads beside a VM with a long history: bounded by what it answers, and not by what was."""

import asyncio

import pytest

from controlplane.ledger.tree.compact_range import TILE
from controlplane.runtime.services import SERVICES
from tests.integration.controlplane.costed_calls import COSTED, PAGE
from tests.integration.controlplane.counted import WAIT_S, counting, settled
from tests.integration.controlplane.plane import running
from tests.support import long_life

EVENTS = 10_000
# How many events and statements any one call may read. What is the history itself reads a page of it.
# Of the whole fleet, each kind of a project's resources takes a statement or two.
MOST_EVENTS, MOST_STATEMENTS = 8 * PAGE, 32
# Inner nodes of the tree are kept from so many leaves on; what is below is hashed again, at four places at most.
PROOFS = {"HistoryService.GetConsistencyProof", "HistoryService.GetInclusionProof"}
OF_TREE = 4 * TILE


def methods() -> set[str]:
    return {f"{service.name}.{method.name}" for service in SERVICES for method in service.methods}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('long') / 'ledger.db'}"
    long_life.write(url, EVENTS)
    return url


async def test_no_call_reads_more_than_it_answers_however_long_a_vm_has_lived(written: str) -> None:
    over: dict[str, tuple[int, int]] = {}
    async with running(written) as plane:
        await settled(plane)
        head = plane.control_plane.dispatcher.position
        for (method, variant), call in COSTED.items():
            with counting(plane) as counted:
                try:
                    await asyncio.wait_for(call(plane, head), WAIT_S)
                except TimeoutError:
                    pytest.fail(f"{method} {variant} does not answer")
                await settled(plane)
            most = OF_TREE if method in PROOFS else MOST_EVENTS
            if counted.events > most or counted.statements > MOST_STATEMENTS:
                over[f"{method} {variant}".strip()] = (counted.events, counted.statements)
    assert over == {}


def test_no_method_is_left_out() -> None:
    assert {method for method, _ in COSTED} == methods()
