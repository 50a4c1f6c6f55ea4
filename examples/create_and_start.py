"""Creates a VM, starts it, and waits until it runs: `create_and_start.py [SERVER]`."""

import sys

import chronovisor
from chronovisor.errors import AlreadyExists, ChronovisorError, Exhausted
from chronovisor.v1.resources_pb2 import Resources
from chronovisor.v1.vm_pb2 import BootSource, ImageBoot, Vm, VmSpec, VmState
from chronovisor.v1.vm_service_pb2 import CreateVmRequest, GetVmRequest, StartVmRequest

NAME = "projects/default/vms/example"


def main(server: str | None = None) -> int:
    spec = VmSpec(
        resources=Resources(vcpus=1, memory_mib=256, disk_gib=1),
        boot=BootSource(image=ImageBoot(image="any.qcow2")),
    )
    with chronovisor.connect(server, actor="user:example") as client:
        try:
            client.vms.CreateVm(CreateVmRequest(parent="projects/default", vm_id="example", vm=Vm(spec=spec)))
        except AlreadyExists:
            print("exists already")
        try:
            # The client adds a request id: however often the call is repeated on its way, the VM is started once.
            operation = client.vms.StartVm(StartVmRequest(name=NAME, reason="to show how"))
            client.wait(operation, timeout_s=60)
        except Exhausted as error:
            # NO_CAPACITY says how many hosts each rule turned down.
            print(error.reason, dict(error.turned_down), file=sys.stderr)
            return 1
        except ChronovisorError as error:
            print(error, file=sys.stderr)
            return 1
        vm = client.vms.GetVm(GetVmRequest(name=NAME))
        print(f"{vm.name} is {VmState.Name(vm.state)} on {vm.host}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
