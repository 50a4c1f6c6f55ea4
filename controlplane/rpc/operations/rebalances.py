"""The operations of rebalances, `operations/rebalances.{uid}`: out of their events, as they are."""

import asyncio
import re

from chronovisor.v1.operations_pb2 import OperationMetadata, OperationProgress
from google.longrunning.operations_pb2 import Operation
from google.rpc import code_pb2

from controlplane.commands.rebalancing import CancelRebalance
from controlplane.domain.command import CommandContext
from controlplane.domain.errors import NotFound
from controlplane.domain.reasons import Reason
from controlplane.domain.rebalance.aggregate import STREAM, MoveState, Rebalance
from controlplane.domain.time import timestamp_of
from controlplane.queries.reads import Reads
from controlplane.queries.rebalances import FoundRebalance, rebalance_of
from controlplane.rpc.errors import status
from controlplane.rpc.host.rebalance import rebalance_message

_PREFIX = f"operations/{STREAM}."
_UID = re.compile(r"[0-9a-f-]{36}")
METHOD = "RunRebalance"
MOST_DETAILS = 20


def is_rebalance(name: str) -> bool:
    """Whether a name is that of a rebalance's operation."""
    return name.startswith(_PREFIX)


def uid_in(name: str) -> str:
    """Raises NotFound."""
    uid = name.removeprefix(_PREFIX)
    if not _UID.fullmatch(uid):
        raise NotFound("operation", name[:200])
    return uid


def cancel_command(name: str) -> CancelRebalance:
    return CancelRebalance(uid_in(name))


async def operation_now(reads: Reads, name: str) -> Operation:
    """Raises NotFound."""
    return message_of(await asyncio.to_thread(rebalance_of, reads.ledger, uid_in(name)))


async def waited_for(reads: Reads, name: str, until: float) -> Operation:
    """The operation once it is done, or as it is at a time of the event loop. Raises NotFound."""
    loop = asyncio.get_running_loop()
    while True:
        changed = reads.next_event(f"{STREAM}/{uid_in(name)}")
        try:
            operation = await operation_now(reads, name)
            if operation.done or loop.time() >= until:
                return operation
            await asyncio.wait([changed], timeout=until - loop.time())
        finally:
            changed.cancel()


def checked(rebalance: Rebalance, origin: CommandContext) -> Operation:
    """That of a command which was only checked: nothing was begun that could be waited for."""
    operation = Operation(done=True)
    metadata = OperationMetadata(verb=METHOD, actor=origin.actor, reason=origin.reason, request_id=origin.request_id)
    operation.metadata.Pack(metadata)
    operation.response.Pack(rebalance_message(rebalance))
    return operation


def message_of(found: FoundRebalance) -> Operation:
    rebalance, position, end_position = found
    metadata = OperationMetadata(
        target_uid=rebalance.uid,
        verb=METHOD,
        actor=rebalance.actor,
        reason=rebalance.reason,
        request_id=rebalance.request_id,
        position=position,
        end_position=end_position,
        progress=_progress(rebalance),
    )
    metadata.create_time.CopyFrom(timestamp_of(rebalance.created))
    metadata.start_time.CopyFrom(metadata.create_time)
    operation = Operation(name=rebalance.operation, done=rebalance.ended)
    if rebalance.ended:
        metadata.end_time.CopyFrom(timestamp_of(rebalance.updated))
        if rebalance.cancelled:
            words = f"cancelled when {len(rebalance.in_state(MoveState.MOVED))} of {len(rebalance.moves)} had moved"
            operation.error.CopyFrom(status(code_pb2.CANCELLED, words, Reason.CANCELLED))
        else:
            operation.response.Pack(rebalance_message(rebalance))
    operation.metadata.Pack(metadata)
    return operation


def _progress(rebalance: Rebalance) -> OperationProgress:
    """Each move is a step that is done when it is over or left out."""
    total = len(rebalance.moves)
    left = len(rebalance.in_state(MoveState.WAITING, MoveState.MOVING))
    progress = OperationProgress(steps_total=total, steps_done=total - left, vms_total=total)
    progress.vms_done = len(rebalance.in_state(MoveState.MOVED))
    progress.update_time.CopyFrom(timestamp_of(rebalance.updated))
    if not rebalance.ended:
        progress.waiting_for = OperationProgress.WAITING_FOR_VMS
        over = rebalance.in_state(MoveState.SKIPPED, MoveState.FAILED)
        progress.details[:] = [f"{each.vm}: {each.detail}" for each in over[:MOST_DETAILS]]
    return progress
