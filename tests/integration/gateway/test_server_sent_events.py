"""Server-sent events that go on where they were cut off, by the id that a browser sends: without a gap or a repeat."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from chronovisor.v1 import project_service_pb2 as projects

from tests.integration.gateway.rig import Gatewayed, gatewayed, serves
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.slow
EVENTS = {"accept": "text/event-stream"}
VM = {"spec": {"resources": {"vcpus": "1", "memoryMib": "64", "diskGib": "1"}, "boot": {"image": {"image": "tiny"}}}}
CREATED = "/v1/events:watch?start=WATCH_START_BEGINNING&eventTypes=VmCreated"


class Event(NamedTuple):
    """As a browser has it: one without an id keeps that of the one before."""

    id: str
    data: Any


async def events(answer: httpx.Response, last: str = "") -> AsyncIterator[Event]:
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            last = value
        elif name == "data":
            yield Event(last, json.loads(value))


async def positions(plane: Gatewayed, last: str, until: int, more: str) -> tuple[list[int], str]:
    """Of the events that are heard of up to one, and the id that the last of them came with."""
    headers = EVENTS | ({"last-event-id": last} if last else {})
    found: list[int] = []
    async with plane.http.stream("GET", CREATED + more, headers=headers) as answer, asyncio.timeout(WAIT_S):
        assert answer.status_code == 200
        async for event in events(answer, last):
            result = event.data["result"]
            several = result["events"]["events"] if "events" in result else [result.get("event", {})]
            found += [int(each["position"]) for each in several if each]
            last = event.id
            if until in found:
                return found, last
    raise AssertionError("the stream has ended")


async def committed(plane: Gatewayed) -> list[int]:
    answer = await plane.http.get("/v1/events?eventTypes=VmCreated")
    return [int(each["position"]) for each in answer.json()["events"]]


@pytest.mark.parametrize("more", ["", "&maxBatchSize=3"])
async def test_events_go_on_over_a_restart_of_the_server(tmp_path: Path, more: str) -> None:
    heard: list[int] = []
    last = ""
    for begun in (0, 4, 8):
        async with gatewayed(tmp_path) as plane:
            await serves(plane)
            for number in range(begun, begun + 4):
                await plane.create(f"web-{number}")
            expected = await committed(plane)
            found, last = await positions(plane, last, expected[-1], more)
            heard += found
    assert heard == expected
    assert len(heard) == 12


async def test_a_stream_that_goes_on_is_of_the_project_that_it_was_of(plane: Gatewayed) -> None:
    await plane.projects.CreateProject(projects.CreateProjectRequest(project_id="shop"))
    url = "/v1/projects/shop/vms:watch"
    async with plane.http.stream("GET", url, headers=EVENTS) as answer, asyncio.timeout(WAIT_S):
        last = await anext(event.id async for event in events(answer) if event.id)
    for request in (projects.DeleteProjectRequest(name="projects/shop"),):
        await plane.projects.DeleteProject(request)
    await plane.projects.CreateProject(projects.CreateProjectRequest(project_id="shop"))
    made = await plane.http.post("/v1/projects/shop/vms?vmId=other", json=VM)
    assert made.status_code == 200, made.text
    position = int(made.json()["metadata"]["position"])
    async with plane.http.stream("GET", url, headers=EVENTS | {"last-event-id": last}) as answer:
        async with asyncio.timeout(WAIT_S):
            async for event in events(answer, last):
                assert "change" not in event.data["result"]
                if int(event.id.partition(";")[0]) >= position:
                    return
    raise AssertionError("the stream has ended")


async def test_an_id_that_is_none_or_of_another_history_is_refused(plane: Gatewayed) -> None:
    refused = await plane.http.get("/v1/events:watch", headers=EVENTS | {"last-event-id": "yesterday"})
    assert refused.status_code == 400
    assert refused.json()["error"]["details"][1]["fieldViolations"][0]["field"] == "last-event-id"
    refused = await plane.http.get("/v1/events:watch", headers=EVENTS | {"last-event-id": f"1;{'0' * 32}@0"})
    assert refused.json()["error"]["details"][0]["reason"] == "HISTORY_FORKED"


async def test_a_page_that_connects_again_too_soon_comes_back_in_a_second(plane: Gatewayed) -> None:
    """An answer that is no stream of events would end it."""
    await serves(plane)
    plane.control_plane.tail.close()
    answer = await plane.http.get("/v1/events:watch", headers=EVENTS | {"last-event-id": "1"})
    assert (answer.status_code, answer.text) == (200, "retry: 1000\n\n")
    assert answer.headers["content-type"] == "text/event-stream"
