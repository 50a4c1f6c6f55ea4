"""Ports of guests over gRPC, on simulated hosts: what goes each way, who may, and what the ledger has of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import agent_service_pb2 as agent_api
from chronovisor.v1 import console_service_pb2 as api
from chronovisor.v1 import history_service_pb2, network_pb2, network_service_pb2, vm_service_pb2
from hostagent.drivers.base import VmUid
from hostagent.drivers.simulated.ports import DISCARD, ECHO, GREETING, SSH

from controlplane.rpc.console.service import MOST_PORTS
from tests.integration.controlplane.consoles import BERT, END, WEB, Opened
from tests.integration.controlplane.fake_agent import a_host, connected
from tests.integration.controlplane.plane import ACTOR, DEFAULT, Plane, a_vm, refused, vm_of
from tests.integration.controlplane.simulated_hosts import SimulatedHosts, simulated_hosts
from tests.integration.controlplane.tenants import by, two_tenants
from tests.support.waiting import WAIT_S, until

NETWORK = f"{DEFAULT}/networks/net"
CLOSED = api.CONSOLE_END_REASON_PORT_CLOSED


class Connection(Opened):
    """One client of a port."""

    def __init__(
        self,
        stubs: Any,
        port: int = ECHO,
        name: str = WEB,
        metadata: Any = ACTOR,
        reason: str = "",
        *,
        half_closes: bool = False,
    ) -> None:
        self._call = stubs.consoles.OpenPort(metadata=metadata)
        self._opening = api.PortOpening(name=name, port=port, reason=reason, half_closes=half_closes)
        self.received = b""
        self.output_ended = False
        self.session = ""

    async def open(self) -> "Connection":
        await self._call.write(api.OpenPortRequest(open=self._opening))
        assert await self.next()
        assert self.session
        return self

    async def open_again(self) -> None:
        await self._call.write(api.OpenPortRequest(open=self._opening))

    async def send(self, data: bytes) -> None:
        await self._call.write(api.OpenPortRequest(data=data))

    async def end_input(self) -> None:
        await self._call.done_writing()

    async def next(self) -> bool:
        message = await asyncio.wait_for(self._call.read(), WAIT_S)
        if message is END:
            return False
        self.session = self.session or message.opened.session
        self.received += message.data
        self.output_ended |= message.output_ended
        if message.HasField("ended"):
            self.ended = message.ended
        return True

    async def until(self, size: int) -> bytes:
        while len(self.received) < size:
            assert await self.next(), self.received
        return self.received


@asynccontextmanager
async def a_guest(
    plane: Plane, kind: "network_pb2.NetworkKind.ValueType" = network_pb2.NETWORK_KIND_NAT, *, published: int = 0
) -> AsyncGenerator[SimulatedHosts]:
    """The VM `web` runs on a simulated host, with a card."""
    network = network_pb2.Network(kind=kind)
    if kind == network_pb2.NETWORK_KIND_NAT:
        network.ipv4_cidr = "10.1.0.0/24"
    request = network_service_pb2.CreateNetworkRequest(parent=DEFAULT, network_id="net", network=network)
    await plane.networks.CreateNetwork(request, metadata=ACTOR)
    async with simulated_hosts(plane, "node-1", networks=True) as hosts:

        async def is_known() -> bool:
            return plane.control_plane.reads.inventory.host_named("hosts/node-1") is not None

        await until(is_known)
        vm = a_vm(image="tiny")
        card = vm.spec.network_interfaces.add(network=NETWORK)
        if published:
            card.published_ports.add(host_port=2000, guest_port=published)
        made = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=vm, start=True)
        vm_of(await plane.wait(await plane.vms.CreateVm(made, metadata=ACTOR)))
        yield hosts


async def events_of(plane: Plane, *types: str) -> list[Any]:
    request = history_service_pb2.ListEventsRequest(parent=WEB, event_types=types, page_size=100)
    return list((await plane.history.ListEvents(request)).events)


async def until_closed(plane: Plane, sessions: int) -> list[Any]:
    """Waits until so many sessions are closed in the ledger, and returns their ends."""
    async with asyncio.timeout(WAIT_S):
        while len(closed := await events_of(plane, "ConsoleClosed")) < sessions:  # noqa: ASYNC110 - the ledger has no event
            await asyncio.sleep(0.02)
    return closed


@pytest.mark.covers("ConsoleService.OpenPort")
async def test_what_is_sent_comes_back_and_the_ledger_has_who_connected_and_never_what(plane: Plane) -> None:
    async with a_guest(plane):
        vm = await plane.get()
        connection = await Connection(plane, reason="it hangs").open()
        await connection.send(b"canary-77")
        assert await connection.until(9) == b"canary-77"
        await connection.end_input()
        assert (await connection.until_ended()).reason == CLOSED
        (closed,) = await until_closed(plane, 1)
        (opened,) = await events_of(plane, "ConsoleOpened")
        assert (opened.actor, opened.reason, opened.stream) == ("user:alice", "it hangs", f"consoles/{vm.uid}")
        begun, ended = opened.console_opened, closed.console_closed
        assert begun.kind == ended.kind == ev.CONSOLE_KIND_PORT
        assert begun.port == ended.port == ECHO
        assert begun.session == ended.session == connection.session
        assert (ended.input_bytes, ended.output_bytes) == (9, 9)
        assert (await plane.get()).etag == vm.etag
        everything = (await plane.history.ListEvents(history_service_pb2.ListEventsRequest(page_size=1000))).events
        assert b"canary-77" not in b"".join(each.SerializeToString() for each in everything)


async def test_whoever_sends_much_and_reads_late_gets_all_of_it(plane: Plane) -> None:
    async with a_guest(plane):
        connection = await Connection(plane).open()
        sent = bytes(range(256)) * 1200

        async def send() -> None:
            for start in range(0, len(sent), 60 << 10):
                await connection.send(sent[start : start + (60 << 10)])
            await connection.end_input()

        sending = asyncio.create_task(send())
        assert await connection.until(len(sent)) == sent
        await sending
        await connection.until_ended()


async def test_a_vm_that_has_sent_all_is_still_sent_what_the_client_sends(plane: Plane) -> None:
    async with a_guest(plane):
        connection = await Connection(plane, DISCARD, half_closes=True).open()
        assert await connection.next()
        assert connection.output_ended
        for _ in range(20):
            await connection.send(bytes(10 << 10))
        await connection.end_input()
        assert (await connection.until_ended()).reason == CLOSED
        (closed,) = await until_closed(plane, 1)
        assert closed.console_closed.input_bytes == 200 << 10


async def test_to_a_client_that_knows_no_halves_it_is_the_end(plane: Plane) -> None:
    async with a_guest(plane):
        connection = await Connection(plane, DISCARD).open()
        assert (await connection.until_ended()).reason == CLOSED
        assert not connection.output_ended


async def test_a_client_that_never_reads_keeps_no_other_waiting(plane: Plane) -> None:
    async with a_guest(plane):
        sleeper, other = await Connection(plane).open(), await Connection(plane).open()
        flood = asyncio.create_task(_flood(sleeper))
        await other.send(b"still here")
        assert await other.until(10) == b"still here"
        flood.cancel()
        for each in (sleeper, other):
            each.leave()
        closed = await until_closed(plane, 2)
        # What was on the way to it was bounded.
        assert max(each.console_closed.input_bytes for each in closed) < 8 << 20


async def _flood(connection: Connection) -> None:
    while True:
        await connection.send(bytes(60 << 10))


async def test_a_user_networks_published_port_is_reached_and_no_other(plane: Plane) -> None:
    async with a_guest(plane, network_pb2.NETWORK_KIND_USER, published=SSH):
        connection = await Connection(plane, SSH).open()
        assert await connection.until(len(GREETING)) == GREETING
        connection.leave()
        found = await refused(Connection(plane, ECHO).open())
        assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CONSOLE_UNSUPPORTED")
        assert f"publish one that leads to {ECHO}" in found.message
        await until_closed(plane, 1)


async def test_a_vm_without_a_card_says_so(plane: Plane) -> None:
    async with simulated_hosts(plane, "node-1"):
        await plane.create()
        found = await refused(Connection(plane).open())
        assert (found.reason, "no network card" in found.message) == ("CONSOLE_UNSUPPORTED", True)
        assert not await events_of(plane, "ConsoleOpened")


async def test_a_port_at_which_nothing_listens_is_no_session(plane: Plane) -> None:
    async with a_guest(plane):
        found = await refused(Connection(plane, 81).open())
        assert (found.code, found.reason) == (grpc.StatusCode.UNAVAILABLE, "CONSOLE_UNAVAILABLE")
        assert "Connection refused" in found.message
        assert not await events_of(plane, "ConsoleOpened")
        assert not plane.control_plane.consoles.sessions


async def test_bad_fields_are_named(plane: Plane) -> None:
    async with a_guest(plane):
        for port in (0, -1, 1 << 16):
            assert (await refused(Connection(plane, port).open())).fields == ["open.port"]
        assert (await refused(Connection(plane, name="web").open())).fields == ["open.name"]
        unopened = plane.consoles.OpenPort(iter([api.OpenPortRequest(data=b"x")]), metadata=ACTOR)
        assert (await refused(unopened.read())).fields == ["open"]
        connection = await Connection(plane).open()
        await connection.send(bytes((64 << 10) + 1))
        assert (await refused(connection.until_ended())).fields == ["data"]
        twice = await Connection(plane).open()
        await twice.open_again()
        assert (await refused(twice.until_ended())).fields == ["data"]


async def test_it_ends_with_the_guest_and_the_agent(plane: Plane) -> None:
    async with a_guest(plane) as hosts:
        connection = await Connection(plane).open()
        await plane.wait(await plane.stop())
        assert (await connection.until_ended()).reason == api.CONSOLE_END_REASON_GUEST_ENDED
        assert (await refused(Connection(plane).open())).reason == "WRONG_STATE"
        await plane.wait(await plane.start())
        connection = await Connection(plane).open()
        await hosts.end("node-1")
        assert (await connection.until_ended()).reason == api.CONSOLE_END_REASON_AGENT_LOST
        assert (await refused(Connection(plane).open())).reason == "CONSOLE_UNAVAILABLE"
        await until_closed(plane, 2)
        assert not plane.control_plane.consoles.sessions


async def test_a_server_that_ends_says_so_and_has_it_recorded(plane: Plane) -> None:
    async with a_guest(plane):
        connection = await Connection(plane).open()
        await plane.control_plane.consoles.close()
        assert (await connection.until_ended()).reason == api.CONSOLE_END_REASON_SERVER_ENDING
        (closed,) = await until_closed(plane, 1)
        assert closed.console_closed.why.startswith("the server ended")


async def test_more_connections_than_a_vm_has_are_refused(plane: Plane) -> None:
    async with a_guest(plane):
        connections = [await Connection(plane, metadata=BERT).open() for _ in range(MOST_PORTS)]
        found = await refused(Connection(plane).open())
        assert found.code == grpc.StatusCode.RESOURCE_EXHAUSTED
        for each in connections:
            each.leave()
        await until_closed(plane, MOST_PORTS)
        await (await Connection(plane).open()).end_input()


async def test_an_agent_that_knows_no_ports_is_older(plane: Plane) -> None:
    request = network_service_pb2.CreateNetworkRequest(
        parent=DEFAULT, network_id="net", network=network_pb2.Network(ipv4_cidr="10.1.0.0/24")
    )
    await plane.networks.CreateNetwork(request, metadata=ACTOR)
    offered = a_host()
    offered.traits.append("network.vxlan")
    async with connected(plane, "node-1", host=offered, tunnels=[agent_api.TUNNEL_KIND_SERIAL]) as agent:
        vm = a_vm(image="tiny")
        vm.spec.network_interfaces.add(network=NETWORK)
        made = vm_service_pb2.CreateVmRequest(parent=DEFAULT, vm_id="web", vm=vm, start=True)
        await plane.vms.CreateVm(made, metadata=ACTOR)
        uid = VmUid((await plane.get()).uid)
        await agent.until(lambda: uid in agent.desired)
        await agent.obey(uid)
        found = await refused(Connection(plane).open())
        assert (found.reason, "older" in found.message) == ("CONSOLE_UNSUPPORTED", True)


async def test_connecting_takes_a_permission_of_its_own() -> None:
    async with two_tenants() as tenants:
        red = "projects/red/vms/only-red"
        await tenants.bind("projects/red", ("operator", "user:olga"), ("viewer", "user:vera"))
        # It has no card: who may not is refused before that.
        assert (
            await refused(Connection(tenants, name=red, metadata=by("olga")).open())
        ).reason == "CONSOLE_UNSUPPORTED"
        for name in ("vera", "bert"):
            found = await refused(Connection(tenants, name=red, metadata=by(name)).open())
            assert (found.reason, found.metadata["permission"]) == ("ACCESS_DENIED", "vms.ports.open")
