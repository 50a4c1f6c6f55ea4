"""What a guardian does, by its agent's orders and the time."""

from dataclasses import dataclass, field

import pytest
from hostagent.watchdog.duty import Duty
from hostagent.watchdog.lease import Promise
from hostagent.watchdog.processes import GuestProcess
from hostagent.watchdog.words import Order, State

GUEST = GuestProcess(4711, "cv-018f0000-0000-7000-8000-000000000001")
PROMISE = Promise(60)
# After the end of the lease: before anything is due, and the first instants at which each thing is.
WAITS, STOPS, KILLS, RESETS = 39.0, 41.0, 51.0, 56.0


@dataclass
class Machine:
    """Its hypervisor, its guests and its watchdog device, with a clock."""

    now: float = 1_000.0
    left: list[GuestProcess] = field(default_factory=lambda: [GUEST])
    unkillable: bool = False
    stopping: bool = False
    meals: int = 0
    closed: str = ""
    killed: list[GuestProcess] = field(default_factory=list[GuestProcess])

    def clock(self) -> float:
        return self.now

    def set_due(self, due: bool) -> None:
        self.stopping = due

    def running(self) -> list[GuestProcess]:
        return list(self.left)

    def kill(self, process: GuestProcess) -> None:
        self.killed.append(process)
        if not self.unkillable:
            self.left.remove(process)

    def feed(self) -> None:
        self.meals += 1

    def close(self, *, for_good: bool) -> None:
        self.closed = "for good" if for_good else "handed over"

    def duty(self, inherited: State | None = None) -> Duty:
        return Duty(PROMISE, self.clock, self, self, self, inherited)

    def fed_at(self, duty: Duty, now: float) -> bool:
        before, self.now = self.meals, now
        duty.tick()
        return self.meals > before


def leased(machine: Machine) -> Duty:
    """With a lease of 30 s that was renewed now."""
    duty = machine.duty()
    duty.carry_out(Order(length_s=30, renewed_at=machine.now))
    return duty


def test_a_lease_that_holds_leaves_guests_alone() -> None:
    machine = Machine()
    duty = leased(machine)
    assert machine.fed_at(duty, 1_029)
    assert (machine.stopping, machine.killed, duty.state.due) == (False, [], "NOTHING")


def test_an_agent_has_time_to_come_back() -> None:
    machine = Machine()
    duty = leased(machine)
    assert machine.fed_at(duty, 1_030 + WAITS)
    assert not machine.stopping
    duty.carry_out(Order(renewed_at=machine.now))
    machine.fed_at(duty, 1_030 + STOPS)
    assert not machine.stopping


def test_guests_are_stopped_and_what_is_left_is_killed() -> None:
    machine = Machine()
    duty = leased(machine)
    machine.fed_at(duty, 1_030 + STOPS)
    assert (machine.stopping, machine.killed, duty.state.due) == (True, [], "STOP")
    machine.fed_at(duty, 1_030 + KILLS)
    assert (machine.killed, duty.state.due) == ([GUEST], "KILL")


def test_whatever_appears_later_is_killed_too() -> None:
    machine = Machine(left=[])
    duty = leased(machine)
    machine.fed_at(duty, 5_000)
    machine.left.append(GUEST)
    machine.fed_at(duty, 6_000)
    assert machine.killed == [GUEST]


def test_a_lease_that_is_back_ends_it() -> None:
    machine = Machine()
    duty = leased(machine)
    machine.fed_at(duty, 5_000)
    machine.left.append(GUEST)
    duty.carry_out(Order(renewed_at=5_000))
    machine.fed_at(duty, 5_001)
    assert (machine.stopping, machine.left) == (False, [GUEST])


def test_a_machine_whose_guests_cannot_be_killed_goes_hungry() -> None:
    machine = Machine(unkillable=True)
    duty = leased(machine)
    assert machine.fed_at(duty, 1_030 + KILLS)
    assert not machine.fed_at(duty, 1_030 + RESETS)
    machine.left.clear()
    assert machine.fed_at(duty, 1_030 + RESETS + 1)


def test_a_machine_without_guests_is_fed_for_ever() -> None:
    machine = Machine(left=[])
    assert machine.fed_at(leased(machine), 1e9)


def test_without_a_lease_to_watch_nothing_is_due() -> None:
    machine = Machine()
    duty = leased(machine)
    duty.carry_out(Order(length_s=0, renewed_at=machine.now))
    assert machine.fed_at(duty, 1e9)
    assert (machine.stopping, machine.killed, duty.state.expires_at) == (False, [], None)
    duty.carry_out(Order(length_s=30, renewed_at=1e9))
    assert duty.state.expires_at == 1e9 + 30


def test_a_guardian_that_hears_of_no_lease_takes_it_for_gone() -> None:
    machine = Machine()
    duty = machine.duty()
    machine.fed_at(duty, 1_000 + WAITS)
    assert not machine.stopping
    machine.fed_at(duty, 1_000 + STOPS)
    assert machine.stopping


def test_the_next_guardian_counts_on_from_where_the_last_one_was() -> None:
    machine = Machine()
    before = leased(machine)
    machine.now = 1_030 + 20
    after = machine.duty(before.state)
    assert after.state.expires_at == 1_030
    after = machine.duty(State(1, expires_at=1_060, length_s=30, due="NOTHING", timeout_s=60))
    assert (after.state.expires_at, after.state.length_s) == (1_060, 30)
    after.carry_out(Order(renewed_at=1_040))
    assert after.state.expires_at == 1_070
    idle = machine.duty(State(1, expires_at=None, length_s=0, due="NOTHING", timeout_s=60))
    assert idle.state.expires_at is None


@pytest.mark.parametrize(("end", "closed"), [("hand over", "handed over"), ("for good", "for good")])
def test_the_device_runs_on_where_another_guardian_waits_for_it(end: str, closed: str) -> None:
    machine = Machine()
    duty = leased(machine)
    duty.carry_out(Order(end=end))
    assert machine.closed == closed


def test_words_are_read_as_they_were_written() -> None:
    for order in (Order(), Order(30, 12.5), Order(end="hand over"), Order(renewed_at=0.0)):
        assert Order.parse(order.line()) == order
    state = State(1, None, 30.0, "STOP", 60.0)
    assert State.parse(state.line()) == state


@pytest.mark.parametrize("line", [b"", b"[]", b"{", b'{"length_s": "long"}', b'{"renewed_at": true}'])
def test_nonsense_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Order.parse(line)
