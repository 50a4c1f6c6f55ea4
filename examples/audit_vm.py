"""What happened to a VM, how it was before, and a proof: `audit_vm.py [SERVER [VM]]`."""

import sys

import chronovisor
from chronovisor.paging import pages
from chronovisor.v1.history_service_pb2 import ListEventsRequest, ProveEventRequest
from chronovisor.v1.vm_pb2 import VmState
from chronovisor.v1.vm_service_pb2 import GetVmRequest
from chronovisor.verify import check_inclusion


def main(server: str | None = None, name: str = "projects/default/vms/example") -> int:
    with chronovisor.connect(server, actor="user:auditor") as client:
        last = 0
        for page in pages(client.history.ListEvents, ListEventsRequest(parent=name)):
            for event in page.events:
                time = event.commit_time.ToDatetime()
                print(f"{event.position:>6} {time:%H:%M:%S} {event.actor:20} {event.WhichOneof('payload')}")
                # The same method reads the past: the VM as it was after this event.
                then = client.vms.GetVm(GetVmRequest(name=name, at_position=event.position))
                print(f"       {VmState.Name(then.state)} {then.host}")
                last = event.position
        # Checked here, not by the server: raises NotProven when the event is not what its seal covers.
        row = check_inclusion(client.history.ProveEvent(ProveEventRequest(position=last)))
        print(f"event {last} is {row.stream}@{row.version}, as it was sealed")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
