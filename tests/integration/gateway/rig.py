"""A control plane in this process with its HTTP gateway beside it, and clients of each protocol that it speaks."""

import asyncio
import dataclasses
import json
import os
import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from chronovisor.v1 import service_account_service_pb2 as service_accounts
from google.iam.v1 import iam_policy_pb2, policy_pb2
from grpc import aio

from controlplane.bootstrap import ControlPlane
from controlplane.config import Settings
from controlplane.domain.vm.limits import Limits
from controlplane.gateway.settings import HttpSettings
from controlplane.gateway.shares import DEFAULT_PERCENT
from controlplane.gateway.supervisor import GatewaySupervisor
from controlplane.identity.transport_settings import TransportSettings
from tests.integration.controlplane.plane import Plane
from tests.support.waiting import WAIT_S, until

VMS, HISTORY = "chronovisor.v1.VmService", "chronovisor.v1.HistoryService"
PROJECTS = "chronovisor.v1.ProjectService"
JSON = {"content-type": "application/json"}


class Called(NamedTuple):
    """An answer over HTTP."""

    status: int
    body: Any
    headers: httpx.Headers

    @property
    def code(self) -> str:
        """Connect's code of an error."""
        return self.body["code"]


class Gatewayed(Plane):
    """Stubs on the local socket, and HTTP clients of the gateway."""

    def __init__(self, control_plane: ControlPlane, channel: aio.Channel, directory: Path) -> None:
        super().__init__(control_plane, channel)
        bound = control_plane.listeners.bound
        self.url = bound.http
        tls: Any = True
        if self.url.startswith("https:"):
            # Its certificate is for loopback, too.
            self.url = f"https://localhost:{self.url.rpartition(':')[2]}"
            tls = ssl.create_default_context(cafile=directory / "pki" / "ca.crt")
        self.http = httpx.AsyncClient(base_url=self.url, timeout=WAIT_S, trust_env=False, verify=tls, http2=True)

    @property
    def gateway(self) -> GatewaySupervisor:
        assert self.control_plane.gateway
        return self.control_plane.gateway

    async def call(self, method: str, request: dict[str, Any] | None = None, **headers: str) -> Called:
        """Connect's JSON, as curl would."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.http.post(f"/{method}", content=json.dumps(request or {}), headers=JSON | named)
        return Called(answer.status_code, answer.json(), answer.headers)

    async def events_of(self, kind: str) -> list[Any]:
        answer = await self.call(f"{HISTORY}/ListEvents", {"eventTypes": [kind]})
        return answer.body["events"]


@asynccontextmanager
async def gatewayed(
    directory: Path,
    address: str = "127.0.0.1:0",
    *,
    insecure: bool = False,
    origins: tuple[str, ...] = (),
    address_share: int = DEFAULT_PERCENT,
    **more: Any,
) -> AsyncGenerator[Gatewayed]:
    transport = TransportSettings(socket=directory / "s", pki=directory / "pki", agent_listen="127.0.0.1:0")
    settings = Settings(
        "127.0.0.1:0",
        f"sqlite:///{directory}/ledger.db",
        directory,
        Limits(),
        check_every_s=0.0,
        insecure=insecure,
        transport=transport,
        http=HttpSettings(address, origins=origins, address_share=address_share),
        security_log=directory / "security.log",
    )
    control_plane = ControlPlane(dataclasses.replace(settings, **more))
    await control_plane.start()
    try:
        async with aio.insecure_channel(control_plane.listeners.bound.socket) as channel:
            made = Gatewayed(control_plane, channel, directory)
            async with made.http:
                yield made
    finally:
        await control_plane.close(grace_s=0.0)


async def serves(made: Gatewayed) -> None:
    """Once the gateway answers."""

    async def answers() -> bool:
        try:
            return (await made.http.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    await until(answers)


# Run as another user, by whom nothing of Python need be readable any more.
_AS_USER = """
import encodings.idna, http.client, json, os, sys
uid, port, path, headers = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])
os.setgroups([]); os.setgid(uid); os.setuid(uid)
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
connection.request("POST", path, sys.argv[5], {"content-type": "application/json", **headers})
answer = connection.getresponse()
print(json.dumps([answer.status, json.loads(answer.read())]))
"""


async def call_as(
    uid: int, url: str, method: str, request: dict[str, Any] | None = None, **headers: str
) -> tuple[int, Any]:
    """By another user of this machine: a status, and a body."""
    named = json.dumps({name.replace("_", "-"): value for name, value in headers.items()})
    arguments = (str(uid), url.rpartition(":")[2], f"/{method}", named, json.dumps(request or {}))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _AS_USER, *arguments), stdout=-1, stderr=-1, env=os.environ
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    status, body = json.loads(out)
    return status, body


async def call_token(made: Gatewayed) -> str:
    """What a service account sends that may do everything: an `authorization` header."""
    parent = "projects/default"
    account = await made.accounts.CreateServiceAccount(
        service_accounts.CreateServiceAccountRequest(parent=parent, service_account_id="admin")
    )
    member = f"serviceAccount:{account.name}"
    policy = policy_pb2.Policy(bindings=[policy_pb2.Binding(role="roles/admin", members=[member])])
    await made.iam.SetIamPolicy(iam_policy_pb2.SetIamPolicyRequest(resource="/", policy=policy))
    token = await made.accounts.CreateServiceAccountToken(
        service_accounts.CreateServiceAccountTokenRequest(parent=account.name)
    )
    return f"Bearer {token.token}"
