"""What operations of one kind of resource have of their own: VMs have theirs, hosts have theirs. Performs no I/O."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.reasons import Reason

# The outcome of an operation that reached its goal.
SUCCESS = ""


class OperationKind(NamedTuple):
    """The operations on resources whose streams are `{collection}/{uid}`.

    `infix` is what names of them have before the uid. `methods` are by the event that begins one, `unchanged` by the
    last part of the name of one that found its target as it was to be.
    """

    collection: str
    infix: str
    methods: Mapping[str, str]
    unchanged: Mapping[str, str]
    # The versions of the events that began what is pending on a target.
    running: Callable[[Any], Iterable[int]]
    # How the one of that version ended, by its target before, and the event after which it is not pending.
    outcome: Callable[[Any, int, ev.Event], str]
    # Whether a target is as a command is to make it: `unchanged` says which.
    is_so: Callable[[Any, str], bool]
    # How often something is recorded of one, by its method and version, if all goes well.
    steps: Callable[[str, int], int]


def operation_name(infix: str, uid: str, version: int, unchanged: str = "") -> str:
    name = f"operations/{infix}{uid}.{version}"
    return f"{name}.{unchanged}" if unchanged else name


def superseded_by(method: str) -> str:
    """The outcome of an operation whose place another command took."""
    return f"{Reason.SUPERSEDED} {method}".rstrip()
