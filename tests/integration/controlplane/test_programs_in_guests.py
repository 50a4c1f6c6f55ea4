"""Programs in guests over gRPC, on simulated hosts: what ran, how it ended, and what the ledger has of it."""

import asyncio
import uuid

import grpc
import pytest
from chronovisor.v1 import agent_service_pb2 as agent_api
from chronovisor.v1 import console_service_pb2 as api
from chronovisor.v1 import host_pb2, vm_service_pb2

from controlplane.rpc.console import service
from tests.integration.controlplane.consoles import WEB
from tests.integration.controlplane.fake_agent import connected
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_host, a_vm, refused, vm_of
from tests.integration.controlplane.simulated_hosts import simulated_hosts
from tests.integration.controlplane.test_screens import events_of
from tests.support.waiting import until

SECRET = "hunter2"


async def run(plane: Plane, program: str, *arguments: str, name: str = WEB, **more: object) -> api.RunProgramResponse:
    request = api.RunProgramRequest(name=name, program=program, arguments=arguments, **more)  # pyright: ignore[reportArgumentType]
    return await plane.consoles.RunProgram(request, metadata=ACTOR)


async def create(plane: Plane, *, guest_agent: bool = True, start: bool = True) -> None:
    vm = a_vm(image="tiny")
    vm.spec.guest_agent = guest_agent
    request = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=vm, start=start)
    operation = await plane.vms.CreateVm(request, metadata=ACTOR)
    if start:
        vm_of(await plane.wait(operation))


def offered() -> host_pb2.Host:
    host = a_host(images=("*",))
    host.traits.append("device.guest-agent")
    return host


async def is_known(plane: Plane) -> bool:
    return plane.control_plane.reads.inventory.host_named("hosts/node-1") is not None


@pytest.mark.covers("ConsoleService.RunProgram")
async def test_a_program_is_run_and_the_ledger_has_which_and_none_of_its_words(plane: Plane) -> None:
    async with simulated_hosts(plane, "node-1"):
        await until(lambda: is_known(plane))
        await create(plane)
        vm = await plane.get()
        ended = await run(plane, "/usr/bin/id", "-u", SECRET, reason="to see")
        assert (ended.exit_code, ended.output) == (0, f"/usr/bin/id -u {SECRET}\n".encode())
        assert (await run(plane, "/bin/cat", input=b"typed")).output == b"typed"
        assert (await run(plane, "false")).exit_code == 1
        assert (await run(plane, "sleep", "9")).runs_on
        found = await events_of(plane, "ConsoleProgramRequested")
        assert [each.console_program_requested.program for each in found] == [
            "/usr/bin/id",
            "/bin/cat",
            "false",
            "sleep",
        ]
        assert {(each.actor, each.stream) for each in found} == {("user:alice", f"consoles/{vm.uid}")}
        assert (found[0].reason, found[0].console_program_requested.incarnation) == ("to see", vm.incarnation)
        assert SECRET.encode() not in b"".join(each.SerializeToString() for each in found)
        assert (await plane.get()).etag == vm.etag


async def test_a_request_that_is_repeated_runs_nothing_again(plane: Plane) -> None:
    async with simulated_hosts(plane, "node-1"):
        await until(lambda: is_known(plane))
        await create(plane)
        request_id = str(uuid.uuid4())
        await run(plane, "id", request_id=request_id)
        again = await refused(run(plane, "id", request_id=request_id))
        assert (again.code, again.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")
        assert "has begun a program already" in again.message
        assert len(await events_of(plane, "ConsoleProgramRequested")) == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "web"}, "name"),
        ({"program": ""}, "program"),
        ({"program": "a\0b"}, "program"),
        ({"program": "x" * 1025}, "program"),
        ({"arguments": ["x"] * 257}, "arguments"),
        ({"arguments": ["x" * 65_537]}, "arguments"),
        ({"arguments": ["\0"]}, "arguments"),
        ({"input": b"x" * 65_537}, "input"),
        ({"timeout": {"seconds": 601}}, "timeout"),
        ({"timeout": {}}, "timeout"),
        ({"request_id": "1"}, "request_id"),
        ({"reason": "x" * 513}, "reason"),
    ],
)
async def test_what_cannot_be_run_is_named(plane: Plane, fields: dict[str, object], field: str) -> None:
    request = api.RunProgramRequest(**{"name": WEB, "program": "id", **fields})  # pyright: ignore[reportArgumentType]
    found = await refused(plane.consoles.RunProgram(request))
    assert (found.reason, found.fields) == ("INVALID_FIELD", [field])


async def test_where_no_program_can_be_run_it_says_so_and_records_nothing(plane: Plane) -> None:
    found = await refused(run(plane, "id"))
    assert found.reason == "VM_NOT_FOUND"
    async with connected(plane, host=offered()):
        await create(plane, start=False)
        assert (await refused(run(plane, "id"))).reason == "WRONG_STATE"
        await plane.delete()
        await create(plane, guest_agent=False, start=False)
        found = await refused(run(plane, "id"))
        assert (found.reason, "spec.guest_agent" in found.message) == ("CONSOLE_UNSUPPORTED", True)
    assert await plane.events("", "ConsoleProgramRequested") == []


@pytest.mark.parametrize("bound", ["MOST_PROGRAMS", "MOST_PROGRAMS_OF_A_PROJECT"])
async def test_nobody_waits_for_the_programs_of_others(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(service, bound, 1)
    async with connected(plane, host=offered(), tunnels=[agent_api.TUNNEL_KIND_PROGRAM]) as agent:
        await create(plane, start=False)
        uid, operation = (await plane.get()).uid, await plane.start()
        await agent.until_desired(uid, agent_api.DESIRED_POWER_RUNNING)
        await agent.obey(uid)
        vm_of(await plane.wait(operation))
        # Its agent opens nothing for it.
        first = asyncio.ensure_future(run(plane, "sleep", "9"))

        async def has_begun() -> bool:
            return len(await plane.events("", "ConsoleProgramRequested")) == 1

        await until(has_begun)
        found = await refused(run(plane, "id"))
        assert (found.code, found.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
        assert "1 of its VM's project run, and 1 in all" in found.message
        first.cancel()

        async def another_begins() -> bool:
            try:
                await plane.consoles.RunProgram(
                    api.RunProgramRequest(name=WEB, program="id"), metadata=ACTOR, timeout=0.5
                )
            except grpc.aio.AioRpcError as error:
                return error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED
            return False

        # Its place is another's.
        await until(another_begins)
        assert len(await plane.events("", "ConsoleProgramRequested")) == 2


async def test_an_agent_that_knows_no_programs_is_older(plane: Plane) -> None:
    async with connected(plane, host=offered(), tunnels=[agent_api.TUNNEL_KIND_SCREEN]) as agent:
        await create(plane, start=False)
        uid, operation = (await plane.get()).uid, await plane.start()
        await agent.until_desired(uid, agent_api.DESIRED_POWER_RUNNING)
        await agent.obey(uid)
        vm_of(await plane.wait(operation))
        found = await refused(run(plane, "id"))
    assert (found.reason, "older" in found.message) == ("CONSOLE_UNSUPPORTED", True)
    assert await plane.events("", "ConsoleProgramRequested") == []
