"""The one table of errors: what each domain error is as a google.rpc.Status."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from controlplane.domain import errors
from controlplane.domain.host import errors as host_errors
from controlplane.domain.image.errors import ImageRejected, ImageSourceNotAllowed, ImageStoreFull
from controlplane.domain.network.errors import AddressesExhausted, AddressInUse, NetworkInUse
from controlplane.domain.reasons import Reason
from controlplane.domain.security_group.errors import SecurityGroupInUse
from controlplane.domain.text import bounded
from controlplane.domain.time import duration_of
from controlplane.domain.vm.errors import ConsoleUnsupported, DeletionProtected, DiskInUse, HasNoDisk, SecretsForgotten

DOMAIN = "chronovisor.dev"
# In bytes. Clients take 8 KiB of trailing metadata: the details in base64, and the message once more, percent-encoded.
LONGEST_TEXT = 300
LONGEST_KEY = 64
MOST_STATUS = 3072
MOST_VIOLATIONS = 10
MOST_ENTRIES = 40

Details = tuple[Reason, dict[str, str], list[Message]]


def _short(text: str) -> str:
    return bounded(text, LONGEST_TEXT)


def _invalid_field(error: errors.InvalidField) -> Details:
    violations = [
        error_details_pb2.BadRequest.FieldViolation(field=each.field, description=each.rule)
        for each in error.violations[:MOST_VIOLATIONS]
    ]
    return Reason.INVALID_FIELD, {}, [error_details_pb2.BadRequest(field_violations=violations)]


def _request_id_reused(error: errors.RequestIdReused) -> Details:
    violation = error_details_pb2.BadRequest.FieldViolation(field="request_id", description=str(error))
    return (
        Reason.REQUEST_ID_REUSED,
        {"request_id": error.request_id},
        [error_details_pb2.BadRequest(field_violations=[violation])],
    )


def _resource(kind: str, name: str) -> error_details_pb2.ResourceInfo:
    return error_details_pb2.ResourceInfo(
        resource_type=f"{DOMAIN}/{kind.title().replace('_', '')}", resource_name=_short(name)
    )


def _not_found(error: errors.NotFound) -> Details:
    return Reason[f"{error.kind.upper()}_NOT_FOUND"], {"name": _short(error.name)}, [_resource(error.kind, error.name)]


def _already_exists(error: errors.AlreadyExists) -> Details:
    return Reason[f"{error.kind.upper()}_ALREADY_EXISTS"], {"name": error.name}, [_resource(error.kind, error.name)]


def _wrong_state(error: errors.WrongState) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="STATE", subject=error.name, description=str(error)
    )
    # `UpdateVm of spec`: the method, and what of the resource.
    method, _, part = error.command.partition(" of ")
    allowed = dict.fromkeys(each.partition(" ")[0] for each in error.allowed)
    metadata = {
        "name": error.name,
        "state": error.state,
        "command": method,
        "allowed_commands": ",".join(allowed),
        **({"part": part} if part else {}),
    }
    return Reason.WRONG_STATE, metadata, [error_details_pb2.PreconditionFailure(violations=[violation])]


def _guest_elsewhere(error: errors.GuestElsewhere) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="GUEST", subject=error.name, description=_short(str(error))
    )
    first = error.guests[0]
    metadata = {"name": error.name, "command": error.command, "host": first.host, "incarnation": str(first.incarnation)}
    return Reason.GUEST_ELSEWHERE, metadata, [error_details_pb2.PreconditionFailure(violations=[violation])]


def _not_cancellable(error: errors.NotCancellable) -> Details:
    return _of_operation(error, Reason.NOT_CANCELLABLE, {"verb": error.method, "instead": _short(error.instead)})


def _operation_kept(error: errors.OperationKept) -> Details:
    return _of_operation(error, Reason.OPERATION_KEPT, {})


def _of_operation(
    error: errors.NotCancellable | errors.OperationKept, reason: Reason, metadata: dict[str, str]
) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="OPERATION", subject=error.name, description=_short(str(error))
    )
    details: list[Message] = [error_details_pb2.PreconditionFailure(violations=[violation])]
    return reason, {"name": error.name, **metadata}, details


def _etag_mismatch(error: errors.EtagMismatch) -> Details:
    metadata = {"name": error.name, "given": _short(error.given), "current": error.current}
    return Reason.ETAG_MISMATCH, metadata, []


def _no_capacity(error: errors.NoCapacity) -> Details:
    metadata = {f"turned_down.{rule}": str(count) for rule, count in error.turned_down.items()}
    metadata |= {f"nearest.{place}": str(miss) for place, miss in enumerate(error.nearest, 1)}
    return Reason.NO_CAPACITY, {"name": error.name, "hosts_considered": str(error.hosts_considered), **metadata}, []


def _quota_exceeded(error: errors.QuotaExceeded) -> Details:
    violation = error_details_pb2.QuotaFailure.Violation(subject=error.project, description=str(error))
    metadata = {
        "project": error.project,
        "resource_class": error.resource_class,
        "quota": str(error.quota),
        "held": str(error.held),
        "requested": str(error.requested),
    }
    return Reason.QUOTA_EXCEEDED, metadata, [error_details_pb2.QuotaFailure(violations=[violation])]


def _no_spare_capacity(error: errors.NoSpareCapacity) -> Details:
    violation = error_details_pb2.QuotaFailure.Violation(subject=error.project or "server", description=str(error))
    metadata = {
        "name": error.name,
        "rule": error.rule,
        "project": error.project,
        "domains": ",".join(error.domains),
        "vm": error.unplaced,
    }
    metadata |= {f"turned_down.{rule}": str(count) for rule, count in error.refusal.turned_down.items()}
    return Reason.NO_SPARE_CAPACITY, metadata, [error_details_pb2.QuotaFailure(violations=[violation])]


def _project_in_use(error: errors.ProjectInUse) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="USE", subject=error.project, description=str(error)
    )
    metadata = {"project": error.project, **{what: str(count) for what, count in error.uses.items()}}
    return Reason.PROJECT_IN_USE, metadata, [error_details_pb2.PreconditionFailure(violations=[violation])]


def _host_in_use(error: host_errors.HostInUse) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(type="USE", subject=error.host, description=str(error))
    metadata = {"name": error.host, "vms": str(error.vms)}
    return Reason.HOST_IN_USE, metadata, [error_details_pb2.PreconditionFailure(violations=[violation])]


def _network_in_use(error: NetworkInUse) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(type="USE", subject=error.name, description=str(error))
    metadata = {"name": error.name, "vms": str(error.vms)}
    return Reason.NETWORK_IN_USE, metadata, [error_details_pb2.PreconditionFailure(violations=[violation])]


def _group_in_use(error: SecurityGroupInUse) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(type="USE", subject=error.name, description=str(error))
    metadata = {"name": error.name, "vms": str(error.vms), "groups": str(error.groups)}
    return Reason.SECURITY_GROUP_IN_USE, metadata, [error_details_pb2.PreconditionFailure(violations=[violation])]


def _addresses_exhausted(error: AddressesExhausted) -> Details:
    violation = error_details_pb2.QuotaFailure.Violation(subject=error.network, description=str(error))
    metadata = {"network": error.network, "held": str(error.held)}
    return Reason.ADDRESSES_EXHAUSTED, metadata, [error_details_pb2.QuotaFailure(violations=[violation])]


def _address_in_use(error: AddressInUse) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="ADDRESS", subject=error.network, description=str(error)
    )
    metadata = {"network": error.network, "address": error.address, "holder": error.holder}
    return Reason.ADDRESS_IN_USE, metadata, [error_details_pb2.PreconditionFailure(violations=[violation])]


def _of_host(reason: Reason) -> Callable[[host_errors.HostConnected | host_errors.HostDecommissioned], Details]:
    """What a host's own condition forbids."""

    def details(error: host_errors.HostConnected | host_errors.HostDecommissioned) -> Details:
        violation = error_details_pb2.PreconditionFailure.Violation(
            type="HOST", subject=error.host, description=str(error)
        )
        return reason, {"name": error.host}, [error_details_pb2.PreconditionFailure(violations=[violation])]

    return details


