"""Limits of guests: what is put on domains, what their metadata keeps, and when a guest is given them."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import libvirt
import pytest
from chronovisor.v1 import agent_service_pb2, vm_pb2
from hostagent.control.desired_state import NotUnderstood, desired_guest
from hostagent.converge.migrations import GuestMoves
from hostagent.converge.reconcile import DesiredGuest, DesiredPower, Limit, Resume, reconcile
from hostagent.drivers.base import (
    NO_LIMITS,
    CpuPolicy,
    Guest,
    GuestRefused,
    GuestSpec,
    KernelBoot,
    Limits,
    Power,
    VmUid,
)
from hostagent.drivers.isolation import Isolation
from hostagent.drivers.libvirt import limits, metadata
from hostagent.drivers.libvirt.domain_xml import Files, Platform, domain_xml
from hostagent.drivers.libvirt.metadata import GuestMetadata
from hypothesis import given
from hypothesis import strategies as st

UID = VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111")
ALL = Limits(CpuPolicy.GUARANTEE, 500, 100, 10 << 20, 5 << 20, 2 << 20, 1500)
SPEC = GuestSpec(UID, "projects/p/vms/a", 1, 2, 128, 1, KernelBoot("k", "i"), limits=ALL)
FILES = Files(Path("/s/c.log"), Path("/s/d.qcow2"), Path("/i/k"), Path("/i/i"))
MOST = st.integers(0, 1 << 40)


def test_cpus_are_shared_by_their_number_and_guaranteed_up_to_it() -> None:
    assert limits.cpu_parameters(2, CpuPolicy.SHARE) == {
        "cpu_shares": 20,
        "global_period": 100_000,
        "global_quota": -1,
    }
    assert limits.cpu_parameters(2, CpuPolicy.GUARANTEE)["global_quota"] == 200_000
    # What control groups of version 2 take as a weight.
    assert limits.cpu_parameters(1, CpuPolicy.SHARE)["cpu_shares"] >= 1
    assert limits.cpu_parameters(1024, CpuPolicy.SHARE)["cpu_shares"] == 10_000


def test_a_process_may_take_half_a_gibibyte_and_a_fiftieth_more_than_its_guest() -> None:
    gib = 1 << 20
    assert limits.memory_limit_kib(gib) == gib + gib // 2 + gib * 2 // 100


def test_a_guarantee_needs_a_host_that_limits_cpu_time() -> None:
    limits.require_possible(ALL, frozenset({Isolation.CGROUP_CPU}))
    limits.require_possible(NO_LIMITS, frozenset())
    with pytest.raises(GuestRefused, match="cannot guarantee CPU time"):
        limits.require_possible(ALL, frozenset({Isolation.CGROUP_MEMORY}))


def test_a_disks_limits_are_in_its_definition() -> None:
    domain = ElementTree.fromstring(domain_xml(SPEC, FILES, Platform("qemu", "x86_64")))
    tune = domain.find("devices/disk/iotune")
    assert tune is not None
    assert {each.tag: each.text for each in tune} == {
        "read_iops_sec": "500",
        "write_iops_sec": "100",
        "read_bytes_sec": "10485760",
        "write_bytes_sec": "5242880",
    }
    # Where a host has no control groups, libvirt refuses a definition that has these.
    assert domain.find("cputune") is None
    assert domain.find("memtune") is None
    unlimited = domain_xml(dataclasses.replace(SPEC, limits=NO_LIMITS), FILES, Platform("qemu", "x86_64"))
    assert ElementTree.fromstring(unlimited).find("devices/disk/iotune") is None


def test_a_network_card_may_receive_and_send_so_much() -> None:
    assert limits.card_parameters(ALL) == {"inbound.average": 2048, "outbound.average": 2}
    assert limits.card_parameters(NO_LIMITS) == {"inbound.average": 0, "outbound.average": 0}


@pytest.fixture
def domain() -> Iterator[libvirt.virDomain]:
    """Of libvirt's test driver, with a card as somebody gave it to a guest."""
    connection = libvirt.open("test:///default")
    xml = domain_xml(dataclasses.replace(SPEC, limits=NO_LIMITS), FILES, Platform("test", "i686"))
    card = "<interface type='network'><source network='default'/><target dev='tap7'/></interface>"
    made = connection.defineXML(xml.replace("</devices>", f"{card}</devices>"))
    made.create()
    yield made
    made.destroy()
    made.undefine()
    connection.close()


@given(st.sampled_from(CpuPolicy), st.tuples(*[MOST] * 6))
def test_metadata_keeps_limits(policy: CpuPolicy, amounts: tuple[int, ...]) -> None:
    kept = Limits(policy, *amounts)
    element = GuestMetadata(UID, "projects/p/vms/a", 1, limits=kept).element()
    assert metadata.limits_of(element.get(metadata.LIMITS)) == kept


@pytest.mark.parametrize("text", [None, "", "cpu=all", "cpu=share disk_read_iops=many", "cpu=share of_tomorrow=1", "x"])
def test_limits_that_cannot_be_read_are_not_known(text: str | None) -> None:
    assert metadata.limits_of(text) is None


def test_the_network_cards_of_an_active_guest_are_given_other_limits(domain: libvirt.virDomain) -> None:
    limits.change(domain, ALL, frozenset())
    card = domain.interfaceParameters("tap7")
    assert (card["inbound.average"], card["outbound.average"]) == (2048, 2)
    limits.change(domain, NO_LIMITS, frozenset())
    assert not any(domain.interfaceParameters("tap7").values())


def seen(of: Limits | None, power: Power = Power.RUNNING) -> Guest:
    return Guest(UID, "projects/p/vms/a", 1, power, started=True, limits=of)


def test_a_guest_with_other_limits_is_given_those_that_it_is_to_have() -> None:
    desired, moves = DesiredGuest(SPEC, DesiredPower.RUNNING), GuestMoves(lambda _ref, _progress: None)
    moves.grown(SPEC.ref, SPEC.disk_gib)
    assert reconcile(desired, seen(ALL), moves) == []
    for other in (NO_LIMITS, None):
        assert reconcile(desired, seen(other), moves) == [Limit(SPEC.ref, ALL)]
        # To run comes first.
        assert reconcile(desired, seen(other, Power.PAUSED), moves) == [Resume(SPEC.ref), Limit(SPEC.ref, ALL)]
    assert reconcile(desired, seen(NO_LIMITS, Power.SHUTOFF), moves) == []


def test_limits_are_understood_as_the_control_plane_sends_them() -> None:
    spec = vm_pb2.VmSpec(
        cpu_policy=vm_pb2.CPU_POLICY_GUARANTEE,
        io_limits=vm_pb2.IoLimits(
            disk_read_iops=500,
            disk_write_iops=100,
            disk_read_bytes=10 << 20,
            disk_write_bytes=5 << 20,
            network_receive_bytes=2 << 20,
            network_send_bytes=1500,
        ),
    )
    message = agent_service_pb2.DesiredGuest(vm_uid=UID, power=agent_service_pb2.DESIRED_POWER_RUNNING, spec=spec)
    assert desired_guest(message).spec.limits == ALL
    message.spec.CopyFrom(vm_pb2.VmSpec())
    assert desired_guest(message).spec.limits == NO_LIMITS
    message.spec.cpu_policy = vm_pb2.CpuPolicy.ValueType(9)
    with pytest.raises(NotUnderstood, match="CPU policy 9"):
        desired_guest(message)
