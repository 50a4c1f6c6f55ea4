"""What the comments of the protos say of a method's errors, beside what a control plane gave."""

from collections.abc import Iterable
from functools import cache

from docs import api_reference

# By which older agents call it: see decision 0038.
_OLDER = {"chronovisor.v1.AgentService/Connect": "chronovisor.v1.AgentService/OpenSession"}


@cache
def reasons_of() -> dict[str, set[str]]:
    """By method, such as `chronovisor.v1.VmService/StartVm`: what it lists, and what is of every method."""
    everywhere = set(api_reference.reasons_of_every_method())
    return {method: listed | everywhere for method, listed in api_reference.errors_by_method().items()}


def undocumented(refusals: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of methods and reasons, those that the method's comment does not name. Health and reflection are others' own."""
    named = [(_OLDER.get(method, method), reason) for method, reason in refusals]
    return {
        (method, reason)
        for method, reason in named
        if not method.startswith("grpc.") and reason not in reasons_of()[method]
    }
