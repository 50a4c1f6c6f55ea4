"""Every protocol of the gateway says what gRPC says: answers, streams, errors with their details, deadlines."""

import json
from typing import Any

import httpx
import pytest
from chronovisor.v1 import history_service_pb2, vm_pb2, vm_service_pb2
from connectrpc.client import ConnectClient
from connectrpc.code import Code
from connectrpc.compat import google_protobuf_codecs
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from google.protobuf import json_format
from google.rpc import error_details_pb2

from controlplane.gateway.services import AGENTS
from controlplane.runtime.services import SERVICES
from tests.integration.controlplane.plane import vm_name
from tests.integration.gateway.rig import HISTORY, PROJECTS, VMS, Gatewayed
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.slow
PROTOCOLS = [
    pytest.param(protocol, codec, id=f"{protocol.name.lower()}-{codec.name()}")
    for protocol in (ProtocolType.CONNECT, ProtocolType.GRPC_WEB)
    for codec in google_protobuf_codecs()
]


def method(service: str, name: str, request: Any, answer: Any, kind: StreamType = StreamType.UNARY) -> Any:
    return MethodInfo(
        name=name,
        service_name=service,
        input=request,
        output=answer,
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=kind,
    )


GET_VM = method(VMS, "GetVm", vm_service_pb2.GetVmRequest, vm_pb2.Vm)
WATCH = method(
    HISTORY,
    "WatchEvents",
    history_service_pb2.WatchEventsRequest,
    history_service_pb2.WatchEventsResponse,
    StreamType.SERVER_STREAM,
)


@pytest.mark.parametrize(("protocol", "codec"), PROTOCOLS)
async def test_a_client_hears_over_each_protocol_what_it_hears_over_grpc(
    plane: Gatewayed, protocol: ProtocolType, codec: Any
) -> None:
    await plane.create("web")
    client: Any = ConnectClient(plane.url, protocol=protocol, codec=codec, timeout_ms=int(WAIT_S * 1000))
    async with client:
        found = await client.execute_unary(request=vm_service_pb2.GetVmRequest(name=vm_name("web")), method=GET_VM)
        assert found == await plane.get("web")
        with pytest.raises(ConnectError) as caught:
            await client.execute_unary(request=vm_service_pb2.GetVmRequest(name=vm_name("none")), method=GET_VM)
        assert caught.value.code is Code.NOT_FOUND
        details = {each.type_name: each.message_bytes for each in caught.value.details}
        assert error_details_pb2.ErrorInfo.FromString(details["google.rpc.ErrorInfo"]).reason == "VM_NOT_FOUND"
        assert "google.rpc.ResourceInfo" in details
        kinds: list[str | None] = []
        async for each in client.execute_server_stream(request=history_service_pb2.WatchEventsRequest(), method=WATCH):
            kinds.append(each.WhichOneof("message") if each.DESCRIPTOR.oneofs else None)
            if each.HasField("caught_up"):
                break
        assert len(kinds) > 1


async def test_each_method_of_the_api_is_there_and_none_of_the_agents(plane: Gatewayed) -> None:
    for service in SERVICES:
        for each in service.methods:
            path = f"/{service.full_name}/{each.name}"
            headers = {"content-type": "application/nonsense"}
            answer = await plane.http.post(path, content=b"", headers=headers)
            # Known paths refuse the type of what is sent.
            assert (answer.status_code == 415) is (service.full_name != AGENTS), path
    assert (await plane.http.post(f"/{AGENTS}/Connect", content=b"{}")).status_code == 404


async def test_json_that_is_not_of_the_request_is_refused_with_the_field(plane: Gatewayed) -> None:
    for body in ('{"nme": "a"}', '{"name": 3}', "no json", '{"readTime": "yesterday"}', "[" * 5000):
        answer = await plane.http.post(f"/{VMS}/GetVm", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, body
        assert answer.json()["code"] == "invalid_argument"
        assert [each["type"] for each in answer.json()["details"]] == ["google.rpc.ErrorInfo", "google.rpc.BadRequest"]
    assert "nme:" in (await plane.call(f"{VMS}/GetVm", {"nme": "a"})).body["message"]


async def test_a_binary_message_that_cannot_be_parsed_is_refused_by_the_control_plane(plane: Gatewayed) -> None:
    answer = await plane.http.post(f"/{VMS}/GetVm", content=b"\xff\xff", headers={"content-type": "application/proto"})
    assert answer.status_code == 400
    assert answer.json()["details"][0]["type"] == "google.rpc.ErrorInfo"


async def test_a_read_can_be_a_get_and_a_command_cannot(plane: Gatewayed) -> None:
    query = {"encoding": "json", "message": "{}"}
    answer = await plane.http.get(f"/{PROJECTS}/ListProjects", params=query)
    assert answer.json()["projects"][0]["name"] == "projects/default"
    answer = await plane.http.get(f"/{VMS}/DeleteVm", params=query)
    assert answer.status_code == 405


async def test_the_history_comes_with_each_answer_and_goes_with_a_request(plane: Gatewayed) -> None:
    found = await plane.call(f"{PROJECTS}/ListProjects")
    known = found.headers["trailer-chronovisor-history"]
    assert (await plane.call(f"{PROJECTS}/ListProjects", chronovisor_history=known)).status == 200
    refused = await plane.call(f"{PROJECTS}/ListProjects", chronovisor_history="nonsense")
    assert refused.code == "invalid_argument"


async def test_a_deadline_is_the_control_planes_too(plane: Gatewayed) -> None:
    await plane.register("node-1", vcpus=4)
    operation = await plane.create("web", start=True)
    request = {"name": operation.name, "timeout": "60s"}
    answer = await plane.call("google.longrunning.Operations/WaitOperation", request, connect_timeout_ms="300")
    # It answers in time, with what is so by then: it knows how much is left.
    assert (answer.status, answer.body.get("done", False)) == (200, False)


async def test_a_command_over_http_is_in_the_history(plane: Gatewayed) -> None:
    body = json_format.MessageToDict(vm_pb2.Vm(spec=vm_pb2.VmSpec()))
    body["spec"] = {"resources": {"vcpus": 1, "memoryMib": "64", "diskGib": "1"}, "boot": {"image": {"image": "tiny"}}}
    answer = await plane.call(f"{VMS}/CreateVm", {"parent": "projects/default", "vmId": "web", "vm": body})
    assert answer.status == 200, answer.body
    assert (await plane.get("web")).name == vm_name("web")
    assert len(await plane.events_of("VmCreated")) == 1


async def test_a_stream_of_json_ends_when_its_reader_goes(plane: Gatewayed) -> None:
    open_calls = plane.control_plane.open_calls
    data = json.dumps({}).encode()
    framed = b"\0" + len(data).to_bytes(4, "big") + data
    headers = {"content-type": "application/connect+json"}
    async with plane.http.stream("POST", f"/{HISTORY}/WatchEvents", content=framed, headers=headers) as answer:
        assert answer.status_code == 200
        await anext(answer.aiter_bytes())
        assert len(open_calls) == 1

    async def has_ended() -> bool:
        return len(open_calls) == 0

    await until(has_ended)


async def test_health_is_that_of_the_process_and_of_the_control_plane(plane: Gatewayed) -> None:
    for path in ("/healthz", "/readyz"):
        answer: httpx.Response = await plane.http.get(path, headers={"host": "10.0.0.1"})
        assert (answer.status_code, answer.text) == (200, "ok\n")
