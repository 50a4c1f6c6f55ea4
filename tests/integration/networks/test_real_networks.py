"""Real guests on networks: two hosts with a libvirt and an agent each, and VMs that say whom they reach."""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest
from chronovisor.v1 import (
    history_service_pb2,
    network_pb2,
    network_service_pb2,
    project_service_pb2,
    vm_pb2,
    vm_service_pb2,
)
from google.protobuf import field_mask_pb2
from hostagent.agent import Agent
from hostagent.control.registration import HostSettings
from hostagent.drivers.libvirt import LibvirtDriver, LibvirtSettings, VirtType
from hostagent.network.desired import Desired
from hostagent.network.host_networks import HostNetworks
from hostagent.network.realizer import Place, Realizer

from deploy.dev.private_hosts import PrivateHost, PrivateHosts, private_hosts
from tests.integration.controlplane.plane import ACTOR, Plane, running, vm_of
from tests.support.shared import tiny_images
from tests.support.waiting import patient, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for hosts of its own"),
]
BOOT_S = patient(120.0)
SIZE = {"vcpus": 1, "memory_mib": 112}
SERVED = "10.77.0.99"
OURS, OTHERS = "projects/ours", "projects/others"
# What a guest prints again and again: how often it has looked, its own address, and what it reaches.
LOOK = """#!/bin/sh
httpd -p 80 -h /etc
look=0
while :; do
    look=$((look + 1)) ping=no tcp=no host=no
    mine=$(ip -4 -o address show dev eth0 | awk '{print $4}')
    ping -c 1 -W 1 %(peer)s >/dev/null 2>&1 && ping=yes
    printf 'GET /passwd HTTP/1.0\\n\\n' | nc -w 2 %(peer)s 80 2>/dev/null | grep -q root && tcp=yes
    for each in %(hosts)s; do
        ping -c 1 -W 1 $each >/dev/null 2>&1 && host=$each
    done
    echo "looked: $look mine=$mine ping=$ping tcp=$tcp host=$host"
    sleep 0.2
done
"""
# What it downloads is read slowly, so that it takes some seconds. `nc` goes on for as long as its input does.
SERVE = """#!/bin/sh
mkdir /www
dd if=/dev/urandom of=/www/big bs=1M count=12 2>/dev/null
httpd -p 80 -h /www
echo "served: $(md5sum < /www/big)"
# %(peer)s %(hosts)s
"""
DOWNLOAD = """#!/bin/sh
# %(hosts)s
mkfifo /pipe
(printf 'GET /big HTTP/1.0\\r\\n\\r\\n'; sleep 1000) | nc %(peer)s 80 >/pipe &
exec 3</pipe
while dd bs=65536 count=4 of=/part <&3 2>/dev/null; [ -s /part ]; do
    cat /part >>/all
    echo "got: $(wc -c </all)"
    sleep 0.4
done
echo "downloaded: $(sed '1,/^\\r$/d' /all | md5sum)"
"""
SEEN = re.compile(r"looked: (\d+) mine=(\S*) ping=(\w+) tcp=(\w+) host=(\S+)")


@dataclass(frozen=True, slots=True)
class Look:
    """What a guest has seen: whether another guest answers pings and its port 80, and whether a host answers."""

    mine: str
    ping: bool
    tcp: bool
    # The last of the hosts' addresses that has answered; `no` where none has.
    host: str


