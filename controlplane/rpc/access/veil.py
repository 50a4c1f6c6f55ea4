"""What an error has of hosts, and of other tenants' VMs and rules, is for those who may see everything."""

from dataclasses import replace

from google.rpc import error_details_pb2, status_pb2

from controlplane.domain.errors import BatchItemRefused, DomainError, NoCapacity, NoSpareCapacity
from controlplane.domain.reasons import Reason
from controlplane.queries import visible
from controlplane.rpc.errors import status_of

ANOTHER_VM, ANOTHER_PROJECT, NOT_SHOWN = "another VM", "another project", "(not shown)"
_TURNED_DOWN = "turned_down."


def veiled(error: BaseException) -> BaseException:
    """An error as this call's caller may see it."""
    if visible.projects() is None:
        return error
    match error:
        case BatchItemRefused(index, inner):
            return BatchItemRefused(index, _veiled(inner))
        case DomainError():
            return _veiled(error)
        case _:
            return error


def veiled_status(recorded: status_pb2.Status) -> status_pb2.Status:
    """The same, of a refusal that was recorded as a status."""
    info = error_details_pb2.ErrorInfo()
    if visible.projects() is None or not (recorded.details and recorded.details[0].Unpack(info)):
        return recorded
    found = dict(info.metadata)
    counts = {
        key.removeprefix(_TURNED_DOWN): int(value) for key, value in found.items() if key.startswith(_TURNED_DOWN)
    }
    refusal = NoCapacity(found.get("name", ""), int(found.get("hosts_considered", 0)), counts)
    match info.reason:
        case Reason.NO_CAPACITY:
            return status_of(refusal)
        case Reason.NO_SPARE_CAPACITY:
            domains = found["domains"].split(",")
            lack = NoSpareCapacity(found["name"], found["rule"], found["project"], domains, found["vm"], refusal)
            return status_of(_veiled(lack))
        case _:
            return recorded


def _veiled(error: DomainError) -> DomainError:
    match error:
        case NoCapacity():
            return replace(error, nearest=())
        case NoSpareCapacity():
            return _of_own_project(error)
        case _:
            return error


def _of_own_project(error: NoSpareCapacity) -> NoSpareCapacity:
    own = error.name.partition("/vms/")[0]
    is_shown = error.project in ("", own)
    return replace(
        error,
        rule=error.rule if is_shown else NOT_SHOWN,
        project=error.project if is_shown else ANOTHER_PROJECT,
        domains=[f"{len(error.domains)} of the domains"],
        unplaced=error.unplaced if error.unplaced.startswith(f"{own}/") else ANOTHER_VM,
    )
