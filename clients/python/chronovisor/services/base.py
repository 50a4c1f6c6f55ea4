"""What the services share: how a request is sent, blocking or awaited, and what its answer is made into."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Self, cast

from google.longrunning import operations_pb2
from google.protobuf.message import Message

from chronovisor import names
from chronovisor.errors import ChronovisorError, error_from_operation, error_from_status
from chronovisor.operations import metadata_of, result_of, waiting
from chronovisor.paging import AsyncPager, Pager
from chronovisor.retry import RetryPolicy
from chronovisor.steps import Call, Steps, awaited, blocking
from chronovisor.streams.requests import Stream, stream_of
from chronovisor.streams.resumable import AsyncWatch, Status, Watch
from chronovisor.v1.history_service_pb2 import WatchEventsRequest
from chronovisor.v1.operations_pb2 import OperationMetadata
from chronovisor.v1.utilization_service_pb2 import WatchUtilizationRequest
from chronovisor.v1.vm_pb2 import Vm
from chronovisor.v1.vm_service_pb2 import BatchItem, WatchVmsRequest
from chronovisor.values import filled

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    # What an operation comes to: a VM, where its annotation does not say.
    Ended = TypeVar("Ended", default=Vm)
else:
    from typing import TypeVar

    Ended = TypeVar("Ended")

Begun = TypeVar("Begun")
WatchRequest = WatchEventsRequest | WatchVmsRequest | WatchUtilizationRequest
OnStatus = Callable[[Status], None] | None
OnStep = Callable[[operations_pb2.Operation], None] | None


class _OperationState(Generic[Ended]):
    """An operation as it was last heard of, in `message`."""

    def __init__(self, message: operations_pb2.Operation, stub: Any) -> None:
        self.message = message
        self._stub = stub

    @property
    def name(self) -> str:
        """`operations/...`; empty of a command that was only validated."""
        return self.message.name

    @property
    def done(self) -> bool:
        return self.message.done

    @property
    def metadata(self) -> OperationMetadata:
        """Target, verb, actor, reason, times."""
        return metadata_of(self.message)

    @property
    def error(self) -> ChronovisorError | None:
        """Why it failed; None unless it did."""
        return error_from_operation(self.message) if self.message.HasField("error") else None

    @property
    def result(self) -> Ended:
        """What it came to, as the operation left that. Raises OperationFailed, ValueError while not done."""
        if error := self.error:
            raise error
        return cast("Ended", result_of(self.message))

    def _waiting(self, timeout: float | None, on_step: OnStep) -> Steps[Ended]:
        def heard(message: operations_pb2.Operation) -> None:
            self.message = message
            if on_step:
                on_step(message)

        yield from waiting(self._stub, self.message, timeout, on_step=heard)
        return self.result

    def _refreshing(self) -> Steps[None]:
        request = operations_pb2.GetOperationRequest(name=self.name)
        self.message = yield Call(self._stub.GetOperation, request, None)

    def _cancelling(self) -> Steps[None]:
        yield Call(self._stub.CancelOperation, operations_pb2.CancelOperationRequest(name=self.name), None)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name or '(validated)'} {'done' if self.done else 'under way'}>"


class Operation(_OperationState[Ended]):
    """Work that a command began. `wait()` for its end; `result` is what it came to."""

    def wait(self, timeout: float | None = None, *, on_step: OnStep = None) -> Ended:
        """What it came to, as the operation left that. `timeout` in seconds; None: until it ends by itself.

        A control plane that is away for less than 30 s is waited for. Raises OperationFailed, WaitTimeout,
        ChronovisorError. `on_step` is called with each of the server's answers.
        """
        return blocking(self._waiting(timeout, on_step))

    def refresh(self) -> "Operation[Ended]":
        """Its present state, from the control plane."""
        blocking(self._refreshing())
        return self

    def cancel(self) -> None:
        """Requests its end, where the control plane can do so."""
        blocking(self._cancelling())


class AsyncOperation(_OperationState[Ended]):
    """Work that a command began. Await `wait()` for its end; `result` is what it came to."""

    async def wait(self, timeout: float | None = None, *, on_step: OnStep = None) -> Ended:  # noqa: ASYNC109
        """As Operation.wait."""
        return await awaited(self._waiting(timeout, on_step))

    async def refresh(self) -> "AsyncOperation[Ended]":
        """Its present state, from the control plane."""
        await awaited(self._refreshing())
        return self

    async def cancel(self) -> None:
        """Requests its end, where the control plane can do so."""
        await awaited(self._cancelling())


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Begun]):
    """What became of one item of a batch: an operation that is under way, or the error that refused it."""

    # As the batch left it; empty when it was refused.
    vm: Vm
    operation: Begun | None
    error: ChronovisorError | None


@dataclass(frozen=True, slots=True)
class World:
    """How calls are carried out, and what their answers are: one for the blocking client, one for asyncio."""

    run: Callable[[Steps[Any]], Any]
    operation: Callable[[operations_pb2.Operation, Any], Any]
    pager: Callable[..., Any]
    watch: Callable[..., Any]


BLOCKING = World(blocking, Operation, Pager, Watch)
AWAITED = World(awaited, AsyncOperation, AsyncPager, AsyncWatch)


@dataclass(frozen=True, slots=True)
class Context:
    """What the services of one client have in common. `operations` is the stub that their operations ask."""

    world: World
    retry: RetryPolicy
    # Of VMs that are named by their id alone.
    project: str
    operations: Any


class Service:
    """The methods of one service. The class beside it in a client's own has the raw ones, by their names in the API."""

    _context: Context

    @classmethod
    def on(cls, channel: Any, context: Context) -> Self:
        """The service with a channel of the same world."""
        # The generated stubs, whose constructor this is, are typed by their channel.
        made = cast("Callable[[Any], Self]", cls)(channel)
        made._context = context
        return made

    def _send(self, request: Message, options: Mapping[str, Any], make: Callable[[Any], Any] | None = None) -> Any:
        """Calls the method that the request is of. `make` turns the response into what is returned."""
        method = self._method(filled(request, options))
        return self._context.world.run(_sending(method, request, options.get("timeout"), make))

    def _begin(self, request: Message, options: Mapping[str, Any]) -> Any:
        """The same, of a method that answers with an operation."""
        return self._send(request, options, self._operation)

    def _list(self, request: Message, options: Mapping[str, Any], items_of: Callable[[Any], Sequence[Any]]) -> Any:
        method = self._method(filled(request, options))
        return self._context.world.pager(method, request, items_of, options.get("timeout"))

    def resumed(self, request: WatchRequest, on_status: OnStatus = None) -> Any:
        """The watch of a request: what it streams, over every interruption."""
        stream: Stream[Any] = stream_of(self._method(request), request)
        return self._context.world.watch(stream.begin, stream.items_of, self._context.retry, on_status)

    def _operation(self, message: operations_pb2.Operation) -> Any:
        return self._context.world.operation(message, self._context.operations)

    def _outcomes(self, items: Sequence[BatchItem]) -> "list[Outcome[Any]]":
        return [
            Outcome(
                each.vm,
                self._operation(operations_pb2.Operation(name=each.operation)) if each.operation else None,
                error_from_status(each.status) if each.status.code else None,
            )
            for each in items
        ]

    def _method(self, request: Message) -> Any:
        # `StartVmRequest` is of StartVm, and no other: buf's RPC_REQUEST_STANDARD_NAME.
        return getattr(self, type(request).__name__.removesuffix("Request"))

    def _vm(self, given: str) -> str:
        return names.vm_name(given, self._context.project)

    def _project(self, given: str | None) -> str:
        return names.project_name(given or self._context.project)

    def _resource(self, given: str) -> str:
        return names.resource_name(given, self._context.project)


def _sending(method: Any, request: Any, timeout_s: float | None, make: Callable[[Any], Any] | None) -> Steps[Any]:
    response = yield Call(method, request, timeout_s)
    return make(response) if make else response