@dataclass
class Site:
    """Two hosts, the control plane, and the agents."""

    hosts: PrivateHosts
    plane: Plane
    folder: Path
    # Where servers that give up root read their files.
    open_folder: Path
    tasks: list["asyncio.Task[None]"] = field(default_factory=list["asyncio.Task[None]"])

    @property
    def networks(self):  # noqa: ANN201 - an untyped stub
        return self.plane.networks

    def place(self, host: PrivateHost) -> Place:
        return Place(self.open_folder / host.name, host.network_namespace)

    def clear(self) -> None:
        """Of what agents leave, servers and namespaces would outlive the hosts."""
        for host in self.hosts.values():
            Realizer(self.place(host)).ensure(Desired())

    def start_agent(self, host: PrivateHost) -> None:
        state = self.folder / host.name
        driver = LibvirtDriver(
            LibvirtSettings(host.uri, tiny_images(), state, VirtType.QEMU, migration_uri=host.peer_uri)
        )
        place = self.place(host)
        # As the agent's command line has it: guests are kept from the control plane.
        base = Desired(tunnel=ip_address(host.address), denied=(f"{self.hosts.gateway}/32",))
        agent = Agent(
            f"127.0.0.1:{self.plane.control_plane.port}",
            host.name,
            driver,
            # This machine's processors are all that it has.
            HostSettings(tunnel_address=host.address, allocation_ratio={"vcpus": 16.0}),
            retry_first_s=0.1,
            sample_every_s=1.0,
            networks=lambda listener: HostNetworks(place, base, listener),
        )
        self.tasks.append(asyncio.create_task(agent.run(), name=f"agent {host.name}"))

    async def until_there(self) -> None:
        async def all_there() -> bool:
            hosts = self.plane.control_plane.reads.inventory.hosts.values()
            return sum("network.vxlan" in host.traits for host in hosts) == len(self.hosts)

        await until(all_there, BOOT_S)

    async def run(
        self, name: str, host: str, *groups: str, address: str = "", script: str = LOOK, key: str = ""
    ) -> vm_pb2.Vm:
        """A VM on the network of its project that looks whether it reaches SERVED, or runs another script."""
        project = name.partition("/vms/")[0]
        vm = vm_pb2.Vm()
        vm.spec.resources.vcpus, vm.spec.resources.memory_mib = SIZE["vcpus"], SIZE["memory_mib"]
        kernel = vm.spec.boot.kernel
        kernel.kernel, kernel.initramfs = "tiny-vmlinuz", "tiny-initramfs.gz"
        vm.spec.placement.prefer.add(selector=f"host={host}", weight=100)
        card = vm.spec.network_interfaces.add(network=f"{project}/networks/web", security_groups=groups)
        card.ipv4_address = address
        # Every address that a host has: its own, and where this machine answers.
        known = " ".join([*(each.address for each in self.hosts.values()), self.hosts.gateway])
        vm.user_data = (script % {"peer": SERVED, "hosts": known}).encode()
        vm.spec.first_boot.ssh_authorized_keys.extend([key] if key else [])
        request = vm_service_pb2.CreateVmRequest(parent=project, vm_id=name.rpartition("/")[2], vm=vm, start=True)
        started = await self.plane.wait(await self.plane.vms.CreateVm(request, metadata=ACTOR))
        return vm_of(started)

    async def get(self, name: str) -> vm_pb2.Vm:
        return await self.plane.vms.GetVm(vm_service_pb2.GetVmRequest(name=name))

    async def has_counted(self, vm: vm_pb2.Vm) -> bool:
        cards = (await self.get(vm.name)).interface_samples
        return any(each.received_bytes and each.sent_bytes and each.refused_frames for each in cards)

    def looks(self, vm: vm_pb2.Vm) -> Sequence[Look]:
        """What the guest has printed on whatever host."""
        found = dict[int, Look]()
        for console in self.folder.glob(f"*/consoles/{vm.uid}.log"):
            for number, mine, *reached in SEEN.findall(console.read_text(errors="replace")):
                ping, tcp, host = reached
                found[int(number)] = Look(mine, ping == "yes", tcp == "yes", host)
        return [found[number] for number in sorted(found)]

    def console(self, vm: vm_pb2.Vm) -> str:
        """All that the guest has printed, on whatever host."""
        return "".join(each.read_text(errors="replace") for each in self.folder.glob(f"*/consoles/{vm.uid}.log"))

    async def printed(self, vm: vm_pb2.Vm, pattern: str) -> "re.Match[str]":
        """Once the guest has printed it."""

        async def is_so() -> bool:
            return bool(re.search(pattern, self.console(vm)))

        await until(is_so, BOOT_S)
        found = re.search(pattern, self.console(vm))
        assert found
        return found

    async def move(self, vm: vm_pb2.Vm, host: str) -> None:
        request = vm_service_pb2.MigrateVmRequest(name=vm.name, destination_host=f"hosts/{host}")
        moved = vm_of(await self.plane.wait(await self.plane.vms.MigrateVm(request, metadata=ACTOR)))
        assert moved.host == f"hosts/{host}"

    def is_broken(self, vm: vm_pb2.Vm) -> bool:
        """Whether the guest's kernel has found its memory damaged, as software emulation leaves it after some moves."""
        return bool(re.search(r"Oops|BUG:|general protection", self.console(vm)))

    async def sees(self, vm: vm_pb2.Vm, holds: Callable[[Look], bool]) -> Look:
        """What the guest sees once that is so. Only what it sees from now on counts."""
        before = len(self.looks(vm))

        async def is_so() -> bool:
            # The first of them may have begun before.
            return any(holds(look) for look in self.looks(vm)[before + 1 :])

        await until(is_so, BOOT_S)
        return self.looks(vm)[-1]

    async def rules(self, group: str, *rules: network_pb2.SecurityRule) -> None:
        changed = network_pb2.SecurityGroup(name=group, rules=rules)
        mask = field_mask_pb2.FieldMask(paths=["rules"])
        request = network_service_pb2.UpdateSecurityGroupRequest(security_group=changed, update_mask=mask)
        await self.networks.UpdateSecurityGroup(request, metadata=ACTOR)


