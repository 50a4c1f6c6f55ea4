"""Who calls over HTTP: by the kernel's word on loopback, by a token, and never by what a caller says of itself."""

import json
import os
import pwd
import signal
from pathlib import Path
from typing import Any

import grpc
import pytest
from chronovisor.v1 import project_service_pb2 as projects
from grpc import aio

from controlplane.identity.forwarding import FORWARDED, KEY
from tests.integration.controlplane.plane import refused
from tests.integration.gateway.rig import PROJECTS, Gatewayed, call_as, serves
from tests.support.waiting import until

pytestmark = pytest.mark.slow
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
ME = f"local:{pwd.getpwuid(os.geteuid()).pw_name}"
LIST = f"{PROJECTS}/ListProjects"
CREATE = {"projectId": "shop", "project": {"displayName": "Shop"}}
FORGED = {
    FORWARDED: "ipv4:127.0.0.1:1 uid 0",
    KEY: "x",
    "x-forwarded-for": "10.0.0.1",
    "forwarded": "for=10.0.0.1",
    "chronovisor-forwarded-uid": "0",
}


async def test_who_runs_it_may_do_everything_and_is_in_the_event_with_the_connection(plane: Gatewayed) -> None:
    answer = await plane.call(f"{PROJECTS}/CreateProject", CREATE)
    assert answer.status == 200, answer.body
    event = next(each for each in await plane.events_of("ProjectCreated") if each["actor"] == ME)
    assert event["proof"]["detail"] == f"uid {os.geteuid()}"
    assert event["proof"]["address"].startswith("ipv4:127.0.0.1:")


@pytest.mark.parametrize(("stated", "words"), [("Basic YTpi", "authorization Basic is not"), ("Bearer", "no token")])
async def test_a_credential_that_is_none_is_refused_and_not_passed_over(
    plane: Gatewayed, stated: str, words: str
) -> None:
    """Who sends one means to be somebody else than the user of the connection."""
    answer = await plane.http.get("/v1/projects", headers={"authorization": stated})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    error = answer.json()["error"]
    assert (error["status"], error["details"][0]["reason"]) == ("UNAUTHENTICATED", "NO_CREDENTIAL")
    assert words in error["message"]
    assert "YTpi" not in error["message"]


@as_root
async def test_another_user_is_who_the_kernel_says_and_may_do_what_is_granted(plane: Gatewayed, tmp_path: Path) -> None:
    status, body = await call_as(65534, plane.url, f"{PROJECTS}/CreateProject", CREATE)
    assert (status, body["code"]) == (403, "permission_denied")
    lines = [json.loads(each) for each in (tmp_path / "security.log").read_text().splitlines()]
    assert lines[-1]["principal"] == "local:nobody"
    assert lines[-1]["address"].startswith("ipv4:127.0.0.1:")
    binding = {"role": "roles/viewer", "members": ["local:nobody"]}
    policy = {"resource": "projects/default", "policy": {"bindings": [binding]}}
    assert (await plane.call("google.iam.v1.IAMPolicy/SetIamPolicy", policy)).status == 200
    status, body = await call_as(65534, plane.url, LIST)
    assert (status, [each["name"] for each in body["projects"]]) == (200, ["projects/default"])


@as_root
async def test_what_a_caller_says_of_itself_is_not_believed(plane: Gatewayed) -> None:
    await serves(plane)
    for name, value in FORGED.items():
        status, body = await call_as(65534, plane.url, f"{PROJECTS}/CreateProject", CREATE, **{name: value})
        assert (status, body["code"]) == (403, "permission_denied"), name


async def test_a_token_counts_as_over_grpc_and_comes_before_the_connection(plane: Gatewayed) -> None:
    parent: dict[str, Any] = {"parent": "projects/default", "serviceAccountId": "ci", "serviceAccount": {}}
    service = "chronovisor.v1.ServiceAccountService"
    account = await plane.call(f"{service}/CreateServiceAccount", parent)
    assert account.status == 200, account.body
    made = await plane.call(f"{service}/CreateServiceAccountToken", {"parent": account.body["name"]})
    assert made.status == 200, made.body
    bearer = f"Bearer {made.body['token']}"
    answer = await plane.call(LIST, authorization=bearer)
    assert (answer.status, answer.code) == (403, "permission_denied")
    for nonsense in ("Bearer cvsa_nonsense", "Bearer x.y.z"):
        answer = await plane.call(LIST, authorization=nonsense)
        assert (answer.status, answer.code) == (401, "unauthenticated")


async def test_only_the_gateway_that_runs_now_is_believed_who_its_callers_are(plane: Gatewayed) -> None:
    await serves(plane)
    for address in (plane.control_plane.listeners.bound.socket, plane.gateway.upstream):
        async with aio.insecure_channel(address) as channel:
            call: Any = channel.unary_unary(  # pyright: ignore[reportUnknownMemberType]
                f"/{LIST}", projects.ListProjectsRequest.SerializeToString, projects.ListProjectsResponse.FromString
            )
            forged = ((KEY, "guessed"), (FORWARDED, "ipv4:127.0.0.1:1 uid 0"))
            if address == plane.gateway.upstream:
                found = await refused(call(projects.ListProjectsRequest(), metadata=forged))
                assert found.code is grpc.StatusCode.UNAUTHENTICATED
            else:
                # It is who the local socket says, whatever it says of itself.
                await call(projects.ListProjectsRequest(), metadata=forged)


async def test_the_key_of_a_gateway_that_is_gone_is_no_key(plane: Gatewayed) -> None:
    await serves(plane)
    key = plane.control_plane.peers.gateway_key
    before = key.value
    stated = {KEY: before, FORWARDED: "ipv4:127.0.0.1:1 uid 0"}
    assert key.origin(stated)
    os.kill(plane.gateway.pid, signal.SIGKILL)

    async def is_replaced() -> bool:
        return key.value not in ("", before)

    await until(is_replaced)
    await serves(plane)
    assert key.origin(stated) is None
