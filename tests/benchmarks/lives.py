"""Events of many VMs' lives, for benchmarks of the past: made up, and consistent."""

from collections.abc import Iterator

from chronovisor.events.v1 import event_pb2 as ev

SMALL, LARGE = "projects/small", "projects/large"
PROJECTS = (SMALL, LARGE, *(f"projects/p{number}" for number in range(20)))
VMS_A_BATCH = 500


def life(number: int, project: str) -> Iterator[tuple[str, ev.Event]]:
    """A VM that is created and started, on one of a hundred hosts; every third one is destroyed again."""
    uid, host = f"00000000-0000-4000-8000-{number:012}", f"h{number % 100}"
    name, held = f"{project}/vms/v{number}", ev.Amount(vcpus=1)
    spec = ev.Spec(resources=held, image=ev.ImageBoot(image="tiny"))
    yield f"vms/{uid}", ev.Event(vm_created=ev.VmCreated(uid=uid, name=name, project_uid=project[9:], spec=spec))
    start = ev.VmStartRequested(incarnation=1, host_uid=host, host=f"hosts/{host}", held=held)
    yield f"vms/{uid}", ev.Event(vm_start_requested=start)
    holdings = [ev.Holding(vm_uid=uid, amount=held)]
    yield f"hosts/{host}", ev.Event(capacity_held=ev.CapacityHeld(holdings=holdings))
    yield f"vms/{uid}", ev.Event(vm_started=ev.VmStarted(incarnation=1))
    if number % 3 == 0:
        yield f"vms/{uid}", ev.Event(vm_delete_requested=ev.VmDeleteRequested())
        yield f"vms/{uid}", ev.Event(vm_deleted=ev.VmDeleted(released=held))
        yield f"hosts/{host}", ev.Event(capacity_released=ev.CapacityReleased(holdings=holdings))


def beginning() -> Iterator[tuple[str, ev.Event]]:
    for name in PROJECTS:
        uid = name.removeprefix("projects/")
        yield f"projects/{uid}", ev.Event(project_created=ev.ProjectCreated(uid=uid, name=name))
    inventory = {"vcpus": ev.ClassInventory(total=1 << 20, allocation_ratio=1)}
    for number in range(100):
        registered = ev.HostRegistered(uid=f"h{number}", name=f"hosts/h{number}", inventory=inventory)
        yield f"hosts/h{number}", ev.Event(host_registered=registered)