def _machine_mismatch(error: host_errors.MachineMismatch) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="MACHINE", subject=error.host, description=str(error)
    )
    metadata = {"name": error.host, "bound": ",".join(error.bound), "reported": ",".join(error.reported)}
    return Reason.HOST_MACHINE_MISMATCH, metadata, [error_details_pb2.PreconditionFailure(violations=[violation])]


def _quarantined(error: host_errors.AgentQuarantined) -> Details:
    retry = error_details_pb2.RetryInfo(retry_delay=duration_of(error.retry_after_s))
    return Reason.AGENT_QUARANTINED, {"name": error.host}, [retry]


def _already_connected(error: host_errors.HostAlreadyConnected) -> Details:
    retry = error_details_pb2.RetryInfo(retry_delay=duration_of(error.retry_after_s))
    return Reason.HOST_ALREADY_CONNECTED, {"name": error.host}, [retry]


def _insufficient(error: errors.InsufficientResources) -> Details:
    metadata = {"resource_class": error.resource_class, "held": str(error.held), "released": str(error.released)}
    return Reason.INSUFFICIENT_RESOURCES, metadata, []


def _position_ahead(error: errors.PositionAhead) -> Details:
    return Reason.POSITION_AHEAD, {"position": str(error.position), "head": str(error.head)}, []


