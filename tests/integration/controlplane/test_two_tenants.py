"""Two tenants of one control plane: what one has is nothing to the other, by whatever request."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from chronovisor.v1 import (
    history_service_pb2,
    host_service_pb2,
    project_pb2,
    project_service_pb2,
    vm_pb2,
    vm_service_pb2,
)
from chronovisor.v1 import service_account_service_pb2 as account_api

from controlplane.queries import page_tokens
from controlplane.rpc.shared.read_position import page_of
from tests.integration.controlplane.plane import a_host, a_vm, refusal_in, refused
from tests.integration.controlplane.tenants import Tenants, by, two_tenants

RED, BLUE = "projects/red", "projects/blue"
ANNA, BERT = by("anna"), by("bert")
ListEvents, ReplayVm = history_service_pb2.ListEventsRequest, history_service_pb2.ReplayVmRequest
GetVm = vm_service_pb2.GetVmRequest


@pytest.fixture
async def tenants() -> AsyncGenerator[Tenants]:
    async with two_tenants() as found:
        yield found


async def vm_of(tenants: Tenants, name: str) -> vm_pb2.Vm:
    return await tenants.vms.GetVm(GetVm(name=name))


async def project_of(tenants: Tenants, name: str) -> project_pb2.Project:
    return await tenants.projects.GetProject(project_service_pb2.GetProjectRequest(name=name))


async def drained(call: Any) -> None:
    while await call.read():
        pass


# Tokens of pages are no secrets: whoever knows how they are made can make one.


async def forged(tenants: Tenants, request: Any, last: str) -> None:
    request.page_token = f"0-0.{page_tokens.token_for(last, page_of(request).bound_to)}"


async def test_a_page_token_cannot_be_made_that_is_of_anothers_events(tenants: Tenants) -> None:
    vm, project = await vm_of(tenants, f"{BLUE}/vms/web"), await project_of(tenants, BLUE)
    host = await tenants.hosts.GetHost(host_service_pb2.GetHostRequest(name="hosts/node-1"))
    for stream in (
        f"projects/{project.uid}",
        f"vms/{vm.uid}",
        f"hosts/{host.uid}",
        f"policies/{project.uid}",
        "roles/x",
    ):
        for parent in (RED, f"{RED}/vms/web", ""):
            request = ListEvents(parent=parent)
            await forged(tenants, request, f"0:1000:1000:{stream}")
            found = await refused(tenants.history.ListEvents(request, metadata=ANNA))
            assert (found.reason, found.fields) == ("INVALID_FIELD", ["page_token"])
    own = await vm_of(tenants, f"{RED}/vms/web")
    request = ListEvents(parent=f"{RED}/vms/web")
    await forged(tenants, request, f"0:1000:1000:vms/{own.uid}")
    assert (await tenants.history.ListEvents(request, metadata=ANNA)).events


async def test_a_page_token_cannot_be_made_that_replays_anothers_vm(tenants: Tenants) -> None:
    vm = await vm_of(tenants, f"{BLUE}/vms/web")
    for version in (0, 1):
        request = ReplayVm(name=f"{RED}/vms/web")
        await forged(tenants, request, f"{vm.uid}.{version}")
        found = await refused(tenants.history.ReplayVm(request, metadata=ANNA))
        assert (found.reason, found.fields) == ("INVALID_FIELD", ["page_token"])
    request = ReplayVm(name=f"{RED}/vms/web")
    await forged(tenants, request, f"{(await vm_of(tenants, f'{RED}/vms/web')).uid}.1")
    assert (await tenants.history.ReplayVm(request, metadata=ANNA)).steps


# Bindings that end.


async def test_a_binding_that_ended_in_1970_has_ended(tenants: Tenants) -> None:
    for time in ("1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        for condition in (
            'request.time < timestamp("{}")',
            'request.time < timestamp("{}") && request.time < timestamp("2999-01-01T00:00:00Z")',
        ):
            await tenants.bind(BLUE, ("viewer", "user:carl"), condition=condition.format(time))
            denied = await refused(tenants.vms.GetVm(GetVm(name=f"{BLUE}/vms/web"), metadata=by("carl")))
            assert denied.reason == "ACCESS_DENIED"


async def test_a_stream_ends_when_the_binding_that_allowed_it_ends_by_itself(tenants: Tenants) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    await tenants.bind(BLUE, ("viewer", "user:carl"), condition=f'request.time < timestamp("{soon.isoformat()}")')
    call = tenants.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent=BLUE), metadata=by("carl"))
    assert await call.read()
    denied = await refused(drained(call))
    assert (denied.code, denied.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ACCESS_DENIED")


# Refusals.


async def test_a_refusal_for_lack_of_spare_capacity_has_nothing_of_the_other(tenants: Tenants) -> None:
    rule = project_pb2.SpareCapacityRule(survive=1, within="canary")
    host = a_host(vcpus=16)
    host.labels["canary"] = "r2"
    await tenants.hosts.RegisterHost(host_service_pb2.RegisterHostRequest(host_id="node-2", host=host))
    request = host_service_pb2.UpdateHostRequest()
    request.host.name, request.host.labels["canary"] = "hosts/node-1", "r1"
    await tenants.hosts.UpdateHost(request)
    update = project_service_pb2.UpdateProjectRequest(project=project_pb2.Project(name=BLUE, spare_capacity=[rule]))
    update.update_mask.paths.append("spare_capacity")
    await tenants.projects.UpdateProject(update)
    large = vm_service_pb2.CreateVmRequest(parent=RED, vm_id="large", vm=a_vm(vcpus=15), start=True)
    admins = await refused(tenants.vms.CreateVm(large))
    assert (admins.reason, admins.metadata["project"], admins.metadata["vm"]) == (
        "NO_SPARE_CAPACITY",
        BLUE,
        f"{BLUE}/vms/web",
    )
    own = await refused(tenants.vms.CreateVm(large, metadata=ANNA))
    assert own.reason == "NO_SPARE_CAPACITY"
    batch = vm_service_pb2.BatchCreateVmsRequest(parent=RED, requests=[large], allow_partial=True)
    batch.request_id = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f04"
    statuses = [own.status]
    for _ in range(2):
        (item,) = (await tenants.vms.BatchCreateVms(batch, metadata=ANNA)).items
        assert refusal_in(item.status).reason == "NO_SPARE_CAPACITY"
        statuses.append(item.status)
    for each in statuses:
        raw = each.SerializeToString()
        assert not [word for word in (b"blue", b"canary", b"r1", b"r2", b"node-") if word in raw], each


# Service accounts of the other, in policies.


async def account_in(tenants: Tenants, parent: str) -> str:
    create = account_api.CreateServiceAccountRequest(parent=parent, service_account_id="ci")
    account = await tenants.accounts.CreateServiceAccount(create)
    return account.name


async def bound_uids(tenants: Tenants, name: str) -> set[str]:
    """Of the service accounts that a project's policy has."""
    policy = tenants.control_plane.guard.table.policy((await project_of(tenants, name)).uid)
    return {each.member_uid for each in policy.bindings if each.member.startswith("serviceAccount:")}


