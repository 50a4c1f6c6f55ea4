"""Who may do what, over gRPC: roles, bindings and conditions, and what a caller without them is answered."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from chronovisor.v1 import (
    access_service_pb2,
    history_service_pb2,
    host_service_pb2,
    project_service_pb2,
    service_account_service_pb2_grpc,
    utilization_service_pb2,
    vm_service_pb2,
)
from chronovisor.v1 import service_account_service_pb2 as account_api
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.longrunning import operations_pb2

from controlplane.domain.access.principal import Principal
from controlplane.rpc.access.rates import RateTerms
from tests.integration.controlplane.plane import refusal_in, refusal_of, refused, running
from tests.integration.controlplane.tenants import ROOT, KnownTokens, Tenants, by, closed, owner, two_tenants
from tests.support.waiting import WAIT_S, until

RED, BLUE = "projects/red", "projects/blue"
ANNA, BERT = by("anna"), by("bert")
Get, List = vm_service_pb2.GetVmRequest, vm_service_pb2.ListVmsRequest
Start = vm_service_pb2.StartVmRequest
Explain = access_service_pb2.ExplainAccessRequest


@pytest.fixture
async def tenants() -> AsyncGenerator[Tenants]:
    async with two_tenants() as found:
        yield found


async def reason(call: Awaitable[object]) -> str:
    return (await refused(call)).reason


@pytest.mark.provokes("ACCESS_DENIED")
async def test_a_tenant_drives_its_own_vms_and_no_others(tenants: Tenants) -> None:
    await tenants.vms.StartVm(Start(name=f"{RED}/vms/only-red"), metadata=ANNA)
    denied = await refused(tenants.vms.StartVm(Start(name=f"{BLUE}/vms/only-blue"), metadata=ANNA))
    assert (denied.code, denied.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ACCESS_DENIED")
    assert denied.metadata == {
        "principal": "user:anna",
        "permission": "vms.start",
        "resource": f"{BLUE}/vms/only-blue",
    }


async def test_each_command_of_a_stream_is_checked_as_its_method_is(tenants: Tenants) -> None:
    async def requests() -> AsyncGenerator[vm_service_pb2.ExecuteCommandsRequest]:
        for tag, name in ((1, f"{RED}/vms/only-red"), (2, f"{BLUE}/vms/only-blue")):
            yield vm_service_pb2.ExecuteCommandsRequest(tag=tag, start_vm=Start(name=name))

    answers = {each.tag: each async for each in tenants.vms.ExecuteCommands(requests(), metadata=ANNA)}
    assert answers[1].HasField("operation")
    assert refusal_in(answers[2].error).reason == "ACCESS_DENIED"


async def test_what_may_not_be_seen_answers_as_what_is_not_there(tenants: Tenants) -> None:
    """See AIP-211."""
    texts: set[str] = set()
    for project, vm in (("blue", "web"), ("blue", "nothing"), ("nothing", "web")):
        denied = await refused(tenants.vms.GetVm(Get(name=f"projects/{project}/vms/{vm}"), metadata=ANNA))
        assert denied.reason == "ACCESS_DENIED"
        texts.add(denied.message.replace(f"projects/{project}/vms/{vm}", "NAME"))
    assert len(texts) == 1
    own = await refused(tenants.vms.GetVm(Get(name=f"{RED}/vms/nothing"), metadata=ANNA))
    assert own.reason == "VM_NOT_FOUND"


@pytest.mark.provokes("NO_CREDENTIAL")
async def test_without_a_credential_nothing_is_answered_but_health(tmp_path: Path) -> None:
    async with closed(tmp_path) as tenants:
        denied = await refused(tenants.vms.GetVm(Get(name=f"{RED}/vms/web")))
        assert (denied.code, denied.reason) == (grpc.StatusCode.UNAUTHENTICATED, "NO_CREDENTIAL")
        unknown = await refused(tenants.vms.GetVm(Get(name=f"{RED}/vms/web"), metadata=by("9")))
        assert unknown.code is grpc.StatusCode.UNAUTHENTICATED
        check: Any = tenants.channel.unary_unary("/grpc.health.v1.Health/Check")  # pyright: ignore[reportUnknownVariableType]
        assert await check(b"") == b"\x08\x01"


async def test_who_fails_again_and_again_to_say_who_it_is_has_to_wait(tmp_path: Path) -> None:
    async with closed(tmp_path, rates=RateTerms(failures_a_second=1)) as tenants:
        request = Get(name=f"{RED}/vms/web")
        reasons = [await reason(tenants.vms.GetVm(request, metadata=by("9"))) for _ in range(10)]
        assert set(reasons) == {"TOKEN_INVALID", "RATE_LIMITED"}
        assert reasons[-1] == "RATE_LIMITED"


async def test_the_owner_of_the_machine_needs_no_binding(tmp_path: Path) -> None:
    async with closed(tmp_path) as tenants, owner(tenants, tmp_path) as local:
        found = await local.access.WhoAmI(access_service_pb2.WhoAmIRequest())
        assert (found.principal, found.proof) == ("local:root", "socket")
        project = await local.project("red")
        await local.bind(project, ("viewer", "user:anna"))
        events = await local.history.ListEvents(history_service_pb2.ListEventsRequest(parent=project))
        assert {(each.actor, each.proof.kind) for each in events.events} == {("local:root", "socket")}
        # Whoever else calls has what was granted to it.
        request = project_service_pb2.GetProjectRequest(name=project)
        assert (await tenants.projects.GetProject(request, metadata=ANNA)).name == project
        assert await reason(tenants.projects.GetProject(request, metadata=BERT)) == "ACCESS_DENIED"


async def test_lists_have_what_the_caller_may_see(tenants: Tenants) -> None:
    found = await tenants.vms.ListVms(List(parent="projects/-"), metadata=ANNA)
    assert [each.name for each in found.vms] == [f"{RED}/vms/only-red", f"{RED}/vms/web"]
    everything = await tenants.vms.ListVms(List(parent="projects/-"))
    assert len(everything.vms) == 4
    projects = await tenants.projects.ListProjects(project_service_pb2.ListProjectsRequest(), metadata=ANNA)
    assert [each.name for each in projects.projects] == [RED]
    nobody = await refused(tenants.vms.ListVms(List(parent="projects/-"), metadata=by("carl")))
    assert nobody.reason == "ACCESS_DENIED"


async def test_events_of_all_are_those_of_what_the_caller_may_see(tenants: Tenants) -> None:
    request = history_service_pb2.ListEventsRequest()
    found = await tenants.history.ListEvents(request, metadata=ANNA)
    streams = {each.stream for each in found.events}
    red = {name for name in found.names.values() if name.startswith("projects/")}
    assert red == {RED, f"{RED}/vms/web", f"{RED}/vms/only-red"}
    assert {each.partition("/")[0] for each in streams} == {"vms", "projects", "policies"}
    every = await tenants.history.ListEvents(request)
    assert len(every.events) > 2 * len(found.events)


async def test_a_watch_of_all_sends_what_the_caller_may_see(tenants: Tenants) -> None:
    call = tenants.history.WatchEvents(history_service_pb2.WatchEventsRequest(), metadata=ANNA)
    uids: set[str] = set()
    async for message in call:
        if message.HasField("caught_up"):
            break
        if message.HasField("event"):
            uids.add(message.event.stream)
    blue = await tenants.vms.GetVm(Get(name=f"{BLUE}/vms/web"))
    red = await tenants.vms.GetVm(Get(name=f"{RED}/vms/web"))
    assert f"vms/{red.uid}" in uids
    assert f"vms/{blue.uid}" not in uids
    # What comes from now on is chosen by the same filter.
    await tenants.vm_in(BLUE, "later")
    await tenants.vm_in(RED, "later")
    async for message in call:
        if message.HasField("event"):
            assert message.event.vm_created.name == f"{RED}/vms/later"
            break
    call.cancel()


async def test_a_stream_ends_when_the_binding_that_allowed_it_goes(tenants: Tenants) -> None:
    call = tenants.vms.WatchVms(vm_service_pb2.WatchVmsRequest(parent=RED), metadata=ANNA)
    await call.read()
    began = time.monotonic()
    await tenants.bind(RED, ("project-admin", "user:other"))
    denied = await refused(drained(call))
    assert (denied.code, denied.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ACCESS_DENIED")
    assert time.monotonic() - began < max(5.0, WAIT_S)
    assert len(tenants.control_plane.open_calls) == 0


async def drained(call: Any) -> None:
    while await call.read():
        pass


async def test_a_wait_ends_when_the_binding_that_allowed_it_goes(tenants: Tenants) -> None:
    operation = await tenants.vms.StartVm(Start(name=f"{RED}/vms/only-red"), metadata=ANNA)
    waiting = tenants.operations.WaitOperation(operations_pb2.WaitOperationRequest(name=operation.name), metadata=ANNA)
    task = asyncio.ensure_future(waiting)
    await until(lambda: asyncio.sleep(0, len(tenants.control_plane.open_calls) == 1))
    await tenants.bind(RED)
    assert await reason(task) == "ACCESS_DENIED"


@pytest.mark.parametrize("role", ["viewer", "biller", "auditor"])
async def test_those_who_read_change_nothing(tenants: Tenants, role: str) -> None:
    await tenants.bind(ROOT, (role, "user:carl"))
    denied = await refused(tenants.vms.StartVm(Start(name=f"{RED}/vms/only-red"), metadata=by("carl")))
    assert denied.reason == "ACCESS_DENIED"
    usage = utilization_service_pb2.GetUtilizationRequest(scope=RED)
    assert (await tenants.utilization.GetUtilization(usage, metadata=by("carl"))).scope == RED


async def test_a_binding_of_a_group_is_of_all_who_are_in_it(tenants: Tenants) -> None:
    await tenants.bind(BLUE, ("operator", "group:ops"))
    await tenants.vms.GetVm(Get(name=f"{BLUE}/vms/web"), metadata=by("dora+ops"))
    assert await reason(tenants.vms.GetVm(Get(name=f"{BLUE}/vms/web"), metadata=by("dora"))) == "ACCESS_DENIED"


async def test_a_binding_that_expires_grants_until_then(tenants: Tenants) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    await tenants.bind(BLUE, ("viewer", "user:carl"), condition=f'request.time < timestamp("{soon.isoformat()}")')
    await tenants.vms.GetVm(Get(name=f"{BLUE}/vms/web"), metadata=by("carl"))
    past = datetime.now(UTC) - timedelta(hours=1)
    await tenants.bind(BLUE, ("viewer", "user:carl"), condition=f'request.time < timestamp("{past.isoformat()}")')
    assert await reason(tenants.vms.GetVm(Get(name=f"{BLUE}/vms/web"), metadata=by("carl"))) == "ACCESS_DENIED"


async def test_a_binding_of_the_root_can_be_for_projects_with_a_label(tenants: Tenants) -> None:
    condition = 'resource.labels["env"] == "test"'
    await tenants.bind(ROOT, ("viewer", "user:carl"), condition=condition)
    assert await reason(tenants.vms.GetVm(Get(name=f"{RED}/vms/web"), metadata=by("carl"))) == "ACCESS_DENIED"
    update = project_service_pb2.UpdateProjectRequest()
    update.project.name, update.project.labels["env"] = RED, "test"
    await tenants.projects.UpdateProject(update)
    await tenants.vms.GetVm(Get(name=f"{RED}/vms/web"), metadata=by("carl"))
    found = await tenants.vms.ListVms(List(parent="projects/-"), metadata=by("carl"))
    assert {each.name.rpartition("/vms/")[0] for each in found.vms} == {RED}


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("request.time > now", "request.time <"),
        ("true || false", "request.time <"),
        ('request.time < timestamp("x")', "x is not a time"),
    ],
)
async def test_other_conditions_are_refused(tenants: Tenants, expression: str, words: str) -> None:
    found = await refused(tenants.bind(RED, ("viewer", "user:carl"), condition=expression))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["policy.bindings[0].condition.expression"])
    assert words in found.message


@pytest.mark.covers("IAMPolicy.GetIamPolicy", "IAMPolicy.SetIamPolicy")
async def test_a_policy_is_not_overwritten_by_who_has_not_read_it(tenants: Tenants) -> None:
    stale = await tenants.iam.GetIamPolicy(iam_policy_pb2.GetIamPolicyRequest(resource=RED))
    await tenants.bind(RED, ("viewer", "user:carl"))
    request = iam_policy_pb2.SetIamPolicyRequest(resource=RED, policy=policy_pb2.Policy(etag=stale.etag))
    assert await reason(tenants.iam.SetIamPolicy(request)) == "ETAG_MISMATCH"
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await tenants.bind(RED, ("viewer", "user:carl"), condition=f'request.time < timestamp("{later}")')
    blind = iam_policy_pb2.SetIamPolicyRequest(resource=RED, policy=policy_pb2.Policy())
    assert (await refused(tenants.iam.SetIamPolicy(blind))).fields == ["policy.etag"]


async def test_a_project_admin_grants_roles_on_its_project_alone(tenants: Tenants) -> None:
    policy = policy_pb2.Policy(bindings=[policy_pb2.Binding(role="roles/viewer", members=["user:carl"])])
    await tenants.iam.SetIamPolicy(iam_policy_pb2.SetIamPolicyRequest(resource=RED, policy=policy), metadata=ANNA)
    for resource, caller in ((BLUE, ANNA), (ROOT, ANNA), (ROOT, BERT)):
        request = iam_policy_pb2.SetIamPolicyRequest(resource=resource, policy=policy)
        assert await reason(tenants.iam.SetIamPolicy(request, metadata=caller)) == ("ACCESS_DENIED")


@pytest.mark.covers("IAMPolicy.TestIamPermissions")
async def test_permissions_can_be_tested(tenants: Tenants) -> None:
    async def held(resource: str) -> list[str]:
        permissions = ["vms.start", "hosts.list", "no.such"]
        request = iam_policy_pb2.TestIamPermissionsRequest(resource=resource, permissions=permissions)
        return list((await tenants.iam.TestIamPermissions(request, metadata=ANNA)).permissions)

    assert await held(RED) == ["vms.start"]
    assert await held(BLUE) == await held("projects/nothing") == await held(ROOT) == []


@pytest.mark.covers("AccessService.ExplainAccess")
async def test_access_is_explained_for_any_moment(tenants: Tenants) -> None:
    before = (
        (await tenants.history.ListEvents(history_service_pb2.ListEventsRequest(newest_first=True))).events[0].position
    )
    await tenants.bind(RED)
    request = Explain(resource=f"{RED}/vms/web", principal="user:anna", permission="vms.delete")
    now = await tenants.access.ExplainAccess(request)
    assert not now.granted
    assert now.explanation.startswith("user:anna has no vms.delete on projects/red")
    request.at_position = before
    then = await tenants.access.ExplainAccess(request)
    assert then.granted
    assert (then.grant.role, then.grant.member, then.grant.resource) == ("roles/project-admin", "user:anna", RED)
    assert then.grant.set_by == "user:anonymous"
    assert then.grant.since_time.seconds > 0
    assert "because user:anna has roles/project-admin on projects/red since" in then.explanation


@pytest.mark.covers("AccessService.WhoAmI")
async def test_a_caller_learns_who_it_is(tenants: Tenants) -> None:
    found = await tenants.access.WhoAmI(access_service_pb2.WhoAmIRequest(), metadata=by("anna+ops"))
    assert (found.principal, list(found.groups), found.proof) == ("user:anna", ["group:ops"], "oidc")
    assert [(each.resource, each.role) for each in found.grants] == [(RED, "roles/project-admin")]
    nobody = await tenants.access.WhoAmI(access_service_pb2.WhoAmIRequest())
    assert nobody.proof == "self-declared"


@pytest.mark.covers(
    "AccessService.CreateRole", "AccessService.UpdateRole", "AccessService.DeleteRole", "AccessService.ListRoles"
)
@pytest.mark.provokes("ROLE_NOT_FOUND", "ROLE_ALREADY_EXISTS")
async def test_a_custom_role_grants_what_it_lists(tenants: Tenants) -> None:
    role = access_service_pb2.Role(title="Starts", permissions=["vms.start"])
    create = access_service_pb2.CreateRoleRequest(role_id="starter", role=role)
    made = await tenants.access.CreateRole(create)
    assert (made.name, list(made.permissions), made.built_in) == ("roles/starter", ["vms.start"], False)
    assert await reason(tenants.access.CreateRole(create)) == "ROLE_ALREADY_EXISTS"
    await tenants.bind(RED, ("starter", "user:carl"))
    carl = by("carl")
    await tenants.vms.StartVm(Start(name=f"{RED}/vms/only-red"), metadata=carl)
    stop = vm_service_pb2.StopVmRequest(name=f"{RED}/vms/only-red")
    assert await reason(tenants.vms.StopVm(stop, metadata=carl)) == "ACCESS_DENIED"

    made.permissions[:] = ["vms.start", "vms.stop"]
    changed = await tenants.access.UpdateRole(access_service_pb2.UpdateRoleRequest(role=made))
    await tenants.vms.StopVm(stop, metadata=carl)
    assert await reason(tenants.access.UpdateRole(access_service_pb2.UpdateRoleRequest(role=made))) == ("ETAG_MISMATCH")
    listed = await tenants.access.ListRoles(access_service_pb2.ListRolesRequest())
    assert listed.roles[-1] == changed
    assert listed.roles[0].name == "roles/admin"

    delete = access_service_pb2.DeleteRoleRequest(name="roles/starter")
    await tenants.access.DeleteRole(delete)
    assert await reason(tenants.vms.StopVm(stop, metadata=carl)) == "ACCESS_DENIED"
    assert await reason(tenants.access.DeleteRole(delete)) == "ROLE_NOT_FOUND"


async def test_built_in_roles_stay_as_they_are(tenants: Tenants) -> None:
    role = access_service_pb2.Role(name="roles/viewer", permissions=["vms.delete"])
    found = await refused(tenants.access.UpdateRole(access_service_pb2.UpdateRoleRequest(role=role)))
    assert (found.reason, "built in" in found.message) == ("INVALID_FIELD", True)


async def test_a_name_that_was_anothers_shows_nothing_of_it(tenants: Tenants) -> None:
    """Reading the past needs the permission of today, on what was."""
    position = (await tenants.vms.ListVms(List(parent=BLUE))).position
    for vm in ("web", "only-blue"):
        await tenants.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=f"{BLUE}/vms/{vm}"))
    hosts = await tenants.hosts.ListHosts(host_service_pb2.ListHostsRequest())
    assert hosts.hosts
    # The running one waits for its agent: it is dropped by taking another project.
    other = await tenants.project("green")
    await tenants.bind(other, ("project-admin", "user:bert"))
    old = await refused(tenants.vms.ListVms(List(parent=BLUE, at_position=position), metadata=ANNA))
    assert old.reason == "ACCESS_DENIED"


async def test_a_service_account_that_takes_a_name_again_has_none_of_the_bindings(tenants: Tenants) -> None:
    accounts = service_account_service_pb2_grpc.ServiceAccountServiceStub(tenants.channel)
    create = account_api.CreateServiceAccountRequest(parent=RED, service_account_id="ci")

    async def token() -> str:
        account = await accounts.CreateServiceAccount(create, metadata=ANNA)
        request = account_api.CreateServiceAccountTokenRequest(parent=account.name)
        return (await accounts.CreateServiceAccountToken(request, metadata=ANNA)).token

    def verified(name: str) -> Principal:
        return tenants.control_plane.account_tokens.verify(name, time.time())

    absent = await refused(tenants.bind(BLUE, ("viewer", f"serviceAccount:{RED}/serviceAccounts/ci")))
    assert absent.fields == ["policy.bindings[0].members"]
    first = verified(await token())
    await tenants.bind(BLUE, ("viewer", first.name))
    table = tenants.control_plane.guard.table
    blue = (await tenants.projects.GetProject(project_service_pb2.GetProjectRequest(name=BLUE))).uid
    assert table.grant(first, "vms.get", blue, time.time())
    await accounts.DeleteServiceAccount(
        account_api.DeleteServiceAccountRequest(name=f"{RED}/serviceAccounts/ci"), metadata=ANNA
    )
    second = verified(await token())
    assert second.name == first.name
    assert not table.grant(second, "vms.get", blue, time.time())


async def test_errors_have_nothing_of_hosts_for_a_tenant(tenants: Tenants) -> None:
    large = vm_service_pb2.CreateVmRequest(parent=RED, vm_id="large", start=True)
    large.vm.spec.resources.vcpus, large.vm.spec.resources.memory_mib, large.vm.spec.resources.disk_gib = 15, 512, 1
    large.vm.spec.boot.image.image = "tiny"
    admins = await refused(tenants.vms.CreateVm(large))
    assert "nearest.1" in admins.metadata
    own = await refused(tenants.vms.CreateVm(large, metadata=ANNA))
    assert own.reason == "NO_CAPACITY"
    batch = vm_service_pb2.BatchCreateVmsRequest(parent=RED, requests=[large], allow_partial=True)
    batch.request_id = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f03"
    found = [own]
    for _ in range(2):
        (item,) = (await tenants.vms.BatchCreateVms(batch, metadata=ANNA)).items
        found.append(refusal_in(item.status))
    for each in found:
        assert not [key for key in each.metadata if key.startswith("nearest")]
        assert "node-1" not in each.message


async def test_a_request_id_is_of_its_principal(tenants: Tenants) -> None:
    request_id = "6f0c4a5e-25a1-4d5e-9b57-0d7a9a3e7f02"
    mine = vm_service_pb2.StopVmRequest(name=f"{RED}/vms/only-red", request_id=request_id)
    first = await tenants.vms.StopVm(mine, metadata=ANNA)
    assert await tenants.vms.StopVm(mine, metadata=ANNA) == first
    # The same id of another is another: neither its answer nor that it was used comes out.
    theirs = vm_service_pb2.StopVmRequest(name=f"{BLUE}/vms/only-blue", request_id=request_id)
    found = await tenants.vms.StopVm(theirs, metadata=BERT)
    assert found.name != first.name


async def test_events_say_how_it_was_proven_who_acted(tenants: Tenants) -> None:
    await tenants.vm_in(RED, "new", caller=(*ANNA, ("chronovisor-actor", "user:somebody-else")))
    request = history_service_pb2.ListEventsRequest(parent=f"{RED}/vms/new")
    (event,) = (await tenants.history.ListEvents(request)).events
    assert event.actor == "user:anna"
    assert (event.proof.kind, event.proof.detail) == ("oidc", "https://issuer.test anna")
    assert event.proof.address.startswith("ipv4:127.0.0.1:")
    others = history_service_pb2.ListEventsRequest(parent=f"{RED}/vms/web")
    assert not (await tenants.history.ListEvents(others)).events[0].HasField("proof")


@pytest.mark.provokes("RATE_LIMITED")
async def test_one_principal_cannot_call_without_end() -> None:
    async with two_tenants(rates=RateTerms(calls_a_second=5, most_streams=1)) as tenants:
        request = Get(name=f"{RED}/vms/web")
        calls = [tenants.vms.GetVm(request, metadata=ANNA) for _ in range(100)]
        done = await asyncio.gather(*calls, return_exceptions=True)
        errors = [refusal_of(each) for each in done if isinstance(each, grpc.aio.AioRpcError)]
        assert {(each.code, each.reason) for each in errors} == {(grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")}
        assert len(errors) > 50
        assert errors[0].details == ["RetryInfo"]
        # Others are not concerned.
        await tenants.vms.GetVm(Get(name=f"{BLUE}/vms/web"), metadata=BERT)
        watch = vm_service_pb2.WatchVmsRequest(parent=BLUE)
        first = tenants.vms.WatchVms(watch, metadata=BERT)
        await first.read()
        assert await reason(drained(tenants.vms.WatchVms(watch, metadata=BERT))) == "RATE_LIMITED"
        first.cancel()


async def test_refusals_and_sensitive_reads_are_in_the_security_log(tmp_path: Path) -> None:
    file = tmp_path / "security.log"
    async with two_tenants(security_log=file) as tenants:
        await refused(tenants.vms.GetVm(Get(name=f"{BLUE}/vms/web"), metadata=ANNA))
        await refused(tenants.vms.GetVm(Get(name=f"{BLUE}/vms/web"), metadata=by("9-not-a-token")))
        await tenants.history.ListEvents(history_service_pb2.ListEventsRequest(parent=RED), metadata=ANNA)
    text = file.read_text()
    lines = [json.loads(each) for each in text.splitlines()]
    found = [(each["event"], each.get("principal", ""), each["method"].rpartition("/")[2]) for each in lines]
    assert found == [
        ("refused", "user:anna", "GetVm"),
        ("refused", "", "GetVm"),
        ("read", "user:anna", "ListEvents"),
    ]
    assert lines[0]["reason"] == "ACCESS_DENIED"
    assert "9-not-a-token" not in text


async def test_bindings_outlive_a_restart_and_a_snapshot(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'ledger.db'}"
    async with two_tenants(store) as tenants:
        await tenants.control_plane.snapshotter.take()
    tokens = KnownTokens()
    async with running(store, tokens=tokens) as plane:
        again = Tenants(plane, tokens)
        await again.vms.GetVm(Get(name=f"{RED}/vms/web"), metadata=ANNA)
        assert await reason(again.vms.GetVm(Get(name=f"{BLUE}/vms/web"), metadata=ANNA)) == "ACCESS_DENIED"
