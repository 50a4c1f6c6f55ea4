"""Creates and starts ten VMs in one append: `batch_create.py [SERVER]`. Each has a status of its own."""

import sys

import chronovisor
from chronovisor.v1.resources_pb2 import Resources
from chronovisor.v1.vm_pb2 import BootSource, ImageBoot, Vm, VmSpec
from chronovisor.v1.vm_service_pb2 import BatchCreateVmsRequest, CreateVmRequest

COUNT = 10


def main(server: str | None = None) -> int:
    spec = VmSpec(
        resources=Resources(vcpus=1, memory_mib=64, disk_gib=1),
        boot=BootSource(image=ImageBoot(image="any.qcow2")),
    )
    requests = [
        CreateVmRequest(
            parent="projects/default", vm_id=f"worker-{number}", vm=Vm(spec=spec, labels={"app": "batch"}), start=True
        )
        for number in range(COUNT)
    ]
    with chronovisor.connect(server, actor="service:example") as client:
        # Without `allow_partial`, one refusal refuses all.
        batch = BatchCreateVmsRequest(parent="projects/default", requests=requests, allow_partial=True)
        answer = client.vms.BatchCreateVms(batch)
        accepted = [item for item in answer.items if not item.status.code]
        for request, item in zip(requests, answer.items, strict=True):
            print(f"{request.vm_id}: {item.status.message or item.operation}")
        for item in accepted:
            client.wait(item.operation, timeout_s=60)
        print(f"{len(accepted)} of {len(requests)} run")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
