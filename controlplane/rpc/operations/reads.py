"""Operations by name as they are now: from memory where it knows them, else from rows of the read database."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from controlplane.domain.errors import NotFound
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm.aggregate import Vm
from controlplane.projections.history.operations import Key, Operation, key_of, outcome_of, runs
from controlplane.queries import operations as queries
from controlplane.rpc.shared.read_view import LONGEST_WAIT_S, written

if TYPE_CHECKING:
    from controlplane.rpc.dependencies import Dependencies


async def operation_now(reach: "Dependencies", name: str) -> Operation:
    """Raises NotFound, Unavailable."""
    (found,) = await operations_now(reach, [name])
    return found


async def operations_now(reach: "Dependencies", names: Sequence[str]) -> list[Operation]:
    """In the order of their names. Raises NotFound, Unavailable."""
    keys = [_key(name) for name in names]
    began = await asyncio.to_thread(queries.begun, reach.ledger, keys)
    for name, key in zip(names, keys, strict=True):
        if key.address not in began:
            raise NotFound("operation", name)
    # Another control plane on the same ledger may have committed what this one has not heard of yet.
    await reach.dispatcher.reach(max((each.position for each in began.values()), default=0), LONGEST_WAIT_S)
    found: dict[Key, Operation] = {}
    for key in keys:
        stream, _ = key.address
        if known := queries.known_now(reach.inventory.vms, key, began[key.address], began.get((stream, 1))):
            found[key] = known
    if rest := [key for key in keys if key not in found]:
        position = reach.dispatcher.position
        await written(reach, position)
        found |= await asyncio.to_thread(queries.recorded, reach.history_reader, began, rest, position)
    for name, key in zip(names, keys, strict=True):
        if key not in found:
            raise NotFound("operation", name)
    return [found[key] for key in keys]


def ended_by(running: Operation, recorded: RecordedEvent) -> Operation | None:
    """The operation as an event of its VM left it, if that event ended it."""
    was, vm, version = recorded.before, recorded.after, running.began.version
    if not isinstance(was, Vm) or not isinstance(vm, Vm) or not runs(was, version) or runs(vm, version):
        return None
    assert was.pending is not None
    return Operation(running.began, vm, running.method, True, outcome_of(was.pending.step, recorded.event))


def _key(name: str) -> Key:
    key = key_of(name)
    if key is None:
        raise NotFound("operation", name[:200])
    return key
