"""Snapshots: a cache of what folding the ledger gives. One may be deleted at any time.

Only one that is whole, and that the ledger vouches for, is used.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb
from eventsourcing.persistence import PersistenceError, StoredEvent
from rpds import HashTrieMap

from controlplane.domain.fleet import FleetState, RecordedEvent
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host.aggregate import Drain, Fence, Host
from controlplane.domain.host.credentials import HostCertificate, HostCredentials, HostToken
from controlplane.domain.host.decisions import Machine, decide_register, report_message
from controlplane.domain.host.states import HostState
from controlplane.domain.host.unexpected_guests import NO_GUESTS, Guests, UnexpectedGuest, guest_of, recorded_guest
from controlplane.domain.project import aggregate as projects
from controlplane.domain.project.aggregate import Project
from controlplane.domain.rebalance import aggregate as rebalances
from controlplane.domain.rebalance.aggregate import MoveState, Rebalance
from controlplane.domain.resource_kinds import ProjectResource
from controlplane.domain.resources import NOTHING, Resources, amount_of, resources_of
from controlplane.domain.time import Micros, micros_of
from controlplane.domain.vm.aggregate import (
    DiskMove,
    Migration,
    MigrationPhase,
    Observed,
    Pending,
    Spec,
    UserData,
    Vm,
    recorded_spec,
    spec_of,
)
from controlplane.domain.vm.availability import (
    DEFAULT_AVAILABILITY,
    Restart,
    availability_of,
    recorded_availability,
    recorded_restart,
)
from controlplane.domain.vm.interfaces import cards_of, recorded_cards
from controlplane.domain.vm.observations import observed_of, recorded_observation
from controlplane.domain.vm.states import DESIRED, STATES, VmState
from controlplane.ledger.seals import ChainHead
from controlplane.ledger.snapshots.resource_codecs import CODECS
from controlplane.ledger.snapshots.vouching import NotVouched, root_of_rows

log = logging.getLogger(__name__)

# Of `snapshot.proto`, and of how it is filled. A snapshot of another shape is not read.
SHAPE = 9
VMS_A_CHUNK = 2_000
MANIFEST = "manifest"
TOPIC = "chronovisor.snapshots.v1"


class SnapshotRows(Protocol):
    """Where snapshots are kept, as rows of the library's kind."""

    def read(self, stream: str, version: int | None = None) -> Sequence[StoredEvent]:
        """The rows of one stream, the newest first; or the one of a version."""
        ...

    def put(self, rows: Sequence[StoredEvent], keep: int) -> None:
        """Adds these rows, and removes all others but those of the version `keep`, in one transaction."""
        ...

    def close(self) -> None: ...


class Snapshot(NamedTuple):
    """What a snapshot holds, and the seal that its ledger must have."""

    state: FleetState
    batch: int
    seal_hash: bytes


def save(rows: SnapshotRows, state: FleetState, link: ChainHead, keep: int = 0) -> bytes:
    """Writes a snapshot beside the one of position `keep`, in place of all others. Blocks. Raises PersistenceError.

    Returns the root over its rows: once an event of the ledger has it, the snapshot is believed.
    """
    chunks = [chunk.SerializeToString() for chunk in _chunks(state)]
    stored = [
        StoredEvent(f"chunk-{number}", state.position, f"{TOPIC}.FleetChunk", chunk)
        for number, chunk in enumerate(chunks)
    ]
    manifest = pb.FleetManifest(
        shape=SHAPE,
        position=state.position,
        time_us=state.time,
        batch=link.batch,
        seal_hash=link.hash,
        chunks=len(chunks),
    )
    stored.append(StoredEvent(MANIFEST, state.position, f"{TOPIC}.FleetManifest", manifest.SerializeToString()))
    rows.put(stored, keep)
    return root_of_rows(stored)


# Raises NotVouched for rows, by their manifest and root, that the ledger does not vouch for.
Require = Callable[[pb.FleetManifest, bytes], None]


