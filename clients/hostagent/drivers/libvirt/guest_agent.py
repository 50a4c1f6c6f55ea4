"""QEMU's guest agent, where a guest runs it: it gets requests, and nothing depends on its answers.

It is a program of the guest's, which may hang, lie, or answer after any time. So there is a connection for it alone, on
which nothing else waits, and no call is waited for longer than a moment, whatever it does.
"""

import asyncio
import contextlib
import functools
import ipaddress
import time
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import libvirt
import libvirt_qemu

from hostagent.drivers.base import DriverError, GuestRef, Program, ProgramEnd, StepFailed
from hostagent.drivers.libvirt import domains, guest_programs, metadata
from hostagent.drivers.libvirt.connection import Connection

# An answer that comes later than that is none.
ANSWER_S = 2
_AT_ONCE = 2
# How often it is looked whether a program has ended: less and less often.
FIRST_LOOK_S, LAST_LOOK_S = 0.05, 1.0
MOST_ADDRESSES = 64


class GuestAgents:
    """The guest agents of one libvirt's guests."""

    def __init__(self, uri: str) -> None:
        self._connection = Connection(uri, "guest-agents", workers=_AT_ONCE)
        self._calls: set[asyncio.Task[bool]] = set()
        self._reading: asyncio.Task[None] | None = None
        self._addresses: dict[GuestRef, tuple[str, ...]] = {}

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

    async def run_program(self, ref: GuestRef, program: Program) -> ProgramEnd:
        """See Driver.run_program. Raises DriverError."""
        until = time.monotonic() + program.timeout_s
        pid = guest_programs.pid_in(await self._answer(ref, guest_programs.start_of(program)))
        pause = FIRST_LOOK_S
        while (end := guest_programs.end_in(await self._answer(ref, guest_programs.status_of(pid)))) is None:
            if time.monotonic() >= until:
                return ProgramEnd(runs_on=True)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LAST_LOOK_S)
        return end

    async def _answer(self, ref: GuestRef, command: str) -> str:
        return await self._connection.call(functools.partial(_answer, ref=ref, command=command))

    def addresses(self, ref: GuestRef) -> tuple[str, ...]:
        """As they were read last. Nothing waits for a guest."""
        return self._addresses.get(ref, ())

    def read_addresses(self) -> None:
        """Begins to read those of all guests, unless that is under way."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        # Read the next time, when something fails.
        with contextlib.suppress(DriverError):
            self._addresses = await self._connection.call(_read_addresses)

    def _ended(self, call: asyncio.Task[bool]) -> None:
        self._calls.discard(call)
        if not call.cancelled():
            # asyncio complains of failures that nobody awaits.
            call.exception()


def is_connected(domain: libvirt.virDomain) -> bool:
    """Whether a guest agent has opened its channel. Sends the guest nothing."""
    channel = "devices/channel/target[@type='virtio'][@state='connected']"
    return ElementTree.fromstring(domain.XMLDesc()).find(channel) is not None


def _answer(connection: libvirt.virConnect, ref: GuestRef, command: str) -> str:
    domain, _ = domains.current(connection, ref)
    if not is_connected(domain):
        raise StepFailed("no guest agent runs in the guest: install qemu-guest-agent there")
    return libvirt_qemu.qemuAgentCommand(domain, command, ANSWER_S, 0)


def _power_off(connection: libvirt.virConnect, ref: GuestRef) -> bool:
    domain, _ = domains.current(connection, ref)
    if domain.state()[0] != libvirt.VIR_DOMAIN_RUNNING or not is_connected(domain):
        return False
    domain.agentSetResponseTimeout(ANSWER_S)
    domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT)
    return True


def _read_addresses(connection: libvirt.virConnect) -> dict[GuestRef, tuple[str, ...]]:
    found: dict[GuestRef, tuple[str, ...]] = {}
    for domain in connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        # A guest that is gone, or does not answer, keeps no other from being read.
        with contextlib.suppress(libvirt.libvirtError):
            ours = metadata.read(domain)
            if ours is not None and is_connected(domain):
                domain.agentSetResponseTimeout(ANSWER_S)
                interfaces = domain.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT)
                found[GuestRef(ours.vm_uid, ours.incarnation)] = addresses_in(interfaces)
    return found


def addresses_in(interfaces: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Those of libvirt's answer by which others can reach the guest, each once."""
    given = [str(each.get("addr")) for card in interfaces.values() for each in card.get("addrs") or ()]
    return tuple(dict.fromkeys(filter(_is_reachable, given)))[:MOST_ADDRESSES]


def _is_reachable(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)
