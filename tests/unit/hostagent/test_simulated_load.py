"""What simulated guests use: the same in each run, growing while they run and at no other time."""

from hostagent.drivers.base import Guest, GuestSample, GuestSpec, ImageBoot, Power, Samples, VmUid
from hostagent.drivers.simulated.load import SimulatedLoad, load_of

UID, OTHER = VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a111"), VmUid("6f0f35ab-2a09-4d36-9a6a-a1d5f0c0a112")
S = 1_000_000


def spec(uid: VmUid = UID, incarnation: int = 1) -> GuestSpec:
    return GuestSpec(uid, "projects/p/vms/a", incarnation, 4, 1024, 10, ImageBoot("any"))


def guest(power: Power, uid: VmUid = UID, incarnation: int = 1) -> Guest:
    return Guest(uid, "projects/p/vms/a", incarnation, power, started=True)


def of(samples: Samples, uid: VmUid = UID) -> GuestSample:
    return next(each for each in samples.guests if each.ref.vm_uid == uid)


def test_cpu_time_grows_while_a_guest_runs_and_not_while_it_is_paused() -> None:
    load = SimulatedLoad(8, 4096, 0)
    rate = 4 * load_of(UID)
    load.changed(guest(Power.RUNNING), spec(), 10 * S)
    assert of(load.samples(10 * S)).cpu_us == 0
    assert of(load.samples(20 * S)).cpu_us == round(10 * S * rate)
    load.changed(guest(Power.PAUSED), spec(), 30 * S)
    assert of(load.samples(90 * S)).cpu_us == round(20 * S * rate)
    load.changed(guest(Power.RUNNING), spec(), 100 * S)
    assert of(load.samples(101 * S)).cpu_us == round(21 * S * rate)


def test_a_guest_uses_a_part_of_what_it_was_given() -> None:
    load = SimulatedLoad(8, 4096, 0)
    for uid in (UID, OTHER):
        load.changed(guest(Power.RUNNING, uid), spec(uid), 0)
    for uid in (UID, OTHER):
        found = of(load.samples(S), uid)
        assert found.memory_bytes is not None
        assert found.disk_bytes is not None
        assert 0 < found.memory_bytes < 1024 << 20
        assert 0 < found.disk_bytes < 10 << 30
    assert of(load.samples(S)).memory_bytes != of(load.samples(S), OTHER).memory_bytes


def test_a_new_incarnation_begins_at_0_and_the_host_forgets_no_time() -> None:
    load = SimulatedLoad(8, 4096, 0)
    load.changed(guest(Power.RUNNING), spec(), 0)
    load.changed(guest(Power.SHUTOFF), spec(), 10 * S)
    before = load.samples(10 * S)
    load.changed(guest(Power.RUNNING, incarnation=2), spec(incarnation=2), 10 * S)
    after = load.samples(10 * S)
    assert (of(after).ref.incarnation, of(after).cpu_us) == (2, 0)
    assert after.host.cpu_us == before.host.cpu_us
    load.gone(UID, 20 * S)
    last = load.samples(20 * S)
    assert last.guests == ()
    assert last.host.cpu_us is not None
    assert after.host.cpu_us is not None
    assert last.host.cpu_us > after.host.cpu_us


def test_a_host_is_never_busier_than_it_can_be_and_a_clock_set_back_takes_nothing() -> None:
    load = SimulatedLoad(1, 4096, 10 * S)
    for uid in (UID, OTHER):
        load.changed(guest(Power.RUNNING, uid), spec(uid), 10 * S)
    found = load.samples(20 * S).host
    assert (found.cpu_us, found.cpu_total_us) == (10 * S, 10 * S)
    assert of(load.samples(0)).cpu_us == 0


def test_a_guest_of_an_earlier_agent_is_measured_as_far_as_it_is_known() -> None:
    load = SimulatedLoad(8, 4096, 0)
    load.changed(guest(Power.RUNNING), None, 0)
    found = of(load.samples(10 * S))
    assert found.cpu_us == round(10 * S * load_of(UID))
    assert (found.memory_bytes, found.disk_bytes, found.disk_read_bytes) == (None, None, None)
