"""Long-running operations: the standard service, waiting for one, and what one carries."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import grpc
from google.longrunning import operations_pb2 as pb
from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from chronovisor.errors import DeadlineExceeded, Unavailable, WaitTimeout, error_from_operation
from chronovisor.steps import Call, Pause, Steps, blocking
from chronovisor.v1 import host_pb2, image_pb2, rebalance_pb2, vm_pb2
from chronovisor.v1 import operations_pb2 as metadata_pb2

Operation = pb.Operation
Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)

_SERVICE = "/google.longrunning.Operations"

# The server answers a wait when its time is up; this much later it is not going to.
_ANSWER_GRACE_S = 5.0
# A server may answer a wait early (AIP-151): never poll more often than this.
_SHORTEST_STEP_S = 0.1
# How long the control plane may be away (a restart) before waiting gives up.
_PATIENCE_S = 30.0


class OperationsStub:
    """google.longrunning.Operations, typed. Errors: OPERATION_NOT_FOUND."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.ListOperations = _method(channel, "ListOperations", pb.ListOperationsRequest, pb.ListOperationsResponse)
        self.GetOperation = _method(channel, "GetOperation", pb.GetOperationRequest, pb.Operation)
        self.CancelOperation = _method(channel, "CancelOperation", pb.CancelOperationRequest, Empty)
        self.DeleteOperation = _method(channel, "DeleteOperation", pb.DeleteOperationRequest, Empty)
        self.WaitOperation = _method(channel, "WaitOperation", pb.WaitOperationRequest, pb.Operation)


if TYPE_CHECKING:
    from grpc import aio

    class AsyncOperationsStub:
        """google.longrunning.Operations, awaited."""

        ListOperations: aio.UnaryUnaryMultiCallable[pb.ListOperationsRequest, pb.ListOperationsResponse]
        GetOperation: aio.UnaryUnaryMultiCallable[pb.GetOperationRequest, pb.Operation]
        CancelOperation: aio.UnaryUnaryMultiCallable[pb.CancelOperationRequest, Empty]
        DeleteOperation: aio.UnaryUnaryMultiCallable[pb.DeleteOperationRequest, Empty]
        WaitOperation: aio.UnaryUnaryMultiCallable[pb.WaitOperationRequest, pb.Operation]

        def __init__(self, channel: aio.Channel) -> None: ...
else:
    AsyncOperationsStub = OperationsStub


def _method(
    channel: grpc.Channel, name: str, request: type[Request], response: type[Response]
) -> "grpc.UnaryUnaryMultiCallable[Request, Response]":
    return channel.unary_unary(f"{_SERVICE}/{name}", request.SerializeToString, response.FromString)


def wait(
    operations: OperationsStub,
    operation: Operation | str,
    timeout_s: float | None = None,
    step_s: float = 30.0,
    on_step: Callable[[Operation], None] | None = None,
) -> Operation:
    """Waits until an operation, or the one of that name, is done; returns it as it ended.

    The server holds each call for up to `step_s`; `on_step` is called after each. A control plane that is away
    for less than 30 s is waited for. Raises OperationFailed when the operation failed, WaitTimeout after `timeout_s`
    (None: never; the control plane ends every operation by its own deadline), and whatever WaitOperation raises.
    """
    return blocking(waiting(operations, operation, timeout_s, step_s, on_step))


def waiting(
    operations: "OperationsStub | AsyncOperationsStub",
    operation: Operation | str,
    timeout_s: float | None = None,
    step_s: float = 30.0,
    on_step: Callable[[Operation], None] | None = None,
) -> Steps[Operation]:
    """The steps of `wait`."""
    current = Operation(name=operation) if isinstance(operation, str) else operation
    began = last_answer = time.monotonic()
    while not current.done:
        began_step = time.monotonic()
        left_s = step_s if timeout_s is None else began + timeout_s - began_step
        if left_s <= 0:
            raise WaitTimeout(current, began_step - began)
        try:
            current = yield _wait_once(operations, current.name, min(step_s, left_s))
            last_answer = time.monotonic()
        except DeadlineExceeded:
            last_answer = time.monotonic()
        except Unavailable:
            if time.monotonic() - last_answer > _PATIENCE_S:
                raise
        if on_step:
            on_step(current)
        if not current.done:
            yield Pause(max(0.0, began_step + _SHORTEST_STEP_S - time.monotonic()))
    if current.HasField("error"):
        raise error_from_operation(current)
    return current


def _wait_once(operations: "OperationsStub | AsyncOperationsStub", name: str, step_s: float) -> Call:
    held_for = Duration()
    held_for.FromNanoseconds(int(step_s * 1e9))
    request = pb.WaitOperationRequest(name=name, timeout=held_for)
    return Call(operations.WaitOperation, request, step_s + _ANSWER_GRACE_S)


def vm_of(operation: Operation) -> vm_pb2.Vm:
    """The VM as a finished operation left it. Raises ValueError when the operation carries none."""
    vm = vm_pb2.Vm()
    if not operation.response.Unpack(vm):
        raise ValueError(f"{operation.name or 'the operation'} carries no VM: it is not done, failed, or is a batch")
    return vm


def target_of(operation: Operation) -> vm_pb2.Vm | host_pb2.Host | image_pb2.Image:
    """The VM, host or image as a finished operation left it. Raises ValueError when the operation carries none."""
    for target in (host_pb2.Host(), image_pb2.Image()):
        if operation.response.Unpack(target):
            return target
    return vm_of(operation)


def result_of(operation: Operation) -> vm_pb2.Vm | host_pb2.Host | image_pb2.Image | rebalance_pb2.Rebalance:
    """What a finished operation came to, by its kind. Raises ValueError when the operation carries nothing."""
    rebalance = rebalance_pb2.Rebalance()
    return rebalance if operation.response.Unpack(rebalance) else target_of(operation)


def metadata_of(operation: Operation) -> metadata_pb2.OperationMetadata:
    """Target, verb, actor, reason and times of an operation. Empty when the server sent none."""
    metadata = metadata_pb2.OperationMetadata()
    operation.metadata.Unpack(metadata)
    return metadata
