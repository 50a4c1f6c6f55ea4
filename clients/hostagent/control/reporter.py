"""Reports to the control plane: guests and failed steps, each once a connection. Reads and decides nothing."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import host_pb2, vm_pb2

from hostagent.control.guest_report import Sighting, progress_of, sighting_of
from hostagent.control.wire_text import wire_text
from hostagent.converge.guest_cache import GuestCache
from hostagent.converge.reconcile import DesiredGuest
from hostagent.drivers.base import Endpoint, GuestRef, Kept, MigrationProgress, Power, VmUid

log = logging.getLogger(__name__)
# In characters; the control plane keeps no more.
LONGEST_ERROR = 2000
MOST_LEFTOVERS = 1000
PROGRESS_EVERY_S = 1.0
PROGRESS_KEPT_S = 60.0
Outbox = asyncio.Queue[pb.ConnectRequest | None]


class Reporter:
    """Writes into the outbox of the present connection. Without one it drops all: a new one begins with everything."""

    def __init__(
        self,
        watch: GuestCache,
        acted_on: Callable[[VmUid], DesiredGuest | None],
        is_starting: Callable[[VmUid], bool],
        endpoint_of: Callable[[GuestRef], Endpoint | None] = lambda _ref: None,
    ) -> None:
        self._watch = watch
        self._endpoint_of = endpoint_of
        self._acted_on = acted_on
        self._is_starting = is_starting
        self._outbox: Outbox | None = None
        self._sent: dict[VmUid, Sighting] = {}
        self._sent_unreadable = False
        # When it was sent last how far each migration is, in seconds of a clock that never goes back.
        self._progress_sent: dict[VmUid, float] = {}

    def connected(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._sent.clear()
        self._sent_unreadable = False

    def disconnected(self) -> None:
        self._outbox = None

    def repeat(self) -> None:
        """What is unreadable is sent once more, too."""
        self._sent_unreadable = False

    def inventory(self, leftovers: Sequence[Kept] = ()) -> None:
        """Sends all that there is, and what is left of guests that there are not."""
        self._sent_unreadable = False
        self._sent = {
            sighting.vm_uid: sighting for guest in self._watch.guests if (sighting := self._sighting(guest.vm_uid))
        }
        unreadable = [guest.vm_uid for guest in self._watch.guests if guest.power is Power.UNREADABLE]
        reports = [sighting.to_report() for sighting in self._sent.values()]
        left = [_leftover(each) for each in leftovers[:MOST_LEFTOVERS]]
        self._send(inventory=pb.GuestInventory(guests=reports, unreadable_guests=unreadable, leftovers=left))

    def unreadable(self, error: str) -> None:
        """Sends that the hypervisor can't be read: not the same as no guests."""
        if not self._sent_unreadable:
            self._sent_unreadable = True
            self._send(inventory=pb.GuestInventory(unreadable=wire_text(error, LONGEST_ERROR)))

    def settled(self, vm_uid: VmUid) -> None:
        """Sends the state of one guest, unless that was sent last."""
        sighting = self._sighting(vm_uid)
        if sighting is None or sighting == self._sent.get(vm_uid):
            return
        if sighting.state == vm_pb2.GUEST_STATE_PAUSED and self._is_starting(vm_uid):
            return  # Not a pause that anyone requested.
        before = self._sent.get(vm_uid)
        self._sent[vm_uid] = sighting
        if before is None or before.state != sighting.state:
            state = vm_pb2.GuestState.Name(sighting.state).removeprefix("GUEST_STATE_").lower()
            detail = f" ({sighting.detail})" if sighting.detail else ""
            log.info("guest %s: %s%s", vm_uid, state, detail)
        self._send(report=sighting.to_report())

    def _sighting(self, vm_uid: VmUid) -> Sighting | None:
        desired, guest = self._acted_on(vm_uid), self._watch.guest(vm_uid)
        if guest and guest.leaving and desired and not desired.outgoing:
            # Whether it stays is not known before the migration is broken off.
            return None
        endpoint = self._endpoint_of(desired.spec.ref) if desired and desired.incoming else None
        return sighting_of(guest, desired, endpoint)

    def failed(self, vm_uid: VmUid, step: str, error: str, *, permanent: bool) -> None:
        outlook = "giving up" if permanent else "trying again"
        log.warning("guest %s: %s failed, %s: %s", vm_uid, step, outlook, error)
        guest, desired = self._watch.guest(vm_uid), self._acted_on(vm_uid)
        sighting = sighting_of(guest, desired)
        if guest is not None and desired is not None and guest.power is Power.UNREADABLE:
            # The failure alone: what state it is in is not known.
            sighting = Sighting(vm_uid, desired.incarnation, vm_pb2.GUEST_STATE_UNSPECIFIED)
        if sighting is not None:
            failure = pb.StepFailure(step=step, error=wire_text(error, LONGEST_ERROR), permanent=permanent)
            self._send(report=sighting.to_report(failure))

    def progressed(self, ref: GuestRef, progress: MigrationProgress) -> None:
        """Sends how far a migration is, once in a while: the next heartbeat that has something to say of it."""
        now = time.monotonic()
        if self._outbox is None or now - self._progress_sent.get(ref.vm_uid, 0.0) < PROGRESS_EVERY_S:
            return
        self._progress_sent = {uid: at for uid, at in self._progress_sent.items() if now - at < PROGRESS_KEPT_S}
        self._progress_sent[ref.vm_uid] = now
        beat = pb.AgentHeartbeat(migrations=[progress_of(ref, progress)])
        beat.send_time.GetCurrentTime()
        self._outbox.put_nowait(pb.ConnectRequest(heartbeat=beat))

    def _send(self, *, inventory: pb.GuestInventory | None = None, report: pb.GuestReport | None = None) -> None:
        if self._outbox is not None:
            self._outbox.put_nowait(pb.ConnectRequest(inventory=inventory, report=report))


def _leftover(kept: Kept) -> host_pb2.HostLeftover:
    kind = host_pb2.HostLeftover.Kind.Value(f"KIND_{kept.kind.name}")
    return host_pb2.HostLeftover(kind=kind, name=kept.name, vm_uid=kept.vm_uid, size_bytes=kept.size)
