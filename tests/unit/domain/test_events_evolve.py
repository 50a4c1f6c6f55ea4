"""Every kind of event can be folded: none was forgotten when the schema grew."""

from typing import Any

import pytest
from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.host import aggregate as hosts
from controlplane.domain.host import credentials
from controlplane.domain.payloads import PAYLOAD_FIELD
from controlplane.domain.project import aggregate as projects
from controlplane.domain.rebalance import aggregate as rebalances
from controlplane.domain.resources import NOTHING
from controlplane.domain.vm import evolve as vms
from controlplane.domain.vm.aggregate import DiskMove, Migration, Vm
from controlplane.domain.vm.states import VmState
from tests.support.controlplane import NOW, Contents, World, contents, spec, world_with_host
from tests.unit.domain.conftest import REACHABLE, world_in

PAYLOADS = [each.name for each in ev.Event.DESCRIPTOR.oneofs_by_name["payload"].fields]
OF_VMS = [name for name in PAYLOADS if name.startswith("vm_")]
# On streams of their own, by the hosts' ids: a host joins before it is known.
OF_CREDENTIALS = [name for name in PAYLOADS if name.startswith(("host_token_", "host_certificate_"))]
OF_HOSTS = [name for name in PAYLOADS if name.startswith(("host_", "capacity_")) and name not in OF_CREDENTIALS]
OF_PROJECTS = [name for name in PAYLOADS if name.startswith("project_")]
OF_ACCOUNTS = [name for name in PAYLOADS if name.startswith("service_account_")]
OF_NETWORKS = [name for name in PAYLOADS if name.startswith("network_")]
OF_GROUPS = [name for name in PAYLOADS if name.startswith("security_group_")]
OF_IMAGES = [name for name in PAYLOADS if name.startswith("image_")]
OF_REBALANCES = [name for name in PAYLOADS if name.startswith("rebalance_")]
# Of policies and roles the last event is what they are.
OF_ACCESS = [name for name in PAYLOADS if name.startswith(("access_", "role_"))]
# On streams that fold into no aggregate.
OF_NOTHING = [
    "request_accepted",
    "batch_sealed",
    "history_forked",
    "snapshot_taken",
    "ledger_accepted",
    "clock_stepped",
    "secrets_forgotten",
    "person_forgotten",
    "console_opened",
    "console_closed",
    "console_screenshot_taken",
    "console_ticket_created",
    "console_program_requested",
]


def event_of(kind: str) -> ev.Event:
    event = ev.Event()
    getattr(event, kind).SetInParent()
    return event


def folds(vm: Vm, kind: str) -> bool:
    try:
        after = vms.evolve(vm, event_of(kind), vm.version + 1)
    except KeyError:
        return False
    return after.version == vm.version + 1


def test_every_payload_belongs_to_a_family() -> None:
    assert sorted(PAYLOADS) == sorted(
        [
            *OF_VMS,
            *OF_HOSTS,
            *OF_CREDENTIALS,
            *OF_PROJECTS,
            *OF_ACCOUNTS,
            *OF_NETWORKS,
            *OF_GROUPS,
            *OF_IMAGES,
            *OF_ACCESS,
            *OF_REBALANCES,
            *OF_NOTHING,
        ]
    )
    assert sorted(PAYLOAD_FIELD.values()) == sorted(PAYLOADS)


@pytest.mark.parametrize("kind", [name for name in OF_VMS if name != "vm_created"])
def test_every_event_of_a_vm_folds_in_some_state(kind: str) -> None:
    assert any(folds(vm, kind) for state in REACHABLE for vm in as_it_can_be(world_in(state).vm()))


def as_it_can_be(vm: Vm) -> list[Vm]:
    """The VM as it is, while it is moved, and while its host is lost."""
    migration = Migration("uid-node-2", "hosts/node-2", 7, NOTHING, DiskMove.NONE)
    moving = vm._replace(state=VmState.MIGRATING, migration=migration)
    return [moving, vm._replace(state=VmState.UNKNOWN, last_state=vm.state), vm]


@pytest.mark.parametrize("kind", [name for name in OF_HOSTS if name != "host_registered"])
def test_every_event_of_a_host_folds(kind: str) -> None:
    host = world_with_host().fleet.hosts["uid-node-1"]
    assert hosts.evolve(host, event_of(kind), 2).version == 2


@pytest.mark.parametrize("kind", OF_CREDENTIALS)
def test_every_event_of_credentials_folds_and_leaves_the_host_as_it_was(kind: str) -> None:
    fleet = world_with_host().fleet
    host = fleet.hosts["uid-node-1"]
    assert credentials.evolve(None, "node-1", event_of(kind), 1).version == 1
    applied = fleet.apply(f"{credentials.STREAM}/node-1", 1, event_of(kind))
    assert (applied.before, applied.after, fleet.hosts) == (None, None, {"uid-node-1": host})
    assert fleet.host_credentials["node-1"].version == 1


@pytest.mark.parametrize("kind", [name for name in OF_PROJECTS if name != "project_created"])
def test_every_event_of_a_project_folds(kind: str) -> None:
    project = projects.evolve(None, event_of("project_created"), 1)
    assert projects.evolve(project, event_of(kind), 2).version == 2


def test_the_first_event_of_each_stream_makes_its_aggregate() -> None:
    assert vms.evolve(None, event_of("vm_created"), 1).state is VmState.STOPPED
    assert hosts.evolve(None, event_of("host_registered"), 1).version == 1
    assert projects.evolve(None, event_of("project_created"), 1).version == 1


def test_an_update_time_is_the_commit_time_of_the_last_event() -> None:
    world = world_with_host()
    world.create(start=True)
    assert (world.vm().created, world.vm().updated) == (NOW, NOW)


@pytest.mark.parametrize("boot", [spec(), spec(gpu__a100=2), spec(image="")])
def test_a_spec_comes_back_from_its_event(boot: Any) -> None:
    world = World()
    world.project()
    world.create(of=boot)
    assert world.vm().spec == boot


def test_contents_reports_fleets_apart() -> None:
    world = world_with_host()
    before: Contents = contents(world.fleet)
    world.create()
    assert contents(world.fleet) != before


@pytest.mark.parametrize("kind", [name for name in OF_REBALANCES if name != "rebalance_requested"])
def test_every_event_of_a_rebalance_folds(kind: str) -> None:
    requested = ev.RebalanceRequested(uid="r", goal=1, max_parallel=1, moves=[ev.RebalanceMove(vm_uid="a")])
    begun = rebalances.evolve(None, ev.Event(rebalance_requested=requested), 1)
    event = ev.Event()
    payload = getattr(event, kind)
    payload.SetInParent()
    if kind == "rebalance_move_ended":
        payload.vm_uid, payload.state = "a", 3
    after = rebalances.evolve(begun, event, 2)
    assert (after.uid, after.version) == ("r", 2)
