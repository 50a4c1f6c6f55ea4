"""A ledger that was restored: nothing that it issues equals what was issued before, and nothing is started twice."""

from pathlib import Path

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import history_service_pb2, host_service_pb2, vm_pb2, vm_service_pb2
from google.longrunning import operations_pb2 as longrunning

from controlplane import offline
from tests.integration.controlplane.fake_agent import connected, guest
from tests.integration.controlplane.plane import Plane, refused, running, vm_name, vm_of
from tests.integration.controlplane.test_agents import started, until_state
from tests.integration.controlplane.test_unexpected_guests import reconcile, unexpected

RUNNING = vm_pb2.GUEST_STATE_RUNNING
Request = host_service_pb2.ReconcileHostRequest


class Restorable:
    """A ledger file, with backups beside it."""

    def __init__(self, directory: Path) -> None:
        self.ledger, self.copy = directory / "ledger.db", directory / "backup"
        self.store = f"sqlite:///{self.ledger}"

    def back_up(self) -> None:
        assert offline.main(["backup", "--store", self.store, "--to", str(self.copy)]) == 0

    def restore(self) -> None:
        for file in self.ledger.parent.glob("ledger.db*"):
            file.unlink()
        assert offline.main(["restore", "--from", str(self.copy), "--store", self.store]) == 0

    def is_whole(self) -> bool:
        return offline.main(["verify", "--store", self.store]) == 0


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
        await agent.wanted(uid, api.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        before = vm_of(await plane.wait(lost))
        old = await positions(plane)
    restorable.restore()
    assert restorable.is_whole()
    async with running(restorable.store) as plane:
        async with connected(plane, guests=[guest(uid, 1, RUNNING)]) as agent:
            operation = await plane.stop()
            await agent.wanted(uid, api.DESIRED_POWER_SHUTOFF)
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
    assert offline.main(["projections", "verify", "--store", restorable.store]) == 0


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
            await agent.tell(uid, vm_pb2.GUEST_STATE_CRASHED)
            await until_state(plane, vm_pb2.VM_STATE_FAILED)
        async with connected(plane, "node-2"):
            pass
    restorable.back_up()
    restorable.restore()
    async with running(restorable.store) as plane, connected(plane, "node-1") as agent:
        await plane.start()
        await agent.wanted(uid, api.DESIRED_POWER_RUNNING)


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
        first = (await agent.wanted(uid, api.DESIRED_POWER_RUNNING)).incarnation
    restorable.restore()
    found = [guest(uid, first, RUNNING)]
    async with running(restorable.store) as plane, connected(plane, "node-1", guests=found) as agent:
        await unexpected(plane)
        assert uid not in agent.desired
        assert (await refused(plane.start())).reason == "GUEST_ELSEWHERE"
        await reconcile(plane, Request.ACTION_ADOPT)
        operation = await plane.stop()
        await agent.wanted(uid, api.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        await plane.wait(operation)
        await plane.start()
        assert (await agent.wanted(uid, api.DESIRED_POWER_RUNNING)).incarnation > first
    assert restorable.is_whole()


@pytest.mark.provokes("HISTORY_FORKED")
async def test_a_fork_of_a_ledger_in_use_has_agents_come_back(restorable: Restorable) -> None:
    async with running(restorable.store) as plane:
        await plane.create()
        async with connected(plane, "node-1") as agent:
            assert offline.main(["fork", "--store", restorable.store, "--reason", "disk snapshot"]) == 0
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
    assert offline.main(["fork", "--store", restorable.store, *arguments]) == 1
