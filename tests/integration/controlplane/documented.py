"""What the comments of the protos say of a method's errors, beside what a control plane gave."""

from collections.abc import Iterable
from functools import cache

from controlplane.rpc.access.methods import GOOGLE
from controlplane.rpc.error_mapping import OTHERS
from docs import api_reference

# What google.iam.v1.IAMPolicy answers: its comments are Google's. The reference has it beside AccessService.
_POLICIES = {"INVALID_FIELD", "PROJECT_NOT_FOUND", "ETAG_MISMATCH", "CONCURRENT_CHANGE", "LEDGER_UNTRUSTED"}
# By which older agents call it: see decision 0038.
_OLDER = {"chronovisor.v1.AgentService/Connect": "chronovisor.v1.AgentService/OpenSession"}


@cache
def reasons_of() -> dict[str, set[str]]:
    """By method, such as `chronovisor.v1.VmService/StartVm`: what it lists, and what is of every method."""
    everywhere = set(api_reference.reasons_of_every_method())
    of_google = {name: _POLICIES | everywhere for name in GOOGLE if name.startswith("google.iam.")}
    return of_google | {method: listed | everywhere for method, listed in api_reference.errors_by_method().items()}


def undocumented(refusals: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of methods and reasons, those that the method's comment does not name. Health and reflection are others' own.

    Nor has a method that there is not a comment.
    """
    named = [(_OLDER.get(method, method), reason) for method, reason in refusals]
    return {
        (method, reason)
        for method, reason in named
        if method != OTHERS and not method.startswith("grpc.") and reason not in reasons_of()[method]
    }