async def test_setting_a_policy_does_not_show_which_accounts_another_project_has(tenants: Tenants) -> None:
    account = await account_in(tenants, BLUE)
    own = ("project-admin", "user:anna")
    for member in (account, f"{BLUE}/serviceAccounts/none", "projects/none/serviceAccounts/ci"):
        policy = await tenants.bind(RED, own, ("viewer", f"serviceAccount:{member}"), caller=ANNA)
        assert len(policy.bindings) == 2
    absent = await refused(
        tenants.bind(RED, own, ("viewer", f"serviceAccount:{RED}/serviceAccounts/none"), caller=ANNA)
    )
    assert absent.fields == ["policy.bindings[1].members"]


async def test_a_policy_that_is_set_again_is_not_of_an_account_that_took_the_name(tenants: Tenants) -> None:
    account = await account_in(tenants, RED)
    bindings = (("project-admin", "user:bert"), ("viewer", f"serviceAccount:{account}"))
    await tenants.bind(BLUE, *bindings)
    await tenants.accounts.DeleteServiceAccount(account_api.DeleteServiceAccountRequest(name=account))
    await account_in(tenants, RED)
    await tenants.bind(BLUE, *bindings, ("viewer", "user:carl"), caller=BERT)
    current = await tenants.accounts.GetServiceAccount(account_api.GetServiceAccountRequest(name=account))
    assert await bound_uids(tenants, BLUE) not in ({""}, {current.uid})
    # Whoever means the new one takes the old one out first.
    await tenants.bind(BLUE, bindings[0], caller=BERT)
    await tenants.bind(BLUE, *bindings, caller=BERT)
    assert await bound_uids(tenants, BLUE) == {current.uid}
