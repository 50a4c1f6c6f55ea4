"""Operations on hosts: which event begins one, which ends it, and with what outcome. Performs no I/O.

A drain runs while the host's place in its life is DRAINING by it, a fencing while it is neither confirmed nor given up.
Of one host, both can run at once.
"""

from collections.abc import Mapping

from chronovisor.events.v1 import event_pb2 as ev

from controlplane.domain.host.aggregate import Host
from controlplane.domain.host.states import HostState
from controlplane.domain.host.verbs import DRAIN, FENCE, VERBS
from controlplane.domain.operation_kind import SUCCESS, OperationKind, superseded_by
from controlplane.domain.reasons import Reason

# By the event that begins one.
METHODS = {row.event: row.method for row in (DRAIN, FENCE)}
UNCHANGED = {"drain": DRAIN.method, "fence": FENCE.method}
_METHOD_OF = {row.event: row.method for row in VERBS.values()}
# That it was requested, and that it was reached.
_STEPS = 2


def drain_version(host: Host) -> int:
    """Of the drain that is under way; 0 when there is none."""
    return host.drain.version if host.drain and host.place is HostState.DRAINING else 0


def running(host: Host) -> tuple[int, ...]:
    fencing = host.fence.version if host.fence else 0
    return tuple(version for version in (drain_version(host), fencing) if version)


def _outcome(before: Host, version: int, event: ev.Event) -> str:
    is_drain = version == drain_version(before)
    match event.WhichOneof("payload"):
        case "host_drained" if is_drain:
            return SUCCESS
        case "host_drain_cancelled" if is_drain:
            return Reason.CANCELLED
        case "host_fenced" if not is_drain:
            return SUCCESS
        case "host_fence_failed" if not is_drain:
            failed = event.host_fence_failed
            return f"{Reason.CANCELLED if failed.cancelled else Reason.FENCE_FAILED} {failed.error}".rstrip()
        case kind:
            return superseded_by(_METHOD_OF.get(kind or "", ""))


_GOALS: Mapping[str, HostState] = {"drain": HostState.MAINTENANCE, "fence": HostState.FENCED}


def _is_so(host: Host, unchanged: str) -> bool:
    """A fenced host is so while it is away; one in maintenance may be away meanwhile."""
    goal = _GOALS[unchanged]
    return goal in (host.state, host.place)


def _steps(_method: str, _version: int) -> int:
    return _STEPS


HOST_OPERATIONS = OperationKind("hosts", "hosts.", METHODS, UNCHANGED, running, _outcome, _is_so, _steps)
