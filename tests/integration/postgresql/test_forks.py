"""A PostgreSQL store that was restored: forked, its numbers go on above the floor, and it is whole."""

from chronovisor.v1 import history_service_pb2

from controlplane.__main__ import main as chronovisord
from tests.integration.controlplane.plane import Plane, refused, running


async def positions(plane: Plane) -> list[int]:
    found = await plane.history.ListEvents(history_service_pb2.ListEventsRequest(page_size=1000))
    return [each.position for each in found.events]


async def test_positions_and_versions_go_on_above_the_floor(store: str) -> None:
    async with running(store) as plane:
        await plane.create()
        before = await positions(plane)
    assert chronovisord(["fork", "--store", store, "--reason", "point-in-time recovery"]) == 0
    async with running(store) as plane:
        await plane.delete()
        after = await positions(plane)
        assert after[: len(before)] == before
        forked = after[len(before)]
        assert forked > 1_000_000
        assert after == sorted(after)
        lost = history_service_pb2.ListEventsRequest(after_position=forked - 1)
        assert (await refused(plane.history.ListEvents(lost))).reason == "HISTORY_FORKED"
    assert chronovisord(["verify", "--store", store]) == 0
    assert chronovisord(["projections", "verify", "--store", store]) == 0