def _tree_size_ahead(error: errors.TreeSizeAhead) -> Details:
    return Reason.TREE_SIZE_AHEAD, {"size": str(error.size), "head": str(error.head)}, []


def _untrusted(error: errors.LedgerUntrusted) -> Details:
    return Reason.LEDGER_UNTRUSTED, {"position": str(error.position), "problem": _short(error.problem)}, []


def _hosts_unreported(error: errors.HostsUnreported) -> Details:
    metadata = {"name": error.name, "count": str(error.count), "hosts": _short(",".join(error.hosts))}
    retry = error_details_pb2.RetryInfo(retry_delay=duration_of(error.retry_after_s))
    return Reason.HOSTS_UNREPORTED, metadata, [retry]


def _history_forked(error: errors.HistoryForked | errors.HistoryChanged) -> Details:
    metadata = {"fork_position": str(error.shared), "history": error.history_id}
    if isinstance(error, errors.HistoryForked):
        metadata["position"] = str(error.position)
    return Reason.HISTORY_FORKED, metadata, []


def _secrets_forgotten(error: SecretsForgotten) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="SECRETS", subject=error.vm_uid, description=str(error)
    )
    return (
        Reason.SECRETS_FORGOTTEN,
        {"uid": error.vm_uid},
        [error_details_pb2.PreconditionFailure(violations=[violation])],
    )


def _deletion_protected(error: DeletionProtected) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="DELETION_PROTECTION", subject=error.name, description=str(error)
    )
    details: list[Message] = [error_details_pb2.PreconditionFailure(violations=[violation])]
    return Reason.DELETION_PROTECTED, {"name": error.name}, details


def _has_no_disk(error: HasNoDisk) -> Details:
    return Reason.VM_HAS_NO_DISK, {"name": error.name}, _of_disk(error)


def _disk_in_use(error: DiskInUse) -> Details:
    metadata = {"name": error.name, "image": error.image, "command": error.command}
    return Reason.VM_DISK_IN_USE, metadata, _of_disk(error)


def _of_disk(error: HasNoDisk | DiskInUse) -> list[Message]:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="DISK", subject=error.name, description=_short(str(error))
    )
    return [error_details_pb2.PreconditionFailure(violations=[violation])]


def _console_unsupported(error: ConsoleUnsupported) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="CONSOLE", subject=error.name, description=_short(str(error))
    )
    failure = error_details_pb2.PreconditionFailure(violations=[violation])
    return Reason.CONSOLE_UNSUPPORTED, {"name": error.name}, [failure]


def _of_image(reason: Reason) -> Callable[[ImageRejected | ImageStoreFull], Details]:
    return lambda error: (reason, {"name": error.name, "why": _short(error.why)}, [])


def _image_source(error: ImageSourceNotAllowed) -> Details:
    violation = error_details_pb2.PreconditionFailure.Violation(
        type="SOURCE", subject=_short(error.source_uri), description=_short(error.why)
    )
    metadata = {"source_uri": _short(error.source_uri), "why": _short(error.why)}
    return Reason.IMAGE_SOURCE_NOT_ALLOWED, metadata, [error_details_pb2.PreconditionFailure(violations=[violation])]


def _unavailable(error: errors.Unavailable) -> Details:
    return error.reason, {}, [error_details_pb2.RetryInfo(retry_delay=duration_of(error.retry_after_s))]


def _concurrent_change(_error: errors.ConcurrentChange) -> Details:
    return Reason.CONCURRENT_CHANGE, {}, [error_details_pb2.RetryInfo(retry_delay=duration_of(0.05))]


def _unauthenticated(error: errors.Unauthenticated) -> Details:
    return error.reason, {}, []


def _access_denied(error: errors.AccessDenied) -> Details:
    metadata = {"principal": error.principal, "permission": error.permission, "resource": _short(error.resource)}
    return Reason.ACCESS_DENIED, metadata, []


