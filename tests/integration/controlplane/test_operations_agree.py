"""What a command answers at once and what its operation says when it is asked later are the same."""

import asyncio

import pytest
from chronovisor.v1 import operations_pb2
from google.longrunning.operations_pb2 import GetOperationRequest

from tests.integration.controlplane.plane import Plane, unpacked


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
