"""The disks of VMs that do not run, as the agents of their hosts send them, each through a tunnel."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from chronovisor.v1 import agent_service_pb2 as api

from controlplane.domain.errors import Unavailable
from controlplane.images.source_files import SourceFailed
from controlplane.images.vm_import import LOST, DiskPart
from controlplane.queries.reads import Reads
from controlplane.rpc.agent.service import AgentServicer
from controlplane.rpc.agent.tunnels import Tunnel


class AgentDisk:
    """One disk. What it sends is read once."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel
        self.sha256 = b""

    async def parts(self) -> AsyncIterator[DiskPart]:
        """Raises SourceFailed, for good where the agent says why."""
        while (message := await self._tunnel.receive()) is not None:
            yield DiskPart(message.data, message.offset, message.end_offset)
        end = self._tunnel.ended
        if end is None:
            raise SourceFailed(LOST, for_now=True)
        if end.error:
            raise SourceFailed(f"the agent of the VM's host: {end.error}", for_now=False)
        self.sha256 = end.sha256


class AgentDisks:
    """Opens those of the VMs whose agents are connected to this server."""

    def __init__(self, reads: Reads, agents: AgentServicer) -> None:
        self._reads, self._agents = reads, agents

    @asynccontextmanager
    async def open(self, vm_uid: str, most_bytes: int) -> AsyncGenerator[AgentDisk]:
        """Raises SourceFailed."""
        vm = self._reads.inventory.vms.get(vm_uid)
        if vm is None or not vm.host_uid:
            raise SourceFailed("the VM has no disk any more", for_now=False)
        session = self._agents.session_of(vm.host_uid)
        if session is None or not self._agents.is_connected(vm.host_uid):
            raise SourceFailed(f"the agent of {vm.host}, which has the VM's disk, is not connected", for_now=True)
        if api.TUNNEL_KIND_DISK not in session.tunnels:
            raise SourceFailed(
                f"the agent of {vm.host} sends no disks: it is too old, or of another kind", for_now=False
            )
        tunnel = Tunnel(session.host.uid, session.host.name)
        with self._agents.tunnels.known(tunnel):
            session.request_tunnel(
                api.TunnelRequest(
                    tunnel_id=tunnel.id,
                    kind=api.TUNNEL_KIND_DISK,
                    vm_uid=vm.uid,
                    incarnation=vm.incarnation,
                    most_bytes=most_bytes,
                )
            )
            try:
                await tunnel.opened()
            except Unavailable as error:
                raise SourceFailed(str(error), for_now=True) from None
            yield AgentDisk(tunnel)
