"""A ledger of a fleet of any size: as many hosts, projects and pairs of VMs, one of each pair destroyed."""

from collections.abc import Iterator

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.placement.rules import GroupKind
from controlplane.domain.time import Micros, timestamp_of
from controlplane.ledger.store import Ledger

NOW_US = 1_750_000_000_000_000
PROJECT, PROJECT_UID = "projects/default", "21234567-89ab-4cde-8f01-23456789abcd"
ACCOUNT = f"{PROJECT}/serviceAccounts/robot-0"
NETWORK, GROUP = f"{PROJECT}/networks/web-0", f"{PROJECT}/securityGroups/web-0"
IMAGE = f"{PROJECT}/images/disk-0"
HOST, VM, GONE = "hosts/node-0", f"{PROJECT}/vms/vm-0", f"{PROJECT}/vms/gone-0"
VM_UID = "01234567-89ab-4cde-8f01-000000000000"
ZONE = "zones/a"
BATCH_REQUEST = "batch-1"
# What one request did is read in pages that double, from this size on.
MOST_IN_BATCH = 5
_HELD = ev.Amount(vcpus=1, memory_mib=256, disk_gib=1)


def write(url: str, size: int) -> int:
    """Writes the fleet, an event a batch but for what one request did. The last position."""
    fleet = Fleet()
    with Ledger(url) as ledger:
        link, batch, number = ledger.link(), list[RecordedEvent](), 0
        for stream, event in _history(size):
            event.commit_time.CopyFrom(timestamp_of(Micros(NOW_US + number * 1_000_000)))
            batch.append(fleet.apply(stream, None, event))
            if len(batch) >= 500:
                now = Micros(NOW_US + number * 1_000_000)
                link, batch, number = ledger.append(batch, link, "leader", now).link, [], number + 1
        ledger.append(batch, link, "leader", Micros(NOW_US + number * 1_000_000))
        return ledger.head()


def _history(size: int) -> Iterator[tuple[str, ev.Event]]:
    yield _project(PROJECT_UID, PROJECT)
    for number in range(size):
        yield _project(f"21234567-89ab-4cde-8f02-{number:012}", f"projects/tenant-{number}")
        yield f"hosts/{_host_uid(number)}", ev.Event(host_registered=_registered(number), request_id=f"h-{number}")
    for number in range(size):
        yield from _started(number, f"{PROJECT}/vms/vm-{number}", PROJECT_UID, f"01234567-89ab-4cde-8f01-{number:012}")
        gone = f"31234567-89ab-4cde-8f01-{number:012}"
        yield from _started(number, f"{PROJECT}/vms/gone-{number}", PROJECT_UID, gone)
        yield from _destroyed(number, gone)
        # One of each other project, on the same host: rules between VMs of all of them are evaluated for it.
        tenant = f"21234567-89ab-4cde-8f02-{number:012}"
        theirs = f"41234567-89ab-4cde-8f01-{number:012}"
        yield from _started(number, f"projects/tenant-{number}/vms/vm", tenant, theirs)
        yield from _account(number)
        yield from _network(number)
        yield from _image(number)
    created = [_created(f"51234567-89ab-4cde-8f01-{number:012}", number) for number in range(min(size, MOST_IN_BATCH))]
    accepted = ev.RequestAccepted(method="BatchCreateVms")
    for each in created:
        yield f"vms/{each.uid}", ev.Event(vm_created=each, request_id=BATCH_REQUEST)
    for number, each in enumerate(created):
        start = ev.VmStartRequested(incarnation=1, host_uid=_host_uid(number), host=f"hosts/node-{number}", held=_HELD)
        yield f"vms/{each.uid}", ev.Event(vm_start_requested=start, request_id=BATCH_REQUEST)
        capacity = ev.CapacityHeld(holdings=[ev.Holding(vm_uid=each.uid, amount=_HELD)])
        yield f"hosts/{_host_uid(number)}", ev.Event(capacity_held=capacity, request_id=BATCH_REQUEST)
    yield f"requests/{BATCH_REQUEST}", ev.Event(request_accepted=accepted, request_id=BATCH_REQUEST)
    for each in created:
        stream, started = f"vms/{each.uid}", ev.VmStarted(incarnation=1)
        yield stream, ev.Event(vm_started=started, request_id=f"{each.uid}-3", causation=f"{stream}@2")


def _project(uid: str, name: str) -> tuple[str, ev.Event]:
    return f"projects/{uid}", ev.Event(project_created=ev.ProjectCreated(uid=uid, name=name), request_id=f"p-{uid}")


def _account(number: int) -> Iterator[tuple[str, ev.Event]]:
    uid = f"61234567-89ab-4cde-8f01-{number:012}"
    name = f"{PROJECT}/serviceAccounts/robot-{number}"
    created = ev.ServiceAccountCreated(uid=uid, name=name, project_uid=PROJECT_UID)
    yield f"serviceAccounts/{uid}", ev.Event(service_account_created=created, request_id=f"a-{uid}")


