"""What elapsed of a window in which commit times skipped some."""

from hypothesis import given
from hypothesis import strategies as st

from controlplane.domain.time import Micros
from controlplane.queries.events.clock_steps import ClockStep, elapsed_parts


def step(start: int, skipped: int) -> ClockStep:
    return ClockStep(Micros(start), skipped, 1)


def parts(start: int, end: int, *steps: ClockStep) -> list[tuple[int, int]]:
    return list(elapsed_parts(Micros(start), Micros(end), steps))


def test_a_window_without_a_step_elapsed_all() -> None:
    assert parts(10, 20) == [(10, 20)]


def test_what_was_skipped_is_left_out() -> None:
    assert parts(0, 100, step(20, 30), step(60, 10)) == [(0, 20), (50, 60), (70, 100)]
    assert parts(30, 40, step(20, 30)) == []
    assert parts(10, 40, step(20, 30)) == [(10, 20)]
    assert parts(30, 70, step(20, 30)) == [(50, 70)]


@given(
    st.integers(0, 60),
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=6),
)
def test_it_is_the_window_without_all_that_was_skipped(start: int, lasts: int, gaps: list[tuple[int, int]]) -> None:
    steps: list[ClockStep] = []
    at = 0
    for apart, skipped in gaps:
        at += apart
        steps.append(step(at, skipped))
        at += skipped
    skipped = {instant for each in steps for instant in range(each.start, each.end)}
    found = [instant for begin, end in parts(start, start + lasts, *steps) for instant in range(begin, end)]
    assert found == [instant for instant in range(start, start + lasts) if instant not in skipped]
