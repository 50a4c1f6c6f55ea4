"""Free text through every store: what is taken comes back as it was, and what is older than the rules still reads."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from chronovisor.v1 import history_service_pb2, utilization_service_pb2, vm_service_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controlplane.commands.vm import CreateVm
from controlplane.domain.command import CommandContext
from controlplane.domain.resources import Resources
from controlplane.domain.text import flaw
from controlplane.domain.vm.aggregate import Spec
from tests.integration.controlplane.plane import DEFAULT, Plane, a_vm, running, vm_name
from tests.support.postgresql import Cluster

# Those that stores, terminals and comparisons trip over come often enough.
ODD = "\0\x10\x1b\n\t'\\%\u2028\u202e\ufffe\u0301e{}[]="
TEXT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(ODD)), max_size=12)
TEXTS = st.lists(TEXT, min_size=12, max_size=12)
SLOW = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@asynccontextmanager
async def new_plane(kind: str, request: pytest.FixtureRequest) -> AsyncGenerator[Plane]:
    store = "memory:"
    if kind == "sqlite":
        store = f"sqlite:///{request.getfixturevalue('tmp_path_factory').mktemp('texts') / 'ledger.db'}"
    elif kind == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        store = cluster.new_database()
    async with running(store) as plane:
        await plane.register(vcpus=1000, memory_mib=1 << 20, disk_gib=1 << 20)
        yield plane


async def recorded(plane: Plane, number: int, text: str) -> None:
    """A VM as a ledger from before there was a rule may have it."""
    spec = Spec(Resources(1, 64, 1), image="tiny")
    name = f"{DEFAULT}/vms/v{number}"
    command = CreateVm(f"00000000-0000-0000-0000-{number:012}", DEFAULT, name, spec, {"team": text}, start=True)
    origin = CommandContext("user:test", f"r{number}", reason=text)
    await plane.control_plane.writer.submit(command, origin)


async def usage(plane: Plane) -> dict[str, str]:
    """The groups by label."""
    end = Timestamp()
    end.GetCurrentTime()
    request = utilization_service_pb2.GetUsageRequest(
        start_time=Timestamp(seconds=1), end_time=end, group_by="labels.team", page_size=1000
    )
    return {each.group: each.uid for each in (await plane.utilization.GetUsage(request)).usages}


async def listed(plane: Plane) -> dict[str, str]:
    page = await plane.vms.ListVms(vm_service_pb2.ListVmsRequest(parent=DEFAULT, page_size=1000))
    return {vm.name: vm.labels.get("team", "") for vm in page.vms}


async def watched(plane: Plane) -> dict[str, str]:
    found: dict[str, str] = {}
    async for message in plane.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent=DEFAULT), timeout=30):
        if message.HasField("caught_up"):
            return found
        if message.HasField("change"):
            found[message.change.vm.name] = message.change.vm.labels.get("team", "")
    return found


STORES = pytest.mark.parametrize("kind", ["memory", "sqlite", "postgresql"])


@STORES
async def test_what_is_older_than_the_rules_is_read_as_it_was(kind: str, request: pytest.FixtureRequest) -> None:
    texts = ["a", "x\0y", "\0", "\x10", "\x100", "\x10\0", "a\x1b[31mb", "\uffff", "e\u0301", 'q"\\', "\u202e"]
    async with new_plane(kind, request) as plane:
        for number, text in enumerate(texts):
            await recorded(plane, number, text)
        expected = {vm_name(f"v{number}"): text for number, text in enumerate(texts)}
        assert await listed(plane) == expected
        assert await watched(plane) == expected
        assert set(await usage(plane)) == set(texts)
        others = vm_service_pb2.ListVmsRequest(parent=DEFAULT, filter='labels.team = "a"')
        assert [vm.name for vm in (await plane.vms.ListVms(others)).vms] == [vm_name("v0")]
        for name, text in expected.items():
            assert (await plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=name))).labels["team"] == text
            steps = (await plane.history.ReplayVm(history_service_pb2.ReplayVmRequest(name=name))).steps
            assert steps[0].event.reason == text
        await _other_labels_change(plane)


async def _other_labels_change(plane: Plane) -> None:
    """An update is refused for what it brings, not for what has been there."""
    change = vm_service_pb2.UpdateVmRequest()
    change.vm.name = vm_name("v1")
    change.vm.labels.update({"team": "x\0y", "tier": "web"})
    await plane.vms.UpdateVm(change)
    assert (await plane.get("v1")).labels == {"team": "x\0y", "tier": "web"}


@STORES
def test_text_comes_back_as_it_went_in(kind: str, request: pytest.FixtureRequest) -> None:
    @SLOW
    @given(texts=TEXTS)
    def each(texts: list[str]) -> None:
        asyncio.run(_round_trip(kind, request, texts))

    each()


async def is_taken(plane: Plane, request: vm_service_pb2.CreateVmRequest) -> bool:
    try:
        await plane.vms.CreateVm(request)
    except aio.AioRpcError:
        return False
    return True


async def _round_trip(kind: str, request: pytest.FixtureRequest, texts: list[str]) -> None:
    taken: dict[str, str] = {}
    async with new_plane(kind, request) as plane:
        for number, text in enumerate(texts):
            vm = a_vm(vcpus=1, memory_mib=64, disk_gib=1)
            vm.labels["team"] = text
            made = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id=f"v{number}", vm=vm, start=True, reason=text)
            assert await is_taken(plane, made) is not bool(flaw(text, 255)), ascii(text)
            if not flaw(text, 255):
                taken[vm_name(f"v{number}")] = text
        assert await listed(plane) == await watched(plane) == taken
        assert set(await usage(plane)) == set(taken.values())
        for text in set(taken.values()):
            quoted = text.replace("\\", "\\\\").replace('"', '\\"')
            query = vm_service_pb2.ListVmsRequest(parent=DEFAULT, filter=f'labels.team = "{quoted}"')
            found = {vm.name for vm in (await plane.vms.ListVms(query)).vms}
            assert found == {name for name, label in taken.items() if label == text}
