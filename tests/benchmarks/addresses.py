"""Addresses of a batch start: 1,000 VMs with a card each, on a network that has addresses against one that has none."""

from pathlib import Path

from chronovisor.v1 import network_pb2, network_service_pb2, network_service_pb2_grpc, vm_service_pb2
from grpc import aio

from tests.benchmarks.load import BATCH, LARGE_MESSAGES, PARENT, Load, load_on
from tests.benchmarks.measure import Row, at_most, interleave
from tests.benchmarks.servers import control_plane

BRIDGE = "br0"
ADDRESSES, NO_ADDRESSES = "with", "without"


async def _create_networks(address: str) -> None:
    with_addresses = network_pb2.Network(ipv4_cidr="10.0.0.0/8")
    async with aio.insecure_channel(address, options=LARGE_MESSAGES) as channel:
        stub = network_service_pb2_grpc.NetworkServiceStub(channel)
        for network_id, network in ((ADDRESSES, with_addresses), (NO_ADDRESSES, network_pb2.Network())):
            network.kind, network.bridge = network_pb2.NETWORK_KIND_BRIDGED, BRIDGE
            request = network_service_pb2.CreateNetworkRequest(parent=PARENT, network_id=network_id, network=network)
            await stub.CreateNetwork(request)


def _batches(load: Load, count: int, network_id: str) -> list[vm_service_pb2.BatchCreateVmsRequest]:
    batches = load.batches(count)
    for batch in batches:
        for request in batch.requests:
            request.vm.spec.network_interfaces.add(network=f"{PARENT}/networks/{network_id}")
    return batches


async def run(directory: Path, *, quick: bool) -> list[Row]:
    count, rounds = (100, 1) if quick else (10 * BATCH, 5)
    store = f"sqlite:///{directory / 'ledger.db'}"
    async with control_plane(store) as server, load_on(server.address, hosts=False) as load:
        await load.register_hosts(traits=[f"network.bridge.{BRIDGE}"])
        await _create_networks(server.address)

        async def cpu_us(batches: list[vm_service_pb2.BatchCreateVmsRequest]) -> float:
            """Of the server, for each VM."""
            before = server.cpu_s()
            await load.batched(batches)
            return (server.cpu_s() - before) / count * 1e6

        await load.batched(load.batches(count))
        no_cards, no_addresses, addresses = await interleave(
            rounds,
            lambda: cpu_us(load.batches(count)),
            lambda: cpu_us(_batches(load, count, NO_ADDRESSES)),
            lambda: cpu_us(_batches(load, count, ADDRESSES)),
        )
    what = "CPU time of a create-and-start by batches of 1,000"
    return [
        at_most(f"{what}, with a card: with an address, against without", "us", no_addresses, addresses, 1.1),
        at_most(f"{what}: with a card and its address, against without a card", "us", no_cards, addresses, 1.6),
    ]
