"""Operations as google.longrunning has them: as they begin, as they are, and of commands that were only checked."""

from chronovisor.v1.operations_pb2 import OperationMetadata
from google.longrunning.operations_pb2 import Operation as OperationMessage
from google.protobuf.message import Message
from google.rpc import code_pb2

from controlplane.domain.command import Answer, CommandContext, Outcome
from controlplane.domain.host.aggregate import Host
from controlplane.domain.image.aggregate import Image
from controlplane.domain.operations import Operation, Target, kind_of, runs
from controlplane.domain.reasons import Reason
from controlplane.domain.time import timestamp_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.rpc.errors import status
from controlplane.rpc.host.messages import host_message
from controlplane.rpc.image.messages import image_message
from controlplane.rpc.shared.convert import vm_message
from controlplane.rpc.shared.operation_progress import ProgressReader

_FAILURE_CODES: dict[str, int] = {
    Reason.CANCELLED: code_pb2.CANCELLED,
    Reason.DEADLINE_PASSED: code_pb2.DEADLINE_EXCEEDED,
    Reason.FENCE_FAILED: code_pb2.FAILED_PRECONDITION,
    Reason.SUPERSEDED: code_pb2.ABORTED,
    Reason.STEP_FAILED: code_pb2.FAILED_PRECONDITION,
    Reason.GUEST_ENDED: code_pb2.FAILED_PRECONDITION,
    Reason.IMAGE_REJECTED: code_pb2.INVALID_ARGUMENT,
    Reason.IMAGE_SOURCE_FAILED: code_pb2.UNAVAILABLE,
    Reason.IMAGE_SOURCE_NOT_ALLOWED: code_pb2.FAILED_PRECONDITION,
    Reason.IMAGE_STORE_FULL: code_pb2.RESOURCE_EXHAUSTED,
    Reason.IMAGE_UNAVAILABLE: code_pb2.UNAVAILABLE,
    Reason.QUOTA_EXCEEDED: code_pb2.RESOURCE_EXHAUSTED,
}


def _response(target: Target) -> Message:
    """Of a host, without what is of now alone."""
    match target:
        case Vm():
            return vm_message(target)
        case Image():
            return image_message(target)
        case Host():
            return host_message(target, connected=False)


def operation_begun(
    outcome: Outcome[Answer], method: str, origin: CommandContext, progress: ProgressReader, *, validate_only: bool
) -> OperationMessage:
    """The operation as it is right after its command: done when nothing of it is pending any more.

    That of a command which was only checked is done, and has no name: nothing was begun that could be waited for.
    """
    answer = outcome.answer
    assert answer is not None
    target = answer.resource
    assert isinstance(target, Target)
    metadata = OperationMetadata(
        target=target.name,
        target_uid=target.uid,
        verb=method,
        actor=origin.actor,
        reason=origin.reason,
        request_id=origin.request_id,
    )
    if validate_only:
        operation = OperationMessage(done=True)
        operation.response.Pack(_response(target))
        operation.metadata.Pack(metadata)
        return operation
    metadata.position = outcome.position
    metadata.create_time.CopyFrom(timestamp_of(target.updated))
    metadata.start_time.CopyFrom(timestamp_of(target.updated))
    operation = OperationMessage(name=answer.result)
    running = runs(target, answer.version)
    steps = kind_of(target).steps(method, answer.version)
    metadata.progress.CopyFrom(progress.of(target, answer.version, steps, running=running))
    metadata.progress.update_time.CopyFrom(metadata.create_time)
    if running:
        _set_deadline(metadata, target)
    else:
        metadata.end_time.CopyFrom(timestamp_of(target.updated))
        metadata.end_position = outcome.end_position
        operation.done = True
        operation.response.Pack(_response(target))
    operation.metadata.Pack(metadata)
    return operation


def operation_message(operation: Operation, progress: ProgressReader) -> OperationMessage:
    began, target = operation.began.event, operation.target
    metadata = OperationMetadata(
        target=target.name,
        target_uid=target.uid,
        verb=operation.method,
        # Whose command it was that changed nothing is not recorded.
        actor="" if operation.unchanged else began.actor,
        reason="" if operation.unchanged else began.reason,
        request_id="" if operation.unchanged else began.request_id,
        position=operation.began.position,
        create_time=began.commit_time,
        start_time=began.commit_time,
        end_position=operation.end_position,
        progress=progress.of(
            target,
            operation.began.version,
            operation.steps,
            running=not operation.done,
            failed=bool(operation.reason),
        ),
    )
    metadata.progress.update_time.CopyFrom(began.commit_time)
    message = OperationMessage(name=operation.name, done=operation.done)
    if operation.done:
        metadata.end_time.CopyFrom(timestamp_of(target.updated))
        if operation.reason:
            code = _FAILURE_CODES[operation.reason]
            message.error.CopyFrom(status(code, operation.failure, Reason(operation.reason)))
        else:
            metadata.progress.update_time.CopyFrom(metadata.end_time)
            message.response.Pack(_response(target))
    else:
        _set_deadline(metadata, target)
    message.metadata.Pack(metadata)
    return message


def _set_deadline(metadata: OperationMetadata, target: Target) -> None:
    if isinstance(target, Vm) and target.pending:
        metadata.deadline.CopyFrom(timestamp_of(target.pending.deadline))
