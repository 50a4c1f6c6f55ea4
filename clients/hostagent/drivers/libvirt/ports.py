"""Ports of guests that QEMU itself connects: those that a card of user-mode networking publishes."""

from xml.etree import ElementTree

import libvirt

from hostagent.drivers.base import GuestChanged, GuestRef, GuestRefused
from hostagent.drivers.libvirt.domains import current
from hostagent.drivers.libvirt.user_network import published_port

_ARGUMENTS = "{http://libvirt.org/schemas/domain/qemu/1.0}commandline/{http://libvirt.org/schemas/domain/qemu/1.0}arg"


def port_of_host(connection: libvirt.virConnect, ref: GuestRef, port: int) -> int:
    """That of the host's loopback address, of an active guest. Raises GuestChanged, GuestRefused."""
    domain, _ = current(connection, ref)
    if not domain.isActive():
        raise GuestChanged("the guest does not run")
    arguments = ElementTree.fromstring(domain.XMLDesc()).findall(_ARGUMENTS)
    found = published_port((each.get("value", "") for each in arguments), port)
    if found is None:
        raise GuestRefused(f"no card of the guest leads to its port {port} from this host")
    return found
