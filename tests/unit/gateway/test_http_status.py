"""An error as HTTP has it: the status of each code, the same details as in gRPC, and what a client may do next."""

import json
from typing import Any

import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2

from controlplane.gateway import violations
from controlplane.gateway.http_status import HTTP_STATUS, answer_of
from controlplane.rpc import errors


def status(code: int, *details: Any) -> status_pb2.Status:
    made = status_pb2.Status(code=code, message="no")
    for each in details:
        made.details.add().Pack(each)
    return made


def test_every_code_has_its_http_status() -> None:
    assert HTTP_STATUS.keys() == set(code_pb2.Code.values())


def test_an_error_is_as_googles_apis_have_it() -> None:
    info = error_details_pb2.ErrorInfo(reason="VM_NOT_FOUND", domain="chronovisor.dev", metadata={"name": "a"})
    answer = answer_of(status(code_pb2.NOT_FOUND, info))
    assert (answer.http_status, answer.headers) == (404, ())
    assert json.loads(answer.text) == {
        "error": {
            "code": 404,
            "status": "NOT_FOUND",
            "message": "no",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "VM_NOT_FOUND",
                    "domain": "chronovisor.dev",
                    "metadata": {"name": "a"},
                }
            ],
        }
    }


@pytest.mark.parametrize(("delay", "seconds"), [(Duration(seconds=1), "1"), (Duration(nanos=1), "1")])
def test_a_delay_is_a_header_that_http_clients_know(delay: Duration, seconds: str) -> None:
    answer = answer_of(status(code_pb2.UNAVAILABLE, error_details_pb2.RetryInfo(retry_delay=delay)))
    assert (answer.http_status, answer.headers) == (503, (("retry-after", seconds),))


def test_a_call_without_a_token_says_which_kind_there_is() -> None:
    assert answer_of(status(code_pb2.UNAUTHENTICATED)).headers == (("www-authenticate", "Bearer"),)


def test_a_detail_or_a_code_of_a_newer_server_is_no_error() -> None:
    made = status(77)
    made.details.append(AnyMessage(type_url="type.googleapis.com/chronovisor.v9.New", value=b"\x01"))
    answer = answer_of(made)
    assert answer.http_status == 500
    assert json.loads(answer.text)["error"]["details"] == [
        {"@type": "type.googleapis.com/chronovisor.v9.New", "value": "AQ=="}
    ]


def test_bad_parameters_are_what_the_server_says_of_bad_fields() -> None:
    assert violations.DOMAIN == errors.DOMAIN
    made = violations.status_of(violations.BadParameters(violations.Violation("atPosition", "must be a whole number")))
    assert made.code == code_pb2.INVALID_ARGUMENT
    assert errors.reason_in(made) == "INVALID_FIELD"
    found = error_details_pb2.BadRequest()
    assert made.details[1].Unpack(found)
    assert [(each.field, each.description) for each in found.field_violations] == [
        ("atPosition", "must be a whole number")
    ]
