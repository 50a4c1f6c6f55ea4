"""What is requested of a guest agent, and what is made of its answers: they are a guest's."""

import base64
import json

import pytest
from hostagent.drivers.base import Program, ProgramEnd, StepFailed
from hostagent.drivers.libvirt.guest_programs import MOST_WRITTEN, end_in, pid_in, start_of, status_of


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_program_is_begun_with_what_it_reads() -> None:
    command = json.loads(start_of(Program("/bin/cat", ("-n",), b"typed")))
    assert command["execute"] == "guest-exec"
    assert command["arguments"] == {
        "path": "/bin/cat",
        "arg": ["-n"],
        "capture-output": True,
        "input-data": encoded(b"typed"),
    }
    assert "input-data" not in json.loads(start_of(Program("id")))["arguments"]
    assert json.loads(status_of(7)) == {"execute": "guest-exec-status", "arguments": {"pid": 7}}


def test_an_answer_has_its_number_and_its_end() -> None:
    assert pid_in('{"return": {"pid": 7}}') == 7
    assert end_in('{"return": {"exited": false}}') is None
    answer = {"exited": True, "exitcode": 3, "out-data": encoded(b"out"), "err-data": encoded(b"err")}
    assert end_in(json.dumps({"return": answer})) == ProgramEnd(exit_code=3, output=b"out", errors=b"err")
    assert end_in('{"return": {"exited": true, "signal": 9}}') == ProgramEnd(signal=9)


@pytest.mark.parametrize("more", [{"out-truncated": True}, {"err-data": encoded(bytes(MOST_WRITTEN + 1))}])
def test_what_is_more_than_is_taken_is_cut_and_marked(more: dict[str, object]) -> None:
    end = end_in(json.dumps({"return": {"exited": True, **more}}))
    assert end is not None
    assert end.truncated
    assert len(end.errors) <= MOST_WRITTEN


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[" * 100_000,
        "{}",
        '{"return": 7}',
        '{"return": {"exited": true, "exitcode": "0"}}',
        '{"return": {"exited": true, "exitcode": 99999999999}}',
        '{"return": {"exited": true, "out-data": "%%%"}}',
    ],
)
def test_what_is_no_answer_is_a_failure(answer: str) -> None:
    with pytest.raises(StepFailed, match="not understood"):
        end_in(answer)
