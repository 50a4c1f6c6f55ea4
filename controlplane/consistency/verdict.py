"""What a walk found, as one problem: the first position that does not hold, by seals, rules or the file itself."""

from controlplane.consistency.orders import Walked
from controlplane.queries.audit import Problem


def first_problem(walked: Walked) -> Problem | None:
    """None when all holds."""
    problems: list[Problem] = []
    if problem := walked.checked.problem:
        problems.append(problem)
    if walked.rules and walked.rules.found:
        position, rule, subject, text = walked.rules.violations[0]
        more = f" (and {walked.rules.found - 1} more)" if walked.rules.found > 1 else ""
        problems.append(Problem(position, f"it breaks the rule {rule}: {subject}: {text}{more}"))
    if walked.fault:
        problems.append(Problem(0, walked.fault))
    return min(problems, key=lambda each: each.position or 1 << 62, default=None)