PING = network_pb2.SecurityRule(protocol=network_pb2.IP_PROTOCOL_ICMP)
HTTP = network_pb2.SecurityRule(protocol=network_pb2.IP_PROTOCOL_TCP, first_port=80)


@pytest.fixture(scope="module")
def hosts() -> Generator[PrivateHosts]:
    with private_hosts("node-1", "node-2") as made:
        yield made


@pytest.fixture
def open_folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="networks-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@asynccontextmanager
async def _site(hosts: PrivateHosts, folder: Path, open_folder: Path) -> AsyncGenerator[Site]:
    async with running() as plane:
        site = Site(hosts, plane, folder, open_folder)
        try:
            for host in hosts.values():
                site.start_agent(host)
            await site.until_there()
            yield site
        finally:
            for task in site.tasks:
                task.cancel()
            await asyncio.gather(*site.tasks, return_exceptions=True)
            await asyncio.to_thread(site.clear)


async def _project(site: Site, name: str) -> None:
    """With a network `web`, of the same addresses in each, and a security group `web` that lets nobody in."""
    request = project_service_pb2.CreateProjectRequest(project_id=name.partition("/")[2])
    await site.plane.projects.CreateProject(request, metadata=ACTOR)
    network = network_pb2.Network(kind=network_pb2.NETWORK_KIND_NAT, ipv4_cidr="10.77.0.0/24")
    await site.networks.CreateNetwork(
        network_service_pb2.CreateNetworkRequest(parent=name, network_id="web", network=network), metadata=ACTOR
    )
    await site.networks.CreateSecurityGroup(
        network_service_pb2.CreateSecurityGroupRequest(
            parent=name, security_group_id="web", security_group=network_pb2.SecurityGroup()
        ),
        metadata=ACTOR,
    )


async def test_a_guest_that_moves_keeps_its_address_and_is_reached_where_it_is(
    hosts: PrivateHosts, tmp_path: Path, open_folder: Path
) -> None:
    async with _site(hosts, tmp_path, open_folder) as site:
        await _project(site, OURS)
        group = f"{OURS}/securityGroups/web"
        await site.rules(group, PING, HTTP)
        served = await site.run(f"{OURS}/vms/served", "node-1", group, address=SERVED)
        client = await site.run(f"{OURS}/vms/client", "node-2", group)
        await site.sees(client, lambda look: look.ping and look.tcp)
        request = vm_service_pb2.MigrateVmRequest(name=served.name, destination_host="hosts/node-2")
        moved = vm_of(await site.plane.wait(await site.plane.vms.MigrateVm(request, metadata=ACTOR)))
        assert moved.host == "hosts/node-2"
        assert list(moved.network_addresses) == list(served.network_addresses)
        try:
            await site.sees(moved, lambda look: look.mine == f"{SERVED}/24")
        except TimeoutError:
            if site.is_broken(moved):
                pytest.skip("QEMU's software emulation has damaged the memory of the guest that it moved")
            raise
        await site.sees(client, lambda look: look.ping and look.tcp)
        # Its old host has no part in the network any more, and is not to be reached either.
        looks = [*site.looks(moved), *site.looks(client)]
        assert {look.host for look in looks} == {"no"}, "a host has answered a guest"