def _rate_limited(error: errors.RateLimited) -> Details:
    retry = error_details_pb2.RetryInfo(retry_delay=duration_of(error.retry_after_s))
    return Reason.RATE_LIMITED, {"principal": error.principal}, [retry]


def _plain(reason: Reason) -> Callable[[errors.DomainError], Details]:
    return lambda _error: (reason, {}, [])


TABLE: dict[type[errors.DomainError], tuple[int, Callable[[Any], Details]]] = {
    errors.InvalidField: (code_pb2.INVALID_ARGUMENT, _invalid_field),
    errors.InvalidRequest: (code_pb2.INVALID_ARGUMENT, _plain(Reason.INVALID_REQUEST)),
    errors.RequestIdReused: (code_pb2.INVALID_ARGUMENT, _request_id_reused),
    errors.NotFound: (code_pb2.NOT_FOUND, _not_found),
    errors.AlreadyExists: (code_pb2.ALREADY_EXISTS, _already_exists),
    errors.WrongState: (code_pb2.FAILED_PRECONDITION, _wrong_state),
    errors.GuestElsewhere: (code_pb2.FAILED_PRECONDITION, _guest_elsewhere),
    errors.NotCancellable: (code_pb2.FAILED_PRECONDITION, _not_cancellable),
    errors.OperationKept: (code_pb2.FAILED_PRECONDITION, _operation_kept),
    errors.EtagMismatch: (code_pb2.ABORTED, _etag_mismatch),
    errors.ConcurrentChange: (code_pb2.ABORTED, _concurrent_change),
    errors.NoCapacity: (code_pb2.RESOURCE_EXHAUSTED, _no_capacity),
    errors.NoSpareCapacity: (code_pb2.RESOURCE_EXHAUSTED, _no_spare_capacity),
    errors.QuotaExceeded: (code_pb2.RESOURCE_EXHAUSTED, _quota_exceeded),
    errors.ProjectInUse: (code_pb2.FAILED_PRECONDITION, _project_in_use),
    host_errors.HostInUse: (code_pb2.FAILED_PRECONDITION, _host_in_use),
    host_errors.HostConnected: (code_pb2.FAILED_PRECONDITION, _of_host(Reason.HOST_CONNECTED)),
    host_errors.HostDecommissioned: (code_pb2.FAILED_PRECONDITION, _of_host(Reason.HOST_DECOMMISSIONED)),
    host_errors.NoCertificateAuthority: (
        code_pb2.FAILED_PRECONDITION,
        _plain(Reason.NO_CERTIFICATE_AUTHORITY),
    ),
    host_errors.MachineMismatch: (code_pb2.FAILED_PRECONDITION, _machine_mismatch),
    host_errors.AgentQuarantined: (code_pb2.RESOURCE_EXHAUSTED, _quarantined),
    host_errors.HostAlreadyConnected: (code_pb2.ABORTED, _already_connected),
    errors.InsufficientResources: (code_pb2.FAILED_PRECONDITION, _insufficient),
    errors.InvalidActor: (code_pb2.UNAUTHENTICATED, _plain(Reason.INVALID_ACTOR)),
    errors.Unauthenticated: (code_pb2.UNAUTHENTICATED, _unauthenticated),
    errors.AccessDenied: (code_pb2.PERMISSION_DENIED, _access_denied),
    errors.RateLimited: (code_pb2.RESOURCE_EXHAUSTED, _rate_limited),
    errors.PermissionDenied: (code_pb2.PERMISSION_DENIED, _plain(Reason.NOT_YOURS)),
    errors.PositionAhead: (code_pb2.OUT_OF_RANGE, _position_ahead),
    errors.TreeSizeAhead: (code_pb2.OUT_OF_RANGE, _tree_size_ahead),
    errors.HistoryForked: (code_pb2.OUT_OF_RANGE, _history_forked),
    errors.HistoryChanged: (code_pb2.ABORTED, _history_forked),
    host_errors.AgentSuperseded: (code_pb2.ABORTED, _plain(Reason.AGENT_SUPERSEDED)),
    errors.HostsUnreported: (code_pb2.UNAVAILABLE, _hosts_unreported),
    errors.Unavailable: (code_pb2.UNAVAILABLE, _unavailable),
    errors.LedgerUntrusted: (code_pb2.FAILED_PRECONDITION, _untrusted),
    NetworkInUse: (code_pb2.FAILED_PRECONDITION, _network_in_use),
    SecurityGroupInUse: (code_pb2.FAILED_PRECONDITION, _group_in_use),
    AddressesExhausted: (code_pb2.RESOURCE_EXHAUSTED, _addresses_exhausted),
    AddressInUse: (code_pb2.FAILED_PRECONDITION, _address_in_use),
    DeletionProtected: (code_pb2.FAILED_PRECONDITION, _deletion_protected),
    HasNoDisk: (code_pb2.FAILED_PRECONDITION, _has_no_disk),
    DiskInUse: (code_pb2.FAILED_PRECONDITION, _disk_in_use),
    SecretsForgotten: (code_pb2.FAILED_PRECONDITION, _secrets_forgotten),
    ConsoleUnsupported: (code_pb2.FAILED_PRECONDITION, _console_unsupported),
    ImageRejected: (code_pb2.INVALID_ARGUMENT, _of_image(Reason.IMAGE_REJECTED)),
    ImageStoreFull: (code_pb2.RESOURCE_EXHAUSTED, _of_image(Reason.IMAGE_STORE_FULL)),
    ImageSourceNotAllowed: (code_pb2.FAILED_PRECONDITION, _image_source),
    errors.Unimplemented: (code_pb2.UNIMPLEMENTED, _plain(Reason.NOT_IMPLEMENTED)),
}


