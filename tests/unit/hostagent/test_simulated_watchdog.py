"""The watchdog of simulated guests: the same promise under a fake clock."""

from hostagent.drivers.base import Guest, Power, VmUid
from hostagent.drivers.simulated.driver import SimulatedDriver
from hostagent.watchdog.in_process import SimulatedWatchdog

UID = VmUid("018f0000-0000-7000-8000-000000000001")


class Host:
    """A simulated machine with one guest that runs, and a clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.driver = SimulatedDriver()
        self.start()
        self.watchdog = SimulatedWatchdog(self.driver, 60, lambda: self.now)

    def start(self) -> None:
        self.driver.put(Guest(UID, "projects/p/vms/a", 1, Power.RUNNING, started=True))

    def power_at(self, now: float) -> Power:
        self.now = now
        self.watchdog.tick()
        return self.driver.guests[UID].power


def test_its_guests_are_stopped_before_the_promise_ends() -> None:
    host = Host()
    host.watchdog.granted(30, host.now)
    assert host.power_at(1_030 + 39) is Power.RUNNING
    assert host.power_at(1_030 + 59) is Power.SHUTOFF
    assert host.driver.guests[UID].detail == "destroyed"


def test_what_is_started_without_a_lease_is_stopped_too() -> None:
    host = Host()
    host.watchdog.granted(30, host.now)
    host.power_at(2_000)
    host.start()
    assert host.power_at(2_001) is Power.SHUTOFF


def test_a_renewed_lease_leaves_guests_alone() -> None:
    host = Host()
    host.watchdog.granted(30, host.now)
    host.now = 1_060
    host.watchdog.renewed(1_060)
    assert host.power_at(1_100) is Power.RUNNING


def test_where_no_lease_is_granted_nothing_is_stopped() -> None:
    host = Host()
    host.watchdog.granted(0, host.now)
    assert host.power_at(1e9) is Power.RUNNING
    host.watchdog.granted(30, host.now)
    assert host.power_at(1e9 + 69) is Power.RUNNING
    assert host.power_at(1e9 + 71) is Power.SHUTOFF


def test_a_guest_is_stopped_that_no_control_plane_ever_renewed_a_lease_for() -> None:
    assert Host().power_at(1_060) is Power.SHUTOFF
