"""The stories of VMs in trouble, in sentences: histories of the real rules, as the command line has them."""

from dataclasses import replace

from chronovisor.cli.text import narrative
from chronovisor.cli.text.event_words import event_type
from chronovisor.cli.text.narrative import HostEvent
from chronovisor.cli.text.trouble_narrative import HOST_EVENTS
from chronovisor.names import last_part
from chronovisor.v1.history_service_pb2 import ReplayStep

from controlplane.commands.trouble import ConfirmFence, DrainHost, FailFence, FenceHost, LoseHost, RegainHost
from controlplane.commands.vm import CancelMigration, Definition, ReportVm, RestartVm, UpdateVm
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.time import SECOND
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.availability import Availability, RestartWhen
from controlplane.domain.vm.states import Verb
from controlplane.queries.events.reader import presented
from controlplane.queries.events.replay import Step
from controlplane.rpc.history.messages import step_message
from tests.support.controlplane import PROJECT, RUNNING, World, inventory, register
from tests.support.trouble import moving, next_of_migration, trouble_of_migration

WEB = f"{PROJECT}/vms/web"
FENCER = "the fencer read back that the power is off"


def moving_world() -> World:
    world = World()
    world.project()
    for name in ("node-1", "node-2"):
        world.carry_out(moving(register(name, inventory())))
    world.create("web", start=True)
    world.later(2)
    world.report(RUNNING)
    return world


def story_of(world: World, *, everything: bool = False) -> list[str]:
    """As `chronovisor why vm web` has it; without whose command it was, which is one user's throughout."""
    events = [each.at(position) for position, each in enumerate(world.history, 1)]
    steps = [_step(each.before, each) for each in events if isinstance(each.after, Vm)]
    of_hosts = [
        HostEvent(presented(each), last_part(each.after.name))
        for each in events
        if isinstance(each.after, Host) and event_type(presented(each)) in HOST_EVENTS
    ]
    shown = steps if everything else narrative.chapters(steps)
    return [each.text.replace("user:test", "ada") for each in narrative.sentences(shown, steps, of_hosts)]


def _step(before: object, recorded: RecordedEvent) -> ReplayStep:
    assert isinstance(recorded.after, Vm)
    return step_message(Step(recorded, before if isinstance(before, Vm) else None, recorded.after))


def go_on(world: World, steps: int) -> None:
    """So many reports of a migration that goes well."""
    for _ in range(steps):
        world.later(1)
        reported = next_of_migration(world.vm(), world.now)[0]
        world.carry_out(ReportVm(reported.host_uid, world.vm().uid, reported.report))


def test_a_failover_has_all_from_the_loss_of_the_host_to_the_restart() -> None:
    world = moving_world()
    availability = Availability(when=RestartWhen.HOST_FAILED)
    world.carry_out(UpdateVm(WEB, "", lambda vm: Definition(vm.spec, availability=availability)))
    world.later(30)
    world.carry_out(LoseHost("uid-node-1", 30 * SECOND))
    world.later(5)
    world.carry_out(FenceHost("hosts/node-1", has_fencer=True))
    world.later(3)
    version = world.fleet.hosts["uid-node-1"].version
    world.carry_out(ConfirmFence("uid-node-1", version, FENCER))
    world.carry_out(RestartVm("uid-web"))
    world.later(2)
    world.report(RUNNING)
    assert story_of(world)[3:] == [
        "ada: updated: 2 vCPUs, 1 GiB memory, 10 GiB disk, image tiny, restarted when its host fails.",
        "node-1 was lost: its agent was not heard for 30 s.",
        "So nobody knows whether it runs: it was RUNNING. node-1 keeps what it holds for it.",
        "ada requested to fence node-1 by the host's fencer.",
        f"node-1 was fenced by the host's fencer, 3.0 s after the request: {FENCER}. Nothing runs there, for certain.",
        "So it had ended there. That freed 2 vCPUs, 1 GiB memory. It is to be started again, attempt 1.",
        "ada requested to start it again, attempt 1, as incarnation 2. It was placed on node-2, the only host that "
        "fitted, by the policy pack-balanced; 1 host turned down: 1 by not_active.",
        "ada saw it running.",
    ]


def test_a_host_that_comes_back_has_what_was_tried_meanwhile() -> None:
    world = moving_world()
    world.carry_out(LoseHost("uid-node-1", 30 * SECOND))
    world.carry_out(FenceHost("hosts/node-1", has_fencer=True))
    world.later(60)
    version = world.fleet.hosts["uid-node-1"].version
    world.carry_out(FailFence("uid-node-1", version, "the power is still on"))
    world.carry_out(RegainHost("uid-node-1", HostState.DOWN))
    assert story_of(world)[-4:] == [
        "ada requested to fence node-1 by the host's fencer.",
        "The fencing of node-1 failed, 60 s after the request: the power is still on. Nothing changed by it.",
        "node-1 was back: its agent had reported its guests.",
        "So it is RUNNING again, as it was or as was requested since.",
    ]


def test_a_migration_has_all_from_its_request_to_its_end_with_the_time_it_stood_still() -> None:
    world = moving_world()
    world.carry_out(DrainHost("hosts/node-1"))
    world.ask(Verb.MIGRATE)
    go_on(world, 4)
    assert story_of(world)[3:] == [
        "ada requested to drain node-1: its VMs were to go elsewhere.",
        "ada requested to move it away from node-1, as incarnation 2. It was placed on node-2, the only host that "
        "fitted, by the policy pack-balanced; 1 host turned down: 1 by not_active; node-1 and node-2 both hold 2 "
        "vCPUs, 1 GiB memory, 10 GiB disk for it until that is over. Its disk is on storage that both hosts share.",
        "node-2 was ready to take it, and node-1 began to copy it there.",
        "ada saw its copy on node-2, complete and paused.",
        "ada saw that it does not run on node-1 any more (migrated).",
        "So from here on it is on node-2, as incarnation 2: its copy there is to go on.",
        "ada saw it go on. It stood still for about 2.0 s. That freed 2 vCPUs, 1 GiB memory, 10 GiB disk on node-1.",
    ]


def test_a_migration_that_fails_says_why_and_where_the_vm_goes_on() -> None:
    world = moving_world()
    world.ask(Verb.MIGRATE)
    go_on(world, 1)
    requested = world.vm().pending
    assert requested is not None
    world.carry_out(CancelMigration("uid-web", requested.version))
    world.later(1)
    (there, failed, here, *_) = trouble_of_migration(world.vm(), world.now)
    assert there.host_uid == failed.host_uid
    world.carry_out(
        ReportVm(here.host_uid, "uid-web", replace(here.report, desired_version=world.vm().desired_version))
    )
    assert story_of(world)[-2:] == [
        "ada requested to give its migration up.",
        "Its migration to node-2 was given up: cancelled. It goes on on node-1. That freed 2 vCPUs, 1 GiB memory, "
        "10 GiB disk on node-2.",
    ]
