"""What a change of a network of many hosts costs: CPU time of the control plane for all of them, and of one agent.

Sessions without streams: what is counted is what is desired, and its messages as bytes.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

from chronovisor.v1 import agent_networks_pb2 as api
from hostagent.control.desired_networks import group_of, network_of
from hostagent.network.desired import Desired
from hostagent.network.firewall.bridge_rules import bridge_table

from controlplane.commands.vm import VmCommand
from controlplane.domain.network.aggregate import Connection
from controlplane.domain.placement.rules import NO_RULES
from controlplane.domain.security_group.aggregate import IpProtocol, Rule
from controlplane.domain.vm.states import Verb
from controlplane.queries.network_view import NetworkView
from controlplane.rpc.agent.network_book import NetworkBook
from controlplane.rpc.agent.network_desires import EVERY_S
from tests.benchmarks.measure import Row, at_most, interleave, under
from tests.support.controlplane import PROJECT
from tests.support.networks import Site, add_group, add_host, add_network, on, set_rules, with_cards

CIDR = Connection(ipv4_cidr="10.0.0.0/16", ipv4_gateway="10.0.0.1")
INSIDE = Rule(
    protocol=IpProtocol.TCP, first_port=22, remote_group=f"{PROJECT}/securityGroups/all", remote_group_uid="uid-all"
)


class Members:
    """VMs on one network and in one group, whose rules let each other in, and a session of each host."""

    def __init__(self, hosts: int, vms: int) -> None:
        self.site = Site()
        self.hosts = [f"h{number}" for number in range(hosts)]
        for number, host in enumerate(self.hosts):
            add_host(self.site.world, host, f"10.{200 + number // 250}.0.{number % 250 + 1}", amount=vms // hosts + 4)
        add_network(self.site.world, "all", CIDR)
        add_group(self.site.world, "all", INSIDE)
        self._ports = self._started = 0
        for _ in range(vms):
            self._start()
        for host in self.hosts:
            self.site.connect(host).take()

    def _start(self) -> None:
        """On the hosts in turns."""
        self._started += 1
        name, host = f"vm{self._started}", self.hosts[self._started % len(self.hosts)]
        spec = replace(with_cards(on("all", "all")), rules=NO_RULES._replace(host=f"hosts/{host}"))
        self.site.world.create(name, spec)
        self.site.world.carry_out(VmCommand(Verb.START, f"{PROJECT}/vms/{name}"))

    def _sent(self, change: Callable[[], None]) -> float:
        """CPU milliseconds until all hosts' messages are bytes, from when the change is recorded."""
        change()
        self.site.wait(EVERY_S)
        began = time.process_time()
        self.site.publish()
        size = sum(
            len(message.SerializeToString()) for link in self.site.links.values() for message in link.desires.take()
        )
        took = time.process_time() - began
        assert size
        return took * 1000

    def card_more(self) -> float:
        return self._sent(self._start)

    def rules_changed(self) -> float:
        self._ports += 1
        return self._sent(lambda: set_rules(self.site.world, "all", INSIDE._replace(first_port=self._ports)))

    def unshared(self) -> float:
        """What all hosts are to have, built for each of them by itself."""
        began = time.process_time()
        for host in self.hosts:
            book = NetworkBook(NetworkView(self.site.inventory), lambda: self.site.position)
            built = book.network(f"uid-{host}", "uid-all")
            assert built
            groups = [book.group(key) for key in built.groups]
            assert sum(len(each.SerializeToString()) for each in (built.message, *groups))
        return (time.process_time() - began) * 1000

    def at_an_agent(self) -> float:
        """CPU milliseconds of one agent, from the messages to its rules: nft itself is not called."""
        book = self.site.book
        built = book.network("uid-h0", "uid-all")
        assert built
        sent = [built.message.SerializeToString(), *(book.group(key).SerializeToString() for key in built.groups)]
        began = time.process_time()
        network = network_of(_with_uuids(api.DesiredNetwork.FromString(sent[0])))
        groups = tuple(group_of(api.DesiredAddressGroup.FromString(each)) for each in sent[1:])
        table = bridge_table(Desired((network,), groups, IPv4Address("10.200.0.1")))
        assert table
        return (time.process_time() - began) * 1000


def _with_uuids(network: api.DesiredNetwork) -> api.DesiredNetwork:
    """As the control plane's are, which tests name otherwise."""
    network.network_uid = "01900000-0000-7000-8000-000000000001"
    for number, port in enumerate(network.ports):
        port.vm_uid = f"01900000-0000-7000-8000-{number:012x}"
    return network


async def run(directory: Path, *, quick: bool) -> list[Row]:
    hosts, vms, rounds = (4, 20, 1) if quick else (100, 1_000, 5)
    members = Members(hosts, vms)

    async def unshared() -> float:
        return members.unshared()

    async def card_more() -> float:
        return members.card_more()

    async def rules_changed() -> float:
        return members.rules_changed()

    async def at_an_agent() -> float:
        return members.at_an_agent()

    naive, added, changed, agent = await interleave(rounds, unshared, card_more, rules_changed, at_an_agent)
    of = f"{vms:,} cards on {hosts} hosts"
    return [
        at_most(f"a card more on a network of {of}: CPU, all hosts", "ms", naive, added, 0.5),
        under(f"other rules of a security group of {of}: CPU", "ms", max(changed), 1_000),
        under("the same at one agent, up to its rules: CPU", "ms", max(agent), 1_000),
    ]
