"""What it costs to know who calls and whether they may: a decision, and a call over TLS with a token."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import grpc
from chronovisor.v1 import service_account_service_pb2 as accounts
from chronovisor.v1 import service_account_service_pb2_grpc
from google.iam.v1 import iam_policy_pb2, iam_policy_pb2_grpc, policy_pb2
from grpc import aio

from controlplane.domain.access.decision import AccessTable, Known
from controlplane.domain.access.policy import Binding, Policy
from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.identity.pki import Pki
from tests.benchmarks.load import LARGE_MESSAGES, PARENT, Load, load_on
from tests.benchmarks.measure import Row, at_least, interleave, under
from tests.benchmarks.servers import control_plane, secure_control_plane

PROJECTS, BINDINGS_EACH = 1_000, 4
GROUPS = 4
PERMISSION = "vms.start"
LIMIT_US = 5.0


def table_of(projects: int) -> AccessTable:
    """Each project with its own bindings, one of them of a group."""
    table = AccessTable(Known(frozenset({PERMISSION})), lambda _uid: {})
    for project in range(projects):
        bindings = [Binding("roles/viewer", f"user:u{project}-{each}") for each in range(BINDINGS_EACH - 1)]
        bindings.append(Binding("roles/operator", f"group:g{project}"))
        table.put_policy(Policy(f"p{project}", tuple(bindings), 1))
    return table


def decisions(count: int, *, anew: bool) -> float:
    """Microseconds of a decision: remembered ones, or `anew` each."""
    table = table_of(PROJECTS)
    groups = frozenset(f"group:g{each}" for each in range(GROUPS))
    principal = Principal("user:anna", Proof(ProofKind.OIDC), groups=groups)
    now, took = time.time(), 0.0
    for number in range(count):
        if anew:
            table.changed()
        began = time.perf_counter()
        table.grant(principal, PERMISSION, f"p{number % GROUPS}", now)
        took += time.perf_counter() - began
    return took / count * 1e6


async def token_of(socket: Path) -> str:
    """That of a service account which may run VMs, made over the local socket."""
    async with aio.insecure_channel(f"unix:{socket}") as channel:
        await Load(channel).register_hosts()
        service = service_account_service_pb2_grpc.ServiceAccountServiceStub(channel)
        account = await service.CreateServiceAccount(
            accounts.CreateServiceAccountRequest(parent=PARENT, service_account_id="load")
        )
        policy = policy_pb2.Policy(
            bindings=[policy_pb2.Binding(role="roles/operator", members=[f"serviceAccount:{account.name}"])]
        )
        iam: Any = iam_policy_pb2_grpc.IAMPolicyStub(channel)
        await iam.SetIamPolicy(iam_policy_pb2.SetIamPolicyRequest(resource=PARENT, policy=policy))
        made = await service.CreateServiceAccountToken(accounts.CreateServiceAccountTokenRequest(parent=account.name))
        return made.token


@asynccontextmanager
async def secure_load(home: Path) -> AsyncGenerator[Load]:
    """A client with a token, over TLS."""
    pki = Pki(home / "pki")
    pki.create("benchmark", ["127.0.0.1"])
    async with secure_control_plane(home) as server:
        metadata = (("authorization", f"Bearer {await token_of(home / 'api.sock')}"),)
        credentials = grpc.ssl_channel_credentials(pki.ca_file.read_bytes())
        async with aio.secure_channel(server.address, credentials, options=LARGE_MESSAGES) as channel:
            yield Load(channel, metadata)


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, rounds = (200, 1) if quick else (4_000, 7)
    remembered, anew = decisions(count * 10, anew=False), decisions(count, anew=True)
    async with (
        control_plane(f"sqlite:///{directory / 'plain.db'}") as server,
        load_on(server.address) as plain,
        secure_load(directory / "secure") as secure,
    ):
        await plain.unary(count // 10)
        await secure.unary(count // 10)
        believed, proven = await interleave(rounds, partial(plain.unary, count), partial(secure.unary, count))
    return [
        under("a decision, remembered, of 4,000 bindings", "us", remembered, LIMIT_US),
        under("a decision, anew, of 4,000 bindings", "us", anew, LIMIT_US),
        at_least("create-and-start over TLS with a token, 64 in flight", "calls/s", believed, proven, 0.85),
    ]
