"""WatchVms: what a list gives, kept as it changes."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chronovisor.v1 import vm_pb2, vm_service_pb2
from grpc import StatusCode

from tests.integration.controlplane.plane import DEFAULT, WAIT_S, Plane, a_vm, running, vm_name
from tests.integration.controlplane.subscriber import Subscriber, subscribed
from tests.integration.controlplane.test_watch_events import create_many, head
from tests.support.waiting import patient

Watch = vm_service_pb2.WatchVmsRequest


def kept(watch: Subscriber, start: dict[str, vm_pb2.Vm] | None = None) -> dict[str, vm_pb2.Vm]:
    """The list that a subscriber keeps, by uid."""
    vms = dict(start or {})
    for change in watch.of("change"):
        if change.gone:
            vms.pop(change.vm.uid, None)
        else:
            vms[change.vm.uid] = change.vm
    return vms


async def listed(plane: Plane, filter_: str = "", parent: str = DEFAULT) -> dict[str, vm_pb2.Vm]:
    request = vm_service_pb2.ListVmsRequest(parent=parent, filter=filter_, page_size=1000)
    return {vm.uid: vm for vm in (await plane.vms.ListVms(request)).vms}


async def labelled(plane: Plane, vm_id: str, tier: str) -> None:
    vm = a_vm(vcpus=1)
    vm.labels["tier"] = tier
    await plane.vms.CreateVm(vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=vm_id, vm=vm))


@pytest.mark.covers("VmService.WatchVms")
@pytest.mark.parametrize("batch", [0, 100])
async def test_what_is_there_is_followed_by_what_changes(any_plane: Plane, batch: int) -> None:
    plane = any_plane
    await plane.register()
    await plane.create("web-1")
    async with subscribed(plane.vms.WatchVms(Watch(parent="projects/-", max_batch_size=batch))) as watch:
        await watch.live()
        assert [(each.position, each.vm.name) for each in watch.of("change")] == [(0, vm_name("web-1"))]
        await plane.create("web-2", vcpus=1, start=True)
        await plane.delete("web-1")
        await watch.until(lambda: watch.of("change")[-1].gone)
        assert kept(watch) == await listed(plane)
        last = watch.of("change")[-1]
        assert (last.vm.name, last.vm.state) == (vm_name("web-1"), vm_pb2.VM_STATE_DELETED)
        assert last.position > 0


async def test_a_vm_that_leaves_the_filter_is_sent_as_gone_once(plane: Plane) -> None:
    await plane.register()
    await labelled(plane, "web", "web")
    await labelled(plane, "db", "data")
    request = Watch(parent=DEFAULT, filter='state = "STOPPED" AND labels.tier = "web"')
    async with subscribed(plane.vms.WatchVms(request)) as watch:
        await watch.live()
        await plane.start("web")
        await plane.start("db")
        await plane.stop("web")
        await labelled(plane, "web-2", "web")
        await watch.until(lambda: watch.of("change")[-1].vm.name == vm_name("web-2"))
        changes = [(each.vm.name, each.vm.state, each.gone) for each in watch.of("change")]
        assert changes == [
            (vm_name("web"), vm_pb2.VM_STATE_STOPPED, False),
            (vm_name("web"), vm_pb2.VM_STATE_STARTING, True),
            (vm_name("web-2"), vm_pb2.VM_STATE_STOPPED, False),
        ]
        # The same is sent when it is read from the ledger.
        start = watch.of("checkpoint")[0].position
        again = Watch(parent=DEFAULT, filter=request.filter, after_position=start)
    await create_many(plane, 9_000)
    async with subscribed(plane.vms.WatchVms(again)) as past:
        await past.until(lambda: len(past.of("change")) >= 2)
        assert [(each.vm.name, each.vm.state, each.gone) for each in past.of("change")] == changes[1:]


@pytest.mark.parametrize("seed", range(4))
async def test_a_list_that_is_kept_over_random_disconnects_is_the_servers(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    filter_ = chance.choice(["", "state = STOPPED", "state != STOPPED"])
    async with running(f"sqlite:///{tmp_path / 'ledger.db'}") as plane:
        await plane.register(vcpus=500, memory_mib=1 << 20, disk_gib=10_000)

        async def command() -> None:
            for number in range(50):
                await plane.create(f"vm-{number}")
                if chance.random() < 0.5:
                    await plane.start(f"vm-{number}")
                if chance.random() < 0.2:
                    await plane.delete(f"vm-{number}")
                if seed == 0 and number % 10 == 0:
                    # Out of the live tail's reach.
                    await create_many(plane, 3_000, f"many-{number}")

        vms: dict[str, vm_pb2.Vm] = {}
        position = 0
        commanding = asyncio.create_task(command())
        positions: list[int] = []
        async with asyncio.timeout(6 * WAIT_S):
            done = False
            while not done:
                done = commanding.done()
                request = Watch(
                    parent=DEFAULT,
                    filter=filter_,
                    after_position=position,
                    max_batch_size=chance.choice([0, 50]),
                )
                async with subscribed(plane.vms.WatchVms(request)) as watch:
                    if done or not position:
                        await watch.live()
                    else:
                        await watch.read_some(chance.randrange(1, 20), commanding)
                    vms = kept(watch, vms)
                    position = max(position, watch.position)
                    positions += [each.position for each in watch.of("change") if each.position]
            await commanding
        assert positions == sorted(set(positions))
        page = [vm async for vm in every_vm(plane, filter_)]
        assert vms == {vm.uid: vm for vm in page}


async def every_vm(plane: Plane, filter_: str) -> AsyncIterator[vm_pb2.Vm]:
    token = ""
    while True:
        request = vm_service_pb2.ListVmsRequest(parent=DEFAULT, filter=filter_, page_size=1000, page_token=token)
        page = await plane.vms.ListVms(request)
        for vm in page.vms:
            yield vm
        token = page.next_page_token
        if not token:
            return


async def test_from_now_leaves_out_what_is_there(plane: Plane) -> None:
    await plane.create("old")
    async with subscribed(plane.vms.WatchVms(Watch(parent=DEFAULT, from_now=True))) as watch:
        await watch.live()
        await plane.create("new")
        await watch.until(lambda: watch.of("change"))
        assert [each.vm.name for each in watch.of("change")] == [vm_name("new")]


async def test_one_that_stops_reading_still_has_the_list_in_the_end(plane: Plane) -> None:
    async with subscribed(plane.vms.WatchVms(Watch(parent=DEFAULT))) as watch:
        await watch.live()
        for round_ in range(3):
            await create_many(plane, 9_000, f"round-{round_}")
        async with asyncio.timeout(patient(60)):
            while len(watch.of("change")) < 27_000:
                await watch.read()
        assert "fell_behind" in watch.kinds
        assert len(kept(watch)) == 27_000
        assert watch.of("change")[-1].position < head(plane)


@pytest.mark.parametrize(
    ("request_", "code", "reason", "fields"),
    [
        (Watch(parent=DEFAULT, after_position=1 << 40), StatusCode.OUT_OF_RANGE, "POSITION_AHEAD", []),
        (Watch(parent=DEFAULT, after_position=-1), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["after_position"]),
        (Watch(parent=DEFAULT, filter="zone=x"), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["filter"]),
        (Watch(parent=DEFAULT, max_batch_size=-1), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["max_batch_size"]),
        (Watch(parent="hosts/node-1"), StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ["parent"]),
        (Watch(parent="projects/none"), StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND", []),
    ],
)
async def test_what_cannot_be_watched_is_refused(
    plane: Plane, request_: Watch, code: StatusCode, reason: str, fields: list[str]
) -> None:
    found = await Subscriber(plane.vms.WatchVms(request_)).refusal()
    assert (found.code, found.reason, found.fields) == (code, reason, fields)


async def test_the_end_sends_every_subscriber_a_time_to_come_back(plane: Plane) -> None:
    watch = await Subscriber(plane.vms.WatchVms(Watch(parent=DEFAULT))).live()
    closing = asyncio.create_task(plane.control_plane.close(grace_s=0.5))
    assert (await watch.refusal()).reason == "SHUTTING_DOWN"
    await closing
