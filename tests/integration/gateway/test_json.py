"""Plain JSON by the names of resources: commands, reads of now and then, watches and errors, as curl has them."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from controlplane.gateway import request_body
from tests.integration.controlplane.plane import vm_name
from tests.integration.gateway.rig import JSON, Gatewayed
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.slow
VMS = "/v1/projects/default/vms"
VM = {"spec": {"resources": {"vcpus": "1", "memoryMib": "64", "diskGib": "1"}, "boot": {"image": {"image": "tiny"}}}}


async def sent(plane: Gatewayed, verb: str, url: str, body: Any = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is None:
        return await plane.http.request(verb, url, headers=named)
    return await plane.http.request(verb, url, content=json.dumps(body), headers=JSON | named)


async def lines(answer: httpx.Response) -> AsyncIterator[Any]:
    async for line in answer.aiter_lines():
        yield json.loads(line)


def reason(answer: httpx.Response) -> tuple[int, str, str]:
    """The HTTP status, the code's name and the reason of an error."""
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, error["status"], error["details"][0]["reason"]


def status_of(answer: httpx.Response) -> tuple[int, str]:
    """Of an error that has no reason: it did not come from the control plane."""
    return answer.status_code, answer.json()["error"]["status"]


async def test_a_vm_is_created_read_changed_and_destroyed(plane: Gatewayed) -> None:
    made = await sent(plane, "POST", f"{VMS}?vmId=web", VM)
    assert made.status_code == 200, made.text
    assert made.json()["response"]["@type"] == "type.googleapis.com/chronovisor.v1.Vm"
    assert (await plane.get("web")).spec.resources.memory_mib == 64
    changed = await sent(plane, "PATCH", f"{VMS}/web", {"labels": {"tier": "web"}})
    assert changed.json()["done"]
    found = (await sent(plane, "GET", f"{VMS}/web")).json()
    assert (found["name"], found["labels"], found["state"]) == (vm_name("web"), {"tier": "web"}, "VM_STATE_STOPPED")
    listed = (await sent(plane, "GET", f"{VMS}?filter=labels.tier%20%3D%20web&pageSize=5")).json()
    assert [each["name"] for each in listed["vms"]] == [vm_name("web")]
    assert (await sent(plane, "DELETE", f"{VMS}/web?reason=over")).json()["done"]
    assert reason(await sent(plane, "GET", f"{VMS}/web")) == (404, "NOT_FOUND", "VM_NOT_FOUND")
    events = (await sent(plane, "GET", "/v1/events?eventTypes=VmCreated&eventTypes=VmDeleted")).json()["events"]
    assert [next(name for name in each if name.startswith("vm")) for each in events] == ["vmCreated", "vmDeleted"]


async def test_the_past_is_read_by_position_and_by_time(plane: Gatewayed) -> None:
    await sent(plane, "POST", f"{VMS}?vmId=web", VM)
    created = (await sent(plane, "GET", "/v1/events?eventTypes=VmCreated")).json()["events"][0]
    changed = await sent(plane, "PATCH", f"{VMS}/web", {"labels": {"tier": "web"}})
    position = int(changed.json()["metadata"]["position"])
    for past in (
        f"atPosition={created['position']}",
        f"at_position={position - 1}",
        f"readTime={created['commitTime']}",
    ):
        found = await sent(plane, "GET", f"{VMS}/web?{past}")
        assert "labels" not in found.json(), past
    now = await sent(plane, "GET", f"{VMS}/web?minPosition={position}")
    assert now.json()["labels"] == {"tier": "web"}
    ahead = await sent(plane, "GET", f"{VMS}/web?atPosition=1000000")
    assert reason(ahead) == (400, "OUT_OF_RANGE", "POSITION_AHEAD")


