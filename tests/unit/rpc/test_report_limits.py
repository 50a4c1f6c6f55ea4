"""How many events an agent's unrequested reports may write."""

from controlplane.rpc.agent.report_limits import (
    AGENT_BURST,
    BYTE_BURST,
    GUEST_BURST,
    GUEST_EVERY_S,
    HELD_BACK_BURST,
    MESSAGE_BURST,
    MOST_GUESTS,
    ReportLimits,
    StreamLimits,
)


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def taken(limits: ReportLimits, vm_uid: str, tries: int = 10_000, guests: int = 1) -> int:
    return sum(limits.allows(vm_uid, guests) for _ in range(tries))


def test_one_guest_has_a_burst_and_then_one_now_and_then() -> None:
    clock = Clock()
    limits = ReportLimits(clock)
    assert taken(limits, "a") == GUEST_BURST
    clock.now_s += 3 * GUEST_EVERY_S
    assert taken(limits, "a") == 3
    # Another is not concerned.
    assert limits.allows("b", 2)


def test_all_guests_of_an_agent_can_end_at_once_and_it_is_bounded_all_the_same() -> None:
    limits, guests = ReportLimits(Clock()), 1000
    assert all(limits.allows(str(number), guests) for number in range(guests))
    more = sum(taken(limits, str(number), 20, guests) for number in range(guests))
    assert more == AGENT_BURST + guests
    # Guests that it does not have bring nothing.
    assert sum(limits.allows(f"none-{number}", guests) for number in range(5000)) == 0


def test_hundreds_of_contradictions_make_no_sense_and_some_now_and_then_do() -> None:
    clock = Clock()
    limits = ReportLimits(clock)
    assert sum(not limits.is_beyond_sense() for _ in range(5000)) == HELD_BACK_BURST
    clock.now_s += 3600
    assert not limits.is_beyond_sense()


def test_a_stream_is_bounded_by_messages_bytes_and_guests() -> None:
    clock = Clock()
    messages, large = StreamLimits(clock), StreamLimits(clock)
    assert sum(messages.allows(10, 0) for _ in range(30_000)) == MESSAGE_BURST
    clock.now_s += 1
    assert 490 <= sum(messages.allows(10, 0) for _ in range(30_000)) <= 510
    assert sum(large.allows(1 << 20, 0) for _ in range(1000)) in range(
        int(BYTE_BURST) >> 20, (int(BYTE_BURST) >> 20) + 5
    )
    assert StreamLimits(clock).allows(10, MOST_GUESTS)
    assert not StreamLimits(clock).allows(10, MOST_GUESTS + 1)
