"""The operation that a command for a VM or a host answers with."""

from typing import NamedTuple

from google.longrunning.operations_pb2 import Operation as OperationMessage

from controlplane.domain.command import Answer, CommandContext, Outcome
from controlplane.domain.operations import Operation
from controlplane.queries.operations import operation_now
from controlplane.queries.reads import Reads
from controlplane.rpc.shared.operation_messages import operation_begun, operation_message
from controlplane.rpc.shared.operation_progress import ProgressReader


class OperationAnswers(NamedTuple):
    """Answers with operations, as they are now."""

    reads: Reads
    progress: ProgressReader

    async def of(
        self, outcome: Outcome[Answer], method: str, origin: CommandContext, *, validate_only: bool
    ) -> OperationMessage:
        """Of a command that was carried out or checked now, or of the first that came with its request_id.

        A command with nothing to do gets an operation of its own that is done, as everyone sees it; one that joins an
        earlier request gets that one's.
        """
        if outcome.answer is not None and not outcome.unchanged:
            return operation_begun(outcome, method, origin, self.progress, validate_only=validate_only)
        about = outcome.answer or outcome.repeated
        assert about is not None
        return self.message(await operation_now(self.reads, about.result))

    def message(self, operation: Operation) -> OperationMessage:
        return operation_message(operation, self.progress)