async def test_a_command_is_checked_and_is_carried_out_once(plane: Gatewayed) -> None:
    await plane.register("node-1", vcpus=4)
    await sent(plane, "POST", f"{VMS}?vmId=web", VM)
    assert (await sent(plane, "POST", f"{VMS}/web:start", {"validateOnly": True})).json()["done"]
    body = {"requestId": "5b2b1b7c-3f0e-4c39-9a1d-6f3a8f1f7a10", "reason": "the shop opens"}
    first, again = [(await sent(plane, "POST", f"{VMS}/web:start", body)).json() for _ in range(2)]
    assert first["name"] == again["name"]
    waiting = await sent(plane, "POST", f"/v1/{first['name']}:wait", {"timeout": "0.1s"})
    assert "done" not in waiting.json()
    listed = (await sent(plane, "GET", f"{VMS}/web/operations")).json()["operations"]
    assert listed[0]["metadata"]["verb"] == "StartVm"
    # Without a body, too, as people type it.
    assert (await sent(plane, "POST", f"{VMS}/web:stop")).status_code == 200


async def test_a_watch_is_lines_of_json_that_come_as_things_happen(plane: Gatewayed) -> None:
    await sent(plane, "POST", f"{VMS}?vmId=web", VM)
    async with plane.http.stream("GET", f"{VMS}:watch") as answer:
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert answer.headers["chronovisor-history"]
        found = lines(answer)
        assert (await anext(found))["result"]["change"]["vm"]["name"] == vm_name("web")
        async with asyncio.timeout(WAIT_S):
            while "caughtUp" not in (await anext(found))["result"]:
                pass
            await sent(plane, "POST", f"{VMS}?vmId=late", VM)
            while "change" not in (line := (await anext(found))["result"]):
                pass
        assert line["change"]["vm"]["name"] == vm_name("late")

    async def has_ended() -> bool:
        return len(plane.control_plane.open_calls) == 0

    await until(has_ended)


async def test_a_call_ends_when_its_caller_goes(plane: Gatewayed) -> None:
    await plane.register("node-1", vcpus=4)
    operation = await plane.create("web", start=True)
    waiting = asyncio.create_task(sent(plane, "POST", f"/v1/{operation.name}:wait", {"timeout": "600s"}))

    async def calls_are(count: int) -> bool:
        return len(plane.control_plane.open_calls) == count

    await until(lambda: calls_are(1))
    waiting.cancel()
    await until(lambda: calls_are(0))


async def test_a_watch_can_be_server_sent_events(plane: Gatewayed) -> None:
    async with plane.http.stream("GET", "/v1/events:watch", headers={"accept": "text/event-stream"}) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        found = answer.aiter_lines()
        assert (await anext(found)).startswith("id: 1;")
        assert "result" in json.loads((await anext(found)).removeprefix("data: "))


async def test_a_watch_that_is_refused_has_the_status_of_its_error(plane: Gatewayed) -> None:
    refused = await sent(plane, "GET", "/v1/projects/nowhere/vms:watch")
    assert reason(refused) == (404, "NOT_FOUND", "PROJECT_NOT_FOUND")
    refused = await sent(plane, "POST", "/v1/events:whatIf", {"fromPosition": "-1"})
    assert reason(refused) == (400, "INVALID_ARGUMENT", "INVALID_FIELD")


async def test_a_watch_whose_server_ends_says_so_in_its_last_line(plane: Gatewayed) -> None:
    async with plane.http.stream("GET", "/v1/events:watch") as answer:
        found = lines(answer)
        await anext(found)
        plane.control_plane.tail.close()
        async with asyncio.timeout(WAIT_S):
            last = [line async for line in found][-1]
    assert last["error"]["status"] == "UNAVAILABLE"


async def test_errors_name_the_parameter_and_the_rule(plane: Gatewayed) -> None:
    refused = await sent(plane, "GET", f"{VMS}/web?readtime=now&atPosition=x")
    assert reason(refused) == (400, "INVALID_ARGUMENT", "INVALID_FIELD")
    found = refused.json()["error"]["details"][1]["fieldViolations"]
    assert [each["field"] for each in found] == ["readtime", "atPosition"]
    refused = await sent(plane, "POST", f"{VMS}?vmId=web", {"spec": {"vcpus": 1}})
    (violation,) = refused.json()["error"]["details"][1]["fieldViolations"]
    assert violation == {"field": "vm.spec.vcpus", "description": "VmSpec has no such field"}
    # What only the control plane knows.
    refused = await sent(plane, "POST", f"{VMS}?vmId=WEB", VM)
    assert reason(refused) == (400, "INVALID_ARGUMENT", "INVALID_FIELD")


