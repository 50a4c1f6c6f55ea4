"""What is used now, and of whom samples are kept: by scope, for as long as they are fresh, and within bounds."""

import tracemalloc

import pytest
from chronovisor.events.v1.event_pb2 import Event
from hypothesis import given
from hypothesis import strategies as st

from controlplane.commands.vm import ReportVm
from controlplane.domain.fleet import RecordedEvent
from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.samples import Sample
from controlplane.domain.time import SECOND, Micros
from controlplane.domain.vm.aggregate import Vm
from controlplane.domain.vm.states import Verb
from controlplane.projections.metrics.current_usage import CurrentUsage, Places, UsedAmounts, VmUsage
from controlplane.projections.metrics.metrics_store import Limits, MetricsStore
from tests.support.controlplane import NOW, PROJECT, RUNNING, SHUTOFF, World, inventory, register, world_with_host
from tests.support.trouble import moving, next_of_migration

EVERY_S = 10.0
MIB, GIB = 1 << 20, 1 << 30
HOST = "hosts/node-1"


class Measuring:
    """A world with a clock, and what is measured in it."""

    def __init__(self, world: World | None = None, limits: Limits | None = None) -> None:
        self.world = world or world_with_host(vcpus=64, memory_mib=65536, disk_gib=1000)
        self.now = NOW
        self.measured = MetricsStore(lambda: self.now, limits)
        self._followed = 0

    def running(self, name: str = "web") -> Vm:
        self.world.create(name, start=True)
        self.world.report(RUNNING, name)
        return self.follow(name)

    def follow(self, name: str = "web") -> Vm:
        history = self.world.history
        self.measured.apply(history[self._followed :])
        self._followed = len(history)
        return self.world.vm(name)

    def take(self, vm: Vm, *, after_s: float = 0.0, zone: str = "", every_s: float = EVERY_S, **measured: int) -> bool:
        """A sample `after_s` seconds from the last one."""
        self.now = Micros(self.now + round(after_s * SECOND))
        return self.measured.take_vm(vm, zone, Sample(self.now, vm.incarnation, **measured), every_s)

    def host(self) -> Host:
        found = self.world.fleet.host_named(HOST)
        assert found is not None
        return found


def test_used_vcpus_are_cpu_time_over_time_and_need_two_samples() -> None:
    here = Measuring()
    vm = here.running()
    assert here.measured.used("fleet") is None
    assert here.take(vm, cpu=100 * SECOND, memory=300 * MIB, disk=2 * GIB)
    first = here.measured.used("fleet")
    assert first == UsedAmounts(1, here.now, None, 300.0 * MIB, 2.0 * GIB)
    assert here.take(vm, after_s=10, cpu=105 * SECOND, memory=200 * MIB, disk=2 * GIB)
    second = here.measured.used("fleet")
    assert second is not None
    assert [second.of(name) for name in ("vcpus", "memory_mib", "disk_gib", "gpu.a100")] == [0.5, 200.0, 2.0, None]


def test_each_scope_sums_its_own_vms() -> None:
    here = Measuring()
    one, two = here.running("one"), here.running("two")
    here.take(one, zone="eu-1a", memory=1)
    here.take(two, zone="eu-1a", after_s=1, memory=2)
    for scope in ("fleet", HOST, "zones/eu-1a", PROJECT):
        assert here.measured.used(scope) == UsedAmounts(2, NOW, None, 3.0, None)
    for kind, scope in (("hosts", HOST), ("zones", "zones/eu-1a"), ("projects", PROJECT)):
        assert here.measured.used_by(kind) == {scope: here.measured.used(scope)}
    for scope in ("hosts/other", "zones/eu-1b", "projects/other"):
        assert here.measured.used(scope) is None


