"""A guest's screen as libvirt has it: an image of it, and a connection to its VNC server, which listens nowhere."""

import contextlib
import socket
from xml.etree import ElementTree

import libvirt

from hostagent.drivers.base import GuestChanged, GuestRef, GuestRefused, StepFailed
from hostagent.drivers.libvirt.domains import current

_READ_BYTES = 64 << 10
_PNG = "image/png"


def screenshot(connection: libvirt.virConnect, ref: GuestRef, most: int) -> bytes:
    """As PNG. Raises GuestChanged, GuestRefused, StepFailed."""
    domain = _with_screen(connection, ref)
    stream = connection.newStream()
    # It keeps a file of libvirt's until it is finished or broken off.
    with contextlib.ExitStack() as broken_off:
        kind = domain.screenshot(stream, 0)
        broken_off.callback(stream.abort)
        if kind != _PNG:
            raise StepFailed(f"the hypervisor gives a screen as {kind}, not as {_PNG}")
        image = bytearray()
        while data := stream.recv(_READ_BYTES):
            image += data
            if len(image) > most:
                raise GuestRefused(f"what its screen shows is more than {most} bytes as PNG")
        broken_off.pop_all()
    stream.finish()
    return bytes(image)


def _with_screen(connection: libvirt.virConnect, ref: GuestRef) -> libvirt.virDomain:
    """The domain of an active guest. Raises GuestChanged, GuestRefused."""
    domain, _ = current(connection, ref)
    if not domain.isActive():
        raise GuestChanged("the guest does not run")
    if ElementTree.fromstring(domain.XMLDesc()).find("devices/graphics[@type='vnc']") is None:
        raise GuestRefused("the guest was started without a screen")
    return domain


def screen_socket(connection: libvirt.virConnect, ref: GuestRef) -> socket.socket:
    """Connected to the VNC server of an active guest. Raises GuestChanged, GuestRefused."""
    domain = _with_screen(connection, ref)
    # Nobody else can get there: libvirt has it from its own process.
    return socket.socket(fileno=domain.openGraphicsFD(0, libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH))
