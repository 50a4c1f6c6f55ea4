"""What was promised to callers, held against the ledger and against what the server shows. Returns what is wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator

from chronovisor.v1 import host_service_pb2, host_service_pb2_grpc, resources_pb2, vm_service_pb2, vm_service_pb2_grpc
from grpc import aio

from tests.chaos.audit import Amount, Audit
from tests.chaos.callers import EVENT, Command

# The events after which a method has nothing to do.
NOTHING_TO_DO = {
    "StartVm": {"vm_start_requested", "vm_started", "vm_updated"},
    "StopVm": {"vm_created", "vm_start_failed", "vm_stop_requested", "vm_stopped", "vm_updated"},
    "DeleteVm": {"vm_delete_requested", "vm_deleted"},
}


def broken(commands: Iterable[Command], audit: Audit) -> list[str]:
    """Every acknowledged command is there once; one that was not, once or not at all; one that was refused, not."""
    return [
        f"{command.method} {command.request_id} ({command.attempts} attempts): {problem}"
        for command in commands
        for problem in _broken(command, audit)
    ]


def _broken(command: Command, audit: Audit) -> Iterator[str]:
    accepted = audit.requests.get(command.request_id)
    caused = audit.effects.get(command.request_id, Counter[str]())[EVENT[command.method]]
    expected = command.items if accepted else 0
    if audit.unchanged.get(command.request_id) in NOTHING_TO_DO.get(command.method, ()):
        expected = 0
    if caused != expected:
        yield f"it caused {caused} {EVENT[command.method]}, not {expected}"
    if len(set(command.answers)) > 1:
        yield f"its answers differ: {sorted(set(command.answers))}"
    # Of twins, one may be refused before the other is carried out: a refusal is not remembered.
    if command.refusals and accepted and not command.twins:
        yield f"it was refused ({command.refusals[0]}) and carried out"
    if not command.answers:
        return
    if accepted is None:
        if "Create" in command.method:
            yield "it was acknowledged and is lost"
    else:
        results = tuple(item.result for item in accepted.items) or (accepted.result,)
        if results != command.answers[0]:
            yield f"it was answered with {command.answers[0]}, and stored as {results}"
    for operation in command.answers[0]:
        uid, version = operation.removeprefix("operations/").split(".")[:2]
        if int(version) > audit.versions[f"vms/{uid}"]:
            yield f"its {operation} is lost"


def _amount(amounts: resources_pb2.Resources) -> Amount:
    return +Counter({"vcpus": amounts.vcpus, "memory_mib": amounts.memory_mib, "disk_gib": amounts.disk_gib})


async def shown(channel: aio.Channel, audit: Audit) -> tuple[list[str], int]:
    """What the server shows that the ledger does not say; and the position that it was read at."""
    vms, hosts = vm_service_pb2_grpc.VmServiceStub(channel), host_service_pb2_grpc.HostServiceStub(channel)
    request = vm_service_pb2.ListVmsRequest(parent="projects/-", page_size=1000)
    problems: list[str] = []
    seen: dict[str, str] = {}
    position = 0
    while True:
        page = await vms.ListVms(request)
        position = page.position
        for vm in page.vms:
            if vm.name in seen:
                problems.append(f"{vm.name} is shown twice")
            seen[vm.name] = vm.uid
            if _amount(vm.held) != audit.vm_holds[vm.uid]:
                problems.append(f"{vm.name} is shown to hold {_amount(vm.held)}, not {audit.vm_holds[vm.uid]}")
            cards = {each.ipv4_address: each.mac_address for each in vm.network_addresses}
            if cards != audit.cards.get(vm.uid, {}):
                problems.append(f"{vm.name} is shown with {cards}, not {audit.cards.get(vm.uid)}")
            if (dict(vm.labels), vm.spec.resources.vcpus) != audit.defined.get(vm.uid):
                problems.append(f"{vm.name} is shown with other labels or vCPUs than {audit.defined.get(vm.uid)}")
        request.page_token = page.next_page_token
        if not request.page_token:
            break
    if seen != audit.named:
        problems.append(f"other VMs are shown than there are: {dict(seen.items() ^ audit.named.items())}")
    listed = await hosts.ListHosts(host_service_pb2.ListHostsRequest())
    problems += [
        f"{host.name} is shown with {_amount(host.allocated)}, not {audit.allocated(host.uid)}"
        for host in listed.hosts
        if _amount(host.allocated) != audit.allocated(host.uid)
    ]
    if {host.uid for host in listed.hosts} != audit.host_names.keys():
        problems.append("other hosts are shown than there are")
    return problems, position
