"""Every error of the domain has a row, and fits into what gRPC carries."""

from dataclasses import fields
from typing import get_args

import pytest
from google.rpc import code_pb2, error_details_pb2

from controlplane.domain import errors
from controlplane.domain.errors import DomainError
from controlplane.domain.host import errors as host_errors
from controlplane.domain.image.errors import ImageRejected, ImageSourceNotAllowed, ImageStoreFull
from controlplane.domain.network.errors import AddressesExhausted, AddressInUse, NetworkInUse
from controlplane.domain.reasons import Reason
from controlplane.domain.security_group.errors import SecurityGroupInUse
from controlplane.domain.vm.errors import ConsoleUnsupported, DeletionProtected, DiskInUse, HasNoDisk, SecretsForgotten
from controlplane.rpc.errors import DOMAIN, TABLE, reason_of, status_of

LONG = "\N{FACE WITH TEARS OF JOY}" * 100_000
EVERY_ERROR: list[DomainError] = [
    errors.InvalidField([errors.FieldViolation(f"vm.labels[{LONG[:63]}]", "a key is such and such")] * 100),
    errors.InvalidRequest(),
    errors.RequestIdReused("6f1c1f0e-1f0a-4c57-9b3c-1f6f8f6d0a01"),
    errors.NotFound("vm", LONG),
    errors.AlreadyExists("vm", "projects/p/vms/v"),
    errors.WrongState("vm", "projects/p/vms/v", "STOPPED", "PAUSE", ["START", "DELETE"]),
    errors.NotCancellable("operations/1.2", "StopVm", LONG),
    errors.OperationKept("operations/1.2"),
    errors.EtagMismatch("projects/p/vms/v", LONG, '"1"'),
    errors.ConcurrentChange(),
    host_errors.HostInUse("hosts/h", 2),
    host_errors.HostConnected("hosts/h"),
    host_errors.HostDecommissioned("hosts/h"),
    host_errors.NoCertificateAuthority(),
    host_errors.HostAlreadyConnected("hosts/h"),
    host_errors.MachineMismatch("hosts/h", ["machine-id:a"], ["machine-id:b"]),
    errors.LedgerUntrusted(5, "not as sealed"),
    errors.HostsUnreported("projects/p/vms/v", [LONG] * 5, 900),
    errors.TreeSizeAhead(9, 4),
    errors.HistoryForked(7, 4, "0" * 32),
    errors.HistoryChanged(4, "0" * 32),
    errors.GuestElsewhere("projects/p/vms/v", "START", [errors.GuestPlace("hosts/h", 2, True)] * 100),
    errors.NoCapacity("projects/p/vms/v", 3, {"vcpus": 3}),
    errors.NoSpareCapacity("projects/p/vms/v", "survive=1,within=rack", "", [LONG], LONG, errors.NoCapacity("v", 3)),
    errors.QuotaExceeded("projects/p", "vcpus", 4, 3, 2),
    errors.ProjectInUse("projects/p", {"vms": 2, "dedicated_hosts": 1}),
    errors.InsufficientResources("vcpus", 1, 2),
    errors.InvalidActor(LONG[:140]),
    errors.Unauthenticated(Reason.TOKEN_EXPIRED, "the token ended"),
    errors.AccessDenied("user:a", "vms.start", LONG),
    errors.RateLimited("user:a", "sent more than 5 calls a second", 0.2),
    errors.PermissionDenied("user:a", "do this"),
    errors.PositionAhead(5, 4),
    host_errors.AgentSuperseded("hosts/h"),
    host_errors.AgentQuarantined("hosts/h"),
    errors.Unavailable(Reason.OVERLOADED, "too much", 0.5),
    errors.Unimplemented("this"),
    ImageRejected("projects/p/images/i", LONG),
    ImageStoreFull("projects/p/images/i", "1 GiB is free"),
    ImageSourceNotAllowed("https://example.com/disk", "the operator allows no sources"),
    NetworkInUse("projects/p/networks/n", 2),
    SecurityGroupInUse("projects/p/securityGroups/g", 2, 1),
    AddressesExhausted("projects/p/networks/n", 250),
    AddressInUse("projects/p/networks/n", "10.1.0.5", "projects/p/vms/v"),
    DeletionProtected("projects/p/vms/v"),
    HasNoDisk("projects/p/vms/v"),
    DiskInUse("projects/p/vms/v", "projects/p/images/i", "StartVm"),
    ConsoleUnsupported("projects/p/vms/v", LONG),
    SecretsForgotten("0190aa00-0000-7000-8000-000000000001"),
]


def test_every_error_of_the_domain_is_looked_at_here() -> None:
    wrapped = {errors.BatchItemRefused}
    assert {type(each) for each in EVERY_ERROR} == set(DomainError.__subclasses__()) - wrapped == set(TABLE)


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda each: type(each).__name__)
def test_every_error_is_a_status_with_a_reason_in_our_domain(error: DomainError) -> None:
    status = status_of(error)
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == DOMAIN
    assert info.reason in Reason.__members__
    assert status.code not in (code_pb2.OK, code_pb2.UNKNOWN, code_pb2.INTERNAL)
    assert status.message


def test_every_kind_that_can_be_missing_or_taken_has_a_reason() -> None:
    assert {reason_of(errors.NotFound(kind, "x")) for kind in get_args(errors.Kind)} == {
        reason for reason in Reason if reason.endswith("_NOT_FOUND")
    }
    (taken,) = {get_args(field.type) for field in fields(errors.AlreadyExists) if field.name == "kind"}
    assert {reason_of(errors.AlreadyExists(kind, "x")) for kind in taken} == {
        reason for reason in Reason if reason.endswith("_ALREADY_EXISTS")
    }


def test_a_reason_is_called_as_it_is_written() -> None:
    assert all(reason.name == reason.value for reason in Reason)


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda each: type(each).__name__)
def test_an_error_about_something_huge_still_fits_into_trailing_metadata(error: DomainError) -> None:
    status = status_of(error)
    encoded = len(status.SerializeToString()) * 4 / 3 + 3 * len(status.message.encode())
    # gRPC refuses more than 8 KiB now and then, and more than 16 KiB always.
    assert encoded < 8_000


def test_a_fault_of_ours_shows_nothing_of_its_inside() -> None:
    status = status_of(ZeroDivisionError("secret"))
    assert status.code == code_pb2.INTERNAL
    assert b"secret" not in status.SerializeToString()
