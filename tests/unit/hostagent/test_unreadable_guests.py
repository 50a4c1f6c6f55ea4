"""Guests that are there and cannot be read: from libvirt's domains to what is reported of them."""

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import libvirt
import pytest
from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import vm_pb2
from hostagent.control.reporter import Outbox, Reporter
from hostagent.converge.guest_cache import GuestCache
from hostagent.converge.reconcile import Delete, DesiredGuest, DesiredPower
from hostagent.drivers.base import (
    Guest,
    GuestCard,
    GuestRef,
    GuestSpec,
    Interface,
    KernelBoot,
    Power,
    StepFailed,
    VmUid,
)
from hostagent.drivers.libvirt import domains, metadata
from hostagent.drivers.libvirt.domain_xml import Files, Platform, domain_xml
from hostagent.drivers.simulated.driver import SimulatedDriver

from tests.unit.hostagent.still import reconcile

UID = VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111")
SPEC = GuestSpec(UID, "projects/p/vms/a", 1, 1, 128, 0, KernelBoot("vmlinuz", "initramfs"))
UNREADABLE = Guest(UID, "", 0, Power.UNREADABLE, started=False)


@pytest.fixture
def connection() -> Iterator[libvirt.virConnect]:
    opened = libvirt.open("test:///default")
    yield opened
    opened.close()


def without_metadata(xml: str) -> str:
    tree = ElementTree.fromstring(xml)
    found = tree.find("metadata")
    assert found is not None
    tree.remove(found)
    return ElementTree.tostring(tree, encoding="unicode")


def test_a_domain_that_lost_its_metadata_is_there_and_is_neither_redefined_nor_deleted(
    connection: libvirt.virConnect, tmp_path: Path
) -> None:
    files = Files(tmp_path / "console", None, tmp_path / "k", tmp_path / "i")
    xml = domain_xml(SPEC, files, Platform("test", "x86_64"))
    domain = connection.defineXML(without_metadata(xml))
    try:
        assert metadata.read(domain) is None
        assert [guest.power for guest in domains.list_guests(connection) if guest.vm_uid == UID] == [Power.UNREADABLE]
        found = domains.get_guest(connection, UID)
        assert found
        assert found.power is Power.UNREADABLE
        for step in (domains.end_for_deletion, domains.undefine):
            with pytest.raises(StepFailed, match="cannot be read"):
                step(connection, GuestRef(UID, 9))
        with pytest.raises(StepFailed, match="cannot be read"):
            domains.define(connection, SPEC, xml)
    finally:
        domain.undefine()
    # Other people's domains are none of ours, and nothing is reported of them.
    assert all(guest.vm_uid == UID for guest in domains.list_guests(connection))


def test_nothing_is_done_to_a_guest_that_cannot_be_read_but_to_try_its_deletion() -> None:
    for power in DesiredPower:
        steps = reconcile(DesiredGuest(SPEC, power), UNREADABLE)
        assert steps == ([Delete(SPEC.ref)] if power is DesiredPower.ABSENT else [])


async def test_a_guest_that_cannot_be_read_any_more_is_listed_as_such_and_not_as_gone() -> None:
    driver = SimulatedDriver()
    await driver.open(lambda _uid: None)
    driver.put(Guest(UID, "a", 3, Power.RUNNING, started=True))
    desired = DesiredGuest(SPEC, DesiredPower.RUNNING)
    watch = GuestCache(driver, lambda _uid: None)
    reporter, outbox = Reporter(watch, lambda _uid: desired, lambda _uid: False), Outbox()
    reporter.connected(outbox)

    async def inventory() -> pb.GuestInventory:
        await watch.read_all()
        reporter.inventory()
        message = outbox.get_nowait()
        assert message
        return message.inventory

    assert [each.vm_uid for each in (await inventory()).guests] == [UID]
    driver.put(UNREADABLE)
    found = await inventory()
    assert (list(found.unreadable_guests), list(found.guests)) == ([UID], [])
    reporter.settled(UID)
    assert outbox.empty()
    # Gone now: known to have run, so that it does not look like one that is about to start.
    driver.vanish(UID)
    found = await inventory()
    assert (list(found.unreadable_guests), found.guests[0].started) == ([], True)
    assert found.guests[0].observation.guest_state == vm_pb2.GUEST_STATE_ABSENT
    await asyncio.wait_for(driver.close(), 5.0)


def test_a_guest_carries_the_cards_that_it_was_made_with(connection: libvirt.virConnect, tmp_path: Path) -> None:
    files = Files(tmp_path / "console", None, tmp_path / "k", tmp_path / "i")
    interfaces = (
        Interface("net-a", 0, "02:00:00:00:00:01", 7, ipv4="10.1.0.5/24"),
        Interface("net-b", 1, "02:00:00:00:00:02", 8, ipv4="10.2.0.5/24", ipv6="fd00::5/64"),
    )
    spec = dataclasses.replace(SPEC, interfaces=interfaces)
    domain = connection.defineXML(domain_xml(spec, files, Platform("test", "x86_64")))
    try:
        found = metadata.read(domain)
        assert found
        assert found.cards == spec.cards
        assert found.cards[1] == GuestCard(1, "net-b", "02:00:00:00:00:02", "10.2.0.5", "fd00::5")
    finally:
        domain.undefine()


@pytest.mark.parametrize("text", [None, "", "x", "0,a,b", "x,a,b,c,d"])
def test_what_is_no_card_is_none(text: str | None) -> None:
    assert metadata.cards_of(text) == ()