def _network(number: int) -> Iterator[tuple[str, ev.Event]]:
    uid = f"71234567-89ab-4cde-8f01-{number:012}"
    network = ev.NetworkCreated(uid=uid, name=f"{PROJECT}/networks/web-{number}", project_uid=PROJECT_UID)
    network.kind, network.vni, network.ipv4_cidr = 1, number + 1, "10.0.0.0/8"
    yield f"networks/{uid}", ev.Event(network_created=network, request_id=f"n-{uid}")
    uid = f"81234567-89ab-4cde-8f01-{number:012}"
    group = ev.SecurityGroupCreated(uid=uid, name=f"{PROJECT}/securityGroups/web-{number}", project_uid=PROJECT_UID)
    yield f"securityGroups/{uid}", ev.Event(security_group_created=group, request_id=f"g-{uid}")


def _image(number: int) -> Iterator[tuple[str, ev.Event]]:
    uid = f"91234567-89ab-4cde-8f01-{number:012}"
    created = ev.ImageCreated(uid=uid, name=f"{PROJECT}/images/disk-{number}", project_uid=PROJECT_UID)
    yield f"images/{uid}", ev.Event(image_created=created, request_id=f"i-{uid}")
    # One that is being imported fails as the server starts.
    digest = number.to_bytes(32, "big")
    imported = ev.ImageImported(virtual_size_bytes=1 << 20, size_bytes=1 << 20, sha256=digest)
    imported.format = ev.IMAGE_FORMAT_RAW
    yield f"images/{uid}", ev.Event(image_imported=imported)


def _host_uid(number: int) -> str:
    return f"11234567-89ab-4cde-8f01-{number:012}"


def _registered(number: int) -> ev.HostRegistered:
    totals = {"vcpus": 64, "memory_mib": 65_536 + number, "disk_gib": 1_000}
    inventory = {name: ev.ClassInventory(total=total, allocation_ratio=1) for name, total in totals.items()}
    registered = ev.HostRegistered(uid=_host_uid(number), name=f"hosts/node-{number}", inventory=inventory, zone="a")
    registered.platform.architecture, registered.platform.virt_type = "x86_64", "simulated"
    registered.platform.images.append("*")
    return registered


def _created(uid: str, number: int, name: str = "", project_uid: str = PROJECT_UID) -> ev.VmCreated:
    """Each with a spec of its own, and a rule about VMs on other hosts."""
    spec = ev.Spec(resources=_HELD, image=ev.ImageBoot(image=f"image-{uid}"))
    spec.placement.groups.add(kind=GroupKind.ANTI_AFFINITY, vms="app=web", within="zone", max_per_domain=1)
    labels = {"app": "web", "number": str(number)}
    return ev.VmCreated(
        uid=uid, name=name or f"{PROJECT}/vms/batch-{number}", project_uid=project_uid, spec=spec, labels=labels
    )


def _started(number: int, name: str, project_uid: str, uid: str) -> Iterator[tuple[str, ev.Event]]:
    stream, request_id = f"vms/{uid}", f"{uid}-1"
    created = _created(uid, number, name, project_uid)
    yield stream, ev.Event(vm_created=created, request_id=request_id)
    start = ev.VmStartRequested(incarnation=1, host_uid=_host_uid(number), host=f"hosts/node-{number}", held=_HELD)
    yield stream, ev.Event(vm_start_requested=start, request_id=request_id)
    capacity = ev.CapacityHeld(holdings=[ev.Holding(vm_uid=uid, amount=_HELD)])
    yield f"hosts/{_host_uid(number)}", ev.Event(capacity_held=capacity, request_id=request_id)
    accepted = ev.RequestAccepted(method="CreateVm", result=f"operations/{uid}.2")
    yield f"requests/{request_id}", ev.Event(request_accepted=accepted, request_id=request_id)
    started = ev.Event(vm_started=ev.VmStarted(incarnation=1), request_id=f"{uid}-3", causation=f"{stream}@2")
    yield stream, started


def _destroyed(number: int, uid: str) -> Iterator[tuple[str, ev.Event]]:
    stream = f"vms/{uid}"
    yield stream, ev.Event(vm_delete_requested=ev.VmDeleteRequested(), request_id=f"{uid}-d")
    yield stream, ev.Event(vm_deleted=ev.VmDeleted(released=_HELD), request_id=f"{uid}-gone", causation=f"{stream}@4")
    released = ev.CapacityReleased(holdings=[ev.Holding(vm_uid=uid, amount=_HELD)])
    yield f"hosts/{_host_uid(number)}", ev.Event(capacity_released=released, request_id=f"{uid}-gone")
