"""QEMU's guest agent, where a guest runs it: it gets requests, and nothing depends on its answers.

It is a program of the guest's, which may hang, lie, or answer after any time. So there is a connection for it alone, on
which nothing else waits, and no call is waited for longer than a moment, whatever it does.
"""

import asyncio
import functools
from xml.etree import ElementTree

import libvirt

from hostagent.drivers.base import GuestRef
from hostagent.drivers.libvirt import domains
from hostagent.drivers.libvirt.connection import Connection

# An answer that comes later than that is none.
ANSWER_S = 2
_AT_ONCE = 2


class GuestAgents:
    """The guest agents of one libvirt's guests."""

    def __init__(self, uri: str) -> None:
        self._connection = Connection(uri, "guest-agents", workers=_AT_ONCE)
        self._calls: set[asyncio.Task[bool]] = set()

    def close(self) -> None:
        """Blocks until calls under way have ended."""
        self._connection.close()

    async def power_off(self, ref: GuestRef) -> bool:
        """Whether the guest's agent, if there is one, has taken the request. What comes of it is seen elsewhere."""
        call = asyncio.create_task(self._connection.call(functools.partial(_power_off, ref=ref)))
        self._calls.add(call)
        call.add_done_callback(self._ended)
        # Not the call itself: cancelled, it would be waited for.
        done, _ = await asyncio.wait([call], timeout=ANSWER_S)
        return bool(done) and not call.cancelled() and call.exception() is None and call.result()

    def _ended(self, call: asyncio.Task[bool]) -> None:
        self._calls.discard(call)
        if not call.cancelled():
            # asyncio complains of failures that nobody awaits.
            call.exception()


def is_connected(domain: libvirt.virDomain) -> bool:
    """Whether a guest agent has opened its channel. Sends the guest nothing."""
    channel = "devices/channel/target[@type='virtio'][@state='connected']"
    return ElementTree.fromstring(domain.XMLDesc()).find(channel) is not None


def _power_off(connection: libvirt.virConnect, ref: GuestRef) -> bool:
    domain, _ = domains.current(connection, ref)
    if domain.state()[0] != libvirt.VIR_DOMAIN_RUNNING or not is_connected(domain):
        return False
    domain.agentSetResponseTimeout(ANSWER_S)
    domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT)
    return True
