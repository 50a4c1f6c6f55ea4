"""Addresses of network cards in requests: in one form, so that none is two."""

import pytest
from chronovisor.v1.vm_pb2 import VmSpec

from controlplane.rpc.shared.validate import FieldRules
from controlplane.rpc.vm.interfaces import checked_interfaces


def checked(address: str) -> tuple[str, list[str]]:
    """The IPv6 address of a card, and which fields are refused."""
    rules, spec = FieldRules(), VmSpec()
    spec.network_interfaces.add(network="projects/shop/networks/web", ipv6_address=address)
    (interface,) = checked_interfaces(rules, spec, "vm.spec")
    return interface.ipv6_address, [each.field for each in rules.violations]


def test_an_address_is_in_the_canonical_form() -> None:
    assert checked("FD00:0::05") == ("fd00::5", [])


@pytest.mark.parametrize("address", ["fd00::5%eth0", "10.1.0.5", "fd00::5/64", "web"])
def test_an_address_of_a_zone_or_of_another_form_is_refused(address: str) -> None:
    assert checked(address) == ("", ["vm.spec.network_interfaces[0].ipv6_address"])
