"""A control plane with certificates of its own: operators on the local socket, agents by mutual TLS."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import grpc
from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import agent_service_pb2_grpc, host_pb2
from chronovisor.v1 import host_credentials_pb2 as api
from google.protobuf.duration_pb2 import Duration
from grpc import aio

from controlplane.bootstrap import ControlPlane
from controlplane.config import Settings
from controlplane.domain.vm.limits import Limits
from controlplane.identity.pki import Pki
from controlplane.identity.transport_settings import TransportSettings
from tests.integration.controlplane.plane import Plane, a_host
from tests.integration.identity.rig import CLUSTER, key_and_csr

OPTIONS = (("grpc.use_local_subchannel_pool", 1),)


class Certified(NamedTuple):
    """What a host has once it has joined."""

    key: bytes
    chain: bytes


class Secured(Plane):
    """Stubs on the local socket, and what an agent that is not the project's can do."""

    def __init__(self, control_plane: ControlPlane, channel: aio.Channel, pki: Pki) -> None:
        super().__init__(control_plane, channel)
        self.pki = pki

    @property
    def _ca(self) -> bytes:
        return self.pki.ca_file.read_bytes()

    def people(self) -> aio.Channel:
        """One channel to where people connect, without a credential."""
        bound = self.control_plane.listeners.bound
        return aio.secure_channel(bound.people, grpc.ssl_channel_credentials(self._ca), options=OPTIONS)

    def agent(self, certified: Certified) -> aio.Channel:
        """One channel to where agents connect."""
        credentials = grpc.ssl_channel_credentials(self._ca, *certified)
        return aio.secure_channel(self.control_plane.listeners.bound.agents, credentials, options=OPTIONS)

    async def token(self, host_id: str = "node-1", ttl_s: int = 600) -> api.HostToken:
        request = api.CreateHostTokenRequest(host_id=host_id, ttl=Duration(seconds=ttl_s))
        return await self.hosts.CreateHostToken(request)

    async def enroll(self, token: str, host_id: str = "node-1") -> Certified:
        key, csr = key_and_csr()
        async with self.people() as channel:
            stub = agent_service_pb2_grpc.AgentServiceStub(channel)
            answer = await stub.EnrollHost(api.EnrollHostRequest(host_id=host_id, token=token, csr=csr))
        return Certified(key, answer.certificate_chain)

    async def joined(self, host_id: str = "node-1") -> Certified:
        return await self.enroll((await self.token(host_id)).token, host_id)

    async def renew(self, by: Certified) -> Certified:
        key, csr = key_and_csr()
        async with self.agent(by) as channel:
            stub = agent_service_pb2_grpc.AgentServiceStub(channel)
            answer = await stub.RenewHostCertificate(api.RenewHostCertificateRequest(csr=csr))
        return Certified(key, answer.certificate_chain)


def hello(host_id: str = "node-1", instance: str = "one", machine: str = "a", **offered: int) -> agents.ConnectRequest:
    host = host_pb2.Host()
    host.CopyFrom(a_host(images=("*",), **offered))
    host.name = f"hosts/{host_id}"
    return agents.ConnectRequest(
        hello=agents.AgentHello(
            host_id=host_id, host=host, agent_instance=instance, machine_ids=[f"chosen:{machine * 64}"]
        )
    )


async def talking(messages: Iterable[agents.ConnectRequest]) -> AsyncIterator[agents.ConnectRequest]:
    """These messages; then the stream stays open."""
    for message in messages:
        yield message
    await asyncio.Event().wait()


@asynccontextmanager
async def secured(directory: Path, *, life_s: float = 3600.0, approve_hosts: bool = False) -> AsyncGenerator[Secured]:
    pki = Pki(directory / "pki")
    if not pki.exists:
        pki.create(CLUSTER, ["localhost", "127.0.0.1"])
    transport = TransportSettings(
        socket=directory / "s", pki=pki.directory, agent_listen="127.0.0.1:0", host_certificate_s=life_s
    )
    store = f"sqlite:///{directory}/ledger.db"
    settings = Settings(
        "127.0.0.1:0",
        store,
        directory,
        Limits(),
        check_every_s=0.0,
        transport=transport,
        approve_hosts=approve_hosts,
    )
    control_plane = ControlPlane(settings)
    await control_plane.start()
    try:
        async with aio.insecure_channel(control_plane.listeners.bound.socket) as channel:
            yield Secured(control_plane, channel, pki)
    finally:
        await control_plane.close(grace_s=0.0)
