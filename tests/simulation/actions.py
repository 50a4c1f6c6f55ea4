"""What each step of a plan does to the simulated world."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from hostagent.drivers.base import Power

from controlplane.commands.elsewhere import MigrationRequest
from controlplane.commands.host import HostCommand
from controlplane.commands.trouble import CancelDrain, DrainHost
from controlplane.commands.vm import CancelMigration, CreateVm, Definition, UpdateVm, VmCommand
from controlplane.domain.host.states import HostVerb
from controlplane.domain.resources import Resources
from controlplane.domain.time import SECOND
from controlplane.domain.vm.aggregate import Spec, Vm
from controlplane.domain.vm.availability import Availability, OnMaintenance, RestartWhen
from controlplane.domain.vm.states import Verb
from tests.simulation.plan import Step
from tests.simulation.resource_actions import RESOURCE_ACTIONS, interfaces
from tests.simulation.world import PROJECT, World

_WHEN = {"": RestartWhen.NEVER, "with its host": RestartWhen.HOST_FAILED, "always": RestartWhen.ALWAYS}


def _create(world: World, step: Step) -> None:
    name = step.subject
    resources = Resources(round(step.amount), 512 * round(step.amount), 5 if step.number % 3 else 0)
    # Such as `started`, `restarts always`, `on wide` and `from base`.
    words = {word: rest for word, _, rest in (part.partition(" ") for part in step.word.split(", "))}
    image = f"{PROJECT}/images/{words['from']}" if "from" in words else "tiny"
    spec = Spec(resources, image=image, interfaces=interfaces(words.get("on", "")))
    availability = Availability(when=_WHEN[words.get("restarts", "")], backoff_us=2 * SECOND)
    full_name = f"{PROJECT}/vms/{name}"
    uid = world.new_uid(name)
    command = CreateVm(uid, PROJECT, full_name, spec, {}, "started" in words, availability=availability)
    world.call(step, command)


def _verb(world: World, step: Step) -> None:
    name, verb = f"{PROJECT}/vms/{step.subject}", Verb[step.kind.upper()]
    command = VmCommand(verb, name, force=step.word == "force", grace_period_s=step.amount)
    world.call(step, command)


def _migrate(world: World, step: Step) -> None:
    destination = f"hosts/{step.word}" if step.word else ""
    migration = MigrationRequest(destination, timeout_s=step.amount)
    command = VmCommand(Verb.MIGRATE, f"{PROJECT}/vms/{step.subject}", migration=migration)
    world.call(step, command)


def _cancel_migration(world: World, step: Step) -> None:
    vm = world.vm(step.subject)
    if vm and vm.pending and vm.pending.step == "migrate":
        command = CancelMigration(vm.uid, vm.pending.version)
        world.call(step, command)


def _label(world: World, step: Step) -> None:
    def change(vm: Vm) -> Definition:
        return Definition(vm.spec, (("number", str(step.number)),), vm.expected_lifetime_us, vm.availability)

    command = UpdateVm(f"{PROJECT}/vms/{step.subject}", "", change)
    world.call(step, command)


def _resize(world: World, step: Step) -> None:
    def change(vm: Vm) -> Definition:
        spec = replace(vm.spec, resources=replace(vm.spec.resources, vcpus=1 + step.number % 3))
        return Definition(spec, vm.labels, vm.expected_lifetime_us, vm.availability)

    command = UpdateVm(f"{PROJECT}/vms/{step.subject}", "", change)
    world.call(step, command)


def _host_verb(world: World, step: Step) -> None:
    command = HostCommand(HostVerb[step.kind.upper()], f"hosts/{step.subject}")
    world.call(step, command)


def _drain(world: World, step: Step) -> None:
    words = step.word.split()
    policy = next((OnMaintenance[word.upper()] for word in words if word.upper() in OnMaintenance.__members__), 0)
    parallel = round(step.amount)
    command = DrainHost(f"hosts/{step.subject}", "", policy, parallel, move_disks="disks" in words)
    world.call(step, command)


def _cancel_drain(world: World, step: Step) -> None:
    host = world.checks.host_named(f"hosts/{step.subject}")
    if host and host.drain:
        command = CancelDrain(host.uid, host.drain.version)
        world.call(step, command)


def _kill_plane_at_append(world: World, step: Step) -> None:
    world.ledger.fatal = (step.word, lambda: world.kill_plane(step.amount))


def _kill_agent(world: World, step: Step) -> None:
    host = world.hosts[step.subject]
    host.kill_agent()
    world.later(step.amount, host.start_agent)


def _kill_agent_at_step(world: World, step: Step) -> None:
    host = world.hosts[step.subject]
    host.kill_agent_at_step(step.word, lambda: world.later(step.amount, host.start_agent))


def _crash_host(world: World, step: Step) -> None:
    host = world.hosts[step.subject]
    host.power_off()
    world.later(step.amount, host.power_on)


def _part(world: World, step: Step) -> None:
    link = world.hosts[step.subject].link
    link.part()
    world.later(step.amount, link.heal)


def _part_hypervisors(world: World, step: Step) -> None:
    world.network.cut(step.subject)
    world.later(step.amount, partial(world.network.heal, step.subject))


def _outage(world: World, step: Step) -> None:
    host = world.hosts[step.subject]
    host.outage()
    world.later(step.amount, host.end_outage)


def _fail_step(world: World, step: Step) -> None:
    name, _, for_good = step.word.partition(" ")
    world.hosts[step.subject].fail_steps(name, round(step.amount), permanent=bool(for_good))


def _guest_ends(world: World, step: Step) -> None:
    power = Power.CRASHED if step.kind == "guest_crashes" else Power.SHUTOFF
    for host, guest in world.guests_of(step.subject):
        host.driver.end(guest.vm_uid, power=power, detail="by itself")


def _guest_vanishes(world: World, step: Step) -> None:
    for host, guest in world.guests_of(step.subject):
        host.driver.vanish(guest.vm_uid)


def _guest_is_paused(world: World, step: Step) -> None:
    for host, guest in world.guests_of(step.subject):
        if guest.power is Power.RUNNING:
            host.driver.put(replace(guest, power=Power.PAUSED, detail="storage"))


ACTIONS: dict[str, Callable[[World, Step], None]] = {
    "create": _create,
    **dict.fromkeys(("start", "stop", "reboot", "pause", "resume", "delete"), _verb),
    "migrate": _migrate,
    "cancel_migration": _cancel_migration,
    "part_hypervisors": _part_hypervisors,
    "label": _label,
    "resize": _resize,
    **RESOURCE_ACTIONS,
    "cordon": _host_verb,
    "uncordon": _host_verb,
    "drain": _drain,
    "cancel_drain": _cancel_drain,
    "fence": World.fence,
    "kill_plane": lambda world, step: world.kill_plane(step.amount),
    "kill_plane_at_append": _kill_plane_at_append,
    "kill_agent": _kill_agent,
    "kill_agent_at_step": _kill_agent_at_step,
    "crash_host": _crash_host,
    "break_stream": lambda world, step: world.hosts[step.subject].link.drop(),
    "part": _part,
    "hypervisor_outage": _outage,
    "fail_step": _fail_step,
    "guest_ends": _guest_ends,
    "guest_crashes": _guest_ends,
    "guest_vanishes": _guest_vanishes,
    "guest_is_paused": _guest_is_paused,
}
