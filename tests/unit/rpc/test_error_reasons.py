"""The reasons of the protos are the control plane's."""

from chronovisor.v1 import error_reason_pb2
from chronovisor.v1.error_reason_pb2 import ErrorReason
from google.rpc import error_details_pb2

from controlplane.domain.reasons import Reason

PREFIX = "ERROR_REASON_"


def test_the_enum_has_every_reason_that_servers_give_and_no_other() -> None:
    names = [name.removeprefix(PREFIX) for name, number in ErrorReason.items() if number]
    assert set(names) == {str(reason) for reason in Reason}
    assert all(name.startswith(PREFIX) for name, _ in ErrorReason.items())
    assert [str(reason) for reason in Reason] == [reason.name for reason in Reason]


def test_whoever_generates_from_the_reasons_gets_the_details_too() -> None:
    assert error_details_pb2.DESCRIPTOR in error_reason_pb2.DESCRIPTOR.dependencies
