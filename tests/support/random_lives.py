"""Random lives of a few VMs on a few hosts, in a ledger in memory, as hypothesis draws them."""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from controlplane.commands.host import HostCommand
from controlplane.commands.image import CreateImage, DeleteImage, FinishImport
from controlplane.commands.network import CreateNetwork
from controlplane.commands.project import CreateProject, DeleteProject
from controlplane.commands.trouble import FenceHost, LoseHost, RegainHost
from controlplane.commands.vm import (
    CancelMigration,
    Definition,
    PassDeadline,
    ReportVm,
    RestartVm,
    UpdateVm,
    VmCommand,
)
from controlplane.domain.errors import DomainError
from controlplane.domain.fleet import Aggregate, Fleet, RecordedEvent
from controlplane.domain.host.states import HostVerb
from controlplane.domain.host.trouble import FenceMethod
from controlplane.domain.image.aggregate import Expected, ImageTerms
from controlplane.domain.image.content import ImageContent, ImageFormat
from controlplane.domain.network.aggregate import Connection, NetworkTerms
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Observed, Spec, Vm
from controlplane.domain.vm.interfaces import Interface
from controlplane.domain.vm.machine import FirstBoot
from controlplane.domain.vm.reports import Report
from controlplane.domain.vm.states import Verb
from controlplane.ledger.events.dispatcher import EventDispatcher, Phase
from controlplane.ledger.store import Ledger
from controlplane.projections.history.history_reader import HistoryReader
from controlplane.projections.history.history_view import HistoryView
from controlplane.projections.history.read_database import ReadDatabase
from controlplane.projections.live.inventory import Inventory
from controlplane.projections.live.utilization import Utilization
from controlplane.projections.metrics.metrics_store import MetricsStore
from controlplane.projections.projector.projector import projector_of
from controlplane.projections.projector.rows.row_builder import RowBuilder
from controlplane.queries.agent_view import power_of
from controlplane.queries.reads import Models, Reads
from tests.support.controlplane import (
    ABSENT,
    CRASHED,
    PAUSED,
    PROJECT,
    RUNNING,
    SHUTOFF,
    World,
    create,
    inventory,
    register,
    spec,
)
from tests.support.trouble import AVAILABILITIES, moving, next_of_migration, of_host, trouble_of_migration

NAMES = ("a", "b")
WEB, WEB_UID = f"{PROJECT}/networks/web", "00000000-0000-4000-b000-000000000001"
STEPS = (
    "create",
    "start",
    "stop",
    "pause",
    "resume",
    "reboot",
    "delete",
    "obey",
    "crash",
    "late",
    "cordon",
    "uncordon",
    "label",
    "migrate",
    "move",
    "spoil",
    "cancel",
    "befall",
    "lose",
    "regain",
    "fence",
    "restart",
    "store",
    "drop",
)
OFTEN = ("create", "start", "obey", "obey", "migrate", "move", "move")
steps = st.lists(st.tuples(st.sampled_from((*STEPS, *OFTEN)), st.sampled_from(NAMES)), max_size=40)
# Lives in two projects: VMs of the default one, and of `projects/shop`, which is created and deleted again and again.
SHOP = "projects/shop"
TENANT_NAMES = ("shop/a", "shop/b", "a")
tenant_steps = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("open", "open", "close", "create", "create", "start", "start", "stop", "delete", "obey", "obey"),
                *("migrate", "move", "move", "label"),
            )
        ),
        st.sampled_from(TENANT_NAMES),
    ),
    max_size=40,
)


@dataclass(frozen=True, slots=True)
class Lives:
    """What happened, and reads of it."""

    reads: Reads
    events: Sequence[RecordedEvent]

    @property
    def head(self) -> int:
        return self.reads.position

    def view(self, position: int) -> AbstractContextManager[HistoryView]:
        return self.reads.history_reader.view(position)

    def at(self, position: int) -> dict[str, Aggregate]:
        """All that was there, by stream, folded by the fleet from the first event on."""
        fleet = Fleet()
        for each in self.events:
            if each.position <= position:
                fleet.apply(each.stream, each.version, each.event)
        kinds = {"vms": fleet.vms, "hosts": fleet.hosts, "projects": fleet.projects, **fleet.resources}
        return {f"{kind}/{uid}": each for kind, found in kinds.items() for uid, each in found.items()}


@contextmanager
def lived(taken: Sequence[tuple[str, str]], url: str = "memory:") -> Generator[Lives]:
    """Takes the steps that are allowed, each a batch and a second of its own. `url` is of a new ledger."""
    world, dispatcher = World(), EventDispatcher()
    ledger, database = Ledger(url), ReadDatabase(url)
    models = Models(Inventory(), Utilization(), MetricsStore(), ledger, HistoryReader(database))
    reads = Reads(models, dispatcher, projector_of(database, ledger))
    dispatcher.register(Phase.READ_MODELS, reads.inventory.apply)
    dispatcher.register(Phase.READ_MODELS, reads.utilization.apply)
    world.project()
    for name, vcpus in (("h1", 8), ("h2", 2)):
        on_networks = replace(register(name, inventory(vcpus=vcpus)), traits=frozenset({"network.vxlan"}))
        world.carry_out(moving(on_networks))
    connection = Connection(ipv4_cidr="10.1.0.0/29", ipv4_gateway="10.1.0.1", ipv6_cidr="fd00::/64")
    network = CreateNetwork(WEB_UID, PROJECT, WEB, connection, NetworkTerms())
    world.carry_out(network)
    _append(world, ledger, dispatcher, 0)
    for number, (step, name) in enumerate(taken):
        length = len(world.history)
        world.now = Micros(world.now + SECOND)
        try:
            _take(world, step, name, number)
        except DomainError:
            continue
        _append(world, ledger, dispatcher, length)
    events = ledger.after(0, 10_000)
    database.open()
    with database.writing() as connection:
        tables, _ = database.active(connection)
        assert database.advance(connection, tables, 0, events[-1].position)
        RowBuilder(tables).fold(Fleet().replay(events)).write(connection)
    yield Lives(reads, events)
    database.close()
    ledger.close()


