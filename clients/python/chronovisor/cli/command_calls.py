"""Many commands over few calls: batches, and the stream of commands. Repeats what a lost connection left open."""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.longrunning import operations_pb2
from google.protobuf.message import Message
from google.rpc import status_pb2

from chronovisor.client import Client
from chronovisor.errors import ChronovisorError, Unavailable, error_from_status
from chronovisor.operations import Operation
from chronovisor.retry import RetryPolicy
from chronovisor.v1 import vm_service_pb2 as api

# As the API has it.
MOST_IN_A_BATCH = 1000

# The request of one command by that of a batch of them, and its method.
BATCHES: Mapping[type[Message], tuple[str, Any]] = {
    api.CreateVmRequest: ("BatchCreateVms", api.BatchCreateVmsRequest),
    api.StartVmRequest: ("BatchStartVms", api.BatchStartVmsRequest),
    api.StopVmRequest: ("BatchStopVms", api.BatchStopVmsRequest),
    api.DeleteVmRequest: ("BatchDeleteVms", api.BatchDeleteVmsRequest),
}
# The same by the field of the stream's message, such as `pause_vm`.
FIELDS: Mapping[str, str] = {
    field.message_type.name: field.name
    for field in api.ExecuteCommandsRequest.DESCRIPTOR.oneofs_by_name["command"].fields
    if field.message_type
}


@dataclass(frozen=True)
class Outcome:
    """What became of one command: an operation, or why it was refused."""

    request: Any
    operation: Operation | None
    error: ChronovisorError | None = None

    @property
    def vm(self) -> str:
        """The whole name of the VM that the command is about."""
        return vm_of_request(self.request)


def vm_of_request(request: Any) -> str:
    """The whole name of the VM that a request is about."""
    return f"{request.parent}/vms/{request.vm_id}" if isinstance(request, api.CreateVmRequest) else request.name


def in_batches(
    client: Client, requests: Sequence[Any], *, allow_partial: bool, validate_only: bool, reason: str
) -> Iterator[Outcome]:
    """Requests of one kind, each 1,000 all or none unless `allow_partial`. Raises what a batch is refused with."""
    method, batch_type = BATCHES[type(requests[0])]
    for first in range(0, len(requests), MOST_IN_A_BATCH):
        part = requests[first : first + MOST_IN_A_BATCH]
        batch = batch_type(
            parent="projects/-",
            requests=part,
            allow_partial=allow_partial,
            validate_only=validate_only,
            reason=reason,
            request_id=str(uuid.uuid4()),
        )
        answer = getattr(client.vms, method)(batch)
        for request, item in zip(part, answer.items, strict=True):
            yield _outcome_of_item(request, item, validate_only)


def _outcome_of_item(request: Any, item: api.BatchItem, validate_only: bool) -> Outcome:
    if item.status.code:
        return Outcome(request, None, _refusal(item.status))
    operation = operations_pb2.Operation(name=item.operation, done=validate_only)
    if item.HasField("vm") and validate_only:
        operation.response.Pack(item.vm)
    return Outcome(request, operation)


def over_a_stream(client: Client, requests: Sequence[Any]) -> Iterator[Outcome]:
    """Each is answered as it commits, in any order; those of one VM must not be given at once.

    Raises Unavailable when the control plane stays away.
    """
    left = dict(enumerate(_identified(each) for each in requests))
    policy = RetryPolicy()
    attempt = 0
    while left:
        try:
            for answer in client.vms.ExecuteCommands(_messages(left)):
                attempt = 0
                yield _outcome_of_answer(left.pop(answer.tag), answer)
            if left:
                raise Unavailable(
                    code=grpc.StatusCode.UNAVAILABLE, reason="UNREACHABLE", message="the stream ended early"
                )
        except Unavailable as error:
            attempt += 1
            pause = policy.pause_after(attempt, error)
            if pause is None:
                raise
            # With the same request ids: what was carried out already is not carried out again.
            time.sleep(pause)


def _identified(request: Any) -> Any:
    copy = type(request)()
    copy.CopyFrom(request)
    copy.request_id = copy.request_id or str(uuid.uuid4())
    return copy


def _messages(left: Mapping[int, Any]) -> Iterator[api.ExecuteCommandsRequest]:
    for tag, request in list(left.items()):
        message = api.ExecuteCommandsRequest(tag=tag)
        getattr(message, FIELDS[request.DESCRIPTOR.name]).CopyFrom(request)
        yield message


def _outcome_of_answer(request: Any, answer: api.ExecuteCommandsResponse) -> Outcome:
    if answer.WhichOneof("outcome") == "error":
        return Outcome(request, None, _refusal(answer.error))
    return Outcome(request, answer.operation)


def _refusal(status: status_pb2.Status) -> ChronovisorError:
    return error_from_status(status, ChronovisorError)
