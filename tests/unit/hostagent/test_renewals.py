"""From when a lease lasts: when that was sent which the control plane has answered."""

from chronovisor.v1 import agent_service_pb2 as pb
from hostagent.control.renewals import Renewals
from hostagent.watchdog.watchdog import NoWatchdog


class Recorded(NoWatchdog):
    """A watchdog that only notes what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 100.0
        self.leases: list[tuple[float, float]] = []
        self.renewals: list[float] = []

    def now(self) -> float:
        return self.time

    def granted(self, length_s: float, at: float) -> None:
        self.leases.append((length_s, at))

    def renewed(self, at: float) -> None:
        self.renewals.append(at)


class Connection:
    """What an agent sends, and is answered."""

    def __init__(self) -> None:
        self.watchdog = Recorded()
        self._renewals = Renewals(self.watchdog)

    def hello(self, at: float) -> None:
        self.watchdog.time = at
        self._renewals.sent(pb.ConnectRequest(hello=pb.AgentHello()))

    def beat(self, at: float, *, says: int) -> None:
        """A heartbeat that was sent at one time, and has another in it."""
        self.watchdog.time = at
        beat = pb.AgentHeartbeat()
        beat.send_time.FromSeconds(says)
        self._renewals.sent(pb.ConnectRequest(heartbeat=beat))

    def welcome(self, lease_s: int) -> None:
        welcome = pb.AgentWelcome()
        welcome.lease_duration.FromSeconds(lease_s)
        self._renewals.welcomed(welcome)

    def answer(self, says: int) -> None:
        renewal = pb.LeaseRenewal()
        renewal.heartbeat_time.FromSeconds(says)
        self._renewals.renewed(renewal)


def test_the_welcome_answers_the_hello() -> None:
    connection = Connection()
    connection.hello(at=100)
    connection.watchdog.time = 120
    connection.welcome(lease_s=30)
    assert connection.watchdog.leases == [(30, 100)]


def test_a_renewal_counts_from_when_its_heartbeat_was_sent() -> None:
    connection = Connection()
    connection.beat(at=101, says=7)
    connection.beat(at=106, says=12)
    connection.watchdog.time = 110
    connection.answer(says=7)
    connection.answer(says=12)
    assert connection.watchdog.renewals == [101, 106]


def test_a_renewal_answers_what_was_sent_before_as_well() -> None:
    connection = Connection()
    connection.beat(at=101, says=7)
    connection.beat(at=106, says=12)
    connection.answer(says=12)
    connection.answer(says=7)
    assert connection.watchdog.renewals == [106]


def test_an_answer_to_nothing_renews_nothing() -> None:
    connection = Connection()
    connection.answer(says=7)
    connection.beat(at=101, says=7)
    connection.answer(says=8)
    assert connection.watchdog.renewals == []
    connection.hello(at=200)
    connection.answer(says=7)
    assert connection.watchdog.renewals == []


def test_of_two_heartbeats_with_one_time_the_older_counts() -> None:
    """The host's clock was set back between them."""
    connection = Connection()
    connection.beat(at=101, says=7)
    connection.beat(at=111, says=7)
    connection.answer(says=7)
    assert connection.watchdog.renewals == [101]
