"""The operation that a VM command answers with."""

from google.longrunning.operations_pb2 import Operation

from controlplane.domain.command import Answer, CommandContext, Outcome
from controlplane.queries.operations import operation_now
from controlplane.queries.reads import Reads
from controlplane.rpc.shared.operation_messages import Agents, operation_begun, operation_message


async def operation_of(
    reads: Reads, agents: Agents, outcome: Outcome[Answer], method: str, origin: CommandContext, validate_only: bool
) -> Operation:
    """The operation of a command that was carried out or checked now, or of the first that came with its request_id.

    A command with nothing to do gets an operation of its own that is done, as everyone sees it; one that joins an
    earlier request gets that one's.
    """
    if outcome.answer is not None and not outcome.unchanged:
        return operation_begun(outcome, method, origin, agents, validate_only=validate_only)
    about = outcome.answer or outcome.repeated
    assert about is not None
    return operation_message(await operation_now(reads, about.result), agents)
