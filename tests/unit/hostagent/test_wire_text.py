"""The machine's words fit into messages, whatever bytes they were."""

import os

from chronovisor.v1 import agent_service_pb2 as pb
from chronovisor.v1.vm_pb2 import GUEST_STATE_CRASHED
from hostagent.control.guest_report import Sighting
from hostagent.control.wire_text import wire_text
from hostagent.drivers.base import VmUid


def test_words_of_other_bytes_are_sent_all_the_same() -> None:
    words = os.fsdecode(b"no disk \xff\xfe")
    assert wire_text(words, 100) == "no disk ??"
    assert wire_text("x" * 100, 10) == "x" * 10
    report = Sighting(VmUid("uid"), 1, GUEST_STATE_CRASHED, detail=words * 1000).to_report(
        pb.StepFailure(error=wire_text(words, 2000))
    )
    assert len(report.SerializeToString()) < 1000
