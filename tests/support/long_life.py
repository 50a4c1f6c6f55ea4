"""A ledger in which one VM has a long life behind it: thousands of updates and reboots, in order."""

from collections.abc import Iterator

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.time import Micros, timestamp_of
from controlplane.ledger.store import Ledger

UID, HOST = "01234567-89ab-4cde-8f01-23456789abcd", "11234567-89ab-4cde-8f01-23456789abcd"
PROJECT, PROJECT_UID = "projects/default", "21234567-89ab-4cde-8f01-23456789abcd"
GONE, GONE_UID = f"{PROJECT}/vms/gone", "31234567-89ab-4cde-8f01-23456789abcd"
NAME = f"{PROJECT}/vms/old"
NOW_US = 1_750_000_000_000_000
BATCH = 500


def write(url: str, events: int) -> int:
    """Writes a running VM with at least so many events, and a destroyed one with as many; the last position."""
    fleet, batch, number = Fleet(), list[RecordedEvent](), 0
    with Ledger(url) as ledger:
        link = ledger.link()
        for stream, event in _history(events):
            # A batch a second: nobody's command is in two.
            event.commit_time.CopyFrom(timestamp_of(Micros(NOW_US + number * 1_000_000)))
            batch.append(fleet.apply(stream, None, event))
            if len(batch) >= BATCH:
                link, batch, number = ledger.append(batch, link, "leader", _now(number)).link, [], number + 1
        ledger.append(batch, link, "leader", _now(number))
        return ledger.head()


def _now(number: int) -> Micros:
    return Micros(NOW_US + number * 1_000_000)


def _history(events: int) -> Iterator[tuple[str, ev.Event]]:
    project = ev.ProjectCreated(uid=PROJECT_UID, name=PROJECT)
    yield f"projects/{PROJECT_UID}", ev.Event(project_created=project, request_id="p")
    totals = {"vcpus": 64, "memory_mib": 65_536, "disk_gib": 1_000}
    inventory = {name: ev.ClassInventory(total=total, allocation_ratio=1) for name, total in totals.items()}
    registered = ev.HostRegistered(uid=HOST, name="hosts/node-1", inventory=inventory)
    registered.platform.architecture, registered.platform.virt_type = "x86_64", "simulated"
    registered.platform.images.append("*")
    yield f"hosts/{HOST}", ev.Event(host_registered=registered, request_id="h")
    yield from _life(UID, NAME, events)
    yield from _life(GONE_UID, GONE, events)
    held = ev.Amount(vcpus=1, memory_mib=256, disk_gib=1)
    deleting = ev.VmDeleteRequested()
    yield f"vms/{GONE_UID}", ev.Event(vm_delete_requested=deleting, request_id="d")
    yield f"vms/{GONE_UID}", ev.Event(vm_deleted=ev.VmDeleted(released=held), request_id="gone")
    holding = ev.Holding(vm_uid=GONE_UID, amount=held)
    yield f"hosts/{HOST}", ev.Event(capacity_released=ev.CapacityReleased(holdings=[holding]), request_id="gone")


def _life(uid: str, name: str, events: int) -> Iterator[tuple[str, ev.Event]]:
    stream, held = f"vms/{uid}", ev.Amount(vcpus=1, memory_mib=256, disk_gib=1)
    spec = ev.Spec(resources=held, image=ev.ImageBoot(image="tiny"))
    created = ev.VmCreated(uid=uid, name=name, project_uid=PROJECT_UID, spec=spec)
    yield stream, ev.Event(vm_created=created, request_id=f"{uid}-1")
    start = ev.VmStartRequested(incarnation=1, host_uid=HOST, host="hosts/node-1", held=held)
    yield stream, ev.Event(vm_start_requested=start, request_id=f"{uid}-1")
    holding = ev.Holding(vm_uid=uid, amount=held)
    capacity = ev.CapacityHeld(holdings=[holding])
    yield f"hosts/{HOST}", ev.Event(capacity_held=capacity, request_id=f"{uid}-1")
    accepted = ev.RequestAccepted(method="CreateVm", result=f"operations/{uid}.2")
    yield f"requests/{uid}-1", ev.Event(request_accepted=accepted, request_id=f"{uid}-1")
    yield stream, ev.Event(vm_started=ev.VmStarted(incarnation=1), request_id=f"{uid}-3", causation=f"{stream}@2")
    version = 3
    # First what changes labels, then what an agent must carry out.
    for _ in range(events // 2):
        version += 1
        updated = ev.VmUpdated(spec=spec, labels={"n": str(version)})
        yield stream, ev.Event(vm_updated=updated, request_id=f"{uid}-{version}")
    for reboots in range(1, events // 4 + 1):
        version += 1
        requested = ev.VmRebootRequested(reboots=reboots)
        yield stream, ev.Event(vm_reboot_requested=requested, request_id=f"{uid}-{version}")
        version += 1
        rebooted = ev.VmRebooted(incarnation=1, reboots=reboots)
        cause = f"{stream}@{version - 1}"
        yield stream, ev.Event(vm_rebooted=rebooted, request_id=f"{uid}-{version}", causation=cause)
