"""Programs call with tokens of service accounts: whose they are, and how they end. With the edge, over gRPC."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from chronovisor.v1 import history_service_pb2, project_service_pb2, vm_service_pb2
from chronovisor.v1 import service_account_service_pb2 as api
from chronovisor.v1.project_pb2 import Project
from chronovisor.v1.service_account_pb2 import ServiceAccount
from google.iam.v1 import iam_policy_pb2, iam_policy_pb2_grpc, policy_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from controlplane.runtime.clock import Clock, clock, elapsed
from tests.integration.controlplane.plane import DEFAULT, Plane, Refusal, a_vm, refused, running
from tests.support.waiting import WAIT_S

CI = f"{DEFAULT}/serviceAccounts/ci"
MEMBER = f"serviceAccount:{CI}"
# By when a stream has ended whose token is revoked.
SOON_S = 5.0


@dataclass
class Site:
    """A control plane, the time there, and a token of the account `ci`, which is an operator of the project."""

    plane: Plane
    ahead_us: list[int]
    token: str
    name: str

    def pass_time(self, seconds: float) -> None:
        self.ahead_us[0] += round(seconds * 1_000_000)

    async def get(self, token: str = "") -> Project:
        request = project_service_pb2.GetProjectRequest(name=DEFAULT)
        return await self.plane.projects.GetProject(request, metadata=bearer(token or self.token))

    async def revoke(self) -> None:
        await self.plane.accounts.RevokeServiceAccountToken(api.RevokeServiceAccountTokenRequest(name=self.name))

    async def disable(self, disabled: bool = True) -> None:
        request = api.UpdateServiceAccountRequest(
            service_account=ServiceAccount(name=CI, disabled=disabled), update_mask=FieldMask(paths=["disabled"])
        )
        await self.plane.accounts.UpdateServiceAccount(request)

    async def delete(self) -> None:
        await self.plane.accounts.DeleteServiceAccount(api.DeleteServiceAccountRequest(name=CI))


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


async def grant(plane: Plane, role: str, member: str) -> None:
    stub: Any = iam_policy_pb2_grpc.IAMPolicyStub(plane.channel)
    policy = policy_pb2.Policy(bindings=[policy_pb2.Binding(role=role, members=[member])])
    await stub.SetIamPolicy(iam_policy_pb2.SetIamPolicyRequest(resource=DEFAULT, policy=policy))


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    ahead = [0]
    moved = Clock(lambda: clock() + ahead[0], lambda: elapsed() + ahead[0])
    async with running(clock=moved) as plane:
        account = api.CreateServiceAccountRequest(parent=DEFAULT, service_account_id="ci")
        await plane.accounts.CreateServiceAccount(account)
        await grant(plane, "roles/operator", MEMBER)
        request = api.CreateServiceAccountTokenRequest(parent=CI, ttl=Duration(seconds=60))
        made = await plane.accounts.CreateServiceAccountToken(request)
        yield Site(plane, ahead, made.token, made.service_account_token.name)


async def test_a_token_is_let_in_and_is_in_the_record(site: Site) -> None:
    assert (await site.get()).name == DEFAULT
    create = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm())
    await site.plane.vms.CreateVm(create, metadata=bearer(site.token))
    request = history_service_pb2.ListEventsRequest(event_types=["VmCreated"])
    (event,) = (await site.plane.history.ListEvents(request)).events
    assert event.actor == MEMBER
    assert site.token[17:-6] not in str(event)
    request = api.ListServiceAccountTokensRequest(parent=CI)
    (token,) = (await site.plane.accounts.ListServiceAccountTokens(request)).service_account_tokens
    assert token.HasField("last_use_time")


async def test_a_token_may_no_more_than_its_account(site: Site) -> None:
    request = api.CreateServiceAccountTokenRequest(parent=CI)
    call = site.plane.accounts.CreateServiceAccountToken(request, metadata=bearer(site.token))
    assert (await refused(call)).code is grpc.StatusCode.PERMISSION_DENIED


async def test_of_all_projects_a_token_sees_the_accounts_of_its_own(site: Site) -> None:
    await site.plane.projects.CreateProject(project_service_pb2.CreateProjectRequest(project_id="other"))
    account = api.CreateServiceAccountRequest(parent="projects/other", service_account_id="theirs")
    theirs = await site.plane.accounts.CreateServiceAccount(account)
    request = api.ListServiceAccountsRequest(parent="projects/-")
    found = await site.plane.accounts.ListServiceAccounts(request, metadata=bearer(site.token))
    assert [each.name for each in found.service_accounts] == [CI]
    for name in (theirs.name, f"{DEFAULT}/serviceAccounts/{theirs.uid}"):
        call = site.plane.accounts.GetServiceAccount(
            api.GetServiceAccountRequest(name=name), metadata=bearer(site.token)
        )
        assert (await refused(call)).reason in ("ACCESS_DENIED", "SERVICE_ACCOUNT_NOT_FOUND")


def altered(token: str) -> str:
    return token[:30] + ("a" if token[30] != "a" else "b") + token[31:]


async def expire(site: Site) -> None:
    site.pass_time(61)


ENDS: dict[str, Callable[[Site], Awaitable[None]]] = {
    "revoked": Site.revoke,
    "disabled": Site.disable,
    "deleted": Site.delete,
    "expired": expire,
}


@pytest.mark.provokes("TOKEN_INVALID", "TOKEN_REVOKED", "SERVICE_ACCOUNT_DISABLED", "TOKEN_EXPIRED")
@pytest.mark.parametrize("end", list(ENDS))
async def test_a_token_that_has_ended_is_refused_at_once(site: Site, end: str) -> None:
    await site.get()
    await ENDS[end](site)
    found = await refused(site.get())
    reasons = {
        "revoked": "TOKEN_REVOKED",
        "disabled": "SERVICE_ACCOUNT_DISABLED",
        "deleted": "TOKEN_INVALID",
        "expired": "TOKEN_EXPIRED",
    }
    assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, reasons[end])
    assert site.token[17:-6] not in str(found)


async def test_an_altered_token_is_refused(site: Site) -> None:
    for token in (altered(site.token), site.token[:-1], f"{site.token}0", "cvsa_"):
        found = await refused(site.get(token))
        assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID")
        assert token[17:-6] not in found.message or len(token) < 40


async def test_an_account_that_is_enabled_again_may_call_again(site: Site) -> None:
    await site.disable()
    await site.disable(False)
    assert (await site.get()).name == DEFAULT


async def until_it_ends(stream: Any) -> Refusal:
    async def read() -> None:
        while await stream.read() is not grpc.aio.EOF:  # pyright: ignore
            pass

    return await refused(read())


@pytest.mark.parametrize("end", ["revoked", "disabled", "deleted"])
async def test_a_stream_ends_within_seconds_when_its_token_does(site: Site, end: str) -> None:
    request = history_service_pb2.WatchEventsRequest(parent=DEFAULT)
    other = await site.plane.accounts.CreateServiceAccountToken(api.CreateServiceAccountTokenRequest(parent=CI))
    stream: Any = site.plane.history.WatchEvents(request, metadata=bearer(site.token))
    stays: Any = site.plane.history.WatchEvents(request, metadata=bearer(other.token))
    for each in (stream, stays):
        assert await asyncio.wait_for(each.read(), WAIT_S)
    await ENDS[end](site)
    found = await asyncio.wait_for(until_it_ends(stream), SOON_S)
    assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_REVOKED")
    if end == "revoked":
        # One that came with another token of the account goes on.
        create = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=a_vm())
        await site.plane.vms.CreateVm(create)
        assert await asyncio.wait_for(stays.read(), WAIT_S)
    stays.cancel()
