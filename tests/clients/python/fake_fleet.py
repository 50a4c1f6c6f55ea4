"""What the fake control plane knows, and what its agent does: everything it is asked, once somebody waits for it."""

import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from chronovisor.events.v1 import event_pb2
from chronovisor.v1 import host_pb2, operations_pb2, project_pb2, vm_pb2
from chronovisor.v1.history_service_pb2 import FieldChange, ReplayStep, VerifyLedgerResponse
from chronovisor.v1.ledger_check_pb2 import LedgerCheck
from chronovisor.v1.resources_pb2 import Resources
from chronovisor.v1.sample_pb2 import MeasuredSample
from chronovisor.v1.utilization_check_pb2 import UtilizationCheck
from chronovisor.v1.vm_service_pb2 import PlacementExplanation
from chronovisor.v1.what_if_pb2 import WhatIfRequest, WhatIfResponse
from google.longrunning import operations_pb2 as longrunning
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import status_pb2

from tests.clients.python import fake_wire as wire

NOW = 1_760_000_000
S = vm_pb2.VmState

# (verb): states it is allowed in, the state it passes through, the state it ends in.
VERBS = {
    "start": ({S.VM_STATE_STOPPED, S.VM_STATE_FAILED}, S.VM_STATE_STARTING, S.VM_STATE_RUNNING),
    "stop": ({S.VM_STATE_RUNNING, S.VM_STATE_PAUSED}, S.VM_STATE_STOPPING, S.VM_STATE_STOPPED),
    "reboot": ({S.VM_STATE_RUNNING}, S.VM_STATE_REBOOTING, S.VM_STATE_RUNNING),
    "pause": ({S.VM_STATE_RUNNING}, S.VM_STATE_RUNNING, S.VM_STATE_PAUSED),
    "resume": ({S.VM_STATE_PAUSED}, S.VM_STATE_PAUSED, S.VM_STATE_RUNNING),
    "delete": (set(S.values()), S.VM_STATE_DELETING, S.VM_STATE_DELETED),
}


def state_name(vm: vm_pb2.Vm) -> str:
    return S.Name(vm.state).removeprefix("VM_STATE_")


def page_of(found: list[Any], request: Any, size: int) -> tuple[list[Any], str]:
    first = int(request.page_token or 0)
    last = first + min(request.page_size or 100, size)
    return found[first:last], str(last) if last < len(found) else ""


@dataclass
class Fleet:
    """What the fake knows, and the knobs of its agent."""

    vms: dict[str, vm_pb2.Vm] = field(default_factory=dict[str, vm_pb2.Vm])
    hosts: dict[str, host_pb2.Host] = field(default_factory=dict[str, host_pb2.Host])
    projects: dict[str, project_pb2.Project] = field(default_factory=dict[str, project_pb2.Project])
    events: list[event_pb2.Event] = field(default_factory=list[event_pb2.Event])
    operations: dict[str, longrunning.Operation] = field(default_factory=dict[str, longrunning.Operation])
    answers: dict[str, longrunning.Operation] = field(default_factory=dict[str, longrunning.Operation])
    # Clear it to keep operations from ending.
    agent_works: threading.Event = field(default_factory=threading.Event)
    # What the next operation fails with.
    operation_fails: status_pb2.Status | None = None
    page_size: int = 1000
    # What is told beside events, of a VM's life, and of what changed.
    names: dict[str, str] = field(default_factory=dict[str, str])
    life: list[ReplayStep] = field(default_factory=list[ReplayStep])
    changes: list[FieldChange] = field(default_factory=list[FieldChange])
    # What was measured, by the name of a VM or a host; of a VM, what is used of the fleet, too.
    samples: dict[str, list[MeasuredSample]] = field(default_factory=dict[str, list[MeasuredSample]])
    # What is answered to whoever asks for a placement.
    explanation: PlacementExplanation = field(default_factory=PlacementExplanation)
    # What the last check of totals found.
    check: UtilizationCheck = field(default_factory=UtilizationCheck)
    ledger_check: LedgerCheck = field(default_factory=LedgerCheck)
    verified: VerifyLedgerResponse = field(default_factory=VerifyLedgerResponse)
    # What was asked of WhatIf, and what it answers before it ends.
    what_ifs: list[WhatIfRequest] = field(default_factory=list[WhatIfRequest])
    what_if_answers: list[WhatIfResponse] = field(default_factory=list[WhatIfResponse])

    def vm(self, name: str) -> vm_pb2.Vm:
        for vm in self.vms.values():
            if name in (vm.name, f"{vm.name.rpartition('/')[0]}/{vm.uid}"):
                return vm
        raise wire.Refused(wire.not_found("vm", name))

    def record(self, stream: str, actor: str, request: Any, **payload: Any) -> event_pb2.Event:
        version = sum(event.stream == stream for event in self.events) + 1
        event = event_pb2.Event(
            stream=stream,
            version=version,
            position=len(self.events) + 1,
            commit_time=Timestamp(seconds=NOW + len(self.events)),
            actor=actor,
            request_id=getattr(request, "request_id", ""),
            reason=getattr(request, "reason", ""),
            **payload,
        )
        self.events.append(event)
        return event

    def begin(self, vm: vm_pb2.Vm, verb: str, actor: str, request: Any, done: bool) -> longrunning.Operation:
        metadata = operations_pb2.OperationMetadata(
            target=vm.name,
            target_uid=vm.uid,
            verb=f"{verb.capitalize()}Vm",
            actor=actor,
            reason=request.reason,
            request_id=request.request_id,
            position=len(self.events),
            create_time=Timestamp(seconds=NOW),
        )
        operation = longrunning.Operation(name=f"operations/{vm.uid}.{len(self.events)}", done=done)
        operation.metadata.Pack(metadata)
        if done:
            operation.response.Pack(vm)
        self.operations[operation.name] = operation
        self.answers[request.request_id] = operation
        return operation

    def finish(self, operation: longrunning.Operation) -> None:
        """The agent's word on an operation."""
        metadata = operations_pb2.OperationMetadata()
        operation.metadata.Unpack(metadata)
        vm = self.vm(metadata.target)
        operation.done = True
        if self.operation_fails is not None:
            operation.error.CopyFrom(self.operation_fails)
            vm.state = S.VM_STATE_FAILED
            return
        verb = metadata.verb.removesuffix("Vm").lower()
        vm.state = VERBS["start" if verb == "create" else verb][2]
        if vm.state in (S.VM_STATE_STOPPED, S.VM_STATE_DELETED):
            vm.host = ""
        operation.response.Pack(vm)


def a_host(name: str = "node-1", vcpus: int = 8) -> host_pb2.Host:
    capacity = Resources(vcpus=vcpus, memory_mib=16384, disk_gib=100)
    return host_pb2.Host(
        name=f"hosts/{name}",
        uid=str(uuid.uuid4()),
        state=host_pb2.HostState.HOST_STATE_ACTIVE,
        capacity=capacity,
        allocated=Resources(vcpus=2, memory_mib=512),
        agent_connected=True,
        platform=host_pb2.HostPlatform(virt_type="kvm", architecture="x86_64", images=["debian-12.qcow2"]),
        create_time=Timestamp(seconds=NOW),
    )
