"""What the fleet counts: numbers that are given once, and the VMs whose specs name a network or a security group."""

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fleet import CARDS, NETWORKS, Fleet
from controlplane.domain.time import Micros

STREAM = "vms/v"


def network_created(vni: int) -> tuple[str, ev.Event]:
    name = f"projects/shop/networks/n-{vni}"
    return f"networks/n-{vni}", ev.Event(
        network_created=ev.NetworkCreated(uid=f"n-{vni}", name=name, project_uid="p", kind=1, vni=vni)
    )


def interface(network: str, *groups: str) -> ev.NetworkInterface:
    return ev.NetworkInterface(network=network, network_uid=network, security_groups=groups, security_group_uids=groups)


def spec(*interfaces: ev.NetworkInterface) -> ev.Spec:
    return ev.Spec(network_interfaces=interfaces)


def vm_created(*interfaces: ev.NetworkInterface) -> ev.Event:
    created = ev.VmCreated(uid="v", name="projects/shop/vms/v", project_uid="p", spec=spec(*interfaces))
    return ev.Event(vm_created=created)


def uses(fleet: Fleet) -> dict[str, int]:
    return {uid: count for uid in ("net", "other", "ssh", "web") if (count := fleet.uses(uid))}


def restored(fleet: Fleet) -> Fleet:
    again = Fleet()
    again.restore(fleet.captured(1, Micros(1)))
    return again


def test_a_networks_number_is_never_given_again() -> None:
    fleet = Fleet()
    assert fleet.next_number(NETWORKS) == 1
    stream, event = network_created(1)
    fleet.apply(stream, None, event)
    fleet.settle()
    mark = fleet.mark()
    stream, event = network_created(7)
    fleet.apply(stream, None, event)
    assert fleet.next_number(NETWORKS) == 8
    fleet.undo(mark)
    assert fleet.next_number(NETWORKS) == 2
    fleet.apply("networks/n-1", None, ev.Event(network_deleted=ev.NetworkDeleted()))
    assert (fleet.next_number(NETWORKS), fleet.next_number(CARDS)) == (2, 1)
    assert restored(fleet).numbers == {NETWORKS: 1}


def test_specs_count_for_what_they_name_until_their_vm_is_gone() -> None:
    fleet = Fleet()
    fleet.apply(STREAM, None, vm_created(interface("net", "ssh", "web"), interface("other", "ssh")))
    assert uses(fleet) == uses(restored(fleet)) == {"net": 1, "other": 1, "ssh": 1, "web": 1}
    fleet.settle()
    mark = fleet.mark()
    changed = ev.VmUpdated(spec=spec(interface("net", "web")))
    fleet.apply(STREAM, None, ev.Event(vm_updated=changed))
    assert uses(fleet) == {"net": 1, "web": 1}
    fleet.undo(mark)
    assert uses(fleet) == {"net": 1, "other": 1, "ssh": 1, "web": 1}
    for ended in (ev.Event(vm_delete_requested=ev.VmDeleteRequested()), ev.Event(vm_deleted=ev.VmDeleted())):
        fleet.apply(STREAM, None, ended)
    assert uses(fleet) == uses(restored(fleet)) == {}
