"""What a command answers at once and its operation, when it is read later, are the same."""

import asyncio
from functools import partial

import pytest
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import operations_pb2, vm_pb2
from chronovisor.v1 import vm_service_pb2 as api
from google.longrunning.operations_pb2 import GetOperationRequest

from tests.integration.controlplane.fake_agent import FakeAgent, connected
from tests.integration.controlplane.plane import ACTOR, Plane, metadata_of, unpacked, vm_name, vm_of


async def again(plane: Plane, name: str) -> operations_pb2.OperationMetadata:
    found = await plane.operations.GetOperation(GetOperationRequest(name=name))
    return unpacked(found.metadata, operations_pb2.OperationMetadata)


@pytest.mark.parametrize("start", [False, True])
async def test_the_first_answer_and_a_later_look_agree(plane: Plane, start: bool) -> None:
    await plane.register()
    answer = await plane.create(start=start)
    first = unpacked(answer.metadata, operations_pb2.OperationMetadata)
    assert first.verb == "CreateVm"
    assert first == await again(plane, answer.name)


async def test_a_start_of_its_own_is_a_start(plane: Plane) -> None:
    await plane.register()
    await plane.create()
    answer = await plane.start()
    first = unpacked(answer.metadata, operations_pb2.OperationMetadata)
    assert first.verb == "StartVm"
    assert first == await again(plane, answer.name)


async def test_positions_of_commands_that_commit_together_are_their_own(plane: Plane) -> None:
    await plane.register(vcpus=64, memory_mib=65536, disk_gib=1000)
    answers = await asyncio.gather(*(plane.create(f"vm-{number}", start=True) for number in range(8)))
    first = [unpacked(each.metadata, operations_pb2.OperationMetadata) for each in answers]
    assert len({each.position for each in first}) == 8
    assert first == [await again(plane, each.name) for each in answers]


def is_sent(agent: FakeAgent, uid: str, version: int) -> bool:
    return uid in agent.desired and agent.desired[uid].version == version


async def test_every_method_of_a_life_agrees_with_a_later_look(plane: Plane) -> None:
    async with connected(plane) as agent:
        created = await plane.create()
        uid = vm_of(created).uid
        life = (
            ("StartVm", api.StartVmRequest, agents.DESIRED_POWER_RUNNING),
            ("PauseVm", api.PauseVmRequest, agents.DESIRED_POWER_PAUSED),
            ("ResumeVm", api.ResumeVmRequest, agents.DESIRED_POWER_RUNNING),
            ("RebootVm", api.RebootVmRequest, agents.DESIRED_POWER_RUNNING),
            ("StopVm", api.StopVmRequest, agents.DESIRED_POWER_SHUTOFF),
            ("DeleteVm", api.DeleteVmRequest, agents.DESIRED_POWER_ABSENT),
        )
        for method, request, power in life:
            answer = await getattr(plane.vms, method)(request(name=vm_name("web")), metadata=ACTOR)
            first = metadata_of(answer)
            assert (first.verb, first.actor) == (method, "user:alice")
            assert first == await again(plane, answer.name)
            await agent.until(partial(is_sent, agent, uid, int(answer.name.rpartition(".")[2])))
            assert agent.desired[uid].power == power
            await agent.obey(uid)
            ended = await plane.wait(answer)
            assert not ended.HasField("error"), ended
            # Only its end is new.
            last = metadata_of(ended)
            assert last.HasField("end_time")
            for field in ("end_time", "end_position", "progress"):
                last.ClearField(field)
            for field in ("deadline", "progress"):
                first.ClearField(field)
            assert last == first


async def test_a_command_that_joins_one_under_way_gets_that_operation(plane: Plane) -> None:
    await plane.register()
    await plane.create()
    first = await plane.start()
    joined = await plane.vms.StartVm(
        api.StartVmRequest(name=vm_name("web")), metadata=(("chronovisor-actor", "user:bob"),)
    )
    assert joined == first
    assert metadata_of(joined).actor == "user:alice"


async def test_a_command_with_nothing_to_do_gets_what_a_later_look_at_its_operation_gets(plane: Plane) -> None:
    async with connected(plane) as agent:
        uid = vm_of(await plane.create()).uid
        started = await plane.start()
        await agent.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        await agent.obey(uid)
        await plane.wait(started)
        running = await plane.start()
        stopping = await plane.stop()
        await agent.until_desired(uid, agents.DESIRED_POWER_SHUTOFF)
        await agent.obey(uid)
        await plane.wait(stopping)
        stopped = await plane.stop()
    for answer, verb in ((running, "StartVm"), (stopped, "StopVm")):
        vm_of(answer)
        assert metadata_of(answer).verb == verb
        assert metadata_of(answer).position > 0
        assert answer == await plane.operations.GetOperation(GetOperationRequest(name=answer.name))


async def test_the_position_of_an_operation_reads_what_it_wrote(plane: Plane) -> None:
    await plane.register()
    answer = await plane.create(start=True)
    request = api.GetVmRequest(name=vm_name("web"), min_position=metadata_of(answer).position)
    assert (await plane.vms.GetVm(request)).state == vm_pb2.VM_STATE_STARTING
