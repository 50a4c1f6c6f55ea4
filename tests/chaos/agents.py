"""An agent without a hypervisor: mostly does as desired, at once; sometimes forgets to, or a guest of its crashes."""

import asyncio
import random
from contextlib import suppress

from chronovisor.v1 import agent_service_pb2 as api
from chronovisor.v1 import agent_service_pb2_grpc, host_pb2, resources_pb2, vm_pb2
from grpc import aio

STATES = {
    api.DESIRED_POWER_RUNNING: vm_pb2.GUEST_STATE_RUNNING,
    api.DESIRED_POWER_PAUSED: vm_pb2.GUEST_STATE_PAUSED,
    api.DESIRED_POWER_SHUTOFF: vm_pb2.GUEST_STATE_SHUTOFF,
    api.DESIRED_POWER_ABSENT: vm_pb2.GUEST_STATE_ABSENT,
}
# Small enough that callers compete for it.
TOTALS = {"vcpus": 120, "memory_mib": 64 * 1024, "disk_gib": 2_000}
FORGETS, CRASHES = 0.1, 0.05


class Agent:
    """One host. Its guests outlive its connections, as real ones do."""

    def __init__(self, host_id: str, seed: int) -> None:
        self._host_id = host_id
        self._random = random.Random(seed)
        self._guests: dict[str, api.GuestReport] = {}

    async def work(self, channel: aio.Channel) -> None:
        """Connects, and does as desired until the connection ends."""
        stub = agent_service_pb2_grpc.AgentServiceStub(channel)
        call = stub.OpenSession(metadata=(("chronovisor-actor", f"agent:{self._host_id}"),))
        try:
            # A server that goes away ends the stream, in one way or another.
            with suppress(aio.AioRpcError, asyncio.InvalidStateError):
                inventory = {name: resources_pb2.ResourceInventory(total=total) for name, total in TOTALS.items()}
                platform = host_pb2.HostPlatform(images=["*"])
                host = host_pb2.Host(inventory=inventory, platform=platform, traits=["network.vxlan"])
                hello = api.AgentHello(host_id=self._host_id, host=host, agent_instance=self._host_id)
                await call.write(api.ConnectRequest(hello=hello))
                guests = api.GuestInventory(guests=self._guests.values())
                await call.write(api.ConnectRequest(inventory=guests))
                async for message in call:
                    for desired in (*message.desired_state.guests, message.desired_guest):
                        if desired.vm_uid and self._random.random() >= FORGETS:
                            await self._obey(call, desired)
        finally:
            call.cancel()

    async def _obey(
        self, call: "aio.StreamStreamCall[api.ConnectRequest, api.ConnectResponse]", desired: api.DesiredGuest
    ) -> None:
        state = STATES[desired.power]
        if state == vm_pb2.GUEST_STATE_RUNNING and self._random.random() < CRASHES:
            state = vm_pb2.GUEST_STATE_CRASHED
        report = api.GuestReport(
            vm_uid=desired.vm_uid,
            incarnation=desired.incarnation,
            started=True,
            reboots=desired.reboots,
            desired_version=desired.version,
        )
        report.observation.guest_state = state
        report.observation.observe_time.GetCurrentTime()
        self._guests[desired.vm_uid] = report
        if state == vm_pb2.GUEST_STATE_ABSENT:
            del self._guests[desired.vm_uid]
        await call.write(api.ConnectRequest(report=report))
