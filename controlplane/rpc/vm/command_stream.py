"""ExecuteCommands: many commands over one call, a bounded number of them in flight."""

import asyncio
from collections.abc import AsyncIterator

from chronovisor.tracing import Span
from chronovisor.v1 import vm_service_pb2 as api

from controlplane.domain.command import Answer, Command
from controlplane.domain.errors import invalid
from controlplane.rpc.access.caller import caller
from controlplane.rpc.dependencies import Commands
from controlplane.rpc.error_mapping import to_status
from controlplane.rpc.shared.operation_answers import OperationAnswers
from controlplane.rpc.shared.user_data import UserDataVault
from controlplane.rpc.vm.requests import BY_REQUEST, VerbRequest, create_command, verb_command
from controlplane.tracing.calls import CommandSpans

# More than this many unanswered commands, and the stream is not read: the client feels it as flow control.
MOST_IN_FLIGHT = 1024

_SERVICE = f"/{api.DESCRIPTOR.services_by_name['VmService'].full_name}"
_COMMANDS = api.ExecuteCommandsRequest.DESCRIPTOR.oneofs_by_name["command"].fields
# By the field of the message, such as `start_vm`.
VERBS = {
    each.name: BY_REQUEST[each.message_type.name]
    for each in _COMMANDS
    if each.message_type and each.message_type.name in BY_REQUEST
}


def command_of(
    request: api.ExecuteCommandsRequest,
) -> tuple[str, VerbRequest | api.CreateVmRequest, Command[Answer]]:
    """The method that a message stands for, its request, and its command. Raises InvalidField."""
    kind = request.WhichOneof("command")
    if kind is None:
        raise invalid("command", "is required")
    if kind == "create_vm":
        return "CreateVm", request.create_vm, create_command(request.create_vm)
    row, verb_request = VERBS[kind], getattr(request, kind)
    return row.method, verb_request, verb_command(row.verb, verb_request)


class CommandStream:
    """One call. Answers come as their commands commit, in any order; a refusal answers its command, not the call."""

    def __init__(
        self,
        commands: Commands,
        operations: OperationAnswers,
        actor: str,
        user_data: UserDataVault,
        spans: CommandSpans | None = None,
    ) -> None:
        self._spans = spans
        self._user_data = user_data
        self._commands = commands
        self._operations = operations
        self._actor = actor
        self._in_flight: set[asyncio.Task[None]] = set()
        self._answered: list[api.ExecuteCommandsResponse] = []
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._reading = True

    async def responses(
        self, incoming: AsyncIterator[api.ExecuteCommandsRequest]
    ) -> AsyncIterator[api.ExecuteCommandsResponse]:
        """Every answer, until the client has sent its last command and each is answered."""
        reader = asyncio.create_task(self._read(incoming))
        try:
            while self._reading or self._in_flight or self._answered:
                await self._wake.wait()
                self._wake.clear()
                answered, self._answered = self._answered, []
                for response in answered:
                    yield response
            await reader
        finally:
            reader.cancel()
            for task in self._in_flight:
                task.cancel()

    async def _read(self, incoming: AsyncIterator[api.ExecuteCommandsRequest]) -> None:
        try:
            async for request in incoming:
                task = asyncio.create_task(self._execute(request))
                self._in_flight.add(task)
                task.add_done_callback(self._done)
                while len(self._in_flight) >= MOST_IN_FLIGHT:
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._reading = False
            self._wake.set()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._room.set()
        self._wake.set()

    async def _execute(self, request: api.ExecuteCommandsRequest) -> None:
        response = api.ExecuteCommandsResponse(tag=request.tag)
        span: Span | None = None
        try:
            method, verb_request, command = command_of(request)
            if self._spans:
                span = self._spans.begin(f"{_SERVICE}/{method}", request.traceparent)
            creations = [verb_request] if isinstance(verb_request, api.CreateVmRequest) else ()
            # As the method of its own is; what the command may see is of its own task alone.
            await self._commands.guard.admit(f"{_SERVICE}/{method}", caller(), verb_request)
            async with self._user_data.creating([command], creations, verb_request) as (sealed,):
                outcome, by = await self._commands.submit_as(self._actor, method, verb_request, sealed)
            checked = verb_request.validate_only
            operation = await self._operations.of(outcome, method, by, validate_only=checked)
            response.operation.CopyFrom(operation)
        except Exception as error:  # noqa: BLE001 the edge: whatever it is, the caller gets a status
            error = self._commands.guard.veiled(error)
            response.error.CopyFrom(to_status(error, "a command of ExecuteCommands", self._commands.outages))
        finally:
            # Also where the client went away, and the task is cancelled.
            if span:
                span.end(response.error.message)
        self._answered.append(response)
