"""Makes a failing history smaller: leaves out steps for as long as it still fails."""

from collections.abc import Callable

from tests.simulation.plan import Plan


def shrunk(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """A part of the plan that fails, too, and of which no single step can be left out. First whole stretches go."""
    size = max(1, len(plan.steps) // 2)
    while True:
        smaller = _without_stretches(plan, size, fails)
        if size == 1 and len(smaller.steps) == len(plan.steps):
            return smaller
        plan, size = smaller, max(1, size // 2)


def _without_stretches(plan: Plan, size: int, fails: Callable[[Plan], bool]) -> Plan:
    start = 0
    while start < len(plan.steps):
        numbers = {step.number for step in (*plan.steps[:start], *plan.steps[start + size :])}
        smaller = plan.only(numbers)
        if fails(smaller):
            plan = smaller
        else:
            start += size
    return plan