def _append(world: World, ledger: Ledger, dispatcher: EventDispatcher, length: int) -> None:
    events = world.history[length:]
    if events:
        appended = ledger.append(events, ledger.link(), "leader", world.now)
        batch = [each._replace(position=at) for each, at in zip(events, appended.positions, strict=False)]
        dispatcher.publish([*batch, appended.sealed._replace(position=appended.positions[-1])])


def _take(world: World, step: str, name: str, number: int) -> None:  # noqa: PLR0912 - a branch a step
    whole = f"{SHOP}/vms/{name.partition('/')[2]}" if "/" in name else f"{PROJECT}/vms/{name}"
    vm = world.fleet.vm_named(whole)
    match step:
        case "open":
            created = CreateProject(f"00000000-0000-4000-9000-{number:012}", SHOP)
            world.carry_out(created)
        case "close":
            _close(world)
        case "create":
            uid = f"00000000-0000-4000-8000-{number:012}"
            of = spec(vcpus=1 + number % 2, gpu__a100=number % 2) if number % 5 == 0 else spec(vcpus=1 + number % 2)
            of = _with_more(of, whole, number)
            command = replace(create(name, of, uid=uid), project=whole.partition("/vms/")[0], name=whole)
            world.carry_out(command)
        case "cordon" | "uncordon":
            command = HostCommand(HostVerb[step.upper()], "hosts/h1")
            world.carry_out(command)
        case "obey" if vm:
            state = {1: RUNNING, 2: PAUSED, 3: SHUTOFF, 4: ABSENT}[power_of(vm)]
            _report(world, vm, state, "" if number % 2 else "as requested")
        case "crash" if vm:
            _report(world, vm, CRASHED, "killed")
        case "label" if vm:
            labels, availability = (("n", str(number)),), AVAILABILITIES[number % len(AVAILABILITIES)]
            # Those of the other project go when that does.
            protected = number % 3 == 0 and vm.project != SHOP
            world.carry_out(
                UpdateVm(vm.name, "", lambda vm: Definition(vm.spec, labels, 0, availability, False, protected))
            )
        case "move" | "spoil" if vm and vm.migration:
            reports = (next_of_migration if step == "move" else trouble_of_migration)(vm, world.now)
            if reports:
                host_uid, report = reports[number % len(reports)]
                world.carry_out(ReportVm(host_uid, vm.uid, report))
        case "cancel" if vm and vm.pending:
            world.carry_out(CancelMigration(vm.uid, vm.pending.version))
        case "lose" | "regain" | "fence" | "befall":
            _befall(world, step, "hosts/h1" if name == "a" else "hosts/h2", number)
        case "store" | "drop":
            _take_of_image(world, step, name, number)
        case "restart" if vm and vm.restart:
            world.now = max(world.now, vm.restart.due)
            world.carry_out(RestartVm(vm.uid))
        case "late" if vm and vm.pending:
            world.carry_out(PassDeadline(vm.uid, vm.pending.version, ""))
        case _ if vm and step.upper() in Verb.__members__:
            world.carry_out(VmCommand(Verb[step.upper()], vm.name))
        case _:
            pass


def _with_more(spec: Spec, name: str, number: int) -> Spec:
    """Some VMs are configured at their first boot, and some are on a network."""
    first_boot = FirstBoot(("ssh-ed25519 AAAA",), f"host-{number}") if number % 4 == 0 else spec.first_boot
    is_on = number % 3 == 0 and name.startswith(f"{PROJECT}/")
    return replace(spec, first_boot=first_boot, interfaces=(Interface(WEB, ""),) if is_on else ())


def _take_of_image(world: World, step: str, name: str, number: int) -> None:
    uid, whole = f"00000000-0000-4000-a000-{number:012}", f"{PROJECT}/images/{name}"
    if step == "drop":
        world.carry_out(DeleteImage(whole))
        return
    world.carry_out(CreateImage(uid, PROJECT, whole, ImageTerms(labels=(("n", str(number)),)), Expected()))
    content = ImageContent(uid, bytes(32), ImageFormat.RAW, 1 << 30, (number + 1) << 20)
    world.carry_out(FinishImport(uid, whole, content))


def _befall(world: World, step: str, name: str, number: int) -> None:
    host = world.fleet.host_named(name)
    assert host is not None
    some = of_host(host, world.now)
    commands = {
        "lose": LoseHost(host.uid, 30 * SECOND),
        "regain": RegainHost(host.uid, host.state),
        "fence": FenceHost(host.name, method=FenceMethod.OPERATOR),
        "befall": some[number % len(some)],
    }
    world.carry_out(commands[step])


def _close(world: World) -> None:
    """Destroys the VMs of the project, then deletes it."""
    for vm in [each for each in world.fleet.vms.values() if each.project == SHOP]:
        world.carry_out(VmCommand(Verb.DELETE, vm.name))
        if left := world.fleet.vms.get(vm.uid):
            _report(world, left, ABSENT, "")
    world.carry_out(DeleteProject(SHOP))


def _report(world: World, vm: Vm, guest_state: int, detail: str) -> None:
    seen = Report(vm.incarnation, Observed(guest_state, world.now, detail), vm.reboots, True, vm.desired_version)
    world.carry_out(ReportVm(vm.host_uid, vm.uid, seen))
