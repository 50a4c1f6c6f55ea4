"""User-mode networking of QEMU, as arguments of its command line: of a guest to be, and of one that is there."""

import re
import subprocess
from collections.abc import Iterable
from ipaddress import IPv4Interface

from hostagent.drivers.base import Interface

# The trait of hosts that have it.
USER_NETWORK = "network.user"
# The first place on the board for such a card: libvirt gives out places from the lower end.
_FIRST_SLOT = 0x10
_PROBE_S = 10.0
LOOPBACK = "127.0.0.1"
_FORWARD = re.compile(r"hostfwd=tcp:127\.0\.0\.1:(\d+)-:(\d+)")


def user_network_arguments(interface: Interface) -> list[str]:
    """The card is alone with QEMU, which answers DHCP and takes no other word from it."""
    name = f"cvuser{interface.index}"
    forwards = [
        f"hostfwd={each.protocol}:{LOOPBACK}:{each.host_port}-:{each.guest_port}" for each in interface.forwards
    ]
    netdev = ",".join(["user", f"id={name}", "restrict=on", "ipv6=off", *_addresses(interface), *forwards])
    slot = f"0x{_FIRST_SLOT + interface.index:x}"
    return ["-netdev", netdev, "-device", f"virtio-net-pci,netdev={name},mac={interface.mac},addr={slot}"]


def _addresses(interface: Interface) -> list[str]:
    """QEMU's own, where the network has none."""
    if not interface.ipv4:
        return []
    card = IPv4Interface(interface.ipv4)
    taken = {card.ip, IPv4Interface(interface.ipv4_gateway).ip} if interface.ipv4_gateway else {card.ip}
    free = (each for each in card.network.hosts() if each not in taken)
    host = interface.ipv4_gateway or next(free)
    return [f"net={card.network}", f"host={host}", f"dns={next(free)}", f"dhcpstart={card.ip}"]


def published_port(arguments: Iterable[str], port: int) -> int | None:
    """The port of the host's loopback address that leads to this TCP port of the guest."""
    found = (forward for argument in arguments for forward in _FORWARD.findall(argument))
    return next((int(of_host) for of_host, of_guest in found if int(of_guest) == port), None)


def has_user_network(emulator: str) -> bool:
    """Whether this QEMU was built with it. Blocks."""
    try:
        ran = subprocess.run(
            [emulator, "-netdev", "help"], capture_output=True, text=True, check=False, timeout=_PROBE_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "user" in ran.stdout.split()
