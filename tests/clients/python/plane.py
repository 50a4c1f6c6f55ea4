"""A real control plane in memory, with a real agent on a simulated host, behind a proxy that tests can steer."""

import asyncio
import tempfile
import threading
from collections.abc import Coroutine, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import grpc
from chronovisor.events.v1 import event_pb2
from chronovisor.v1 import (
    history_service_pb2,
    history_service_pb2_grpc,
    host_pb2,
    host_service_pb2,
    host_service_pb2_grpc,
    project_pb2,
    project_service_pb2,
    project_service_pb2_grpc,
    vm_pb2,
    vm_service_pb2,
    vm_service_pb2_grpc,
)
from grpc import aio
from hostagent.agent import Agent
from hostagent.control.registration import HostSettings
from hostagent.drivers.simulated.behaviour import Behaviour
from hostagent.drivers.simulated.driver import SimulatedDriver

from controlplane.bootstrap import ControlPlane
from controlplane.config import Settings
from controlplane.domain.access.principal import Principal, Proof, ProofKind
from controlplane.domain.vm.limits import Limits
from controlplane.images.sources import SourceSettings
from tests.clients.python.proxy import Proxy
from tests.support.waiting import WAIT_S, until

DEFAULT = "projects/default"
HOST = "hosts/node-1"
TOTALS = {"vcpus": 8, "memory_mib": 16384, "disk_gib": 100, "gpu.a100": 2}
MACHINE = (f"machine-id:{'ab' * 32}",)
IMAGES = ("debian-12.qcow2", "tiny", "vmlinuz", "initrd")
T = TypeVar("T")


class GatedDriver(SimulatedDriver):
    """A simulated host that does nothing while its gate is closed."""

    def __init__(self) -> None:
        super().__init__(Behaviour(dict(TOTALS), IMAGES))
        self.gate = asyncio.Event()
        self.gate.set()

    async def _begin(self, step: str) -> None:
        await self.gate.wait()
        await super()._begin(step)


class EveryToken:
    """Takes every bearer token, as that of somebody who may do everything. `known`: those of others."""

    def __init__(self) -> None:
        self.known: dict[str, Principal] = {}

    def cached(self, token: str) -> Principal:
        return self.known.get(token) or Principal("user:alice", Proof(ProofKind.SELF_DECLARED), owns_machine=True)

    async def principal(self, token: str) -> Principal:
        return self.cached(token)


