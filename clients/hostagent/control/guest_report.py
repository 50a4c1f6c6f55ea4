"""Reports of guests: from a reading and the desired state to a GuestReport. Sends nothing."""

from dataclasses import dataclass

from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1 import vm_pb2

from hostagent.control.wire_text import wire_text
from hostagent.converge.reconcile import DesiredGuest, DesiredPower
from hostagent.drivers.base import Endpoint, Guest, GuestCard, GuestRef, MigrationProgress, Power, VmUid

# What is not reported: nothing is known of the one, and the other is not there yet.
_UNREPORTED = (Power.UNREADABLE, Power.ARRIVING)
# Where the API has another name for it.
_NAMES = {Power.GONE: "ABSENT"}
STATES = {
    power: vm_pb2.GuestState.Value(f"GUEST_STATE_{_NAMES.get(power, power.name)}")
    for power in Power
    if power not in _UNREPORTED
}
NEVER_STARTED = "never started"
# In characters; the control plane keeps no more.
LONGEST_DETAIL = 500


@dataclass(frozen=True, slots=True)
class Sighting:
    """What there is to report of one guest. Equal values are sent only once."""

    vm_uid: VmUid
    incarnation: int
    state: vm_pb2.GuestState.ValueType
    started: bool = False
    reboots: int = 0
    detail: str = ""
    desired_version: int = 0
    vm_name: str = ""
    # Of one that is to arrive: where it can.
    address: tuple[tuple[str, str], ...] = ()
    # Of one that is not the desired one.
    cards: tuple[GuestCard, ...] = ()

    def to_report(self, failure: pb.StepFailure | None = None) -> pb.GuestReport:
        observation = vm_pb2.VmObservation(guest_state=self.state, detail=wire_text(self.detail, LONGEST_DETAIL))
        observation.observe_time.GetCurrentTime()
        return pb.GuestReport(
            vm_uid=self.vm_uid,
            incarnation=self.incarnation,
            observation=observation,
            reboots=self.reboots,
            failure=failure,
            started=self.started,
            desired_version=self.desired_version,
            vm_name=self.vm_name,
            endpoint=pb.MigrationEndpoint(address=dict(self.address)) if self.address else None,
            network_cards=map(_card, self.cards),
        )


def _card(card: GuestCard) -> pb.GuestNetworkCard:
    return pb.GuestNetworkCard(
        index=card.index,
        network_uid=card.network_uid,
        mac_address=card.mac,
        ipv4_address=card.ipv4,
        ipv6_address=card.ipv6,
    )


def sighting_of(guest: Guest | None, desired: DesiredGuest | None, endpoint: Endpoint | None = None) -> Sighting | None:
    """What the steps taken so far were for is `desired`; `endpoint`: where that guest can arrive.

    Returns None when nothing is there and nothing is desired, for a guest that cannot be read: nothing is known, and
    for one that is still arriving.
    """
    if guest and guest.power in _UNREPORTED:
        return None
    version = desired.version if desired is not None else 0
    if guest and guest.power is Power.GONE and desired and desired.power is DesiredPower.ABSENT:
        guest = None  # As it was to be.
    if desired is not None and not _is_of(guest, desired):
        # Of the desired incarnation there is nothing: what may be left of an older one is not running.
        gone = guest is None or guest.power is Power.GONE
        state = vm_pb2.GUEST_STATE_ABSENT if gone else vm_pb2.GUEST_STATE_SHUTOFF
        return Sighting(
            desired.vm_uid,
            desired.incarnation,
            state,
            detail=NEVER_STARTED if guest else "",
            desired_version=version,
            address=tuple(sorted(endpoint.address.items())) if endpoint else (),
        )
    if guest is None:
        return None
    if not guest.started:
        return _of_never_started(guest, version)
    return Sighting(
        guest.vm_uid,
        guest.incarnation,
        STATES[guest.power],
        guest.started,
        guest.reboots,
        guest.detail,
        version,
        guest.vm_name,
        cards=() if desired and desired.incarnation == guest.incarnation else guest.cards,
    )


def _of_never_started(guest: Guest, version: int) -> Sighting:
    """Whatever its hypervisor process does by now, it has not run an instruction, and is not to be called running."""
    state = vm_pb2.GUEST_STATE_PAUSED if guest.power.is_active else vm_pb2.GUEST_STATE_SHUTOFF
    return Sighting(
        guest.vm_uid,
        guest.incarnation,
        state,
        detail=NEVER_STARTED,
        desired_version=version,
        vm_name=guest.vm_name,
    )


def _is_of(guest: Guest | None, desired: DesiredGuest) -> bool:
    """Whether the guest speaks for itself: it is of the desired incarnation, or a newer one, or still runs."""
    return guest is not None and (guest.incarnation >= desired.incarnation or guest.power.is_active)


def progress_of(ref: GuestRef, progress: MigrationProgress) -> pb.GuestMigrationProgress:
    """How far a migration is, as a heartbeat says it."""
    message = vm_pb2.MigrationProgress(
        memory_bytes_total=progress.memory_total_bytes,
        memory_bytes_left=progress.memory_left_bytes,
        disk_bytes_total=progress.disk_total_bytes,
        disk_bytes_left=progress.disk_left_bytes,
    )
    if progress.downtime_ms is not None:
        message.downtime.FromMilliseconds(progress.downtime_ms)
    return pb.GuestMigrationProgress(vm_uid=ref.vm_uid, progress=message)
