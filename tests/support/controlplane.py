"""A fleet in memory for tests of rules and commands: no ledger, no clock, no gRPC."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from controlplane.commands.handlers import handle
from controlplane.commands.host import RegisterHost
from controlplane.commands.project import CreateProject
from controlplane.commands.vm import CreateVm, PassDeadline, ReportVm, VmCommand
from controlplane.domain.command import A, Answer, Command, CommandContext
from controlplane.domain.fleet import Fleet, RecordedEvent
from controlplane.domain.host.aggregate import Platform
from controlplane.domain.project.aggregate import ProjectTerms
from controlplane.domain.resources import NOTHING, ClassInventory, Resources
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.aggregate import Observed, Spec, Vm
from controlplane.domain.vm.limits import Limits
from controlplane.domain.vm.reports import Report
from controlplane.domain.vm.states import Verb

NOW = Micros(1_750_000_000 * SECOND)
PROJECT = "projects/default"
PROJECT_UID = "uid-default"
RUNNING, PAUSED, SHUTOFF, CRASHED, ABSENT = 1, 2, 3, 4, 5  # chronovisor.v1.GuestState
T = TypeVar("T")


def spec(vcpus: int = 2, memory_mib: int = 1024, disk_gib: int = 10, image: str = "tiny", **extended: int) -> Spec:
    more = tuple(sorted((name.replace("__", "."), amount) for name, amount in extended.items()))
    return Spec(Resources(vcpus, memory_mib, disk_gib, more), image=image)


def inventory(
    vcpus: int = 8, memory_mib: int = 8192, disk_gib: int = 100, **extended: int
) -> dict[str, ClassInventory]:
    base = {"vcpus": vcpus, "memory_mib": memory_mib, "disk_gib": disk_gib}
    more = {name.replace("__", "."): amount for name, amount in extended.items()}
    return {name: ClassInventory(total) for name, total in (base | more).items()}


def register(name: str, offered: dict[str, ClassInventory], *images: str, zone: str = "") -> RegisterHost:
    """The host `hosts/{name}`, whose uid is `uid-{name}`."""
    platform = Platform("x86_64", "test", "none", "simulated", "1", frozenset(images or ("*",)))
    return RegisterHost(f"uid-{name}", f"hosts/{name}", offered, platform, zone, {})


def create(name: str, of: Spec | None = None, *, start: bool = False, uid: str = "") -> CreateVm:
    """The VM `projects/default/vms/{name}`, whose uid is `uid-{name}` unless given."""
    return CreateVm(uid or f"uid-{name}", PROJECT, f"{PROJECT}/vms/{name}", of or spec(), {}, start)


@dataclass
class World:
    """A fleet that commands change, and the history of how it came about. A refused command leaves no trace."""

    fleet: Fleet = field(default_factory=Fleet)
    now: Micros = NOW
    limits: Limits = field(default_factory=Limits)
    history: list[RecordedEvent] = field(default_factory=list[RecordedEvent])
    # Each has a request id of its own.
    commands: int = 0
    actor: str = "user:test"

    def carry_out(self, command: Command[A]) -> A:
        return self.decide(lambda unit: handle(unit, command))

    def decide(self, work: Callable[[UnitOfWork], T]) -> T:
        """Has `work` record events, as the handler of a command does."""
        mark = self.fleet.mark()
        self.commands += 1
        origin = CommandContext(self.actor, f"request-{self.commands}")
        unit = UnitOfWork(self.fleet, origin, self.now, self.limits)
        try:
            answer = work(unit)
        except BaseException:
            self.fleet.undo(mark)
            raise
        self.fleet.settle()
        self.history += unit.recorded
        return answer

    def project(self, quota: Resources = NOTHING) -> Answer:
        command = CreateProject(PROJECT_UID, PROJECT, ProjectTerms("Default", (), quota))
        return self.carry_out(command)

    def host(self, name: str = "node-1", *images: str, **amounts: int) -> Answer:
        command = register(name, inventory(**amounts), *images)
        return self.carry_out(command)

    def create(self, name: str = "web", of: Spec | None = None, *, start: bool = False) -> Answer:
        return self.carry_out(create(name, of, start=start))

    def ask(
        self, verb: Verb, name: str = "web", *, etag: str = "", force: bool = False, grace_period_s: float = 0.0
    ) -> Answer:
        command = VmCommand(verb, f"{PROJECT}/vms/{name}", etag, force, grace_period_s)
        return self.carry_out(command)

    def report(
        self,
        guest_state: int,
        name: str = "web",
        *,
        incarnation: int | None = None,
        started: bool = True,
        reboots: int = 0,
        desired_version: int | None = None,
        detail: str = "",
    ) -> Answer | None:
        """What an agent that knows all that is desired says of a guest."""
        vm = self.vm(name)
        seen = Report(
            vm.incarnation if incarnation is None else incarnation,
            Observed(guest_state, self.now, detail),
            reboots,
            started,
            vm.desired_version if desired_version is None else desired_version,
        )
        return self.carry_out(ReportVm(vm.host_uid, vm.uid, seen))

    def fail_step(
        self, step: str, name: str = "web", *, permanent: bool = True, desired_version: int = 0
    ) -> Answer | None:
        vm = self.vm(name)
        seen = Report(
            vm.incarnation,
            Observed(SHUTOFF, self.now, ""),
            desired_version=desired_version,
            failed_step=step,
            error=f"cannot {step}",
            permanent=permanent,
        )
        return self.carry_out(ReportVm(vm.host_uid, vm.uid, seen))

    def pass_deadline(self, name: str = "web", version: int | None = None, error: str = "") -> Answer | None:
        vm = self.vm(name)
        requested = vm.pending.version if vm.pending else 0
        return self.carry_out(PassDeadline(vm.uid, version or requested, error))

    def vm(self, name: str = "web") -> Vm:
        found = self.fleet.vm_named(f"{PROJECT}/vms/{name}")
        assert found is not None, f"there is no {name}"
        return found

    def vm_is_gone(self, name: str = "web") -> bool:
        return self.fleet.vm_named(f"{PROJECT}/vms/{name}") is None

    def later(self, seconds: float) -> None:
        self.now = Micros(self.now + round(seconds * SECOND))

    def kinds(self, since: int = 0) -> list[str]:
        """The payloads recorded, by name."""
        return [each.event.WhichOneof("payload") or "" for each in self.history[since:]]


def world_with_host(**amounts: int) -> World:
    """The default project, and `hosts/node-1`."""
    world = World()
    world.project()
    world.host("node-1", **amounts)
    return world


@dataclass(frozen=True)
class Contents:
    """All that a fleet holds, to compare it with another."""

    vms: dict[str, object]
    hosts: dict[str, object]
    projects: dict[str, object]
    resources: dict[str, dict[str, object]]
    held: dict[str, Resources]
    named: dict[str, object]


def contents(fleet: Fleet) -> Contents:
    """A copy that later changes do not touch: aggregates are values."""
    named: dict[str, object] = {each.name: fleet.vm_named(each.name) for each in fleet.vms.values()}
    named |= {each.name: fleet.host_named(each.name) for each in fleet.hosts.values()}
    return Contents(
        dict(fleet.vms),
        dict(fleet.hosts),
        dict(fleet.projects),
        {collection: dict(each) for collection, each in fleet.resources.items()},
        {uid: fleet.held_by_project(uid) for uid in fleet.projects},
        named,
    )
