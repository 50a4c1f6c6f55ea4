"""The Batch methods of VmService: many requests as one command, one append, one answer."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.v1 import vm_service_pb2 as api
from google.rpc import status_pb2

from controlplane.commands.batch import Batch
from controlplane.domain.command import Answer, Command, Refused
from controlplane.domain.errors import FieldViolation, InvalidField, invalid
from controlplane.domain.operations import Operation
from controlplane.domain.time import seconds_of
from controlplane.domain.vm.aggregate import Vm
from controlplane.queries.operations import operations_now
from controlplane.queries.reads import Reads
from controlplane.rpc.access.veil import veiled_status
from controlplane.rpc.dependencies import Commands, ServicerContext
from controlplane.rpc.errors import status_of
from controlplane.rpc.shared.convert import vm_message
from controlplane.rpc.shared.message_size import MOST_BYTES, fitting
from controlplane.rpc.shared.user_data import UserDataVault
from controlplane.rpc.shared.validate import FieldRules
from controlplane.rpc.vm.requests import BY_REQUEST, VerbRequest, create_command, verb_command

MOST_ITEMS = 1000
# Of what an item has beside its VM and its status, in bytes: the operation, and tags.
MOST_BESIDE = 100

_BATCHES = {
    each.name: each
    for each in api.DESCRIPTOR.services_by_name["VmService"].methods
    if "requests" in each.input_type.fields_by_name
}
BatchRequest = (
    api.BatchCreateVmsRequest | api.BatchStartVmsRequest | api.BatchStopVmsRequest | api.BatchDeleteVmsRequest
)
BatchResponse = (
    api.BatchCreateVmsResponse | api.BatchStartVmsResponse | api.BatchStopVmsResponse | api.BatchDeleteVmsResponse
)
R = TypeVar("R", bound=VerbRequest | api.CreateVmRequest)
# Of each Batch method, the message that it answers with.
RESPONSES: Mapping[str, type[BatchResponse]] = {
    name: getattr(api, each.output_type.name) for name, each in _BATCHES.items()
}


def _commands_of(method: str, request: BatchRequest) -> list[Command[Answer]]:
    """Raises InvalidField, naming the item. A VM's parent is the batch's when it is empty."""
    _check(request)
    if isinstance(request, api.BatchCreateVmsRequest):

        def create(each: api.CreateVmRequest) -> Command[Answer]:
            each.parent = each.parent or request.parent
            return create_command(each)

        return _each(request.requests, create, request.parent, lambda each: f"{each.parent}/")
    item = _BATCHES[method].input_type.fields_by_name["requests"].message_type
    assert item is not None
    verb, requests = BY_REQUEST[item.name].verb, cast("Sequence[VerbRequest]", request.requests)
    return _each(requests, lambda each: verb_command(verb, each), request.parent, lambda each: each.name)


def _check(request: BatchRequest) -> None:
    rules = FieldRules()
    if request.parent != "projects/-":
        rules.name(request.parent, "projects/{project}", "parent")
    rules.mutation(request.request_id, request.reason)
    count = len(request.requests)
    rules.check(1 <= count <= MOST_ITEMS, "requests", f"must have 1 to {MOST_ITEMS} items, not {count}")
    rules.done()


def _check_item(request: VerbRequest | api.CreateVmRequest) -> None:
    """A field of the batch has no effect in an item: refused, not dropped. Raises InvalidField."""
    rules = FieldRules()
    for field in ("request_id", "validate_only", "reason"):
        rules.check(not getattr(request, field), field, "is the batch's own: leave it empty in its requests")
    rules.done()


def _each(
    requests: Sequence[R], item: Callable[[R], Command[Answer]], parent: str, name_of: Callable[[R], str]
) -> list[Command[Answer]]:
    items: list[Command[Answer]] = []
    for index, each in enumerate(requests):
        try:
            _check_item(each)
            items.append(item(each))
        except InvalidField as error:
            raise InvalidField(
                [FieldViolation(f"requests[{index}].{bad.field}", bad.rule) for bad in error.violations]
            ) from None
        if parent != "projects/-" and not name_of(each).startswith(f"{parent}/"):
            raise invalid(f"requests[{index}]", f"is not in the batch's parent {parent}")
    return items


async def carry_out(
    commands: Commands,
    reads: Reads,
    user_data: UserDataVault,
    method: str,
    request: BatchRequest,
    context: ServicerContext,
) -> BatchResponse:
    """Has the batch decided and committed as one command. Raises InvalidField."""
    items = _commands_of(method, request)
    order = _order(request) if isinstance(request, api.BatchCreateVmsRequest) else ()
    creations = request.requests if isinstance(request, api.BatchCreateVmsRequest) else ()
    async with user_data.creating(items, creations, request) as sealed:
        command = Batch(tuple(sealed), request.allow_partial, tuple(order))
        outcome, _ = await commands.submit(method, request, context, command)
    if outcome.answer is not None:
        answered = [_item(commands, each, request.validate_only) for each in outcome.answer.items]
    else:
        assert outcome.repeated is not None
        answered = await _repeated(reads, outcome.repeated)
    return RESPONSES[method](items=_fitted(answered))


def _fitted(items: list[api.BatchItem]) -> list[api.BatchItem]:
    """Without the last VMs, where all of them are more than one message carries: operations and refusals stay."""
    room = MOST_BYTES - sum(MOST_BESIDE + each.status.ByteSize() for each in items)
    vms = [each.vm.ByteSize() for each in items]
    if sum(vms) > room:
        for each in items[fitting(vms, room) :]:
            each.ClearField("vm")
    return items


def _order(request: api.BatchCreateVmsRequest) -> Sequence[int]:
    """VMs that are expected to run longest are placed first: shorter ones end within their time, not the other way.

    Those without a lifetime come first of all, as they come.
    """
    vms = [each.vm for each in request.requests]
    if not any(vm.HasField("expected_lifetime") for vm in vms):
        return ()
    lifetimes = [seconds_of(vm.expected_lifetime) if vm.HasField("expected_lifetime") else math.inf for vm in vms]
    return sorted(range(len(lifetimes)), key=lambda index: -lifetimes[index])


def _item(commands: Commands, answer: Answer | Refused, validate_only: bool) -> api.BatchItem:
    """Of a batch that was only checked, no item has an operation."""
    if isinstance(answer, Refused):
        return api.BatchItem(status=status_of(commands.guard.veiled(answer.error)))
    assert isinstance(answer.resource, Vm)
    return api.BatchItem(vm=vm_message(answer.resource), operation="" if validate_only else answer.result)


def _vm_of(operation: Operation) -> Vm:
    assert isinstance(operation.target, Vm)
    return operation.target


async def _repeated(reads: Reads, accepted: ev.RequestAccepted) -> list[api.BatchItem]:
    """What the first call answered, with the VMs as their operations know them now."""
    found = iter(await operations_now(reads, [each.result for each in accepted.items if not each.refusal]))
    items: list[api.BatchItem] = []
    for each in accepted.items:
        if each.refusal:
            items.append(api.BatchItem(status=veiled_status(status_pb2.Status.FromString(each.refusal))))
        else:
            items.append(api.BatchItem(vm=vm_message(_vm_of(next(found))), operation=each.result))
    return items
