"""What an agent is to be sent of its guests' desired states: all of it once, then every change. One stream's.

While the host is away, or what it has was not compared with the ledger yet, only ends are sent: a guest that is not
there may have ended meanwhile, and is not to be started again before that is known.
"""

from collections.abc import Callable

from chronovisor.v1 import agent_service_pb2 as api

from controlplane.domain.host.aggregate import Host
from controlplane.domain.resource_kinds import NETWORKS
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import DesiredPower, VmState
from controlplane.queries import agent_view
from controlplane.queries.agent_view import DesiredOnHost
from controlplane.queries.reads import Reads
from controlplane.rpc.agent.desired_messages import desired_guest, leftover, stopped, stopped_guest, takes_user_data
from controlplane.rpc.shared.message_size import fitting

# Of the message with all that is desired, in bytes; agents take 4 MiB.
MOST_SNAPSHOT = 1 << 20
# What starts no guest, and resumes none.
_ENDS = (DesiredPower.SHUTOFF, DesiredPower.ABSENT)


class Desires:
    """`is_undecided` says whether an operator has to decide about a VM's guest here. `wake`: there is more to send."""

    def __init__(
        self,
        reads: Reads,
        host_uid: str,
        is_undecided: Callable[[str], bool],
        wake: Callable[[], None],
        trace_of: Callable[[str], str],
    ) -> None:
        """`trace_of` gives the trace of an event, by its address."""
        self._reads = reads
        self._host_uid = host_uid
        self._is_undecided = is_undecided
        self._wake = wake
        self._trace_of = trace_of
        # Whether the agent has been sent all: before, there are no changes.
        self._is_open = False
        self.only_ends = True
        self._all_due = False
        # What the ledger has here, by the incarnation that was sent, or would be.
        self._sent: dict[str, int] = {}
        self._outbox: dict[str, api.DesiredGuest] = {}
        # What is left of the past, and to end. An agent drops what the newest of all that is desired does not name.
        self._left: dict[str, api.DesiredGuest] = {}

    def send_all(self) -> None:
        self._is_open = self._all_due = True
        self._wake()

    def vm_changed(self, vm: Vm) -> None:
        """Called for each event of a VM that is, or was, on this host."""
        desired = None if vm.state is VmState.DELETED else agent_view.desired_on(vm, self._host_uid)
        if self._is_undecided(vm.uid):
            # An operator decides about this guest.
            return
        if not self._is_open or (desired is None and vm.uid not in self._sent):
            return
        if desired is None:
            known = None if vm.state is VmState.DELETED else vm
            self._remove(vm.uid, known, self._sent.pop(vm.uid, vm.incarnation))
        else:
            self._sent[vm.uid] = desired.incarnation
            if self._may_send(desired):
                self._left.pop(vm.uid, None)
                guest = self._guest(desired)
                guest.traceparent = self._trace_of(f"vms/{vm.uid}@{vm.desired_version}")
                self._put(guest)

    def host_changed(self, before: Host, after: Host) -> None:
        """Guests that are not unexpected any more are again as their VMs desire."""
        if before.unexpected is after.unexpected or not self._is_open:
            return
        for vm_uid in {*before.unexpected} - {*after.unexpected}:
            if (vm := self._reads.inventory.vms.get(vm_uid)) is not None:
                self.vm_changed(vm)
        for guest in after.unexpected.values():
            if guest.stop_requested and guest.is_active and guest != before.unexpected.get(guest.vm_uid):
                self._put(stopped_guest(guest))

    def stop_unexpected(self) -> None:
        """Has the unexpected guests stopped that are to be."""
        for guest in self._reads.inventory.hosts[self._host_uid].unexpected.values():
            if guest.stop_requested and guest.is_active:
                self._put(stopped_guest(guest))

    def end(self, vm_uid: str, incarnation: int) -> None:
        """Has a guest ended that the ledger had here once, and that is to run here no more."""
        vm = self._reads.inventory.vms.get(vm_uid)
        desired = agent_view.desired_on(vm, self._host_uid) if vm else None
        if vm is None or desired is None:
            self._remove(vm_uid, vm, incarnation)
        elif desired.incarnation == incarnation and desired.power in _ENDS:
            self._put(self._guest(desired))
        else:
            self._put(stopped(vm_uid, vm.name, incarnation))

    def _remove(self, vm_uid: str, vm: Vm | None, incarnation: int) -> None:
        keep_disk = agent_view.keeps_disk(self._reads.inventory, vm, self._host_uid)
        left = self._left[vm_uid] = leftover(vm_uid, incarnation, keep_disk=keep_disk)
        self._put(left)

    def _put(self, guest: api.DesiredGuest) -> None:
        self._outbox[guest.vm_uid] = guest
        self._wake()

    def take(self) -> tuple[list[api.ConnectResponse], list[str]]:
        """The messages to send now, and the VMs of those that are changes."""
        messages: list[api.ConnectResponse] = []
        if self._all_due:
            self._all_due = False
            messages = self._all()
        waiting, self._outbox = self._outbox, {}
        return [*messages, *(api.ConnectResponse(desired_guest=guest) for guest in waiting.values())], list(waiting)

    def _all(self) -> list[api.ConnectResponse]:
        guests = [
            desired
            for vm in agent_view.guests_of(self._reads.inventory, self._host_uid)
            if not (self._is_undecided(vm.uid) or self._was_starting(vm))
            and (desired := agent_view.desired_on(vm, self._host_uid))
        ]
        self._sent = {desired.vm.uid: desired.incarnation for desired in guests}
        # What is not in it is sent all the same, and again: guests that have no place here any more.
        self._left = {uid: guest for uid, guest in self._left.items() if uid not in self._sent}
        changes = {uid: guest for uid, guest in self._outbox.items() if self._sent.get(uid) != guest.incarnation}
        self._outbox = self._left | changes
        may = sorted(filter(self._may_send, guests), key=takes_user_data)
        sent = [self._guest(desired) for desired in may]
        # What the agent gets of those is added later, and they come one by one.
        plain = len(may) - sum(map(takes_user_data, may))
        count = min(fitting([guest.ByteSize() for guest in sent[:plain]], MOST_SNAPSHOT), plain)
        # The rest, one by one.
        rest = (api.ConnectResponse(desired_guest=guest) for guest in sent[count:])
        return [api.ConnectResponse(desired_state=api.DesiredState(guests=sent[:count])), *rest]

    def _guest(self, desired: DesiredOnHost) -> api.DesiredGuest:
        return desired_guest(desired, self._reads.inventory.of(NETWORKS))

    def _may_send(self, desired: DesiredOnHost) -> bool:
        return not self.only_ends or desired.power in _ENDS

    def _was_starting(self, vm: Vm) -> bool:
        """Whether its start was requested before the ledger was restored, and its guest can be elsewhere by now.

        It has no disk that keeps it here. Nothing is desired of it until its start's deadline has passed.
        """
        lineage = self._reads.lineage
        if not lineage.forks or vm.state is not VmState.STARTING or vm.held.disk_gib:
            return False
        return vm.incarnation <= lineage.floor and vm.started <= lineage.forks[-1].time