def test_a_sample_counts_for_three_periods() -> None:
    here = Measuring()
    one, two = here.running("one"), here.running("two")
    here.take(one, memory=1)
    here.take(two, memory=2, every_s=60)
    here.now = Micros(NOW + 30 * SECOND - 1)
    assert here.measured.used("fleet") == UsedAmounts(2, NOW, None, 3.0, None)
    here.now = Micros(NOW + 30 * SECOND)
    assert here.measured.used("fleet") == UsedAmounts(1, NOW, None, 2.0, None)
    here.now = Micros(NOW + 180 * SECOND)
    assert here.measured.used("fleet") is None
    assert here.measured.used_by("hosts") == {}
    assert len(here.measured.history(one.uid)) == 1


def test_a_restarted_counter_has_no_rate() -> None:
    here = Measuring()
    vm = here.running()
    here.take(vm, cpu=100 * SECOND)
    here.take(vm, after_s=10, cpu=1 * SECOND)
    used = here.measured.used("fleet")
    assert used is not None
    assert used.vcpus is None


def test_a_sample_of_another_incarnation_or_from_the_future_does_not_count() -> None:
    here = Measuring()
    vm = here.running()
    for incarnation in (0, vm.incarnation - 1, vm.incarnation + 1):
        assert not here.measured.take_vm(vm, "", Sample(here.now, incarnation, memory=1), EVERY_S)
    late = Micros(here.now + 61 * SECOND)
    assert not here.measured.take_vm(vm, "", Sample(late, vm.incarnation, memory=1), EVERY_S)
    assert not here.measured.take_host(here.host(), Sample(late))
    assert here.measured.history(vm.uid) == ()
    assert here.measured.used("fleet") is None


def test_a_sample_sent_twice_is_kept_once() -> None:
    here = Measuring()
    vm = here.running()
    assert here.take(vm, memory=1)
    assert not here.take(vm, memory=1)
    assert len(here.measured.history(vm.uid)) == 1


def test_a_clock_that_was_set_back_begins_the_history_anew() -> None:
    here = Measuring()
    vm = here.running()
    here.take(vm, cpu=1)
    here.take(vm, after_s=10, cpu=2)
    assert here.take(vm, after_s=-5, cpu=3)
    assert [each.cpu for each in here.measured.history(vm.uid)] == [3]


def test_a_guest_that_ended_uses_no_compute_and_keeps_its_disk() -> None:
    here = Measuring()
    vm = here.running()
    here.take(vm, cpu=0, memory=5, disk=7)
    here.world.ask(Verb.STOP)
    here.world.report(SHUTOFF)
    vm = here.follow()
    assert here.measured.used("fleet") is None
    # It was on its way when the guest ended.
    here.take(vm, after_s=1, cpu=SECOND, memory=5, disk=7)
    assert here.measured.used("fleet") == UsedAmounts(1, here.now, None, None, 7.0)
    assert len(here.measured.history(vm.uid)) == 2


def test_a_vm_that_has_moved_uses_nothing_where_it_was() -> None:
    """Until the switch its samples are the source's, from then on the destination's."""
    world = World()
    world.project()
    for name in ("node-1", "node-2"):
        world.carry_out(moving(register(name, inventory())))
    here = Measuring(world)
    vm = here.running()
    assert here.take(vm, memory=GIB)
    world.ask(Verb.MIGRATE)
    for _ in range(3):
        reported = next_of_migration(world.vm(), world.now)[0]
        world.carry_out(ReportVm(reported.host_uid, vm.uid, reported.report))
        vm = here.follow()
        if vm.incarnation == 1:
            assert here.take(vm, after_s=EVERY_S, memory=2 * GIB)
    assert here.measured.used("hosts/node-1") is None
    late = Sample(here.now, 1, memory=GIB)
    assert not here.measured.take_vm(vm, "", late, EVERY_S)
    assert here.take(vm, after_s=EVERY_S, memory=3 * GIB)
    used = here.measured.used("hosts/node-2")
    assert used is not None
    assert used.memory == 3 * GIB


def test_a_destroyed_vm_is_forgotten() -> None:
    here = Measuring()
    vm = here.running()
    here.take(vm, memory=5)
    here.world.ask(Verb.DELETE)
    here.world.report(5)
    here.measured.apply(here.world.history)
    assert here.measured.used("fleet") is None
    assert here.measured.history(vm.uid) == ()


