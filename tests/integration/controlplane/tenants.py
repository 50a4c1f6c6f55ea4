"""Two tenants and their operators on one control plane, with tokens that are known beforehand."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from chronovisor.v1 import project_service_pb2, vm_service_pb2
from google.iam.v1 import iam_policy_pb2, policy_pb2
from grpc import aio

from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.errors import Unauthenticated
from controlplane.domain.reasons import Reason
from controlplane.identity.pki import Pki
from controlplane.identity.transport_settings import TransportSettings
from tests.integration.controlplane.plane import Plane, a_vm, running

Metadata = tuple[tuple[str, str], ...]
ROOT = "/"


class KnownTokens:
    """`NAME` is the token of user:NAME, or `NAME+GROUP` of one in a group."""

    def __init__(self) -> None:
        self.revoked: set[str] = set()

    def cached(self, token: str) -> Principal | None:
        return None

    async def principal(self, token: str) -> Principal:
        name, _, group = token.partition("+")
        if token in self.revoked or not name.isalpha():
            raise Unauthenticated(Reason.TOKEN_INVALID, "the token is not known")
        groups = frozenset({f"group:{group}"}) if group else frozenset[str]()
        return Principal(f"user:{name}", Proof(ProofKind.OIDC, f"https://issuer.test {name}"), groups=groups)


def by(token: str) -> Metadata:
    """The metadata of a call by whoever has a token."""
    return (("authorization", f"Bearer {token}"),)


class Tenants(Plane):
    """`plane` with what identity adds. Calls without a token are of whoever may do everything."""

    def __init__(self, plane: Plane, tokens: KnownTokens) -> None:
        super().__init__(plane.control_plane, plane.channel)
        self.tokens = tokens

    async def bind(self, resource: str, *bindings: tuple[str, str], condition: str = "", caller: Metadata = ()) -> Any:
        """Sets a policy: each binding is a role's id and a member."""
        policy: Any = policy_pb2.Policy(version=3)
        current = await self.iam.GetIamPolicy(iam_policy_pb2.GetIamPolicyRequest(resource=resource))
        policy.etag = current.etag
        for role, member in bindings:
            binding = policy.bindings.add(role=f"roles/{role}", members=[member])
            if condition:
                binding.condition.expression = condition
        request = iam_policy_pb2.SetIamPolicyRequest(resource=resource, policy=policy)
        return await self.iam.SetIamPolicy(request, metadata=caller)

    async def project(self, project_id: str) -> str:
        request = project_service_pb2.CreateProjectRequest(project_id=project_id)
        return (await self.projects.CreateProject(request)).name

    async def vm_in(self, project: str, vm_id: str, *, start: bool = False, caller: Metadata = ()) -> str:
        request = vm_service_pb2.CreateVmRequest(parent=project, vm_id=vm_id, vm=a_vm(), start=start)
        await self.vms.CreateVm(request, metadata=caller)
        return f"{project}/vms/{vm_id}"


@asynccontextmanager
async def two_tenants(
    store: str = "memory:", tokens: KnownTokens | None = None, **settings: Any
) -> AsyncGenerator[Tenants]:
    """`projects/red`, run by anna, and `projects/blue`, run by bert, each with a VM that runs and one that does not."""
    tokens = tokens or KnownTokens()
    async with running(store, tokens=tokens, **settings) as plane:
        tenants = Tenants(plane, tokens)
        await tenants.register("node-1", vcpus=16, memory_mib=16384)
        for project_id, name in (("red", "anna"), ("blue", "bert")):
            project = await tenants.project(project_id)
            await tenants.bind(project, ("project-admin", f"user:{name}"))
            await tenants.vm_in(project, "web", start=True)
            await tenants.vm_in(project, f"only-{project_id}")
        yield tenants


@asynccontextmanager
async def closed(directory: Path, **settings: Any) -> AsyncGenerator[Tenants]:
    """A control plane that believes nobody: over TLS, without bindings. Its owner calls over `owner`, the socket."""
    pki = Pki(directory / "pki")
    pki.create("test", ["127.0.0.1"])
    transport = TransportSettings(directory / "api.sock", pki.directory, agent_listen="127.0.0.1:0")
    tokens = KnownTokens()
    async with running(tokens=tokens, insecure=False, transport=transport, **settings) as plane:
        yield Tenants(plane, tokens)


@asynccontextmanager
async def owner(tenants: Tenants, directory: Path) -> AsyncGenerator[Tenants]:
    """The same control plane, as the owner of its machine meets it."""
    async with aio.insecure_channel(f"unix:{directory / 'api.sock'}") as channel:
        yield Tenants(Plane(tenants.control_plane, channel), tenants.tokens)
