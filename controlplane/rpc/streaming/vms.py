"""WatchVms: VMs as they are, then as they change, after a position."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from chronovisor.v1 import vm_service_pb2 as api

from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import VmState
from controlplane.queries.events.live_tail import LiveTail, TailBatch
from controlplane.queries.events.vm_changes import PastVmChanges, VmChange, VmFilter, vm_filter
from controlplane.queries.reads import Reads
from controlplane.rpc.dependencies import ServicerContext
from controlplane.rpc.shared.convert import vm_message
from controlplane.rpc.streaming import stream_encoding
from controlplane.rpc.streaming.binding import bind, resumed
from controlplane.rpc.streaming.subscription import READERS, Items, Subscription
from controlplane.rpc.streaming.watch_start import SNAPSHOT, beginning_of

# So many VMs of the beginning are encoded before the others have their turn.
_SLICE = 200


async def watch_vms(reads: Reads, tail: LiveTail, request: api.WatchVmsRequest, context: ServicerContext) -> None:
    """Writes to `context` until the call ends. Raises NotFound, InvalidField, PositionAhead, Unavailable."""
    beginning = beginning_of(reads, request, SNAPSHOT)
    most = stream_encoding.batch_size(request.max_batch_size)
    # One that is resumed is still sent what became of the VMs of a project that was deleted since.
    parent = await resumed(reads, request.parent, request.after_position)
    find = partial(vm_filter, reads.inventory, reads.ledger, parent, request.filter, ended=beginning.is_resumed)
    filter_ = await asyncio.get_running_loop().run_in_executor(READERS, find)
    await bind(context, filter_.resource, tail.history)
    position = beginning.position
    if beginning.start == SNAPSHOT:
        position = tail.position
        # A copy of references: VMs are values.
        await _write_all(tail, [vm for vm in reads.inventory.vms.values() if filter_.lists(vm)], context.write, most)
    source = _Changes(reads, filter_)
    await Subscription(tail, source, api.WatchVmsResponse, context.write, most).run(position)


async def _write_all(tail: LiveTail, vms: Sequence[Vm], write: Callable[[Any], Awaitable[None]], most: int) -> None:
    for begun in range(0, len(vms), _SLICE):
        tail.check()
        items = [_encode(VmChange(0, vm, False)) for vm in vms[begun : begun + _SLICE]]
        for message in stream_encoding.in_messages(items, most):
            await write(message)


def _encode(change: VmChange) -> bytes:
    change_message = api.VmChange(position=change.position, vm=vm_message(change.vm), gone=change.gone)
    return api.WatchVmsResponse(change=change_message).SerializeToString()


class _Encoded:
    """Every change of a batch, encoded for all when the first subscriber needs it."""

    def __init__(self, _events: Sequence[RecordedEvent]) -> None:
        self._items: dict[int, bytes] = {}

    def item(self, change: VmChange) -> bytes:
        if change.gone and change.vm.state is not VmState.DELETED:
            # Only for those whose filter it has left.
            return _encode(change)
        item = self._items.get(change.position)
        if item is None:
            item = self._items[change.position] = _encode(change)
        return item


class _Changes:
    """The VM changes of one subscriber."""

    def __init__(self, reads: Reads, filter_: VmFilter) -> None:
        self._reads = reads
        self._filter = filter_
        self._past = PastVmChanges(reads.ledger, reads.history_reader, filter_)
        self.keys = filter_.keys

    async def prepare(self, after: int) -> None:
        await self._reads.written(after)

    def live(self, batch: TailBatch, after: int) -> Items:
        changes = [self._filter.change(each) for each in batch.events if each.position > after]
        found = [each for each in changes if each]
        encoded = batch.derived(_Encoded)
        return Items([encoded.item(each) for each in found], found[-1].position if found else 0, batch.last)

    def past(self, after: int, stop: int) -> Items:
        found, position = self._past.page(after, stop)
        return Items([_encode(each) for each in found], found[-1].position if found else 0, position)
