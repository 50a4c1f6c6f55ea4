"""Every method x who calls x the resource that it names: what is granted, over gRPC, beside a list for people."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import grpc
import pytest
from chronovisor.v1 import network_service_pb2, service_account_service_pb2, vm_service_pb2

from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.access.roles import BUILT_IN
from controlplane.rpc.access.rates import RateTerms
from tests.integration.controlplane.every_method import Method, call, methods
from tests.integration.controlplane.tenants import ROOT, KnownTokens, Tenants, by, closed, two_tenants

GOLDEN = Path(__file__).parent / "golden" / "access_table.txt"
OWN, OTHER = "projects/red", "projects/blue"
NOBODY, AGENT = "none", "agentone"
UNLIMITED = RateTerms(0, 0, 0, 0)
# So many calls are under way at once.
TOGETHER = 32


class Row(NamedTuple):
    """A method: where its permission can be had, and the roles that have it.

    `public`: everybody. `anyone`: whoever has proven who it is. `agents`: they alone. `each`: every part is checked by
    itself. `root`: by a binding of the root. `project`: also of one project, for what is of that. `list`: the same, and
    whoever has it so can list all.
    """

    where: str
    roles: frozenset[str]


def golden() -> Mapping[str, Row]:
    lines = [line.split() for line in GOLDEN.read_text().splitlines() if line and not line.startswith("#")]
    return {method: Row(where, frozenset(roles)) for method, where, *roles in lines}


class Caller(NamedTuple):
    """Who calls: the role that it has, and on what."""

    token: str
    role: str
    bound_to: str

    def may(self, row: Row, target: str) -> bool:
        if row.where == "public":
            return True
        if self.role == AGENT:
            return row.where == "agents"
        if row.where in ("anyone", "each"):
            return True
        if self.role not in row.roles or row.where == "agents":
            return False
        if self.bound_to == ROOT:
            return True
        return (row.where in ("project", "list") and target == OWN) or (row.where == "list" and target == ROOT)


class TableTokens(KnownTokens):
    """Beside people, an agent."""

    async def principal(self, token: str) -> Principal:
        if token == AGENT:
            return Principal("agent:node-1", Proof(ProofKind.CERTIFICATE, "00"))
        return await super().principal(token)


ROLES = [each.removeprefix("roles/") for each in BUILT_IN if each != "roles/agent"]
CALLERS = [
    *(Caller(f"own{role.replace('-', '')}", role, OWN) for role in ROLES),
    *(Caller(f"all{role.replace('-', '')}", role, ROOT) for role in ROLES),
    Caller(NOBODY, NOBODY, ""),
    Caller(AGENT, AGENT, ""),
]


async def _bind_all(tenants: Tenants) -> None:
    for resource in (OWN, ROOT):
        await tenants.bind(
            resource, *((each.role, f"user:{each.token}") for each in CALLERS if each.bound_to == resource)
        )


class Names(NamedTuple):
    """What a project has of each kind."""

    project: str
    vm: str
    account: str
    image: str
    token: str
    operation: str
    network: str
    security_group: str


async def _names(tenants: Tenants, project: str) -> Names:
    stop = vm_service_pb2.StopVmRequest(name=f"{project}/vms/only-{project.removeprefix('projects/')}")
    operation = await tenants.vms.StopVm(stop)
    create = service_account_service_pb2.CreateServiceAccountRequest(parent=project, service_account_id="ci")
    account = (await tenants.accounts.CreateServiceAccount(create)).name
    made = await tenants.accounts.CreateServiceAccountToken(
        service_account_service_pb2.CreateServiceAccountTokenRequest(parent=account)
    )
    token = made.service_account_token.name
    image = await tenants.begin_image(parent=project)
    network = network_service_pb2.CreateNetworkRequest(parent=project, network_id="web")
    network.network.ipv4_cidr = "10.1.0.0/24"
    group = network_service_pb2.CreateSecurityGroupRequest(parent=project, security_group_id="web")
    created = (await tenants.networks.CreateNetwork(network), await tenants.networks.CreateSecurityGroup(group))
    names = (each.name for each in created)
    return Names(project, f"{project}/vms/web", account, image, token, operation.name, *names)


@pytest.fixture
async def tenants() -> AsyncGenerator[Tenants]:
    async with two_tenants(rates=UNLIMITED, tokens=TableTokens()) as found:
        await _bind_all(found)
        yield found


class Cell(NamedTuple):
    """One call."""

    method: Method
    caller: Caller
    target: str


def cells() -> Iterator[Cell]:
    for method in methods():
        for caller in CALLERS:
            for target in (OWN, OTHER, ROOT) if method.rule.paths else (ROOT,):
                yield Cell(method, caller, target)


def _resource(method: Method, names: Mapping[str, Names], target: str) -> str:
    if target == ROOT:
        return ROOT if method.rule.paths == ("resource",) else ""
    return getattr(names[target], method.kind)


async def _wrong(tenants: Tenants, names: Mapping[str, Names], part: Sequence[Cell]) -> list[str]:
    """The cells that are not as they must be, in words."""
    rows, found = golden(), list[str]()
    for method, caller, target in part:
        request = method.request(_resource(method, names, target))
        answer = await call(tenants.channel, method, request, by(caller.token))
        expected = caller.may(rows[method.name], target)
        refused_rightly = answer.is_denied and answer.reason == "ACCESS_DENIED"
        if expected is answer.is_denied or (answer.is_denied and not refused_rightly):
            found.append(
                f"{method.name} by {caller.role} of {caller.bound_to or 'nothing'} on {target}: {answer.refusal}"
            )
    return found


def test_the_list_has_every_method() -> None:
    assert golden().keys() == {each.name for each in methods()}
    assert {role for row in golden().values() for role in row.roles} <= set(ROLES)


async def test_without_a_credential_no_method_is_answered(tmp_path: Path) -> None:
    rows = golden()
    async with closed(tmp_path, rates=UNLIMITED) as tenants:
        for method in methods():
            if rows[method.name].where == "public":
                continue
            answer = await call(tenants.channel, method, method.request(OWN))
            assert (answer.code, answer.reason) == (grpc.StatusCode.UNAUTHENTICATED, "NO_CREDENTIAL"), method.name


async def test_every_method_is_granted_to_those_alone_who_have_it(tenants: Tenants) -> None:
    names = {project: await _names(tenants, project) for project in (OWN, OTHER)}
    every = [*cells()]
    parts = [every[start::TOGETHER] for start in range(TOGETHER)]
    wrong = await asyncio.gather(*(_wrong(tenants, names, each) for each in parts))
    assert not [line for each in wrong for line in each]
