"""The past on PostgreSQL, where positions have gaps: replays, differences, chains, and events in either direction."""

import time

from chronovisor.v1.history_service_pb2 import DiffStateRequest, ListEventsRequest, ReplayVmRequest
from google.protobuf.timestamp_pb2 import Timestamp

from tests.integration.controlplane.plane import DEFAULT, Plane, running, vm_name, vm_of
from tests.support.postgresql import Cluster


async def positions(plane: Plane, **fields: object) -> list[int]:
    request = ListEventsRequest(page_size=3, **fields)  # pyright: ignore[reportArgumentType]
    found: list[int] = []
    while True:
        page = await plane.history.ListEvents(request)
        found += [each.position for each in page.events]
        request.page_token = page.next_page_token
        if not request.page_token:
            return found


async def test_the_past_is_reported_as_on_sqlite(cluster: Cluster) -> None:
    async with running(cluster.new_database()) as plane:
        await plane.register()
        first = vm_of(await plane.create()).uid
        await plane.delete()
        between, then = (await plane.history.ListEvents(ListEventsRequest())).position, Timestamp()
        then.FromNanoseconds(time.time_ns())
        second = vm_of(await plane.create()).uid
        operation = await plane.start()
        for by in (ReplayVmRequest(at_position=between), ReplayVmRequest(read_time=then)):
            by.name = vm_name("web")
            assert [each.after.uid for each in (await plane.history.ReplayVm(by)).steps] == [first] * 3
        for since in (DiffStateRequest(from_position=between), DiffStateRequest(from_time=then)):
            found = await plane.history.DiffState(since)
            assert {"allocated.vcpus"} <= {each.field for each in found.changes if each.name == "hosts/node-1"}
            assert [each.uid for each in found.changes if not each.field] == [second]
        for fields in ({}, {"parent": DEFAULT}, {"parent": vm_name(second)}, {"actor": "user:alice"}):
            oldest = await positions(plane, **fields)
            assert oldest == sorted(oldest)
            assert await positions(plane, newest_first=True, **fields) == oldest[::-1]
        uid, _, version = operation.name.removeprefix("operations/").rpartition(".")
        chain = await plane.history.ListEvents(ListEventsRequest(chain_of=f"vms/{uid}@{version}"))
        assert [each.WhichOneof("payload") for each in chain.events] == ["vm_start_requested", "capacity_held"]