def test_a_host_has_a_history_of_its_own_and_does_not_count_as_a_vm() -> None:
    here = Measuring()
    host = here.host()
    assert here.measured.take_host(host, Sample(here.now, cpu=5, cpu_total=50, memory=1))
    assert [each.cpu_total for each in here.measured.history(host.uid)] == [50]
    assert here.measured.used("fleet") is None


def test_a_decommissioned_host_is_forgotten() -> None:
    here = Measuring()
    host = here.host()
    here.measured.take_host(host, Sample(here.now))
    gone = host._replace(state=HostState.DECOMMISSIONED)
    here.measured.apply([RecordedEvent("hosts/uid", 2, Event(), host, gone)])
    assert here.measured.history(host.uid) == ()
    assert not here.measured.take_host(gone, Sample(here.now))


def test_the_more_are_measured_the_fewer_samples_are_kept_of_each() -> None:
    here = Measuring(limits=Limits(each=10, in_all=40))
    vms = [here.running(f"vm-{number}") for number in range(2)]
    for _ in range(20):
        for vm in vms:
            here.take(vm, after_s=1)
    assert {len(here.measured.history(vm.uid)) for vm in vms} == {10}
    vms += [here.running(f"vm-{number}") for number in range(2, 8)]
    for _ in range(20):
        for vm in vms:
            here.take(vm, after_s=1)
    assert {len(here.measured.history(vm.uid)) for vm in vms} == {5}
    vms += [here.running(f"vm-{number}") for number in range(8, 30)]
    for _ in range(3):
        for vm in vms:
            here.take(vm, after_s=1)
    # Two give a rate.
    assert {len(here.measured.history(vm.uid)) for vm in vms} == {2}


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(
            st.integers(0, 90),
            st.sampled_from(["hosts/a", "hosts/b"]),
            st.sampled_from(["", "zones/z"]),
            st.sampled_from(["projects/p", "projects/q"]),
            st.integers(0, 50),
            st.sampled_from([None, 0.0, 1.5]),
            st.booleans(),
        ),
        max_size=150,
    )
)
def test_sums_equal_those_counted_one_by_one(
    measured: list[tuple[int, str, str, str, int, float | None, bool]],
) -> None:
    used, known = CurrentUsage(), dict[str, tuple[Places, int, float | None]]()
    for number, host, zone, project, good_until, vcpus, stays in measured:
        uid = str(number)
        if not stays:
            used.forget(uid)
            known.pop(uid, None)
            continue
        places = Places(host, zone, project)
        used.put(uid, places, VmUsage(Micros(number), Micros(good_until), (vcpus, 1.0, None)))
        known[uid] = (places, good_until, vcpus)
    for scope in ("fleet", "hosts/a", "hosts/b", "hosts/c", "zones/z", "projects/p", "projects/q"):
        good = {u: each for u, each in known.items() if each[1] > 25 and (scope == "fleet" or scope in each[0])}
        vcpus = [each[2] for each in good.values() if each[2] is not None]
        oldest = min((int(uid) for uid in good), default=0)
        whole = UsedAmounts(len(good), Micros(oldest), sum(vcpus) if vcpus else None, float(len(good)), None)
        assert used.of(scope, Micros(25)) == (whole if good else None)
        if scope != "fleet":
            assert used.by(scope.partition("/")[0], Micros(25)).get(scope) == (whole if good else None)


@pytest.mark.slow
def test_a_vm_with_a_full_history_takes_a_few_kilobytes() -> None:
    here = Measuring()
    vm, vms = here.running(), 500
    tracemalloc.start()
    for number in range(vms):
        each = vm._replace(uid=str(number))
        for second in range(60):
            here.measured.take_vm(each, "", Sample(Micros(NOW + second), vm.incarnation, cpu=1), EVERY_S)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / vms < 6_500
