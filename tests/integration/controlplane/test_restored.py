"""A ledger that was restored: nothing that it issues equals what was issued before, and nothing is started twice."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import chronovisor
import grpc
import pytest
from chronovisor.errors import OutOfRange
from chronovisor.streams.resumable import Status
from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import (
    history_service_pb2,
    host_service_pb2,
    network_pb2,
    network_service_pb2,
    vm_pb2,
    vm_service_pb2,
)
from google.longrunning import operations_pb2 as longrunning
from grpc import aio

from controlplane.__main__ import main as chronovisord
from tests.integration.controlplane.fake_agent import connected, guest
from tests.integration.controlplane.plane import (
    ACTOR,
    DEFAULT,
    Plane,
    a_vm,
    refusal_of,
    refused,
    running,
    vm_name,
    vm_of,
)
from tests.integration.controlplane.simulated_hosts import SimulatedHosts
from tests.integration.controlplane.test_agents import started, until_state
from tests.integration.controlplane.test_unexpected_guests import reconcile, unexpected
from tests.support.waiting import until

RUNNING = vm_pb2.GUEST_STATE_RUNNING
Request = host_service_pb2.ReconcileHostRequest
NETWORK, GROUP = f"{DEFAULT}/networks/net", f"{DEFAULT}/securityGroups/all"


class Restorable:
    """A ledger file, with backups beside it."""

    def __init__(self, directory: Path) -> None:
        self.ledger, self.copy = directory / "ledger.db", directory / "backup"
        self.store = f"sqlite:///{self.ledger}"

    def back_up(self) -> None:
        assert chronovisord(["backup", "--store", self.store, "--to", str(self.copy)]) == 0

    def restore(self) -> None:
        for file in self.ledger.parent.glob("ledger.db*"):
            file.unlink()
        assert chronovisord(["restore", "--from", str(self.copy), "--store", self.store]) == 0

    def is_whole(self) -> bool:
        return chronovisord(["verify", "--store", self.store]) == 0


@pytest.fixture
def restorable(tmp_path: Path) -> Restorable:
    return Restorable(tmp_path)


async def positions(plane: Plane) -> list[int]:
    found = await plane.history.ListEvents(history_service_pb2.ListEventsRequest(page_size=1000))
    return [each.position for each in found.events]


async def test_no_number_of_before_is_issued_again(restorable: Restorable) -> None:
    async with running(restorable.store) as plane, connected(plane) as agent:
        uid = await started(plane, agent)
        restorable.back_up()
        lost = await plane.stop()
        await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        before = vm_of(await plane.wait(lost))
        old = await positions(plane)
    restorable.restore()
    assert restorable.is_whole()
    async with running(restorable.store) as plane:
        async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
            operation = await plane.stop()
            await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)
            await agent.obey(uid)
            after = vm_of(await plane.wait(operation))
            assert operation.name != lost.name
            assert after.etag != before.etag
            operation = await plane.start()
            assert (await plane.get()).incarnation > max(old)
        new = await positions(plane)
        assert not [each for each in new if each in old[old.index(max(set(new) & set(old))) + 1 :]]
        assert new == sorted(new)
        missing = longrunning.GetOperationRequest(name=lost.name)
        assert (await refused(plane.operations.GetOperation(missing))).reason == "OPERATION_NOT_FOUND"
        stale = vm_service_pb2.DeleteVmRequest(name=vm_name("web"), etag=before.etag)
        assert (await refused(plane.vms.DeleteVm(stale))).reason == "ETAG_MISMATCH"
    assert restorable.is_whole()
    assert chronovisord(["projections", "verify", "--store", restorable.store]) == 0


@pytest.mark.provokes("HOSTS_UNREPORTED")
async def test_starts_wait_until_hosts_have_reported(restorable: Restorable) -> None:
    async with running(restorable.store) as plane:
        uid = vm_of(await plane.create()).uid
        async with connected(plane, "node-1"), connected(plane, "node-2"):
            pass
    restorable.back_up()
    restorable.restore()
    async with running(restorable.store) as plane:
        found = await refused(plane.start())
        assert (found.code, found.reason) == (grpc.StatusCode.UNAVAILABLE, "HOSTS_UNREPORTED")
        assert (found.metadata["hosts"], found.details) == ("hosts/node-1,hosts/node-2", ["RetryInfo"])
        async with connected(plane, "node-1", guests=[guest(uid, 1, RUNNING)]):
            await unexpected(plane)
            assert (await refused(plane.start())).reason == "GUEST_ELSEWHERE"
        # What was made since cannot run anywhere yet.
        await plane.create("new", start=True)
        listed = await plane.hosts.ListUnexpectedGuests(host_service_pb2.ListUnexpectedGuestsRequest(parent="hosts/-"))
        assert list(listed.unreported_hosts) == ["hosts/node-2"]
        host = await plane.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-2"))
        assert host.guests_unreported


async def test_a_host_that_never_comes_back_is_waited_for_until_an_operator_says_so(restorable: Restorable) -> None:
    async with running(restorable.store) as plane:
        await plane.create()
        async with connected(plane, "node-1"), connected(plane, "node-2"):
            pass
    restorable.back_up()
    restorable.restore()
    async with running(restorable.store) as plane, connected(plane, "node-1"):
        await unexpected(plane, 0)
        assert (await refused(plane.start())).metadata["hosts"] == "hosts/node-2"
        host = await reconcile(plane, Request.ACTION_ASSUME_EMPTY, host="hosts/node-2")
        assert not host.guests_unreported
        await plane.start()


async def test_a_vm_with_a_disk_waits_for_the_host_of_its_disk_alone(restorable: Restorable) -> None:
    async with running(restorable.store) as plane:
        async with connected(plane, "node-1") as agent:
            uid = await started(plane, agent)
            await agent.report_state(uid, vm_pb2.GUEST_STATE_CRASHED)
            await until_state(plane, vm_pb2.VM_STATE_FAILED)
        async with connected(plane, "node-2"):
            pass
    restorable.back_up()
    restorable.restore()
    async with running(restorable.store) as plane, connected(plane, "node-1") as agent:
        await plane.start()
        await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)


async def test_a_guest_of_a_second_restore_is_not_doubled_either(restorable: Restorable) -> None:
    """Two restores of one backup: incarnations of neither lost history are issued again."""
    async with running(restorable.store) as plane:
        uid = vm_of(await plane.create()).uid
        async with connected(plane, "node-1"):
            pass
    restorable.back_up()
    restorable.restore()
    async with running(restorable.store) as plane, connected(plane, "node-1") as agent:
        await unexpected(plane, 0)
        await plane.start()
        first = (await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)).incarnation
    restorable.restore()
    found = [guest(uid, first, RUNNING)]
    async with running(restorable.store) as plane, connected(plane, "node-1", guests=found) as agent:
        await unexpected(plane)
        assert uid not in agent.desired
        assert (await refused(plane.start())).reason == "GUEST_ELSEWHERE"
        await reconcile(plane, Request.ACTION_ADOPT)
        operation = await plane.stop()
        await agent.until_desired(uid, api.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        await plane.wait(operation)
        await plane.start()
        assert (await agent.until_desired(uid, api.DESIRED_POWER_RUNNING)).incarnation > first
    assert restorable.is_whole()


@pytest.mark.provokes("HISTORY_FORKED")
async def test_a_fork_of_a_ledger_in_use_has_agents_come_back(restorable: Restorable) -> None:
    async with running(restorable.store) as plane:
        await plane.create()
        async with connected(plane, "node-1") as agent:
            assert chronovisord(["fork", "--store", restorable.store, "--reason", "disk snapshot"]) == 0
            ended = await agent.end()
            assert ended
            assert (ended.code, ended.reason) == (grpc.StatusCode.ABORTED, "HISTORY_FORKED")
        assert (await refused(plane.start())).reason == "HOSTS_UNREPORTED"
        async with connected(plane, "node-1"):
            await unexpected(plane, 0)
            await plane.start()
        (forked,) = await plane.events("", "HistoryForked")
        assert forked == "history_forked"
    assert restorable.is_whole()


@pytest.mark.parametrize("arguments", [["--reason", ""], ["--reason", "x", "--after", "99"]])
def test_a_fork_that_means_nothing_is_refused(restorable: Restorable, arguments: list[str]) -> None:
    assert chronovisord(["fork", "--store", restorable.store, *arguments]) == 1


def history_of(call: aio.Call) -> Awaitable[str]:
    async def read() -> str:
        return dict(await call.trailing_metadata() or ())["chronovisor-history"]  # pyright: ignore

    return read()


async def known_history(plane: Plane) -> str:
    call = plane.hosts.ListHosts(host_service_pb2.ListHostsRequest())
    await call
    return await history_of(call)


async def with_lost_part(restorable: Restorable) -> tuple[str, int, int]:
    """Restores a ledger to before a VM was made. The history that was sent, and the last positions kept and lost."""
    async with running(restorable.store) as plane:
        await plane.create("kept")
        history, kept = await known_history(plane), plane.control_plane.dispatcher.position
        restorable.back_up()
        await plane.create("lost")
        lost = plane.control_plane.dispatcher.position
    restorable.restore()
    return history, kept, lost


async def test_a_position_of_another_history_is_refused_for_everyone(restorable: Restorable) -> None:
    _, kept, lost = await with_lost_part(restorable)
    async with running(restorable.store) as plane:
        for name in range(lost - kept):
            await plane.create(f"new-{name}")
        assert plane.control_plane.dispatcher.position > lost
        calls = [
            plane.history.ListEvents(history_service_pb2.ListEventsRequest(after_position=lost)),
            plane.vms.ListVms(vm_service_pb2.ListVmsRequest(parent="projects/default", at_position=lost)),
            plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=vm_name("kept"), min_position=lost)),
            plane.history.GetSeal(history_service_pb2.GetSealRequest(position=lost)),
        ]
        for call in calls:
            found = await refused(call)
            assert (found.code, found.reason) == (grpc.StatusCode.OUT_OF_RANGE, "HISTORY_FORKED")
            assert found.metadata["fork_position"] == str(kept)
        watch = plane.history.WatchEvents(history_service_pb2.WatchEventsRequest(after_position=lost))
        with pytest.raises(aio.AioRpcError) as ended:
            await watch.read()
        assert refusal_of(ended.value).reason == "HISTORY_FORKED"
        # What was there before means the same.
        before = history_service_pb2.ListEventsRequest(after_position=kept - 1, to_position=kept)
        assert (await plane.history.ListEvents(before)).events[0].position == kept


async def test_every_answer_has_the_history_and_a_caller_of_another_is_refused(restorable: Restorable) -> None:
    old, kept, _ = await with_lost_part(restorable)
    assert old.endswith("@0")
    async with running(restorable.store) as plane:
        new = await known_history(plane)
        assert new.startswith(f"{old},")
        assert new.endswith(f"@{kept}")
        create = vm_service_pb2.CreateVmRequest(parent="projects/default", vm_id="again", vm=a_vm())
        known = (("chronovisor-history", old),)
        found = await refused(plane.vms.CreateVm(create, metadata=known))
        assert (found.code, found.reason) == (grpc.StatusCode.ABORTED, "HISTORY_FORKED")
        newer = history_service_pb2.ListEventsRequest(after_position=plane.control_plane.dispatcher.position)
        assert (await refused(plane.history.ListEvents(newer, metadata=known))).reason == "HISTORY_FORKED"
        older = history_service_pb2.ListEventsRequest(after_position=kept)
        assert await plane.history.ListEvents(older, metadata=known)
        operation = longrunning.GetOperationRequest(name="operations/lost.1")
        assert (await refused(plane.operations.GetOperation(operation, metadata=known))).reason == "HISTORY_FORKED"
        await plane.vms.CreateVm(create, metadata=(("chronovisor-history", new),))
        nonsense = plane.vms.CreateVm(create, metadata=(("chronovisor-history", "x"),))
        assert (await refused(nonsense)).fields == ["chronovisor-history"]
        watch = plane.history.WatchEvents(history_service_pb2.WatchEventsRequest())
        assert dict(await watch.initial_metadata())["chronovisor-history"] == new  # pyright: ignore
        async for message in watch:
            if message.HasField("checkpoint"):
                assert message.checkpoint.history == new
                break
        watch.cancel()


async def test_a_page_token_of_what_was_lost_is_refused(restorable: Restorable) -> None:
    first = history_service_pb2.ListEventsRequest(page_size=1)
    async with running(restorable.store) as plane:
        kept = (await plane.history.ListEvents(first)).next_page_token
        restorable.back_up()
        await plane.create("lost")
        lost = (await plane.history.ListEvents(first)).next_page_token
    restorable.restore()
    async with running(restorable.store) as plane:
        again = history_service_pb2.ListEventsRequest(page_size=1, page_token=kept)
        assert (await plane.history.ListEvents(again)).events
        again.page_token = lost
        found = await refused(plane.history.ListEvents(again))
        assert (found.code, found.reason) == (grpc.StatusCode.OUT_OF_RANGE, "HISTORY_FORKED")


async def test_a_watch_of_the_client_library_ends_with_an_error_that_says_so(restorable: Restorable) -> None:
    """Over the restart of the server, in one client."""
    statuses: list[Status] = []
    async with running(restorable.store) as plane:
        await plane.create("kept")
        restorable.back_up()
        await plane.create("lost")
        port = plane.control_plane.port
        client = chronovisor.connect(f"127.0.0.1:{port}", actor="user:a")
        watch = client.watch_events(after=0, on_status=statuses.append)
        last = plane.control_plane.dispatcher.position
        while (await asyncio.to_thread(next, watch)).position < last:
            continue
        await asyncio.to_thread(client.vms.GetVm, vm_service_pb2.GetVmRequest(name=vm_name("lost")))
    restorable.restore()
    async with running(restorable.store, listen=f"127.0.0.1:{port}") as plane:
        await plane.create("new")
        with pytest.raises(OutOfRange) as ended:
            await asyncio.to_thread(next, watch)
        assert ended.value.reason == "HISTORY_FORKED"
        # What the first server had still sent comes before its end.
        assert statuses[-1] is Status.INTERRUPTED
        # What it knew was of another history: refused once, for it to look again.
        create = vm_service_pb2.CreateVmRequest(parent="projects/default", vm_id="more", vm=a_vm())
        await asyncio.to_thread(client.vms.CreateVm, create)
    client.close()


async def test_a_noted_seal_of_what_was_lost_is_reported_with_the_restore(
    restorable: Restorable, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(restorable.store) as plane:
        await plane.create("kept")
        restorable.back_up()
        await plane.create("lost")
        noted = await plane.history.GetSeal(history_service_pb2.GetSealRequest())
    restorable.restore()
    seal = f"{noted.batch}:{noted.hash.hex()}"
    capsys.readouterr()
    assert chronovisord(["verify", "--store", restorable.store, "--expect", seal]) == 1
    assert "since the restore after position" in capsys.readouterr().out


async def test_the_card_of_an_adopted_guest_has_its_addresses_and_its_rules(restorable: Restorable) -> None:
    """It was started for the first time after the backup: the ledger has given it nothing."""
    async with running(restorable.store) as plane:
        await make_network(plane)
        hosts = SimulatedHosts(plane, networks=True)
        hosts.add("node-1")
        await until(lambda: is_there(plane))
        vm = a_vm(image="tiny")
        vm.spec.network_interfaces.add(network=NETWORK, security_groups=[GROUP])
        made = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=vm)
        await plane.wait(await plane.vms.CreateVm(made, metadata=ACTOR))
        restorable.back_up()
        lost = vm_of(await plane.wait(await plane.start()))
        (before,) = hosts.realizers["node-1"].made.networks[0].ports
        await hosts.end("node-1")
    restorable.restore()
    async with running(restorable.store) as plane:
        assert not (await plane.get()).network_addresses
        hosts.plane = plane
        hosts.begin("node-1")
        await unexpected(plane)
        await reconcile(plane, Request.ACTION_ADOPT, lost.uid)
        assert list((await plane.get()).network_addresses) == list(lost.network_addresses)

        async def is_open() -> bool:
            return any(before in network.ports for network in hosts.realizers["node-1"].made.networks)

        await until(is_open)
        assert before.rules
        # The next start gives it nothing else.
        await plane.wait(await plane.stop())
        again = vm_of(await plane.wait(await plane.start()))
        assert list(again.network_addresses) == list(lost.network_addresses)
        await hosts.close()
    assert restorable.is_whole()


async def make_network(plane: Plane) -> None:
    """With a group that lets everybody in."""
    network = network_pb2.Network(ipv4_cidr="10.1.0.0/24", ipv6_cidr="fd00:1::/64")
    await plane.networks.CreateNetwork(
        network_service_pb2.CreateNetworkRequest(parent=DEFAULT, network_id="net", network=network), metadata=ACTOR
    )
    group = network_pb2.SecurityGroup(rules=[network_pb2.SecurityRule()])
    await plane.networks.CreateSecurityGroup(
        network_service_pb2.CreateSecurityGroupRequest(parent=DEFAULT, security_group_id="all", security_group=group),
        metadata=ACTOR,
    )


async def is_there(plane: Plane) -> bool:
    hosts = plane.control_plane.reads.inventory.hosts.values()
    return any("network.vxlan" in each.traits for each in hosts)