def refusal_bytes(error: errors.DomainError) -> bytes:
    """What is recorded of a batch's item that was refused: a serialized google.rpc.Status."""
    return status_of(error).SerializeToString()


def status_of(error: BaseException) -> status_pb2.Status:
    """The status of an error. What is not in the table is a fault of ours: INTERNAL, details only in the log."""
    if isinstance(error, errors.BatchItemRefused):
        return _with_index(status_of(error.error), error.index)
    if not isinstance(error, errors.DomainError) or type(error) not in TABLE:
        return _status(code_pb2.INTERNAL, "internal error; the server's log has the details", (Reason.INTERNAL, {}, []))
    code, details = TABLE[type(error)]
    return _status(code, _short(str(error)), details(error))


def reason_of(error: errors.DomainError) -> Reason:
    """The reason alone, as its ErrorInfo has it."""
    return TABLE[type(error)][1](error)[0]


def reason_in(status: status_pb2.Status) -> str:
    """The reason of a status: every one that is made here has an ErrorInfo, which is its first detail."""
    info = error_details_pb2.ErrorInfo()
    status.details[0].Unpack(info)
    return info.reason


def _with_index(status: status_pb2.Status, index: int) -> status_pb2.Status:
    """The status of a batch that one item's refusal ended: the item's own, saying which it was."""
    status.message = f"requests[{index}]: {status.message}"
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    for detail in status.details:
        if detail.Unpack(info):
            info.metadata["item"] = str(index)
            detail.Pack(info)
        elif detail.Unpack(bad):
            for violation in bad.field_violations:
                violation.field = f"requests[{index}].{violation.field}"
            detail.Pack(bad)
    return status


def status(code: int, message: str, reason: Reason) -> status_pb2.Status:
    """A status that is not an error's own, such as an operation's."""
    return _status(code, _short(message), (reason, {}, []))


def _status(code: int, message: str, details: Details) -> status_pb2.Status:
    reason, metadata, more = details
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=_entries(metadata))
    made = status_pb2.Status(code=code, message=message, details=[_packed(info)])
    for detail in more:
        _clean(detail)
        made.details.append(_packed(detail))
    _fit(made)
    return made


def _entries(metadata: dict[str, str]) -> dict[str, str]:
    return {bounded(key, LONGEST_KEY): _short(value) for key, value in islice(metadata.items(), MOST_ENTRIES)}


def _packed(detail: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(detail)
    return packed


def _clean(detail: Message) -> None:
    """No detail carries text that a terminal would obey, or more of it than there is room for."""
    for field, value in detail.ListFields():
        if isinstance(value, str):
            setattr(detail, field.name, _short(value))
        elif field.is_repeated and field.message_type is not None:
            for each in value:
                _clean(each)


def _fit(made: status_pb2.Status) -> None:
    """Drops what is last in the longest lists until the status has its size. Reason and first violations stay."""
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    while made.ByteSize() > MOST_STATUS:
        for detail in made.details:
            if detail.Unpack(info) and len(info.metadata) > 1:
                del info.metadata[list(info.metadata)[-1]]
                detail.Pack(info)
            elif detail.Unpack(bad) and len(bad.field_violations) > 1:
                del bad.field_violations[-1]
                detail.Pack(bad)