async def test_guests_of_one_network_reach_each_other_by_rules_wherever_they_are_and_nobody_else_does(
    hosts: PrivateHosts, tmp_path: Path, open_folder: Path
) -> None:
    async with _site(hosts, tmp_path, open_folder) as site:
        await _project(site, OURS)
        await _project(site, OTHERS)
        group = f"{OURS}/securityGroups/web"
        served = await site.run(f"{OURS}/vms/served", "node-1", group, address=SERVED)
        client = await site.run(f"{OURS}/vms/client", "node-2", group)
        stranger = await site.run(f"{OTHERS}/vms/stranger", "node-2", f"{OTHERS}/securityGroups/web")
        # DHCP gives what the ledger holds, on both hosts.
        for vm in (served, client, stranger):
            mine = f"{vm.network_addresses[0].ipv4_address}/24"
            await site.sees(vm, lambda look, mine=mine: look.mine == mine)
        await site.sees(client, lambda look: not (look.ping or look.tcp))
        await site.rules(group, PING, HTTP)
        await site.sees(client, lambda look: look.ping and look.tcp)
        await site.rules(group, PING)
        await site.sees(client, lambda look: look.ping and not look.tcp)
        # What its rules stopped is counted, and what went through its card.
        await until(lambda: site.has_counted(served), BOOT_S)
        looks = [look for vm in (served, client, stranger) for look in site.looks(vm)]
        assert {look.host for look in looks} == {"no"}, "a host has answered a guest"
        assert len(site.looks(stranger)) > 2
        assert not any(look.ping or look.tcp for look in site.looks(stranger)), "another project's guest was reached"
        for each in (served, client, stranger):
            await site.plane.wait(
                await site.plane.vms.DeleteVm(vm_service_pb2.DeleteVmRequest(name=each.name), metadata=ACTOR)
            )


async def test_a_download_goes_on_while_both_its_ends_move(
    hosts: PrivateHosts, tmp_path: Path, open_folder: Path
) -> None:
    async with _site(hosts, tmp_path, open_folder) as site:
        await _project(site, OURS)
        group = f"{OURS}/securityGroups/web"
        await site.rules(group, HTTP)
        server = await site.run(f"{OURS}/vms/served", "node-1", group, address=SERVED, script=SERVE)
        served = await site.printed(server, r"served: (\w{32})")
        client = await site.run(f"{OURS}/vms/client", "node-1", group, script=DOWNLOAD)
        await site.printed(client, r"got: \d{6}")
        try:
            await site.move(server, "node-2")
            await site.move(client, "node-2")
            assert "downloaded" not in site.console(client), "it had ended before it moved"
            downloaded = await site.printed(client, r"downloaded: (\w{32})")
        except TimeoutError:
            if site.is_broken(server) or site.is_broken(client):
                pytest.skip("QEMU's software emulation has damaged the memory of the guest that it moved")
            raise
        assert downloaded[1] == served[1]


async def test_a_guest_on_another_host_is_logged_in_to_through_the_control_plane(
    hosts: PrivateHosts, tmp_path: Path, open_folder: Path
) -> None:
    """Nothing is let in by its groups, and nothing of its network is reached from here."""
    key = tmp_path / "key"
    await ran("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    async with _site(hosts, tmp_path, open_folder) as site:
        await _project(site, OURS)
        group = f"{OURS}/securityGroups/web"
        public = key.with_suffix(".pub").read_text().strip()
        vm = await site.run(f"{OURS}/vms/served", "node-2", group, address=SERVED, key=public)
        await site.printed(vm, "looked: 1 ")
        login = ("vm", "ssh", f"root@{vm.name}", "--identity", str(key), "--", "uname -n; cat")
        program = (str(Path(sys.executable).parent / "chronovisor"), "--as", "alice", *login)
        environment = {
            "CHRONOVISOR_SERVER": f"127.0.0.1:{site.plane.control_plane.port}",
            "HOME": str(tmp_path),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        # More than is under way at a time, there and back.
        sent = b"served is here\n" * 20_000
        output = await ran(*program, typed=sent, **environment)
        assert output == b"served\n" + sent
        request = history_service_pb2.ListEventsRequest(parent=vm.name, event_types=["ConsoleOpened"])
        (opened,) = (await site.plane.history.ListEvents(request)).events
        assert (opened.actor, opened.console_opened.port) == ("user:alice", 22)


async def ran(*command: str, typed: bytes = b"", **environment: str) -> bytes:
    """What a program prints that succeeds."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=pipe, env=os.environ | environment
    )
    output, errors = await asyncio.wait_for(process.communicate(typed), BOOT_S)
    assert process.returncode == 0, errors.decode(errors="replace")
    return output