async def test_paths_and_bodies_that_there_are_not_have_the_status_that_http_has(plane: Gatewayed) -> None:
    assert reason(await sent(plane, "GET", "/v1/nothing")) == (404, "UNIMPLEMENTED", "NOT_IMPLEMENTED")
    refused = await sent(plane, "GET", f"{VMS}/web:start")
    assert reason(refused) == (405, "UNIMPLEMENTED", "NOT_IMPLEMENTED")
    assert refused.headers["allow"] == "POST"
    form = await plane.http.post(f"{VMS}/web:start", data={"name": "x"})
    assert reason(form) == (415, "INVALID_ARGUMENT", "INVALID_REQUEST")
    large = b'{"reason": "' + b"x" * request_body.MOST_BYTES + b'"}'
    answer = await plane.http.post(f"{VMS}/web:start", content=large, headers=JSON)
    assert reason(answer) == (413, "INVALID_ARGUMENT", "INVALID_REQUEST")
    assert (await sent(plane, "GET", "/v1/projects")).status_code == 200


async def test_head_is_get_without_its_body(plane: Gatewayed) -> None:
    await sent(plane, "POST", f"{VMS}?vmId=web", VM)
    for url in (f"{VMS}/web", VMS, f"{VMS}/none", "/v1:whoAmI"):
        got, head = await sent(plane, "GET", url), await sent(plane, "HEAD", url)
        assert (head.status_code, head.content) == (got.status_code, b"")
        for name in ("content-type", "content-length", "chronovisor-history"):
            assert head.headers.get(name) == got.headers.get(name), (url, name)
    # A stream has no end that one could wait for.
    head = await sent(plane, "HEAD", f"{VMS}:watch")
    assert (head.status_code, head.headers["content-type"]) == (200, "application/x-ndjson")
    assert (await sent(plane, "HEAD", f"{VMS}/web:start")).status_code == 405


async def test_a_deadline_is_a_header(plane: Gatewayed) -> None:
    await plane.register("node-1", vcpus=4)
    operation = await plane.create("web", start=True)
    waited = await sent(plane, "POST", f"/v1/{operation.name}:wait", {"timeout": "60s"}, x_server_timeout="0.3")
    # The control plane answers in time, with what is so by then, where the machine is not too busy for that.
    assert waited.status_code == 200 or status_of(waited) == (504, "DEADLINE_EXCEEDED")
    assert not waited.json().get("done", False)
    refused = await sent(plane, "GET", f"{VMS}/web", x_server_timeout="soon")
    assert refused.json()["error"]["details"][1]["fieldViolations"][0]["field"] == "x-server-timeout"


async def test_the_policy_of_the_root_and_who_calls_are_there(plane: Gatewayed) -> None:
    assert (await sent(plane, "POST", "/v1:getIamPolicy", {"resource": "/"})).json()["etag"]
    assert (await sent(plane, "GET", "/v1:whoAmI")).json()["principal"]


async def test_the_history_goes_along(plane: Gatewayed) -> None:
    history = (await sent(plane, "GET", "/v1/projects")).headers["chronovisor-history"]
    assert (await sent(plane, "GET", "/v1/projects", chronovisor_history=history)).status_code == 200
    forked = await sent(plane, "GET", "/v1/projects", chronovisor_history="nonsense")
    assert reason(forked)[:2] == (400, "INVALID_ARGUMENT")


async def test_the_document_is_served(plane: Gatewayed) -> None:
    assert (await sent(plane, "GET", "/openapi.json")).json()["openapi"].startswith("3.1")


async def test_metrics_are_the_text_itself(plane: Gatewayed) -> None:
    answer = await sent(plane, "GET", "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE chronovisor_" in answer.text
