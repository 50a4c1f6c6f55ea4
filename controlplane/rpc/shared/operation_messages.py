"""Operations as google.longrunning has them: as they begin, as they are, and of commands that were only checked."""

from typing import Protocol

from chronovisor.v1.operations_pb2 import OperationMetadata, OperationProgress
from google.longrunning.operations_pb2 import Operation as OperationMessage
from google.rpc import code_pb2

from controlplane.domain.command import Answer, CommandContext, Outcome
from controlplane.domain.reasons import Reason
from controlplane.domain.time import timestamp_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.operations import Operation, steps_of
from controlplane.rpc.errors import status
from controlplane.rpc.shared.convert import vm_message

_FAILURE_CODES: dict[str, int] = {
    Reason.DEADLINE_PASSED: code_pb2.DEADLINE_EXCEEDED,
    Reason.SUPERSEDED: code_pb2.ABORTED,
    Reason.STEP_FAILED: code_pb2.FAILED_PRECONDITION,
    Reason.GUEST_ENDED: code_pb2.FAILED_PRECONDITION,
}


class Agents(Protocol):
    """The agents of hosts, as far as this server hears them."""

    def is_connected(self, host_uid: str) -> bool: ...

    def last_error(self, vm_uid: str) -> str:
        """What its agent could not do yet for a VM, or how it saw its guest last; empty when there is nothing."""
        ...


def operation_begun(
    outcome: Outcome[Answer], method: str, origin: CommandContext, agents: Agents, *, validate_only: bool = False
) -> OperationMessage:
    """The operation as it is right after its command: done when nothing of it is pending any more.

    That of a command which was only checked is done, and has no name: nothing was begun that could be waited for.
    """
    answer = outcome.answer
    assert answer is not None
    vm = answer.resource
    assert isinstance(vm, Vm)
    metadata = OperationMetadata(
        target=vm.name,
        target_uid=vm.uid,
        verb=method,
        actor=origin.actor,
        reason=origin.reason,
        request_id=origin.request_id,
    )
    if validate_only:
        operation = OperationMessage(done=True)
        operation.response.Pack(vm_message(vm))
        operation.metadata.Pack(metadata)
        return operation
    metadata.position = outcome.position
    metadata.create_time.CopyFrom(timestamp_of(vm.updated))
    metadata.start_time.CopyFrom(timestamp_of(vm.updated))
    operation = OperationMessage(name=answer.result)
    running = vm.pending is not None and vm.pending.version == answer.version
    metadata.progress.CopyFrom(_progress(vm, steps_of(method, answer.version), running, agents))
    metadata.progress.update_time.CopyFrom(metadata.create_time)
    if running and vm.pending:
        metadata.deadline.CopyFrom(timestamp_of(vm.pending.deadline))
    else:
        metadata.end_time.CopyFrom(timestamp_of(vm.updated))
        metadata.end_position = outcome.end_position
        operation.done = True
        operation.response.Pack(vm_message(vm))
    operation.metadata.Pack(metadata)
    return operation


def operation_message(operation: Operation, agents: Agents) -> OperationMessage:
    began, vm = operation.began.event, operation.vm
    metadata = OperationMetadata(
        target=vm.name,
        target_uid=vm.uid,
        verb=operation.method,
        # Whose command it was that changed nothing is not recorded.
        actor="" if operation.unchanged else began.actor,
        reason="" if operation.unchanged else began.reason,
        request_id="" if operation.unchanged else began.request_id,
        position=operation.began.position,
        create_time=began.commit_time,
        start_time=began.commit_time,
        end_position=operation.end_position,
        progress=_progress(vm, operation.steps, not operation.done, agents, failed=bool(operation.reason)),
    )
    metadata.progress.update_time.CopyFrom(began.commit_time)
    message = OperationMessage(name=operation.name, done=operation.done)
    if operation.done:
        metadata.end_time.CopyFrom(timestamp_of(vm.updated))
        if operation.reason:
            code = _FAILURE_CODES[operation.reason]
            message.error.CopyFrom(status(code, operation.failure, Reason(operation.reason)))
        else:
            metadata.progress.update_time.CopyFrom(metadata.end_time)
            message.response.Pack(vm_message(vm))
    elif vm.pending:
        metadata.deadline.CopyFrom(timestamp_of(vm.pending.deadline))
    message.metadata.Pack(metadata)
    return message


def _progress(vm: Vm, steps: int, running: bool, agents: Agents, *, failed: bool = False) -> OperationProgress:
    """What is left is always the last step: the agent's confirmation."""
    progress = OperationProgress(steps_total=steps, steps_done=steps - 1 if running or failed else steps)
    if running:
        connected = agents.is_connected(vm.host_uid)
        progress.waiting_for = (
            OperationProgress.WAITING_FOR_AGENT if connected else OperationProgress.WAITING_FOR_AGENT_CONNECTION
        )
        progress.host = vm.host
        progress.detail = agents.last_error(vm.uid)
    return progress
