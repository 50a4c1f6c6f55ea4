"""Policies and roles as nobody should write them: refused by field, or harmless."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from chronovisor.v1 import access_service_pb2, vm_service_pb2
from google.iam.v1 import iam_policy_pb2, policy_pb2

from tests.integration.controlplane.plane import refused
from tests.integration.controlplane.tenants import Tenants, by, two_tenants

RED, BLUE = "projects/red", "projects/blue"
ANNA = by("anna")
LATER = 'request.time < timestamp("2999-01-01T00:00:00Z")'


@pytest.fixture
async def tenants() -> AsyncGenerator[Tenants]:
    async with two_tenants() as found:
        yield found


async def put(tenants: Tenants, *bindings: Any, version: int = 3) -> Any:
    current = await tenants.iam.GetIamPolicy(iam_policy_pb2.GetIamPolicyRequest(resource=RED), metadata=ANNA)
    policy = policy_pb2.Policy(version=version, etag=current.etag, bindings=bindings)
    return await tenants.iam.SetIamPolicy(
        iam_policy_pb2.SetIamPolicyRequest(resource=RED, policy=policy), metadata=ANNA
    )


def binding(*members: str, role: str = "roles/viewer", condition: str = "") -> Any:
    made: Any = policy_pb2.Binding(role=role, members=members)
    if condition:
        made.condition.expression = condition
    return made


KEPT = binding("user:anna", role="roles/project-admin")


@pytest.mark.parametrize(
    "member",
    [
        "",
        "anna",
        "user:",
        "agent:node-1",
        "local:",
        "system:bootstrap",
        "allUsers",
        "allauthenticatedusers",
        "user:a\x00b",
        "user:a\nb",
        "user:\u202eanna",
        "user:\u200b",
        f"user:{'x' * 400}",
        "group:",
        "serviceAccount:",
        "deleted:user:anna",
    ],
)
async def test_odd_members_are_refused(tenants: Tenants, member: str) -> None:
    found = await refused(put(tenants, KEPT, binding(member)))
    assert (found.reason, found.fields[0]) == ("INVALID_FIELD", "policy.bindings[1].members")


@pytest.mark.parametrize(
    "condition",
    [
        "&&",
        f"{LATER} &&",
        f"{LATER} || true",
        f"!({LATER})",
        f"({LATER})",
        'request.time < timestamp("")',
        'request.time < timestamp("9999-99-99T00:00:00Z")',
        'request.time < timestamp("2026-12-01")',
        'request.time < timestamp("2026-12-01T00:00:00")',
        "resource.labels['env'] == 'x'",
        'resource.labels["env"] == "a" && resource.labels["env"] == "b"',
        'resource.labels["env"] == "a" || true',
        "x" * 100_000,
        " && ".join([LATER] * 500),
    ],
)
async def test_odd_conditions_are_refused(tenants: Tenants, condition: str) -> None:
    found = await refused(put(tenants, KEPT, binding("user:carl", condition=condition)))
    assert (found.reason, found.fields) == ("INVALID_FIELD", ["policy.bindings[1].condition.expression"])


@pytest.mark.parametrize(
    ("time", "holds"),
    [
        ("9999-12-31T23:59:59Z", True),
        ("9999-12-31T23:59:59-23:59", True),
        ("0001-01-01T00:00:00+23:59", False),
        ("1970-01-01T00:00:00.000001Z", False),
    ],
)
async def test_times_at_the_ends_are_times(tenants: Tenants, time: str, *, holds: bool) -> None:
    await put(tenants, KEPT, binding("user:carl", condition=f'request.time < timestamp("{time}")'))
    call = tenants.vms.GetVm(vm_service_pb2.GetVmRequest(name=f"{RED}/vms/web"), metadata=by("carl"))
    if holds:
        assert (await call).name == f"{RED}/vms/web"
    else:
        assert (await refused(call)).reason == "ACCESS_DENIED"


async def test_a_policy_is_bounded(tenants: Tenants) -> None:
    many = [binding(f"user:u{number}") for number in range(10_000)]
    assert "policy.bindings" in (await refused(put(tenants, KEPT, *many))).fields
    crowd = binding(*(f"user:u{number}" for number in range(10_000)))
    assert (await refused(put(tenants, KEPT, crowd))).fields == ["policy.bindings"]
    await put(tenants, KEPT, binding(*(f"user:u{number}" for number in range(1_000))))
    await tenants.vms.GetVm(vm_service_pb2.GetVmRequest(name=f"{RED}/vms/web"), metadata=by("anna"))


async def test_odd_roles_are_refused(tenants: Tenants) -> None:
    for role in ("roles/none", "roles/", "viewer", "projects/blue/roles/x", "roles/../admin", "roles/*"):
        assert (await refused(put(tenants, KEPT, binding("user:carl", role=role)))).reason == "INVALID_FIELD"
    for permissions in ([], ["no.such"], ["*"], ["vms.*"], ["vms.start "], ["VMS.START"], ["vms.start"] * 300):
        role = access_service_pb2.Role(title="Odd", permissions=permissions)
        request = access_service_pb2.CreateRoleRequest(role_id="odd", role=role)
        assert (await refused(tenants.access.CreateRole(request))).reason == "INVALID_FIELD"


async def test_a_project_cannot_grant_what_is_of_the_root(tenants: Tenants) -> None:
    """Neither by a role that has it, nor by one that is made of it."""
    role = access_service_pb2.Role(title="Root", permissions=["ledger.read", "hosts.list", "projects.create"])
    await tenants.access.CreateRole(access_service_pb2.CreateRoleRequest(role_id="rooty", role=role))
    await put(tenants, KEPT, binding("user:carl", role="roles/rooty"), binding("user:carl", role="roles/admin"))
    request = iam_policy_pb2.TestIamPermissionsRequest(permissions=["hosts.list", "ledger.read", "vms.get"])
    for resource, held in ((RED, ["vms.get"]), (BLUE, []), ("/", [])):
        request.resource = resource
        found = await tenants.iam.TestIamPermissions(request, metadata=by("carl"))
        assert list(found.permissions) == held


async def test_a_stale_or_forged_etag_changes_nothing(tenants: Tenants) -> None:
    blue = await tenants.iam.GetIamPolicy(iam_policy_pb2.GetIamPolicyRequest(resource=BLUE))
    for etag in (blue.etag, b"\xff\xfe", b'"root.1"', b"*"):
        policy = policy_pb2.Policy(etag=etag, bindings=[KEPT])
        request = iam_policy_pb2.SetIamPolicyRequest(resource=RED, policy=policy)
        assert (await refused(tenants.iam.SetIamPolicy(request, metadata=ANNA))).reason == "ETAG_MISMATCH"
