"""How `chronovisor vm ssh` reaches a VM, and what it runs."""

import pytest
from chronovisor.cli.commands.vm_ssh import Way, ssh_command, way_to
from chronovisor.v1.network_pb2 import IP_PROTOCOL_TCP, IP_PROTOCOL_UDP, NetworkAddress, NetworkInterface, PublishedPort
from chronovisor.v1.vm_pb2 import Vm, VmSpec

UID = "0190a7e1-0000-7000-8000-000000000001"


def vm(*ports: PublishedPort, addresses: tuple[str, ...] = ()) -> Vm:
    held = [
        NetworkAddress(ipv6_address=each) if ":" in each else NetworkAddress(ipv4_address=each) for each in addresses
    ]
    card = NetworkInterface(network="projects/p/networks/web", published_ports=ports)
    return Vm(uid=UID, spec=VmSpec(network_interfaces=[card]), network_addresses=held)


def published(host: int, guest: int, protocol: int = IP_PROTOCOL_TCP) -> PublishedPort:
    return PublishedPort(host_port=host, guest_port=guest, protocol=protocol)  # pyright: ignore[reportArgumentType] a number


@pytest.mark.parametrize(
    ("of", "way"),
    [
        (vm(published(8080, 80), published(2222, 22), addresses=("10.1.0.2",)), Way("127.0.0.1", 2222)),
        (vm(published(2222, 22, IP_PROTOCOL_UDP), addresses=("10.1.0.2", "fd00::2")), Way("10.1.0.2")),
        (vm(addresses=("fd00::2",)), Way("fd00::2")),
        (vm(published(8080, 80)), None),
        (Vm(uid=UID), None),
    ],
)
def test_a_published_port_comes_before_the_cards_own_address(of: Vm, way: Way | None) -> None:
    assert way_to(of) == way


def test_the_host_key_is_kept_under_the_vms_uid_in_a_file_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHRONOVISOR_HOME", "/srv/chronovisor")
    found = ssh_command(vm(), Way("127.0.0.1", 2222), "root", "", [], [])
    assert found == [
        *("ssh", "-p", "2222", "-o", f"HostKeyAlias=vm-{UID}"),
        *("-o", 'UserKnownHostsFile="/srv/chronovisor/known_hosts"', "-o", "StrictHostKeyChecking=accept-new"),
        *("--", "root@127.0.0.1"),
    ]


def test_the_user_is_given_or_the_labels_or_sshs_own() -> None:
    labelled, way = Vm(uid=UID, labels={"ssh-user": "debian"}), Way("10.1.0.2")
    assert ssh_command(labelled, way, "alice", "", [], [])[-1] == "alice@10.1.0.2"
    assert ssh_command(labelled, way, "", "", [], [])[-1] == "debian@10.1.0.2"
    assert ssh_command(vm(), way, "", "", [], [])[-1] == "10.1.0.2"


def test_key_options_and_command_are_handed_on_and_options_come_before_its_own() -> None:
    found = ssh_command(vm(), Way("10.1.0.2"), "", "id", ["StrictHostKeyChecking=yes"], ["uname", "-a"])
    assert found[3:8] == ["-i", "id", "-o", "IdentitiesOnly=yes", "-o"]
    # ssh takes the first.
    assert found.index("StrictHostKeyChecking=yes") < found.index("StrictHostKeyChecking=accept-new")
    assert found[-4:] == ["--", "10.1.0.2", "uname", "-a"]
