"""Two agents that are played by hand, and a VM that moves from the one to the other."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import NamedTuple

from chronovisor.v1 import agent_service_pb2 as agents
from chronovisor.v1 import host_pb2, vm_pb2
from chronovisor.v1 import vm_service_pb2 as api
from google.longrunning import operations_pb2 as longrunning

from tests.integration.controlplane.fake_agent import FakeAgent, connected, guest
from tests.integration.controlplane.plane import ACTOR, Plane, a_host, vm_name, vm_of


class Pair(NamedTuple):
    """The agents of the source and the destination, and the VM's uid."""

    source: FakeAgent
    destination: FakeAgent
    uid: str


def mover() -> host_pb2.Host:
    host = a_host()
    host.traits.append("migration.simulated")
    return host


@asynccontextmanager
async def moving_pair(plane: Plane) -> AsyncGenerator[Pair]:
    async with connected(plane, "node-1", host=mover()) as source:
        uid = vm_of(await plane.create()).uid
        started = await plane.start()
        await source.until_desired(uid, agents.DESIRED_POWER_RUNNING)
        await source.obey(uid)
        await plane.wait(started)
        async with connected(plane, "node-2", host=mover()) as destination:
            yield Pair(source, destination, uid)


async def migrate(plane: Plane, **request: object) -> longrunning.Operation:
    return await plane.vms.MigrateVm(api.MigrateVmRequest(name=vm_name("web"), **request), metadata=ACTOR)  # pyright: ignore


async def copying(pair: Pair) -> None:
    """The destination is prepared, and the source is to send."""
    source, destination, uid = pair
    await destination.until(lambda: uid in destination.desired and destination.desired[uid].HasField("incoming"))
    report = guest(uid, destination.desired[uid].incarnation, vm_pb2.GUEST_STATE_ABSENT, started=False)
    report.desired_version = destination.desired[uid].version
    report.endpoint.address["uri"] = "tcp://10.0.0.2:49152"
    await destination.send(report=report)
    await source.until(lambda: source.desired[uid].HasField("outgoing"))