class Plane:
    """A control plane at `address`, which is that of the proxy. Its methods may be called from any other thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # Images may be imported from there.
        self.image_folder = tempfile.TemporaryDirectory(prefix="chronovisor-sources-")
        self._agent: asyncio.Task[None] | None = None
        self._secure_server: Any = None
        self.tokens = EveryToken()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Carries out some work on the loop of the control plane."""
        running: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return running.result(WAIT_S)

    async def open(self, hosts: int) -> None:
        self._control_plane = ControlPlane(
            Settings(
                "127.0.0.1:0",
                "memory:",
                Path("unused"),
                Limits(),
                check_every_s=0.0,
                insecure=True,
                image_sources=SourceSettings((f"file://{self.image_folder.name}/",)),
            ),
            tokens=self.tokens,
        )
        await self._control_plane.start()
        self._channel = aio.insecure_channel(f"127.0.0.1:{self._control_plane.port}")
        self.proxy = Proxy(self._channel)
        self._server = aio.server()
        self._server.add_generic_rpc_handlers((self.proxy,))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        await self._server.start()
        self.driver = GatedDriver()
        if hosts:
            settings = HostSettings(zone="eu-1a", labels={"rack": "7"}, traits=("ssd", "cpu.avx2"), machine_ids=MACHINE)
            # What is measured of a simulated host depends on when: tests of samples bring their own.
            agent = Agent(self.address, "node-1", self.driver, settings, channel=self._channel, sample_every_s=3600.0)
            self._agent = asyncio.create_task(agent.run())
            await self._registered()

    def listen_with_tls(self, key: bytes, certificate: bytes, ca: bytes) -> str:
        """The address where the proxy listens, too, for clients with a certificate that the CA signed."""
        return self.run(self._listen_with_tls(key, certificate, ca))

    async def _listen_with_tls(self, key: bytes, certificate: bytes, ca: bytes) -> str:
        credentials = grpc.ssl_server_credentials([(key, certificate)], ca, require_client_auth=True)
        self._secure_server = aio.server()
        self._secure_server.add_generic_rpc_handlers((self.proxy,))
        port = self._secure_server.add_secure_port("127.0.0.1:0", credentials)
        await self._secure_server.start()
        return f"127.0.0.1:{port}"

    async def _registered(self) -> None:
        stub = host_service_pb2_grpc.HostServiceStub(self._channel)

        async def is_listed() -> bool:
            try:
                return bool((await stub.ListHosts(host_service_pb2.ListHostsRequest())).hosts)
            except aio.AioRpcError as error:
                # On a busy machine, rows can take longer than a list waits for them.
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                return False

        await until(is_listed, look_every_s=0.002)

    async def close(self) -> None:
        await self._end_agent()
        await self._server.stop(None)
        if self._secure_server:
            await self._secure_server.stop(None)
        await self._channel.close(None)
        self.image_folder.cleanup()
        await self._control_plane.close(grace_s=0.0)

    def stop_agent(self) -> None:
        """Its host stays, and is not connected."""
        self.run(self._end_agent())

    async def _end_agent(self) -> None:
        if self._agent:
            self._agent.cancel()
            await asyncio.gather(self._agent, return_exceptions=True)

    def hold_agent(self) -> None:
        """From now on the agent carries nothing out."""
        self._loop.call_soon_threadsafe(self.driver.gate.clear)

    def release_agent(self) -> None:
        self._loop.call_soon_threadsafe(self.driver.gate.set)

    def vms(self, parent: str = "projects/-") -> list[vm_pb2.Vm]:
        """All that there are, without a call through the proxy."""
        return list(self.run(self._vms(parent)).vms)

    async def _vms(self, parent: str) -> vm_service_pb2.ListVmsResponse:
        stub = vm_service_pb2_grpc.VmServiceStub(self._channel)
        return await stub.ListVms(vm_service_pb2.ListVmsRequest(parent=parent, show_deleted=True))

    def vm(self, vm_id: str = "web-1") -> vm_pb2.Vm:
        (found,) = (vm for vm in self.vms() if vm.name == f"{DEFAULT}/vms/{vm_id}")
        return found

    def events(self) -> list[event_pb2.Event]:
        """All that are shown, in their order."""
        return list(self.run(self._events()).events)

    async def _events(self) -> history_service_pb2.ListEventsResponse:
        stub = history_service_pb2_grpc.HistoryServiceStub(self._channel)
        return await stub.ListEvents(history_service_pb2.ListEventsRequest(page_size=1000))

    def host(self, host_id: str = "node-1") -> host_pb2.Host:
        return self.run(self._host(f"hosts/{host_id}"))

    async def _host(self, name: str) -> host_pb2.Host:
        stub = host_service_pb2_grpc.HostServiceStub(self._channel)
        return await stub.GetHost(host_service_pb2.GetHostRequest(name=name))

    def project(self, project_id: str) -> project_pb2.Project:
        return self.run(self._project(f"projects/{project_id}"))

    async def _project(self, name: str) -> project_pb2.Project:
        stub = project_service_pb2_grpc.ProjectServiceStub(self._channel)
        return await stub.GetProject(project_service_pb2.GetProjectRequest(name=name))


@contextmanager
def event_loop() -> Generator[asyncio.AbstractEventLoop]:
    """A loop that runs in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="control planes", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT_S)
        loop.close()


@contextmanager
def running(loop: asyncio.AbstractEventLoop, hosts: int = 1) -> Generator[Plane]:
    """A control plane with the default project and, unless `hosts` is 0, the host node-1 of 8 vCPUs and 16 GiB."""
    plane = Plane(loop)
    plane.run(plane.open(hosts))
    try:
        yield plane
    finally:
        plane.release_agent()
        plane.run(plane.close())
