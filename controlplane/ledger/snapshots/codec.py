"""Snapshots: a cache of what folding the ledger gives. One may be deleted at any time.

Only one that is whole, and that the ledger vouches for, is used.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb
from eventsourcing.persistence import PersistenceError, StoredEvent
from rpds import HashTrieMap

from controlplane.domain.fleet import FleetState
from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.decisions import Machine, decide_register, report_message
from controlplane.domain.host.states import HostState
from controlplane.domain.host.unexpected_guests import NO_GUESTS, Guests, UnexpectedGuest, guest_of, recorded_guest
from controlplane.domain.project import aggregate as projects
from controlplane.domain.project.aggregate import Project
from controlplane.domain.resources import NOTHING, Resources
from controlplane.domain.time import Micros, micros_of, timestamp_of
from controlplane.domain.vm.aggregate import Observed, Pending, Spec, Vm, recorded_spec, spec_of
from controlplane.domain.vm.states import DESIRED, STATES
from controlplane.ledger.seals import ChainHead
from controlplane.ledger.snapshots.vouching import NotVouched, root_of_rows

log = logging.getLogger(__name__)

# Of `snapshot.proto`, and of how it is filled. A snapshot of another shape is not read.
SHAPE = 5
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


def _chunks(state: FleetState) -> Iterator[pb.FleetChunk]:
    yield pb.FleetChunk(
        projects=[project_message(each) for each in state.projects],
        hosts=[host_message(each) for each in state.hosts],
        tombstones=state.tombstones,
    )
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
    )


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
    )
    if vm.observed:
        message.observed.guest_state = vm.observed.guest_state
        message.observed.observe_time.CopyFrom(timestamp_of(vm.observed.at))
        message.observed.detail = vm.observed.detail
    return message


class Reader:
    """Puts a fleet together from its chunks. Equal strings share one object."""

    def __init__(self) -> None:
        self._projects: list[Project] = []
        self._hosts: dict[str, Host] = {}
        self._vms: list[Vm] = []
        self._tombstones: dict[str, str] = {}
        self._shared: dict[str, str] = {}

    def chunk(self, chunk: pb.FleetChunk) -> None:
        self._tombstones.update(chunk.tombstones)
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
        # By place, and the states from tables: a start makes a million of these.
        return Vm(
            stored.uid,
            stored.name,
            shared(stored.project_uid, stored.project_uid),
            spec,
            tuple(sorted(stored.labels.items())) if stored.labels else (),
            Micros(stored.created_us),
            Micros(stored.updated_us),
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
            Micros(stored.started_us),
            stored.flaps,
        )

    def state(self, position: int, time: Micros) -> FleetState:
        """The whole fleet. What a host holds is what its VMs hold."""
        holdings: dict[str, dict[str, Resources]] = {}
        for vm in self._vms:
            if vm.held:
                holdings.setdefault(vm.host_uid, {})[vm.uid] = vm.held
        for uid, held in holdings.items():
            allocated = sum(held.values(), NOTHING)
            self._hosts[uid] = self._hosts[uid]._replace(holdings=HashTrieMap(held), allocated=allocated)
        return FleetState(self._projects, list(self._hosts.values()), self._vms, self._tombstones, position, time)


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
    )


def _held(stored: pb.VmState, spec: Spec) -> Resources:
    if stored.holds_compute:
        return spec.resources
    return spec.resources.disk if stored.holds_disk else NOTHING