def load(rows: SnapshotRows, require_vouched: Require) -> Snapshot | None:
    """The newest snapshot that is whole, of this shape, and vouched for; None when there is none. Blocks."""
    try:
        manifests = rows.read(MANIFEST)
    except (PersistenceError, ValueError) as error:
        # A cache that cannot be read is no cache: the ledger has it all.
        log.warning("the snapshots are not used: %s", error)
        return None
    for row in manifests:
        try:
            if found := _loaded(rows, row, require_vouched):
                return found
        except NotVouched as error:
            level = logging.ERROR if error.altered else logging.WARNING
            log.log(level, "the snapshot as of position %s is not used: %s", row.originator_version, error)
        except (PersistenceError, ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
            log.warning("the snapshot as of position %s is not used: %s", row.originator_version, error)
    return None


def _loaded(rows: SnapshotRows, row: StoredEvent, require_vouched: Require) -> Snapshot | None:
    manifest = pb.FleetManifest.FromString(row.state)
    if manifest.shape != SHAPE:
        return None
    stored: list[StoredEvent] = []
    for number in range(manifest.chunks):
        (chunk,) = rows.read(f"chunk-{number}", row.originator_version)
        stored.append(chunk)
    require_vouched(manifest, root_of_rows([*stored, row]))
    read = Reader()
    for chunk in stored:
        read.chunk(pb.FleetChunk.FromString(chunk.state))
    return Snapshot(read.state(manifest.position, Micros(manifest.time_us)), manifest.batch, manifest.seal_hash)


def _event_message(recorded: RecordedEvent) -> pb.LastEvent:
    return pb.LastEvent(stream=recorded.stream, version=recorded.version, event=recorded.event)


def _event_of(stored: pb.LastEvent) -> RecordedEvent:
    return RecordedEvent(stored.stream, stored.version, stored.event)


def _chunks(state: FleetState) -> Iterator[pb.FleetChunk]:
    first = pb.FleetChunk(
        projects=[project_message(each) for each in state.projects],
        hosts=[host_message(each) for each in state.hosts],
        tombstones=state.tombstones,
        rebalances=[rebalance_message(each) for each in state.rebalances],
        access=map(_event_message, state.access),
        open_consoles=map(_event_message, state.open_consoles),
        host_credentials=[credentials_message(each) for each in state.host_credentials],
        numbers=state.numbers,
    )
    for collection, codec in CODECS.items():
        codec.field_of(first).extend(codec.message_of(each) for each in state.resources.get(collection, ()))
    yield first
    for start in range(0, len(state.vms), VMS_A_CHUNK):
        chunk = pb.FleetChunk()
        specs: dict[Spec, int] = {}
        for vm in state.vms[start : start + VMS_A_CHUNK]:
            chunk.vms.append(vm_message(vm, specs.setdefault(vm.spec, len(specs))))
        chunk.specs.extend(recorded_spec(spec) for spec in specs)
        yield chunk


def project_message(project: Project) -> pb.ProjectState:
    """A project as it is kept."""
    (created,) = projects.decide_create(project.uid, project.name, project.terms)
    assert isinstance(created, ev.ProjectCreated)
    return pb.ProjectState(
        created=created, created_us=project.created, updated_us=project.updated, version=project.version
    )


def credentials_message(found: HostCredentials) -> pb.HostCredentialsState:
    """The credentials of a host as they are kept."""
    return pb.HostCredentialsState(
        host_id=found.host_id,
        created_us=found.created,
        updated_us=found.updated,
        version=found.version,
        all_revoked_us=found.all_revoked,
        tokens=[
            pb.HostTokenState(
                id=each.id,
                sha256=each.sha256,
                creator=each.creator,
                created_us=each.created,
                expires_us=each.expires,
                used_us=each.used,
                revoked_us=each.revoked,
            )
            for each in found.tokens
        ],
        certificates=[
            pb.HostCertificateState(
                serial=each.serial,
                fingerprint=each.fingerprint,
                issued_us=each.issued,
                expires_us=each.expires,
                revoked_us=each.revoked,
            )
            for each in found.certificates
        ],
    )


def credentials_of(stored: pb.HostCredentialsState) -> HostCredentials:
    tokens = tuple(
        HostToken(
            each.id,
            each.sha256,
            each.creator,
            Micros(each.created_us),
            Micros(each.expires_us),
            Micros(each.used_us),
            Micros(each.revoked_us),
        )
        for each in stored.tokens
    )
    certificates = tuple(
        HostCertificate(
            each.serial,
            each.fingerprint,
            Micros(each.issued_us),
            Micros(each.expires_us),
            Micros(each.revoked_us),
        )
        for each in stored.certificates
    )
    times = (Micros(stored.created_us), Micros(stored.updated_us))
    all_revoked = Micros(stored.all_revoked_us)
    return HostCredentials(stored.host_id, *times, stored.version, tokens, certificates, all_revoked)


def rebalance_message(rebalance: Rebalance) -> pb.RebalanceState:
    """A rebalance as it is kept."""
    uid, goal, zone, parallel, moves = rebalance[:5]
    requested, *_ = rebalances.decide_start(uid, goal, zone, parallel, moves)
    assert isinstance(requested, ev.RebalanceRequested)
    return pb.RebalanceState(
        requested=requested,
        actor=rebalance.actor,
        reason=rebalance.reason,
        request_id=rebalance.request_id,
        created_us=rebalance.created,
        updated_us=rebalance.updated,
        version=rebalance.version,
        cancelled=rebalance.cancelled,
        ended=rebalance.ended,
        moves=[pb.RebalanceMoveState(state=each.state, detail=each.detail, at_us=each.at) for each in moves],
    )


def rebalance_of(stored: pb.RebalanceState) -> Rebalance:
    event = ev.Event(
        rebalance_requested=stored.requested, actor=stored.actor, reason=stored.reason, request_id=stored.request_id
    )
    begun = rebalances.evolve(None, event, stored.version)
    moves = tuple(
        move._replace(state=MoveState(kept.state), detail=kept.detail, at=Micros(kept.at_us))
        for move, kept in zip(begun.moves, stored.moves, strict=True)
    )
    times = (Micros(stored.created_us), Micros(stored.updated_us))
    return begun._replace(
        moves=moves, created=times[0], updated=times[1], cancelled=stored.cancelled, ended=stored.ended
    )


def host_message(host: Host, *, parts: bool = True) -> pb.HostState:
    """A host without what it holds; with `parts`, with what its VMs have of its NUMA nodes."""
    machine = Machine(host.inventory, host.platform, host.traits, host.numa_reported)
    (registered,) = decide_register(host.uid, host.name, machine, host.zone, dict(host.labels), host.dedicated)
    assert isinstance(registered, ev.HostRegistered)
    return pb.HostState(
        registered=registered,
        created_us=host.created,
        updated_us=host.updated,
        version=host.version,
        state=host.state,
        parts=[hosts.holding(vm_uid, NOTHING, each) for vm_uid, each in host.parts.items()] if parts else None,
        machine_ids=host.machine_ids,
        replaced_machine_ids=host.replaced_machine_ids,
        unexpected=[_guest_message(each) for _, each in sorted(host.unexpected.items())] if host.unexpected else None,
        guests_known_in=host.guests_known_in,
        report=report_message(host.reported) if host.reported else None,
        last_state=host.last_state if host.is_away else 0,
        lost_us=host.lost,
        lease_us=host.lease_us,
        drain=_drain_message(host.drain) if host.drain else None,
        fence=pb.FenceState(version=host.fence.version, method=host.fence.method, requested_us=host.fence.requested)
        if host.fence
        else None,
    )


def _drain_message(drain: Drain) -> pb.DrainState:
    requested = ev.HostDrainRequested(
        policy=drain.policy, max_parallel=drain.max_parallel, move_disks=drain.move_disks, vms=drain.vms
    )
    return pb.DrainState(version=drain.version, requested=requested, requested_us=drain.requested)


def _drain_of(stored: pb.DrainState) -> Drain:
    requested = stored.requested
    how = (requested.policy, requested.max_parallel, requested.move_disks)
    return Drain(stored.version, *how, Micros(stored.requested_us), requested.vms)


def _guest_message(guest: UnexpectedGuest) -> pb.UnexpectedGuestState:
    return pb.UnexpectedGuestState(
        guest=recorded_guest(guest), reported_us=guest.reported, stop_requested=guest.stop_requested
    )


def _guests_of(stored: pb.HostState) -> Guests:
    guests = [guest_of(each.guest, Micros(each.reported_us), each.stop_requested) for each in stored.unexpected]
    return HashTrieMap({each.vm_uid: each for each in guests}) if guests else NO_GUESTS


def vm_message(vm: Vm, spec: int) -> pb.VmState:
    """A VM as it is kept, its spec by number."""
    pending = vm.pending
    message = pb.VmState(
        uid=vm.uid,
        name=vm.name,
        project_uid=vm.project_uid,
        spec=spec,
        labels=dict(vm.labels) if vm.labels else None,
        created_us=vm.created,
        updated_us=vm.updated,
        version=vm.version,
        state=vm.state,
        desired=vm.desired,
        incarnation=vm.incarnation,
        host_uid=vm.host_uid,
        host=vm.host,
        holds_compute=vm.holds_compute,
        holds_disk=bool(vm.held.disk_gib),
        pending=pb.Pending(step=pending.step, version=pending.version, deadline_us=pending.deadline)
        if pending
        else None,
        failure=vm.failure,
        reboots=vm.reboots,
        force_reboot=vm.force_reboot,
        paused=vm.paused,
        grace_period_s=vm.grace_period_s,
        asked=vm.desired_version,
        expected_lifetime_us=vm.expected_lifetime_us,
        started_us=vm.started,
        flaps=vm.flaps,
        availability=recorded_availability(vm.availability),
        migration=_migration_message(vm.migration) if vm.migration else None,
        restart=recorded_restart(vm.restart),
        attempts=vm.attempts,
        restarts=vm.restarts,
        last_state=vm.last_state if vm.state is VmState.UNKNOWN else 0,
        user_data=pb.UserData(**vm.user_data._asdict()) if vm.user_data else None,
        deletion_protection=vm.deletion_protection,
        network_addresses=recorded_cards(vm.cards) if vm.cards else None,
    )
    if vm.observed:
        message.observed.CopyFrom(recorded_observation(vm.observed))
    return message


def _migration_message(migration: Migration) -> pb.MigrationState:
    return pb.MigrationState(
        host_uid=migration.host_uid,
        host=migration.host,
        incarnation=migration.incarnation,
        held=amount_of(migration.held),
        phase=migration.phase,
        arrived=migration.arrived,
        cancelled=migration.cancelled,
        disk=migration.disk,
        address=migration.addresses,
        bandwidth_mib_s=migration.bandwidth_mib_s,
        auto_converge=migration.auto_converge,
        departure=recorded_observation(migration.departure) if migration.departure else None,
    )


def _migration_of(stored: pb.MigrationState) -> Migration:
    return Migration(
        stored.host_uid,
        stored.host,
        stored.incarnation,
        resources_of(stored.held),
        DiskMove(stored.disk),
        MigrationPhase(stored.phase),
        observed_of(stored.departure) if stored.HasField("departure") else None,
        stored.arrived,
        stored.cancelled,
        tuple(sorted(stored.address.items())),
        stored.bandwidth_mib_s,
        stored.auto_converge,
    )


def _user_data_of(stored: pb.UserData) -> UserData:
    return UserData(stored.version, stored.size_bytes, stored.keyed_hash)


_tuple: Any = tuple
_new = _tuple.__new__


class Reader:
    """Puts a fleet together from its chunks. Equal strings share one object."""

    def __init__(self) -> None:
        self._projects: list[Project] = []
        self._hosts: dict[str, Host] = {}
        self._vms: list[Vm] = []
        self._tombstones: dict[str, str] = {}
        self._rebalances: list[Rebalance] = []
        self._resources: dict[str, list[ProjectResource]] = {collection: [] for collection in CODECS}
        self._access: list[RecordedEvent] = []
        self._open_consoles: list[RecordedEvent] = []
        self._credentials: list[HostCredentials] = []
        self._numbers: dict[str, int] = {}
        self._shared: dict[str, str] = {}

    def chunk(self, chunk: pb.FleetChunk) -> None:
        self._tombstones.update(chunk.tombstones)
        self._rebalances += [rebalance_of(each) for each in chunk.rebalances]
        for collection, codec in CODECS.items():
            self._resources[collection] += [codec.resource_of(each) for each in codec.field_of(chunk)]
        self._access += map(_event_of, chunk.access)
        self._open_consoles += map(_event_of, chunk.open_consoles)
        self._credentials += [credentials_of(each) for each in chunk.host_credentials]
        self._numbers.update(chunk.numbers)
        self._projects += [self.project(each) for each in chunk.projects]
        self._hosts.update((each.registered.uid, host_of(each)) for each in chunk.hosts)
        specs = [spec_of(each) for each in chunk.specs]
        self._vms += [self.vm(each, specs[each.spec]) for each in chunk.vms]

    def project(self, stored: pb.ProjectState) -> Project:
        event = ev.Event(project_created=stored.created)
        project = projects.evolve(None, event, stored.version)
        return project._replace(created=Micros(stored.created_us), updated=Micros(stored.updated_us))

    def vm(self, stored: pb.VmState, spec: Spec) -> Vm:
        shared = self._shared.setdefault
        pending, observed = None, None
        if stored.HasField("pending"):
            pending = Pending(stored.pending.step, stored.pending.version, Micros(stored.pending.deadline_us))
        if stored.HasField("observed"):
            seen = stored.observed
            observed = Observed(seen.guest_state, micros_of(seen.observe_time), shared(seen.detail, seen.detail))
        # By place, not by its constructor, and the states from tables: a start makes a million of these.
        values = (
            stored.uid,
            stored.name,
            shared(stored.project_uid, stored.project_uid),
            spec,
            tuple(sorted(stored.labels.items())) if stored.labels else (),
            stored.created_us,
            stored.updated_us,
            stored.version,
            STATES[stored.state],
            DESIRED[stored.desired],
            stored.incarnation,
            shared(stored.host_uid, stored.host_uid),
            shared(stored.host, stored.host),
            _held(stored, spec),
            pending,
            observed,
            stored.failure,
            stored.reboots,
            stored.force_reboot,
            stored.paused,
            stored.grace_period_s,
            stored.asked,
            None,
            stored.expected_lifetime_us,
            stored.started_us,
            stored.flaps,
            availability_of(stored.availability) if stored.HasField("availability") else DEFAULT_AVAILABILITY,
            _migration_of(stored.migration) if stored.HasField("migration") else None,
            Restart(stored.restart.attempt, micros_of(stored.restart.due_time)) if stored.HasField("restart") else None,
            stored.attempts,
            stored.restarts,
            STATES[stored.last_state] if stored.last_state else VmState.STOPPED,
            _user_data_of(stored.user_data) if stored.HasField("user_data") else None,
            stored.deletion_protection,
            cards_of(stored.network_addresses) if stored.network_addresses else (),
        )
        vm: Vm = _new(Vm, values)
        return vm

    def state(self, position: int, time: Micros) -> FleetState:
        """The whole fleet. What a host holds is what its VMs hold."""
        holdings: dict[str, dict[str, Resources]] = {}
        for vm in self._vms:
            if vm.migration is None:
                # Almost all, and a start has a million of them.
                if vm.held:
                    holdings.setdefault(vm.host_uid, {})[vm.uid] = vm.held
                continue
            for host_uid, _, held in vm.holdings():
                holdings.setdefault(host_uid, {})[vm.uid] = held
        for uid, held in holdings.items():
            allocated = sum(held.values(), NOTHING)
            self._hosts[uid] = self._hosts[uid]._replace(holdings=HashTrieMap(held), allocated=allocated)
        hosts_ = list(self._hosts.values())
        rest = (self._tombstones, position, time, self._rebalances, self._resources, self._access)
        more = (self._credentials, self._numbers, self._open_consoles)
        return FleetState(self._projects, hosts_, self._vms, *rest, *more)


def host_of(stored: pb.HostState) -> Host:
    host = hosts.evolve(None, ev.Event(host_registered=stored.registered), stored.version)
    for each in stored.parts:
        host = hosts.holding_more(host, each.vm_uid, NOTHING, hosts.parts_of(each))
    return host._replace(
        created=Micros(stored.created_us),
        updated=Micros(stored.updated_us),
        state=HostState(stored.state),
        machine_ids=tuple(stored.machine_ids),
        replaced_machine_ids=tuple(stored.replaced_machine_ids),
        unexpected=_guests_of(stored),
        guests_known_in=stored.guests_known_in,
        reported=hosts.reported_of(stored.report) if stored.HasField("report") else None,
        last_state=HostState(stored.last_state) if stored.last_state else HostState.ACTIVE,
        lost=Micros(stored.lost_us),
        lease_us=stored.lease_us,
        drain=_drain_of(stored.drain) if stored.HasField("drain") else None,
        fence=Fence(stored.fence.version, stored.fence.method, Micros(stored.fence.requested_us))
        if stored.HasField("fence")
        else None,
    )


def _held(stored: pb.VmState, spec: Spec) -> Resources:
    if stored.holds_compute:
        return spec.resources
    return spec.resources.disk if stored.holds_disk else NOTHING
