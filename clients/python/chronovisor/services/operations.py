"""Operations: work that is under way, and work that was."""

from typing import Any, Generic, TypeVar, Unpack

from google.longrunning import operations_pb2 as pb

from chronovisor import names
from chronovisor.operations import result_of, waiting
from chronovisor.services.base import Service
from chronovisor.steps import Call, Steps
from chronovisor.values import Options

OneOperation = TypeVar("OneOperation")
AllOperations = TypeVar("AllOperations")
Result = TypeVar("Result")
Nothing = TypeVar("Nothing")


class OperationCalls(Service, Generic[OneOperation, AllOperations, Result, Nothing]):
    """The methods of google.longrunning.Operations."""

    def get(self, name: str, **options: Unpack[Options]) -> OneOperation:
        """One operation as it is now. Raises NotFound."""
        return self._begin(pb.GetOperationRequest(name=names.operation_name(name)), options)

    def list(self, *, filter: str = "", page_size: int = 0, **options: Unpack[Options]) -> AllOperations:
        """Operations, or those that a filter picks, such as `done = false`."""
        request = pb.ListOperationsRequest(name="operations", filter=filter, page_size=page_size)
        return self._list(request, options, lambda page: [self._operation(each) for each in page.operations])

    def wait(self, name: str, timeout: float | None = None) -> Result:
        """The VM, the host or the rebalance, as the operation left it, once it is done. See `Operation.wait`."""
        return self._context.world.run(self._ended(names.operation_name(name), timeout))

    def cancel(self, name: str, **options: Unpack[Options]) -> Nothing:
        """Requests its end, where the control plane can do so."""
        return self._send(pb.CancelOperationRequest(name=names.operation_name(name)), options, lambda _empty: None)

    def delete(self, name: str, **options: Unpack[Options]) -> Nothing:
        """Refused, unless the control plane comes to forget operations: they are a part of the history."""
        return self._send(pb.DeleteOperationRequest(name=names.operation_name(name)), options, lambda _empty: None)

    def _ended(self, name: str, timeout: float | None) -> Steps[Any]:
        found = yield Call(self._context.operations.GetOperation, pb.GetOperationRequest(name=name), None)
        return result_of((yield from waiting(self._context.operations, found, timeout)))
